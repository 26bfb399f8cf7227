"""What can be asked about duties, and the rates with numerator and denominator."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.duties.records import DutyItem, DutyRecord, ResponsibilityStatement
from service.duties.rules import PRINCIPAL_DUTIES, Frequency, check_span, dues
from service.hazards.indicators import Ratio
from service.law.queries import rule_book
from tenants.wall import current

_PRINCIPALS = """
select e.tenant_id, count(distinct e.id)::int as enterprises,
    count(d.id)::int as fulfilled
from enterprises e
left join principal_duties d on d.tenant_id = e.tenant_id and d.enterprise_id = e.id
    and d.year = $1
where e.status <> 'CLOSED' and ($2::uuid is null or e.id = $2)
group by e.tenant_id
"""

_POSTS = """
select p.tenant_id, count(distinct p.id)::int as posts,
    count(distinct s.post_id)::int as signed
from staff_posts p
left join responsibility_statements s on s.tenant_id = p.tenant_id and s.post_id = p.id
    and s.signed_on <= $1 and (s.ended_on is null or s.ended_on > $1)
where p.opened_on <= $1 and (p.closed_on is null or p.closed_on > $1)
    and ($2::uuid is null or p.enterprise_id = $2)
group by p.tenant_id
"""


@dataclass(frozen=True, slots=True)
class DutyText:
    """One of the seven duties as the law says it."""

    number: int
    text: str
    article: str
    source: str


async def duty_rates(since: date, until: date, today: date) -> dict[UUID, Ratio]:
    """Duties done in time, of those whose last day lies in the span and is over, by body.

    What is due follows from the list and the calendar, not from the records that exist.

    Raises:
        Invalid: the span is wrong.
    """
    check_span(since, until)
    items = await DutyItem.all()
    records = await DutyRecord.filter(
        due_on__gte=since, due_on__lte=until, done_on__not_isnull=True
    )
    kept = {
        (one.item_id, one.period_first)
        for one in records
        if one.done_on is not None and one.done_on <= one.due_on
    }
    found: dict[UUID, Ratio] = {}
    for item in items:
        due = [
            one
            for one in dues(Frequency[item.frequency], item.valid_from, item.valid_to, until)
            if since <= one.last <= until and one.last < today
        ]
        done = sum((item.id, one.first) in kept for one in due)
        before = found.get(item.body_id, Ratio(0, 0))
        found[item.body_id] = Ratio(before.numerator + done, before.denominator + len(due))
    return found


async def items_of(wanted: Iterable[UUID]) -> dict[UUID, DutyItem]:
    """Entries of the duty list by id, in one statement."""
    return {row.id: row for row in await DutyItem.filter(id__in=list(wanted))}


async def principal_rates(year: int, enterprise_id: UUID | None = None) -> dict[UUID, Ratio]:
    """Duties fulfilled of seven for each operating enterprise, added up by tenant."""
    rows = await current().fetch(_PRINCIPALS, year, enterprise_id)
    return {
        row["tenant_id"]: Ratio(row["fulfilled"], PRINCIPAL_DUTIES * row["enterprises"])
        for row in rows
    }


async def signed_rates(day: date, enterprise_id: UUID | None = None) -> dict[UUID, Ratio]:
    """Posts with a statement in force, of the posts, by tenant."""
    rows = await current().fetch(_POSTS, day, enterprise_id)
    return {row["tenant_id"]: Ratio(row["signed"], row["posts"]) for row in rows}


async def seven_duties(day: date) -> list[DutyText]:
    """The seven duties in the words of the law in force on a day.

    Raises:
        NoRule: before the law was in force.
    """
    book = await rule_book()
    found = []
    for number in range(1, PRINCIPAL_DUTIES + 1):
        rule = book.rule("PRINCIPAL_DUTY", day, str(number))
        found.append(DutyText(number, rule.text, rule.article, rule.source))
    return found


async def statements_of(post_ids: Iterable[UUID]) -> dict[UUID, list[ResponsibilityStatement]]:
    """Statements by post, the newest first, in one statement."""
    wanted = list(post_ids)
    found: dict[UUID, list[ResponsibilityStatement]] = {one: [] for one in wanted}
    rows = ResponsibilityStatement.filter(post_id__in=wanted).order_by("-signed_on", "-id")
    for row in await rows:
        found[row.post_id].append(row)
    return found
