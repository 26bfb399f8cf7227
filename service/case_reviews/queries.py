"""What can be asked about file reviews, and their numbers town by town."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.queryset import QuerySet

from service.case_reviews.records import FileFinding, FileReview, ReviewedFile, ReviewRound
from service.case_reviews.rules import ResultGrade, State
from service.errors import Invalid
from service.hazards.indicators import Ratio
from tenants.wall import current

_COUNTS = """
select f.tenant_id, count(*)::int as reviewed,
    count(*) filter (where f.grade = 'EXCELLENT')::int as excellent,
    count(*) filter (where f.grade = 'GOOD')::int as good,
    count(*) filter (where f.grade = 'QUALIFIED')::int as qualified,
    count(*) filter (where f.grade = 'UNQUALIFIED')::int as unqualified,
    count(*) filter (where f.vetoed)::int as vetoed,
    count(*) filter (where f.objected_on is not null)::int as objected,
    count(*) filter (where f.revised)::int as revised,
    coalesce(sum(d.defects), 0)::int as defects,
    count(*) filter (where f.correct_by < $3)::int as due,
    count(*) filter (where f.correct_by < $3 and f.corrected_on <= f.correct_by)::int as on_time
from reviewed_files f
left join (select tenant_id, file_id, count(*) as defects from file_findings
    group by tenant_id, file_id) d on d.tenant_id = f.tenant_id and d.file_id = f.id
where f.result_on between $1 and $2
group by f.tenant_id
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """Files of one town whose result fell into a period."""

    reviewed: int = 0
    excellent: int = 0
    good: int = 0
    qualified: int = 0
    unqualified: int = 0
    vetoed: int = 0
    objected: int = 0
    revised: int = 0
    defects: int = 0
    due: int = 0
    on_time: int = 0

    @property
    def defect_rate(self) -> float | None:
        """Defects a reviewed file (procedural_defect_rate), None where none was reviewed."""
        return self.defects / self.reviewed if self.reviewed else None

    @property
    def corrected_on_time(self) -> Ratio:
        """Corrected by the last day, of the files whose last day is over."""
        return Ratio(self.on_time, self.due)


def rounds() -> QuerySet[ReviewRound]:
    """Rounds in scope."""
    return ReviewRound.all()


def files(
    *, round_id: UUID | None = None, state: State | None = None, grade: ResultGrade | None = None
) -> QuerySet[ReviewedFile]:
    """Drawn files in scope that fit every filter given."""
    found = ReviewedFile.all()
    if round_id is not None:
        found = found.filter(round_id=round_id)
    if state is not None:
        found = found.filter(state=state.value)
    return found if grade is None else found.filter(grade=grade.value)


async def reviews_of(file_ids: Iterable[UUID]) -> dict[UUID, list[FileReview]]:
    """Scores by file, the first first, in one statement."""
    wanted = list(file_ids)
    found: dict[UUID, list[FileReview]] = {one: [] for one in wanted}
    for row in await FileReview.filter(file_id__in=wanted).order_by("slot", "id"):
        found[row.file_id].append(row)
    return found


async def findings_of(file_ids: Iterable[UUID]) -> dict[UUID, list[FileFinding]]:
    """Defects of the result by file, in one statement."""
    wanted = list(file_ids)
    found: dict[UUID, list[FileFinding]] = {one: [] for one in wanted}
    for row in await FileFinding.filter(file_id__in=wanted).order_by("criterion", "id"):
        found[row.file_id].append(row)
    return found


async def counts(since: date, until: date, today: date) -> dict[UUID, Counts]:
    """Numbers of every town in scope that had a result in the period, in one statement.

    Raises:
        Invalid: the period ends before it begins.
    """
    if until < since:
        raise Invalid("the period ends before it begins", path=("until",))
    rows = await current().fetch(_COUNTS, since, until, today)
    return {row.pop("tenant_id"): Counts(**row) for row in (dict(one) for one in rows)}
