"""Days run out by themselves: a result to which nobody objected stands; a missed run is made up."""

from datetime import date
from uuid import UUID

from service import clock
from service.case_reviews import commands
from service.case_reviews.records import ReviewedFile
from service.case_reviews.rules import CORRECT_DAYS, OBJECT_DAYS, State
from service.case_reviews.steps import locked
from service.deadlines.commands import counted
from service.law.queries import rule_book
from service.workdays.queries import calendar
from tenants.directory import caretaker_scope, districts
from tenants.wall import tenant_transaction

ACTOR = "task:case_reviews.follow"


async def let_stand(district_id: UUID, today: date) -> list[UUID]:
    """Let every result of a district stand whose days to object are over, one transaction each."""
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope):
        await _recount(district_id)
    async with tenant_transaction(scope, read_only=True):
        over = await ReviewedFile.filter(
            district_id=district_id, state=State.RESULT.value, object_by__lt=today
        ).order_by("id")
    stood = []
    for found in over:
        async with tenant_transaction(scope):
            row = await locked(found.id)
            if row.state == State.RESULT.value and row.object_by and row.object_by < today:
                await commands.stand(row)
                stood.append(row.id)
    return stood


async def _recount(district_id: UUID) -> None:
    """Last days that waited for a year that has been published since."""
    waiting = {
        "object_by": (OBJECT_DAYS, "result_on", State.RESULT),
        "correct_by": (CORRECT_DAYS, "owed_on", State.OWED),
    }
    for field, (rule, since, state) in waiting.items():
        found = ReviewedFile.filter(district_id=district_id, state=state.value)
        for row in await found.filter(**{f"{field}__isnull": True}).order_by("id"):
            law = (await rule_book()).rule(rule, row.rubric_day)
            last = counted(law, getattr(row, since), await calendar()).due
            if last is not None:
                await ReviewedFile.filter(tenant_id=row.tenant_id, id=row.id).update(
                    **{field: last}
                )


async def follow_everywhere() -> None:
    """The same in every district."""
    today = clock.legal_day(clock.now())
    for district_id in await districts(ACTOR):
        await let_stand(district_id, today)
