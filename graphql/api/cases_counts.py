"""Numbers of enforcement in the schema, town by town; a committee sees these and no case."""

from datetime import date
from typing import Annotated

import strawberry

from api.administration import Tenant
from api.context import Info
from service import clock
from service.cases import indicators
from tenants import records as tenancy
from tenants.rights import Right, Role, Subject, allows

Since = Annotated[date, strawberry.argument(description="First day of the period")]
Until = Annotated[
    date | None, strawberry.argument(description="Last day of the period, today by default")
]


@strawberry.type(description="Number of enforcement with what it was counted from")
class EnforcementMeasure:
    """One number."""

    code: str = strawberry.field(description="Stable name, such as loop_closed")
    numerator: str = strawberry.field(description="What was counted, as a decimal string")
    denominator: int | None = strawberry.field(description="Of how many, null for plain counts")
    value: float | None = strawberry.field(description="Share or count, null where nothing was due")
    assessable: bool = strawberry.field(
        description="Indicates that it may feed an assessment; fines and counts never may"
    )


@strawberry.type(description="Numbers of enforcement of one town")
class EnforcementCounts:
    """Numbers only, never a case."""

    town: Tenant = strawberry.field(description="Town that is counted")
    measures: list[EnforcementMeasure] = strawberry.field(
        description="Assessable numbers, then those that merely describe"
    )


@strawberry.type
class EnforcementCountsQuery:
    """Questions that are answered with numbers."""

    @strawberry.field(description="Numbers of the enforcement in each town, by division code")
    async def enforcement_counts(
        self, info: Info, since: Since, until: Until = None
    ) -> list[EnforcementCounts]:
        """Open to the committee, to departments and to towns for themselves."""
        role = info.context.principal.role
        counts = allows(role, Subject.CASE, Right.READ_COUNTS)
        if not counts and role in (Role.ENTERPRISE, Role.APP, Role.PUBLIC):
            info.context.require(Subject.CASE, Right.READ_COUNTS)
        if not counts:
            info.context.require(Subject.CASE, Right.READ_OWN)
        today = clock.legal_day(clock.now())
        found = await indicators.measures(since, until or today, today)
        towns = await tenancy.Tenant.filter(id__in=list(found)).order_by("division_code")
        return [
            EnforcementCounts(
                town=Tenant.of(town),
                measures=[
                    EnforcementMeasure(
                        code=one.code,
                        numerator=str(one.numerator),
                        denominator=one.denominator,
                        value=one.value,
                        assessable=one.assessable,
                    )
                    for one in found[town.id]
                ],
            )
            for town in towns
        ]
