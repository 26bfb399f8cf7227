"""Numbers of file reviews town by town, and the rubric by which files are scored."""

from datetime import date
from typing import Annotated

import strawberry

from api.administration import Tenant
from api.case_reviews import ReviewRubric
from api.context import Info
from api.hazards_counts import Ratio, towns_in_scope
from service import clock
from service.case_reviews import queries, rules
from service.law.queries import rule_book
from tenants.rights import Right, Subject


@strawberry.type(description="Reviewed files of one town whose result fell into a period")
class CaseReviewCounts:
    """Numbers only; neither fines nor inspections are among them (行政处罚法 art. 74)."""

    town: Tenant = strawberry.field(description="Town that is counted")
    reviewed: int = strawberry.field(description="Files with a result")
    excellent: int = strawberry.field(description="Files that are excellent (优秀)")
    good: int = strawberry.field(description="Files that are good (良好)")
    qualified: int = strawberry.field(description="Files that are qualified (合格)")
    unqualified: int = strawberry.field(description="Files that are unqualified (不合格)")
    vetoed: int = strawberry.field(description="Files that a veto decided (一票否决)")
    defects: int = strawberry.field(description="Defects that stand in the results")
    defect_rate: float | None = strawberry.field(
        description="Defects a reviewed file, null where none was reviewed"
    )
    objected: int = strawberry.field(description="Results that the body objected to")
    revised: int = strawberry.field(description="Results that an objection changed")
    corrected_on_time: Ratio = strawberry.field(
        description="Files corrected by their last day, of those whose last day is over"
    )


@strawberry.type
class CaseReviewCountsQuery:
    """Questions that are answered with numbers and standards."""

    @strawberry.field(description="Reviewed files of each town in a period, by division code")
    async def case_review_counts(
        self,
        info: Info,
        since: Annotated[date, strawberry.argument(description="First day of the period")],
        until: Annotated[
            date | None, strawberry.argument(description="Last day, today by default")
        ] = None,
    ) -> list[CaseReviewCounts]:
        """A town without a reviewed file stands there with zeros."""
        info.context.require(Subject.CASE_REVIEW, Right.READ_OWN)
        today = clock.legal_day(clock.now())
        found = await queries.counts(since, until or today, today)
        shown = []
        for town in await towns_in_scope(info):
            one = found.get(town.id, queries.Counts())
            shown.append(
                CaseReviewCounts(
                    town=Tenant.of(town),
                    reviewed=one.reviewed,
                    excellent=one.excellent,
                    good=one.good,
                    qualified=one.qualified,
                    unqualified=one.unqualified,
                    vetoed=one.vetoed,
                    defects=one.defects,
                    defect_rate=one.defect_rate,
                    objected=one.objected,
                    revised=one.revised,
                    corrected_on_time=Ratio.of(one.corrected_on_time),
                )
            )
        return shown

    @strawberry.field(description="Rubric by which case files are scored on a day")
    async def case_review_rubric(
        self,
        info: Info,
        on: Annotated[date | None, strawberry.argument(description="Day, today by default")] = None,
    ) -> ReviewRubric:
        """The rules of that day."""
        info.context.require(Subject.CASE_REVIEW, Right.READ_OWN)
        day = on or clock.legal_day(clock.now())
        return ReviewRubric.of(rules.rubric(await rule_book(), day))
