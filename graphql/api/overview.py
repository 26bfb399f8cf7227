"""Towns at a glance in the schema: tallies that are kept current with every change."""

import strawberry

from api.administration import Tenant
from api.context import Info
from api.declared import Inline, Town, Towns, planned, shows
from api.hazards import own_line
from api.hazards_counts import may_count, require_counts
from service.overview import queries


@strawberry.type(description="Open hazards of one town by grade")
class OpenHazards:
    """Numbers only."""

    ungraded: int = strawberry.field(description="Not graded yet")
    general: int = strawberry.field(description="General ones (一般)")
    major: int = strawberry.field(description="Major ones (重大)")


@strawberry.type(description="Risk points of one town by colour")
class RiskColours:
    """Numbers only."""

    red: int = strawberry.field(description="Red ones")
    orange: int = strawberry.field(description="Orange ones")
    yellow: int = strawberry.field(description="Yellow ones")
    blue: int = strawberry.field(description="Blue ones")


@strawberry.type(description="One town at a glance, as it stands now")
class TownSummary:
    """Numbers only, never a row."""

    columns = shows("enterprises", "overdue", "supervised")

    town: Tenant = strawberry.field(description="Town that is counted", metadata=planned(Town()))
    enterprises: int = strawberry.field(description="Operating enterprises")
    open_hazards: OpenHazards = strawberry.field(
        description="Open hazards by grade",
        metadata=planned(Inline(shows("ungraded", "general", "major"))),
    )
    overdue: int = strawberry.field(description="Hazards past their last day")
    supervised: int = strawberry.field(description="Open hazards under supervision (挂牌督办)")
    risks: RiskColours = strawberry.field(
        description="Risk points by colour",
        metadata=planned(Inline(shows("red", "orange", "yellow", "blue"))),
    )


@strawberry.type
class OverviewQuery:
    """Questions about towns at a glance."""

    @strawberry.field(
        description="Each town at a glance, by division code",
        metadata=planned(Towns(lambda: TownSummary, may_count, queries.TALLIES, queries.COLUMNS)),
    )
    async def town_summaries(self, info: Info) -> list[TownSummary]:
        """A department sees the hazards and risks of its line."""
        require_counts(info)
        return [
            TownSummary(
                town=Tenant.of(one.town),
                enterprises=one.numbers["enterprises"],
                open_hazards=OpenHazards(
                    ungraded=one.numbers["ungraded"],
                    general=one.numbers["general"],
                    major=one.numbers["major"],
                ),
                overdue=one.numbers["overdue"],
                supervised=one.numbers["supervised"],
                risks=RiskColours(
                    red=one.numbers["red"],
                    orange=one.numbers["orange"],
                    yellow=one.numbers["yellow"],
                    blue=one.numbers["blue"],
                ),
            )
            for one in await queries.summaries(await own_line(info))
        ]
