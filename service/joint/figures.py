"""What joint enforcement spares: the receipt of one enterprise and the figures of all (N14, A25).

The counterfactual is stated: every body comes alone for what it has in a visit, and a demand that
was recognised is one visit more.  A ratio without a denominator is None, never 100 %.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tenants.wall import current


@dataclass(frozen=True, slots=True)
class Came:
    """One visit that took place."""

    visit_id: UUID
    enterprise_id: UUID
    day: date
    exempt: bool
    demands: int
    bodies: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share with what it is a share of."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """The share, None when there is nothing to divide by."""
        return round(self.numerator / self.denominator, 6) if self.denominator else None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Visits of a period against those that would have been made separately."""

    visits: int
    merged_demands: int
    separate_visits: int
    recognised: int

    @property
    def spared(self) -> int:
        """Visits that nobody had to make."""
        return self.separate_visits - self.visits


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of A25 over the rows in scope."""

    receipt: Receipt
    duplicates: Ratio
    merge_gain: Ratio
    joint_share: Ratio
    recognition: Ratio
    cap_breaches: int
    refusals: int


def receipt_of(came: Iterable[Came], recognised: int) -> Receipt:
    """Add visits up; the receipts of all enterprises add up to the figure of all."""
    made = list(came)
    return Receipt(
        len(made),
        sum(visit.demands for visit in made if visit.demands > 1),
        sum(visit.bodies for visit in made) + recognised,
        recognised,
    )


async def visits_made(first: date, last: date, enterprise_id: UUID | None = None) -> list[Came]:
    """Visits in scope that took place in a period, both days included."""
    rows = await current().fetch(
        "select v.id, v.enterprise_id, v.day, v.exempt, count(d.id) as demands,"
        " count(distinct d.body_id) as bodies from joint_visits v"
        " join inspection_demands d on d.tenant_id = v.tenant_id and d.visit_id = v.id"
        " where v.state = 'DONE' and v.day between $1 and $2"
        " and ($3::uuid is null or v.enterprise_id = $3)"
        " group by v.tenant_id, v.id, v.enterprise_id, v.day, v.exempt order by v.day, v.id",
        first,
        last,
        enterprise_id,
    )
    return [
        Came(r["id"], r["enterprise_id"], r["day"], r["exempt"], r["demands"], r["bodies"])
        for r in rows
    ]


async def _recognised(first: date, last: date, enterprise_id: UUID | None) -> tuple[int, int]:
    """Demands recognised in a period, by the day of the visit, and visits they rest on."""
    (row,) = await current().fetch(
        "select count(*) as demands, count(distinct v.id) as visits from result_recognitions r"
        " join joint_visits v on v.tenant_id = r.tenant_id and v.id = r.visit_id"
        " where v.day between $1 and $2 and ($3::uuid is null or v.enterprise_id = $3)",
        first,
        last,
        enterprise_id,
    )
    return row["demands"], row["visits"]


async def receipt(enterprise_id: UUID, first: date, last: date) -> Receipt:
    """What merging and recognition spared one enterprise in a period."""
    demands, _ = await _recognised(first, last, enterprise_id)
    return receipt_of(await visits_made(first, last, enterprise_id), demands)


async def figures(first: date, last: date) -> Figures:
    """The figures of a period over all rows in scope."""
    came = await visits_made(first, last)
    demands, reused = await _recognised(first, last, None)
    total = receipt_of(came, demands)
    (row,) = await current().fetch(
        "select (select count(distinct b.visit_id) from premises_reservations a"
        " join premises_reservations b on b.tenant_id = a.tenant_id"
        "  and b.premises_id = a.premises_id and b.item = a.item and b.visit_id <> a.visit_id"
        "  and not a.exempt and not b.exempt and b.first_day >= a.first_day"
        "  and b.first_day <= a.last_day"
        "  join joint_visits v on v.tenant_id = b.tenant_id and v.id = b.visit_id"
        "  where b.item <> '*' and v.state = 'DONE' and v.day between $1 and $2) as duplicates,"
        " (select count(*) from frequency_budgets where used + reserved > cap"
        "  and year between extract(year from $1::date) and extract(year from $2::date))"
        "  as breaches,"
        " (select count(*) from visit_refusals where"
        "  (refused_at at time zone 'Asia/Shanghai')::date between $1 and $2) as refusals",
        first,
        last,
    )
    return Figures(
        total,
        Ratio(row["duplicates"], total.visits),
        Ratio(total.spared, total.separate_visits),
        Ratio(sum(visit.bodies > 1 for visit in came), total.visits),
        Ratio(reused, total.visits),
        row["breaches"],
        row["refusals"],
    )
