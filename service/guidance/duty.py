"""What heads owe and what they did, counted from plates, terms and visits (monthly, half, special).

Who owes is read from the plates and terms in force, so a head without a single visit is counted.
`first` and `last` bound a period; `seen` is its last day, or today while it runs.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from service.guidance.rules import Counting, Period
from service.hazards.indicators import Ratio
from service.law.rules import RuleBook
from tenants.wall import current

HEADS = """
named as (
    select distinct v.tenant_id, h.person_id, v.premises_id
    from responsibility_plates v
    cross join lateral (values (v.admin_head_id), (v.industry_head_id)) h (person_id)
    where v.valid_from <= $3 and (v.valid_to is null or v.valid_to > $3)
),
heads as (
    select distinct n.tenant_id, n.person_id from named n
    join responsible_persons p on p.tenant_id = n.tenant_id and p.id = n.person_id
    where case when $4 then
        p.in_office_from <= $1 and (p.in_office_to is null or p.in_office_to > $2)
        and exists (select from responsibility_plates o where o.tenant_id = n.tenant_id
            and n.person_id in (o.admin_head_id, o.industry_head_id)
            and o.valid_from <= $1 and (o.valid_to is null or o.valid_to > $1))
    else p.in_office_from <= $3 and (p.in_office_to is null or p.in_office_to > $3) end
)
"""
"""Heads that a period counts, and the premises that each answers for, for `$1` first, `$2` last,
`$3` seen, `$4` whether only full periods count."""

_STANDING = f"""
with {HEADS}
select h.tenant_id, h.person_id,
    (select count(*) from guidance_visits g where g.tenant_id = h.tenant_id
        and g.person_id = h.person_id and g.counts and g.day between $1 and $2)::int as visits,
    (select count(*) from named n where n.tenant_id = h.tenant_id
        and n.person_id = h.person_id)::int as assigned,
    (select count(distinct n.premises_id) from named n
        join guidance_visits g on g.tenant_id = n.tenant_id and g.person_id = n.person_id
            and g.premises_id = n.premises_id and g.counts and g.day between $1 and $2
        where n.tenant_id = h.tenant_id and n.person_id = h.person_id)::int as covered
from heads h order by h.tenant_id, h.person_id
"""

EVENTS = """
select e.tenant_id, e.id as event_id, e.title, e.premises_id, e.window_to, d.person_id,
    exists (select from guidance_visits g where g.tenant_id = e.tenant_id
        and g.person_id = d.person_id and g.counts
        and (e.premises_id is null or g.premises_id = e.premises_id)
        and g.happened_at between e.window_from and e.window_to) as attended
from key_events e
join lateral (
    select distinct h.person_id from responsibility_plates v
    cross join lateral (values (v.admin_head_id), (v.industry_head_id)) h (person_id)
    join responsible_persons p on p.tenant_id = v.tenant_id and p.id = h.person_id
    where v.tenant_id = e.tenant_id and v.valid_from <= e.day
        and (v.valid_to is null or v.valid_to > e.day)
        and (e.premises_id is null or v.premises_id = e.premises_id)
        and p.in_office_from <= e.day and (p.in_office_to is null or p.in_office_to > e.day)
) d on true
where e.cancelled_at is null
"""
"""Every head that must be on site, by event, and whether they were."""

_SPECIAL = f"""
select tenant_id, person_id, count(*)::int as events,
    count(*) filter (where attended)::int as attended
from ({EVENTS} and e.day between $1 and $2 and e.window_to <= $3) due
group by tenant_id, person_id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One head in one period, `need` the visits that a month asks for."""

    tenant_id: UUID
    person_id: UUID
    visits: int
    assigned: int
    covered: int
    need: int = 1

    @property
    def monthly(self) -> Ratio:
        """1 of 1 where the month's visits were made, 0 of 1 otherwise."""
        return Ratio(int(self.visits >= self.need), 1)

    @property
    def half_cover(self) -> Ratio:
        """Assigned premises visited, of the assigned premises."""
        return Ratio(self.covered, self.assigned)


def total(shares: "list[Ratio]") -> Ratio:
    """Numerators and denominators added up; without any there is no value."""
    return Ratio(sum(one.numerator for one in shares), sum(one.denominator for one in shares))


def counting(book: RuleBook, day: date) -> Counting:
    """Whom a period that ends on `day` counts.

    Raises:
        NoRule: before the duties were made.
        ValueError: the row says something unknown, a mistake of the operator.
    """
    return Counting(book.rule("DUTY_COUNTED_FROM", day).text)


async def standings(period: Period, today: date, book: RuleBook) -> list[Standing]:
    """Every head in scope that the period counts, in one statement.

    Raises:
        NoRule: before the duties were made.
    """
    rows = await current().fetch(
        _STANDING,
        period.first,
        period.last,
        min(period.last, today),
        counting(book, period.last) is Counting.FULL_PERIOD,
    )
    need = book.rule("MONTHLY_DUTY", period.last).number
    return [Standing(**row, need=need) for row in rows]


async def special(period: Period, now: datetime) -> dict[tuple[UUID, UUID], Ratio]:
    """On site of due, by tenant and head, over events of the period whose window is over."""
    rows = await current().fetch(_SPECIAL, period.first, period.last, now)
    return {
        (row["tenant_id"], row["person_id"]): Ratio(row["attended"], row["events"]) for row in rows
    }
