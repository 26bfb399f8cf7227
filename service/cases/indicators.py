"""Numbers of enforcement, town by town: the closed loop, its pace, and what merely describes.

Fines and counts of inspections describe and are never scored: 行政处罚法 art. 74 and
国办发〔2024〕54号 forbid to tie an assessment to them, so each such number says so.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.cases.queries import completeness_of
from service.cases.records import PenaltyCase
from tenants.wall import current


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with what it was counted from; `value` is null where nothing was due."""

    code: str
    numerator: int
    denominator: int | None
    assessable: bool

    @property
    def value(self) -> float | None:
        """The share, or the count where there is no denominator."""
        if self.denominator is None:
            return float(self.numerator)
        return self.numerator / self.denominator if self.denominator else None


ASSESSABLE = ("loop_closed", "reinspect_on_time", "clearance", "online_rate")
DESCRIPTIVE = (
    "inspections", "nothing_found", "cases", "case_rate", "fines_fen", "zero_body",
    "days_to_decision",
)  # fmt: skip

_COUNTS = """
with visited as (
    select tenant_id, count(*) as inspections,
        count(*) filter (where state = 'NO_ISSUE') as nothing
    from inspections where on_site_day between $1 and $2 group by 1),
due as (
    select i.tenant_id, count(*) as due,
        count(*) filter (where i.state in ('CLOSED', 'CASE_FILED')) as closed,
        count(*) filter (where exists (select from legal_deadlines d
            where d.tenant_id = i.tenant_id and d.subject_id = i.id and d.rule = 'REINSPECT'
                and d.met_on <= d.due_on)) as on_time
    from inspections i
    where i.rectify_until between $1 and $2 and i.rectify_until < $3 group by 1),
filed as (
    select tenant_id, count(*) as cases from penalty_cases
    where filed_on between $1 and $2 group by 1),
decided as (
    select tenant_id, sum(fine_fen)::bigint as fines, sum(decided_on - filed_on)::bigint as days,
        count(*) as decisions
    from penalty_cases where decided_on between $1 and $2 group by 1),
load as (
    select tenant_id, count(*) as on_hand,
        count(*) filter (where closed_on between $1 and $2) as closed
    from penalty_cases where filed_on <= $2 and (closed_on is null or closed_on >= $1) group by 1)
select t.id as tenant_id, coalesce(v.inspections, 0) as inspections,
    coalesce(v.nothing, 0) as nothing, coalesce(d.due, 0) as due, coalesce(d.closed, 0) as closed,
    coalesce(d.on_time, 0) as on_time, coalesce(f.cases, 0) as cases,
    coalesce(x.fines, 0) as fines, coalesce(x.days, 0) as days,
    coalesce(x.decisions, 0) as decisions, coalesce(l.on_hand, 0) as on_hand,
    coalesce(l.closed, 0) as cases_closed
from tenants t left join visited v on v.tenant_id = t.id left join due d on d.tenant_id = t.id
    left join filed f on f.tenant_id = t.id left join decided x on x.tenant_id = t.id
    left join load l on l.tenant_id = t.id
where t.kind <> 'DISTRICT' order by t.division_code
"""


async def measures(since: date, until: date, today: date) -> dict[UUID, list[Measure]]:
    """Every number by town in scope, in three statements.

    `loop_closed` and `reinspect_on_time` count orders whose last day lay in the period and is
    over, `clearance` the cases closed of those on hand, `online_rate` whole files of all.
    """
    rows = await current().fetch(_COUNTS, since, until, today)
    cases = await PenaltyCase.filter(filed_on__gte=since, filed_on__lte=until)
    files = await completeness_of(cases)
    whole: dict[UUID, int] = {}
    for case in cases:
        whole[case.tenant_id] = whole.get(case.tenant_id, 0) + (not files[case.id].missing)
    return {row["tenant_id"]: _of(row, whole.get(row["tenant_id"], 0)) for row in rows}


def _of(row: dict[str, int], whole: int) -> list[Measure]:
    counted: dict[str, tuple[int, int | None]] = {
        "loop_closed": (row["closed"], row["due"]),
        "reinspect_on_time": (row["on_time"], row["due"]),
        "clearance": (row["cases_closed"], row["on_hand"]),
        "online_rate": (whole, row["cases"]),
        "inspections": (row["inspections"], None),
        "nothing_found": (row["nothing"], row["inspections"]),
        "cases": (row["cases"], None),
        "case_rate": (row["cases"], row["inspections"]),
        "fines_fen": (row["fines"], None),
        "zero_body": (int(row["cases"] == 0), None),
        "days_to_decision": (row["days"], row["decisions"]),
    }
    return [
        Measure(code, *counted[code], assessable=code in ASSESSABLE)
        for code in (*ASSESSABLE, *DESCRIPTIVE)
    ]
