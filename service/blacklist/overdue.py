"""What is late warns by itself: publications, answers to objections, liftings of measures.

Each is marked once, with one event; a run that was missed is made up by the next.  A last day
that waited for a year's holidays is counted anew here.
"""

from datetime import date
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.blacklist import rule_packs as packs
from service.blacklist.deadlines import UNPUBLISHED, answer_by, publication_overdue
from service.blacklist.records import BlacklistCase, BlacklistMeasure, BlacklistObjection
from service.blacklist.rules import PublicationClass, State
from service.blacklist.steps import dates
from service.law.queries import rule_book
from service.workdays.queries import calendar
from tenants.directory import caretaker_scope, districts
from tenants.wall import tenant_transaction

ACTOR = "task:blacklist.mark_overdue"
BATCH = 500


async def mark_overdue(district_id: UUID, today: date) -> dict[str, list[UUID]]:
    """Mark what is late in a district and warn of it; what was marked now, by event."""
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope):
        return {
            "blacklist.publication_overdue": await _publications(today),
            "blacklist.objection_overdue": await _objections(today),
            "blacklist.lifting_overdue": await _liftings(today),
        }


async def mark_everywhere() -> None:
    """The same in every district."""
    today = clock.legal_day(clock.now())
    for district_id in await districts(ACTOR):
        await mark_overdue(district_id, today)


async def _publications(today: date) -> list[UUID]:
    waiting = (
        BlacklistCase.filter(
            state__in=[state.value for state in (*UNPUBLISHED, State.HEARD, State.DEFENCE_OPEN)],
            publish_overdue_since__isnull=True,
        )
        .order_by("id")
        .limit(BATCH)
        .select_for_update()
    )
    book, days, marked = await rule_book(), await calendar(), list[UUID]()
    for case in await waiting:
        if publication_overdue(dates(case), today, book, days):
            case.publish_overdue_since = today
            await case.save(update_fields=["publish_overdue_since"])
            await _warn("blacklist.publication_overdue", "BlacklistCase", case, case.id)
            marked.append(case.id)
    return marked


async def _objections(today: date) -> list[UUID]:
    waiting = (
        BlacklistObjection.filter(outcome="", overdue_since__isnull=True)
        .order_by("id")
        .select_for_update()
    )
    marked = []
    for row in await waiting:
        row.due_on = row.due_on or await _counted(packs.OBJECTION, row.case_id, row.lodged_on)
        late = row.due_on is not None and today > row.due_on
        row.overdue_since = today if late else None
        await row.save(update_fields=["due_on", "overdue_since"])
        if late:
            await _warn("blacklist.objection_overdue", "BlacklistObjection", row, row.case_id)
            marked.append(row.id)
    return marked


async def _liftings(today: date) -> list[UUID]:
    waiting = (
        BlacklistMeasure.filter(
            lift_ordered_on__isnull=False, lifted_on__isnull=True, lift_overdue_since__isnull=True
        )
        .order_by("id")
        .select_for_update()
    )
    marked = []
    for row in await waiting:
        ordered = row.lift_ordered_on
        assert ordered is not None
        row.lift_due_on = row.lift_due_on or await _counted(packs.LIFT, row.case_id, ordered)
        late = row.lift_due_on is not None and today > row.lift_due_on
        row.lift_overdue_since = today if late else None
        await row.save(update_fields=["lift_due_on", "lift_overdue_since"])
        if late:
            await _warn("blacklist.lifting_overdue", "BlacklistMeasure", row, row.case_id)
            marked.append(row.id)
    return marked


async def _counted(rule_id: str, case_id: UUID, start: date) -> date | None:
    case = await BlacklistCase.get(id=case_id)
    publication = PublicationClass(case.publication)
    return answer_by(rule_id, publication, start, await rule_book(), await calendar())


async def _warn(event: str, kind: str, row: Any, case_id: UUID) -> None:
    await audit.record(event, row.owner, kind, row.id)
    await outbox.emit(event, row.owner, {"case": str(case_id), "subject": str(row.id)})
