"""Usage of applications: what they asked of each town, for themselves and for the towns."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.context import Info
from api.identity import AppGrant
from api.reverse import adds_to
from service import clock
from service.identity import records, usage
from tenants.rights import Right, Role, Subject

From = Annotated[
    date | None,
    strawberry.argument(name="from", description="First day, China time; 30 days back if left out"),
]
To = Annotated[
    date | None, strawberry.argument(description="Last day, today if left out; 92 days at most")
]


@strawberry.type(description="What an application used")
class UsageFigures:
    """Three numbers."""

    requests: int = strawberry.field(description="Requests that were run")
    points: str = strawberry.field(description="Points spent, a decimal string")
    refused: int = strawberry.field(description="Requests refused for want of points")


@strawberry.type(description="What an application used on one day")
class DayUsage(UsageFigures):
    """One day."""

    day: date = strawberry.field(description="Day, China time")


@strawberry.type(description="What an application used under one name of an operation")
class OperationUsage(UsageFigures):
    """One operation."""

    operation: str = strawberry.field(
        description="Name of the operation, empty for those without, `*` for the rest of very many"
    )


@strawberry.type(description="What an application used in a span of days")
class AppUsage:
    """Totals, and the same by day and by operation."""

    total: UsageFigures = strawberry.field(description="All of the span")
    days: list[DayUsage] = strawberry.field(description="Days with requests, oldest first")
    operations: list[OperationUsage] = strawberry.field(
        description="The 100 operations that cost most, dearest first"
    )


@strawberry.type(description="The application that asks")
class Application:
    """The caller's own."""

    name: str = strawberry.field(description="Name of the application")
    client_id: str | None = strawberry.field(
        description="Client id of the application, null while no town has let it in"
    )
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="What it used in all towns that its token opens, copied every five minutes."
        " A request that several towns answered counts once"
    )
    async def usage(self, from_: From = None, to: To = None) -> AppUsage:
        """See `service.identity.usage`."""
        return shown(await usage.of_app(self.key, *span(from_, to)))


@adds_to(AppGrant)
class UsageOfGrant:
    """See `api.reverse`."""

    @strawberry.field(description="Global id of the town that was asked")
    async def tenant_id(root: AppGrant, info: Info) -> strawberry.ID:
        """Loaded for all grants of a page in one statement."""
        row = await grant_of(info, root.id)
        return strawberry.ID(relay.to_base64("Tenant", str(row.tenant_id)))

    @strawberry.field(
        description="What the application used in this town, copied every five minutes. A request"
        " that several towns answered counts in each"
    )
    async def usage(root: AppGrant, info: Info, from_: From = None, to: To = None) -> AppUsage:
        """Loaded for all grants of a page in two statements."""
        first, last = span(from_, to)

        async def load(keys: list[UUID]) -> list[usage.Usage]:
            rows = [await grant_of(info, key) for key in keys]
            return await usage.of_grants([(r.tenant_id, r.app_id) for r in rows], first, last)

        return shown(await info.context.loader(f"usage {first} {last}", load).load(root.id))


async def grant_of(info: Info, grant_id: UUID) -> records.AppGrant:
    """The row of a grant that was shown."""

    async def load(keys: list[UUID]) -> list[records.AppGrant]:
        rows = {row.id: row for row in await records.AppGrant.filter(id__in=keys)}
        return [rows[key] for key in keys]

    found: records.AppGrant = await info.context.loader("app grants", load).load(grant_id)
    return found


def span(first: date | None, last: date | None) -> tuple[date, date]:
    """The days asked for.

    Raises:
        Invalid: none, or too many.
    """
    end = last or clock.legal_day(clock.now())
    begin = first or end - timedelta(days=29)
    usage.check_span(begin, end)
    return begin, end


def shown(found: usage.Usage) -> AppUsage:
    """The figures as the schema shows them."""
    dearest = sorted(found.operations.items(), key=lambda item: (-item[1].points, item[0]))[:100]
    return AppUsage(
        total=UsageFigures(**numbers(found.total)),
        days=[DayUsage(day=day, **numbers(one)) for day, one in sorted(found.days.items())],
        operations=[OperationUsage(operation=name, **numbers(one)) for name, one in dearest],
    )


def numbers(one: usage.Figures) -> dict[str, Any]:
    """The fields of `UsageFigures`."""
    return {"requests": one.requests, "points": str(one.points), "refused": one.refused}


@strawberry.type
class ApplicationQuery:
    """Questions of an application about itself."""

    @strawberry.field(description="The application that asks, null for people and the public")
    async def app(self, info: Info) -> Application | None:
        """Its own usage needs no grant beyond the towns that its token opens."""
        principal = info.context.principal
        if principal.role is not Role.APP:
            return None
        info.context.require(Subject.APP_GRANT, Right.READ_OWN)
        key = UUID(principal.key.removeprefix("app:"))
        grant = await records.AppGrant.filter(app_id=key).first()
        client_id = grant.client_id if grant else None
        return Application(name=principal.name, client_id=client_id, key=key)
