"""Numbers of hazards in the schema, town by town, and the criteria of major ones."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from typing import Annotated, Any

import strawberry

from api.administration import Tenant
from api.context import Info
from api.declared import Column, Inline, Town, Towns, planned, shows
from api.hazards import own_line
from service import clock
from service.hazards import criteria, indicators, queries, ranking, records
from service.hazards.rules import Category
from tenants import records as tenancy
from tenants.rights import Right, Role, Subject, allows

Since = Annotated[date | None, strawberry.argument(description="First day of the finding")]
Until = Annotated[date | None, strawberry.argument(description="Last day, today by default")]
OnDay = Annotated[date | None, strawberry.argument(description="Day, today by default")]


@strawberry.type(description="Share with what it was counted from")
class Ratio:
    """A share and its lineage."""

    numerator: int = strawberry.field(description="What was counted")
    denominator: int = strawberry.field(description="Of how many")
    value: float | None = strawberry.field(
        description="Share from 0 to 1, null where the denominator is 0"
    )

    @classmethod
    def of(cls, ratio: indicators.Ratio) -> "Ratio":
        """The share as the schema shows it."""
        return cls(numerator=ratio.numerator, denominator=ratio.denominator, value=ratio.value)


@strawberry.type(description="Criterion that makes a hazard major (重大事故隐患判定标准)")
class MajorHazardCriterion:
    """One ground."""

    code: str = strawberry.field(description="Stable name of the criterion")
    version: str = strawberry.field(description="Version of the criterion")
    category: Category = strawberry.field(description="What the criterion is about")
    text: str = strawberry.field(description="What makes a hazard major")
    source: str = strawberry.field(description="Standard or order that says so")
    valid_from: date = strawberry.field(description="First day in force")
    valid_to: date | None = strawberry.field(description="First day no longer in force")
    confirmed: bool = strawberry.field(
        description="Indicates that it was checked against the promulgated text"
    )


def ratio(numerator: str, denominator: str, value: str) -> dict[str, Any]:
    """How the compiled tier shows a ratio out of a row of numbers."""
    columns = {
        "numerator": Column(numerator),
        "denominator": Column(denominator),
        "value": Column(value),
    }
    return planned(Inline(columns))


@strawberry.type(description="Hazards of one town found in a period, as they stand now")
class HazardCounts:
    """Numbers only, never a hazard."""

    columns = shows("found", "open", "major", "major_open", "overdue", "supervised")

    town: Tenant = strawberry.field(description="Town that is counted", metadata=planned(Town()))
    found: int = strawberry.field(description="Hazards found")
    open: int = strawberry.field(description="Those not closed")
    major: int = strawberry.field(description="Major ones")
    major_open: int = strawberry.field(description="Major ones not closed")
    overdue: int = strawberry.field(description="Those overdue and not yet supervised")
    supervised: int = strawberry.field(description="Those under supervision")
    closure: Ratio = strawberry.field(
        description="Closed of found (闭环率)", metadata=ratio("closed", "found", "closure")
    )
    on_time: Ratio = strawberry.field(
        description="Closed by their last day, of those due",
        metadata=ratio("on_time", "due", "on_time_rate"),
    )
    recurrence: Ratio = strawberry.field(
        description="Closed ones that were found again, of those closed",
        metadata=ratio("recurred", "closed", "recurrence"),
    )
    five_conditions: Ratio = strawberry.field(
        description="Open major ones with all five conditions (五落实), of the open major ones",
        metadata=ratio("major_planned", "major_open", "five_conditions"),
    )

    @classmethod
    def of(cls, town: tenancy.Tenant, counts: indicators.Counts) -> "HazardCounts":
        """The counts as the schema shows them."""
        return cls(
            town=Tenant.of(town),
            found=counts.found,
            open=counts.open,
            major=counts.major,
            major_open=counts.major_open,
            overdue=counts.overdue,
            supervised=counts.supervised,
            closure=Ratio.of(counts.closure),
            on_time=Ratio.of(counts.on_time_rate),
            recurrence=Ratio.of(counts.recurrence),
            five_conditions=Ratio.of(counts.five_conditions),
        )


@strawberry.type(description="Hazards of one category in one town, as ranked on a day")
class HazardRank:
    """One place of a ranking."""

    place: int = strawberry.field(description="Place, 1 the most frequent")
    category: Category = strawberry.field(description="What the hazards are about")
    found: int = strawberry.field(description="Hazards found in the days that are counted")
    inspected_premises: int = strawberry.field(description="Premises inspected in these days")
    frequency: float | None = strawberry.field(
        description="Hazards per inspected premises, null where none was inspected"
    )
    recurrence: Ratio = strawberry.field(
        description="Closed ones that were found again, of those closed"
    )


@strawberry.type(description="Ranking of hazard categories in one town (突出问题、多发问题)")
class HazardRanking:
    """A snapshot of one night."""

    town: Tenant = strawberry.field(description="Town that is ranked")
    day: date = strawberry.field(description="Last day that is counted")
    window_days: int = strawberry.field(description="Days that are counted")
    recurrence_days: int = strawberry.field(
        description="Days within which a like hazard is a recurrence"
    )
    ranks: list[HazardRank] = strawberry.field(description="Categories, most frequent first")

    @classmethod
    def of(cls, town: tenancy.Tenant, rows: list[records.HazardRanking]) -> "HazardRanking":
        """The rows of one night as the schema shows them."""
        first = rows[0]
        return cls(
            town=Tenant.of(town),
            day=first.day,
            window_days=first.window_days,
            recurrence_days=first.recurrence_days,
            ranks=[
                HazardRank(
                    place=row.place,
                    category=Category(row.category),
                    found=row.found,
                    inspected_premises=row.inspected_premises,
                    frequency=row.found / row.inspected_premises
                    if row.inspected_premises
                    else None,
                    recurrence=Ratio.of(indicators.Ratio(row.recurred, row.closed)),
                )
                for row in rows
            ],
        )


def require_counts(info: Info) -> None:
    """Refuse numbers over whole towns to enterprises, applications and the public.

    Raises:
        Forbidden: as said.
    """
    principal = info.context.principal
    if allows(principal.role, Subject.HAZARD, Right.READ_COUNTS):
        return
    info.context.require(Subject.HAZARD, _counting(principal.role))


def _counting(role: Role) -> Right:
    return Right.READ_COUNTS if role in (Role.ENTERPRISE, Role.APP) else Right.READ_OWN


def may_count(role: Role, may: Callable[[Subject, Right], bool]) -> bool:
    """As `require_counts`, for the compiled tier."""
    counts = allows(role, Subject.HAZARD, Right.READ_COUNTS)
    return counts or may(Subject.HAZARD, _counting(role))


def _today() -> date:
    return clock.legal_day(clock.now())


COUNTED = Towns(
    lambda: HazardCounts,
    may_count,
    "select *, found - closed as open from (" + queries.COUNTS + ") h",
    ("open", *(one.name for one in fields(indicators.Counts))),
    {
        "closure": ("closed", "found"),
        "on_time_rate": ("on_time", "due"),
        "recurrence": ("recurred", "closed"),
        "five_conditions": ("major_planned", "major_open"),
    },
    {"today": _today},
    {"since": "h.found_on >= {day}", "until": "h.found_on <= {day}"},
)


async def towns_in_scope(info: Info) -> list[tenancy.Tenant]:
    """The towns that the caller reads, by division code."""
    found = tenancy.Tenant.filter(id__in=list(info.context.principal.scope.readable))
    return await found.exclude(kind="DISTRICT").order_by("division_code")


@strawberry.type
class HazardCountsQuery:
    """Questions that are answered with numbers and standards."""

    @strawberry.field(
        description="Counts of the hazards of each town, by division code",
        metadata=planned(COUNTED),
    )
    async def hazard_counts(
        self, info: Info, since: Since = None, until: Until = None
    ) -> list[HazardCounts]:
        """Of those found from `since` to `until`, all by default; numbers and no hazard.

        No hazard is found later than today, so that no last day means today.
        """
        require_counts(info)
        found = await queries.counts(
            since,
            until,
            line=await own_line(info),
        )
        none = indicators.Counts()
        towns = await towns_in_scope(info)
        return [HazardCounts.of(town, found.get(town.id, none)) for town in towns]

    @strawberry.field(description="Latest ranking of hazard categories of each town up to a day")
    async def hazard_rankings(self, info: Info, on: OnDay = None) -> list[HazardRanking]:
        """Towns that have none yet are left out."""
        require_counts(info)
        found = await ranking.rankings(on)
        return [
            HazardRanking.of(town, found[town.id])
            for town in await towns_in_scope(info)
            if town.id in found
        ]

    @strawberry.field(description="Criteria of major hazards in force on a day, today by default")
    async def major_hazard_criteria(self, on: OnDay = None) -> list[MajorHazardCriterion]:
        """Open to everybody: they are published standards."""
        day = on or clock.legal_day(clock.now())
        return [
            MajorHazardCriterion(
                code=one.code,
                version=one.version,
                category=one.category,
                text=one.text,
                source=one.source,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
                confirmed=one.confirmed,
            )
            for one in criteria.criteria_on(day)
        ]
