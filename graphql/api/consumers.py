"""Consumers of the public log: what each confirms, who lags, and a door for simple clients."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.nodes import RowNode
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.sign_in import token_of
from service.consumers import commands, queries, records
from service.consumers.rules import Lag, Limits, Outcome, Pending, confirm_by
from service.errors import Forbidden, Invalid, SafetyError, Unavailable
from service.identity.queries import authenticate
from service.identity.rate_limit import limiter
from service.identity.rules import RateLimited, RateRule, Unauthenticated
from tenants.principal import PUBLIC, Principal
from tenants.rights import Right, Role, Subject, allows
from tenants.wall import tenant_transaction

STATEMENTS = 10
PER_APP = RateRule("acknowledge-app", 120, 60)
BODY_MAX = 8 << 10  # bytes of a statement

strawberry.enum(Lag, name="LogConsumerLag", description="Why the copy of a consumer is stale")
strawberry.enum(
    Outcome, name="LogAcknowledgementOutcome", description="What became of a statement of the log"
)


@strawberry.type(description="Statement of a consumer about the log")
class LogAcknowledgement:
    """One statement."""

    size: str = strawberry.field(description="Number of events it processed, a decimal string")
    root_hash: str = strawberry.field(description="Root it saw at that size, in hex")
    outcome: Outcome = strawberry.field(description="Whether the log had that root at that size")
    at: datetime = strawberry.field(description="Timestamp of the statement")

    @classmethod
    def of(cls, row: records.LogAcknowledgement) -> "LogAcknowledgement":
        """The row as the schema shows it."""
        return cls(size=str(row.size), root_hash=row.root, outcome=Outcome(row.outcome), at=row.at)


@strawberry.type(description="Application that keeps a copy of the public list of a district")
class LogConsumer(RowNode, relay.Node):
    """One consumer with the newest thing it said."""

    model = records.LogConsumer

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.LogConsumer]
    name: str = strawberry.field(description="Name of the application")
    since: datetime = strawberry.field(description="Timestamp since which it is let in")
    heard_at: datetime | None = strawberry.field(description="Timestamp of its newest statement")
    size: str = strawberry.field(
        description="Number of events it confirmed to have processed, a decimal string"
    )
    lag: Lag | None = strawberry.field(description="Why its copy is stale, null while it is not")
    stale_since: datetime | None = strawberry.field(
        description="Timestamp at which its copy became stale"
    )

    @strawberry.field(description="Number of removals that it has not confirmed")
    async def unconfirmed_removals(self, info: Info) -> int:
        """Loaded for all consumers of the page in one statement."""
        return (await self._pending(info)).count

    @strawberry.field(description="Last moment to confirm the oldest of these, null without any")
    async def confirm_by(self, info: Info) -> datetime | None:
        """By the limit that the office set."""

        pending = await self._pending(info)
        offices = info.context.shared("log_offices")
        offices[self.row.tenant_id] = self.row.owner

        async def load(keys: list[UUID]) -> list[Limits]:
            return [await queries.limits_of(offices[key]) for key in keys]

        limits = await info.context.loader("log_limits", load).load(self.row.tenant_id)
        return confirm_by(self.row.since, pending, limits)

    @strawberry.field(description="Newest statements, at most 10, newest first")
    async def statements(self, info: Info) -> list[LogAcknowledgement]:
        """Loaded for all consumers of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.LogAcknowledgement]]:
            found = await queries.statements_of(keys, STATEMENTS)
            return [found[key] for key in keys]

        rows = await info.context.loader("log_statements", load).load(self.id)
        return [LogAcknowledgement.of(row) for row in rows]

    async def _pending(self, info: Info) -> Pending:
        known = info.context.shared("log_consumers")
        known[self.id] = self.row

        async def load(keys: list[UUID]) -> list[Pending]:
            found = await queries.pending_of([known[key] for key in keys])
            return [found[key] for key in keys]

        pending: Pending = await info.context.loader("log_pending", load).load(self.id)
        return pending

    @classmethod
    def of(cls, row: records.LogConsumer) -> "LogConsumer":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            name=row.name,
            since=row.since,
            heard_at=row.heard_at,
            size=str(row.size),
            lag=Lag(row.lag) if row.lag else None,
            stale_since=row.stale_since,
        )

    @classmethod
    async def resolve_nodes(
        cls, *, info: Any, node_ids: Iterable[str], required: bool = False
    ) -> Any:
        """The consumers in scope that the caller may know of, in the order asked."""
        found = await super().resolve_nodes(info=info, node_ids=node_ids, required=required)
        return [one if one and _may_see(info, one.row.app_id) else None for one in found]


def _app_id(principal: Principal) -> UUID | None:
    kind, _, identity = principal.key.partition(":")
    return UUID(identity) if kind == "app" else None


def _may_see(info: Info, app_id: UUID) -> bool:
    principal = info.context.principal
    return _oversees(principal) or _app_id(principal) == app_id


def _oversees(principal: Principal) -> bool:
    members = (Role.COMMITTEE, Role.DEPARTMENT, Role.TENANT_ADMIN)
    return principal.role in members and any(
        allows(principal.role, Subject.BLACKLIST, right)
        for right in (Right.READ_OWN, Right.READ_STATUS)
    )


@strawberry.input(description="What a consumer processed of the log of a district")
class AcknowledgeLogInput(KeyedInput):
    """Input of `acknowledgeLog`."""

    district: str = strawberry.field(description="Code of the district")
    size: str = strawberry.field(description="Number of events processed, a decimal string")
    root_hash: str = strawberry.field(description="Root of the log at that size, 64 hex digits")
    checkpoint: str | None = strawberry.field(
        default=None,
        description="Signed checkpoint that stated size and root, which makes a contradiction "
        "a proof; at most 4000 characters",
    )


async def _acknowledge(info: Info, given: AcknowledgeLogInput) -> LogAcknowledgement:
    row = await _kept(
        info.context.principal, given.district, given.size, given.root_hash, given.checkpoint or ""
    )
    return LogAcknowledgement.of(row)


async def _kept(
    principal: Principal, district: str, size: str, root: str, checkpoint: str
) -> records.LogAcknowledgement:
    app_id = _app_id(principal)
    if app_id is None or not allows(
        principal.role, Subject.BLACKLIST, Right.ACKNOWLEDGE, capabilities=principal.grants
    ):
        raise Forbidden(f"an application that holds {commands.SCOPE} acknowledges")
    if not (size.isascii() and size.isdigit() and len(size) < 19):
        raise Invalid("give the size as a decimal number", path=("input", "size"))
    return await commands.acknowledge(app_id, principal.name, district, int(size), root, checkpoint)


@strawberry.type
class ConsumerMutation:
    """What consumers state."""

    acknowledge_log = act(
        "acknowledgeLog",
        "State what an application processed of a district's log; another root raises an alarm",
        AcknowledgeLogInput, ("acknowledgement", LogAcknowledgement), _acknowledge,
        needs=(Subject.BLACKLIST, Right.ACKNOWLEDGE), codes=("CONFLICT", "UNAVAILABLE"),
    )  # fmt: skip


@strawberry.type
class ConsumerQuery:
    """Questions about consumers."""

    @strawberry.field(
        description="Consumers of the public log of the caller's district; an application's own"
    )
    async def log_consumers(
        self,
        info: Info,
        stale: Annotated[
            bool | None, strawberry.argument(description="Indicates that its copy is stale")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[LogConsumer]:
        """One page, those let in last first."""
        principal = info.context.principal
        found, own = queries.consumers(stale=stale), _app_id(principal)
        if own is not None:
            found = found.filter(app_id=own)
        elif not _oversees(principal):
            raise Forbidden("sign in as a member of a town, a department or a committee first")
        return await page(found, LogConsumer.of, first=first, after=after, key="since")


async def acknowledge(request: Request) -> Response:
    """POST size, root and the checkpoint, as JSON or as a form, with the application's token."""
    try:
        token = token_of(request)
        principal = await authenticate(token) if token else PUBLIC
        if principal is PUBLIC:
            raise Unauthenticated("send the application's token as a bearer token")
        await limiter().hit([(PER_APP, principal.key)])
        given = await _statement(request)
        async with tenant_transaction(principal.scope):
            district = request.path_params["district"]
            row = await _kept(principal, district, *(given[name] for name in _NAMES))
    except SafetyError as refusal:
        body = {"code": refusal.code, "message": refusal.message}
        return JSONResponse(body, _status(refusal), headers=_NEVER)
    stated = {"size": row.size, "root": row.root, "outcome": row.outcome}
    return JSONResponse(stated, 200 if row.outcome == Outcome.CONFIRMED.value else 409, _NEVER)


_NAMES = ("size", "root", "checkpoint")
_NEVER = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def _statement(request: Request) -> dict[str, str]:
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > BODY_MAX:
        raise Invalid(f"send a body of at most {BODY_MAX} bytes")
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            given = await request.json()
        except ValueError as error:
            raise Invalid("the body is not JSON") from error
        if not isinstance(given, dict):
            raise Invalid("the body is not an object")
    else:
        async with request.form(max_files=0, max_fields=8) as form:
            given = dict(form)
    return {name: str(given.get(name) or "") for name in _NAMES}


def _status(refusal: SafetyError) -> int:
    if isinstance(refusal, RateLimited):
        return 429
    if isinstance(refusal, Unauthenticated):
        return 401
    if isinstance(refusal, Unavailable):
        return 503
    return {"FORBIDDEN": 403, "NOT_FOUND": 404}.get(refusal.code, 400)


routes = [Route("/feed/{district}/acknowledgements", acknowledge, methods=["POST"])]
