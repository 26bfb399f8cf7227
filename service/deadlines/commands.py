"""What can be done with a deadline: start it, meet it, drop it, count it anew.

These run inside the command of the act that starts or ends the clock; that act is audited.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from service.deadlines.records import LegalDeadline
from service.deadlines.rules import SubjectKind
from service.ids import new_id
from service.law.queries import rule_book
from service.law.rules import Rule
from service.workdays.queries import calendar
from service.workdays.rules import Deadline, WorkCalendar, deadline
from tenants.directory import caretaker_scope, districts
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import tenant_transaction

ACTOR = "task:deadlines.refresh"


@dataclass(frozen=True, slots=True)
class Subject:
    """What deadlines are about: one inspection or case of a body at an enterprise.

    `of_person` is a case whose party is another person, so that the enterprise does not see it.
    """

    owner: Owner
    kind: SubjectKind
    id: UUID
    enterprise_id: UUID
    body_id: UUID
    of_person: bool = False


async def start(
    subject: Subject,
    rule_id: str,
    started_on: date,
    *,
    topic: str = "",
    reference: str = "",
    on_party: bool = False,
    last_day: date | None = None,
) -> LegalDeadline:
    """Start a clock on the day of its event; started again it runs from the new day.

    `last_day` is set where the act itself fixes it, as an order to rectify does.

    Raises:
        NoRule: no such rule was in force on that day.
    """
    law = (await rule_book()).rule(rule_id, started_on, topic)
    days = await calendar()
    ends = Deadline(last_day) if last_day else counted(law, started_on, days)
    known = await LegalDeadline.get_or_none(
        tenant_id=subject.owner.tenant_id, subject_id=subject.id, rule=rule_id, reference=reference
    )
    values: dict[str, Any] = {
        "topic": law.topic,
        "article": law.article,
        "source": law.source,
        "confirmed": law.confirmed,
        "on_party": on_party,
        "started_on": started_on,
        "due_on": ends.due,
        "missing_year": ends.missing_year,
        "added_days": 0,
        "met_on": None,
        "dropped": False,
    }
    if known is not None:
        await known.update_from_dict(values).save()
        return known
    return await LegalDeadline.create(
        id=new_id(),
        **owned(subject.owner),
        subject_kind=subject.kind.value,
        subject_id=subject.id,
        enterprise_id=subject.enterprise_id,
        body_id=subject.body_id,
        of_person=subject.of_person,
        rule=rule_id,
        reference=reference,
        **values,
    )


def counted(law: Rule, started_on: date, days: WorkCalendar) -> Deadline:
    """The last day of a rule's limit; one in calendar days moves to a working day (民法典 203)."""
    return deadline(started_on, law.limit, days, roll=True)


async def meet(subject: Subject, rule_id: str, met_on: date, *, reference: str = "") -> None:
    """Note that the act was done; a clock that never started stays unknown."""
    await LegalDeadline.filter(
        tenant_id=subject.owner.tenant_id,
        subject_id=subject.id,
        rule=rule_id,
        reference=reference,
        met_on__isnull=True,
        dropped=False,
    ).update(met_on=met_on)


async def drop(subject: Subject, rule_ids: Iterable[str] = ()) -> None:
    """Let clocks go that have lost their sense, all open ones by default."""
    found = LegalDeadline.filter(
        tenant_id=subject.owner.tenant_id, subject_id=subject.id, met_on__isnull=True
    )
    named = list(rule_ids)
    if named:
        found = found.filter(rule__in=named)
    await found.update(dropped=True)


async def prolong(subject: Subject, rule_id: str, days: int) -> None:
    """Move the last day of a running clock by the days that do not count.

    A clock without a known end keeps the days for when its year is published.
    """
    for row in await LegalDeadline.filter(
        tenant_id=subject.owner.tenant_id,
        subject_id=subject.id,
        rule=rule_id,
        met_on__isnull=True,
        dropped=False,
    ):
        row.added_days += days
        await _recount(row)


async def _recount(row: LegalDeadline) -> bool:
    """Count a clock anew from its rule; whether its last day is known now."""
    law = (await rule_book()).rule(row.rule, row.started_on, row.topic)
    days = await calendar()
    ends = counted(law, row.started_on, days)
    if ends.due is not None and row.added_days:
        ends = _moved(ends.due, row.added_days, days)
    row.due_on, row.missing_year = ends.due, ends.missing_year
    await row.save(update_fields=["due_on", "missing_year", "added_days"])
    return row.due_on is not None


def _moved(day: date, by: int, days: WorkCalendar) -> Deadline:
    later = day + timedelta(days=by)
    while later.year in days.years and not days.is_working(later):
        later += timedelta(days=1)
    return Deadline(later) if later.year in days.years else Deadline(None, later.year)


async def refresh(district_id: UUID) -> int:
    """Count anew what waited for a year that has been published since; how many are known now."""
    known = 0
    async with tenant_transaction(await caretaker_scope(district_id, ACTOR)):
        years = (await calendar()).years
        for row in await LegalDeadline.filter(
            due_on__isnull=True, dropped=False, missing_year__in=list(years)
        ).order_by("id"):
            known += await _recount(row)
    return known


async def refresh_everywhere() -> None:
    """The same in every district."""
    for district_id in await districts(ACTOR):
        await refresh(district_id)
