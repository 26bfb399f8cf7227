"""Warnings of duties not yet done: the list as of now, and the task that warns once for each step.

What is open is found from plates, terms and events, never from rows that somebody had to make.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import versions_of_all
from service.administration.rules import effective
from service.guidance.duty import EVENTS, HEADS, counting
from service.guidance.rules import Counting, Duty, Period, half_of, month_of, warning_step
from service.ids import new_id
from service.law.queries import rule_book
from service.law.rules import RuleBook
from service.responsibility.housekeeping import towns
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

ACTOR = "task:guidance.warn"

_OPEN_MONTH = f"""
with {HEADS}
select h.tenant_id, h.person_id, null::uuid as premises_id from heads h
where (select count(*) from guidance_visits g where g.tenant_id = h.tenant_id
    and g.person_id = h.person_id and g.counts and g.day between $1 and $2) < $5
"""

_OPEN_HALF = f"""
with {HEADS}
select n.tenant_id, n.person_id, n.premises_id from heads h
join named n on n.tenant_id = h.tenant_id and n.person_id = h.person_id
where (select count(*) from guidance_visits g where g.tenant_id = n.tenant_id
    and g.person_id = n.person_id and g.premises_id = n.premises_id
    and g.counts and g.day between $1 and $2) < $5
"""

_OPEN_SPECIAL = f"select * from ({EVENTS} and e.window_to > $1) due where not attended"


@dataclass(frozen=True, slots=True)
class Open:
    """Something that a head still owes."""

    due_on: date
    order: int
    tenant_id: UUID
    person_id: UUID
    premises: str
    duty: Duty
    subject: str
    title: str = ""

    @property
    def premises_id(self) -> UUID | None:
        """The premises not yet visited, None where any will do."""
        return UUID(self.premises) if self.premises else None

    @property
    def key(self) -> list[str]:
        """Its place in the order of urgency, as text."""
        return [self.due_on.isoformat(), str(self.order), str(self.tenant_id), str(self.person_id),
                self.premises, self.subject]  # fmt: skip


async def open_duties(
    owners: list[Owner], today: date, within_days: int | None = None
) -> list[Open]:
    """What the heads of those towns owe, most urgent first.

    A duty shows once the first step of the town's warnings is reached, or `within_days` of its end.
    """
    book = await rule_book()
    leads = await _leads(owners, today)
    found = [*await _special(leads)]
    for duty, period in ((Duty.MONTH, month_of(today)), (Duty.HALF, half_of(today))):
        left = period.days_left(today)
        shown = {
            tenant
            for tenant, steps in leads.items()
            if left <= (max(steps[duty]) if within_days is None else within_days)
        }
        if shown:
            found += await _open(duty, period, today, book, shown)
    return sorted(found, key=lambda one: one.key)


async def _leads(owners: list[Owner], today: date) -> dict[UUID, dict[Duty, tuple[int, ...]]]:
    versions = await versions_of_all(one.tenant_id for one in owners)
    found: dict[UUID, dict[Duty, tuple[int, ...]]] = {}
    for tenant, known in versions.items():
        values: Any = effective(known, today)
        found[tenant] = {
            Duty.MONTH: values["duty.month_warning_days"],
            Duty.HALF: values["duty.half_warning_days"],
        }
    return found


async def _open(
    duty: Duty, period: Period, today: date, book: RuleBook, shown: set[UUID]
) -> list[Open]:
    month = duty is Duty.MONTH
    rows = await current().fetch(
        _OPEN_MONTH if month else _OPEN_HALF,
        period.first,
        period.last,
        today,
        counting(book, period.last) is Counting.FULL_PERIOD,
        book.rule("MONTHLY_DUTY" if month else "HALF_COVER", period.last).number,
    )
    return [
        _as_open(row, period.last, duty, period.label) for row in rows if row["tenant_id"] in shown
    ]


async def _special(leads: dict[UUID, dict[Duty, tuple[int, ...]]]) -> list[Open]:
    rows = await current().fetch(_OPEN_SPECIAL, clock.now())
    return [
        _as_open(
            row, clock.legal_day(row["window_to"]), Duty.SPECIAL, str(row["event_id"]), row["title"]
        )
        for row in rows
        if row["tenant_id"] in leads
    ]


def _as_open(row: dict[str, Any], due: date, duty: Duty, subject: str, title: str = "") -> Open:
    return Open(
        due,
        list(Duty).index(duty),
        row["tenant_id"],
        row["person_id"],
        str(row["premises_id"] or ""),
        duty,
        subject,
        title,
    )


async def warn(owner: Owner, today: date) -> int:
    """Warn every head of a town who owes something, once for each step; how many warnings.

    A run that was missed is made up: the step that is due stays due until the next is reached.
    """
    leads = (await _leads([owner], today))[owner.tenant_id]
    owed: dict[tuple[UUID, Duty, str, date], int] = {}
    for one in await open_duties([owner], today):
        key = (one.person_id, one.duty, one.subject, one.due_on)
        owed[key] = owed.get(key, 0) + 1
    given = 0
    for (person, duty, subject, due), units in owed.items():
        left = (due - today).days
        step = 0 if duty is Duty.SPECIAL else warning_step(left, leads[duty])
        if step is None or not await _note(owner, person, duty, subject, step, due, units):
            continue
        given += 1
        await audit.record(
            "guidance.duty_warned",
            owner,
            "ResponsiblePerson",
            person,
            duty=duty.value,
            period=subject,
        )
        await outbox.emit(
            "guidance.duty_warned",
            owner,
            {
                "person": str(person),
                "duty": duty.value,
                "subject": subject,
                "dueOn": due.isoformat(),
                "daysLeft": left,
                "units": units,
            },
        )
    return given


async def _note(
    owner: Owner, person: UUID, duty: Duty, subject: str, step: int, due: date, units: int
) -> bool:
    """Whether this warning is the first of its step."""
    rows = await current().fetch(
        "insert into duty_warnings (id, tenant_id, district_id, person_id, duty, subject, step,"
        " due_on, units, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " on conflict do nothing returning id",
        new_id(),
        owner.tenant_id,
        owner.district_id,
        person,
        duty.value,
        subject,
        step,
        due,
        units,
        clock.now(),
    )
    return bool(rows)


async def warn_everywhere() -> int:
    """Go through every town, one transaction each; how many warnings were given."""
    today, given = clock.legal_day(clock.now()), 0
    for owner in await towns(ACTOR):
        async with tenant_transaction(Scope.of_tenant(owner, ACTOR)):
            given += await warn(owner, today)
    return given
