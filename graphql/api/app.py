"""The HTTP door: `uvicorn api.app:app`."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
from cross_web import HTTPException
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL

from api import (
    console,
    consumers,
    draws,
    explorer,
    fast,
    feed_pages,
    health,
    home,
    joint_pages,
    plate_pages,
    report_pages,
    sdl,
    sign_in,
    supervision_page,
    trusted,
    verify,
)
from api.access import AccessLog
from api.context import Authenticate, Context
from api.protocol import GraphQLOverHTTP, bounded, closing
from api.schema import schema
from api.sign_in import token_of
from service.correlation import correlation_id
from service.database import close_database, open_database
from service.errors import SafetyError
from service.identity.queries import authenticate
from service.readiness import CHECKS
from service.telemetry import configure_logging
from tenants.principal import PUBLIC, Principal


class Door(GraphQLOverHTTP):
    """GraphQL over HTTP and over graphql-transport-ws; no batching, no IDE of Strawberry's."""

    def __init__(self, authenticate: Authenticate) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=True,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL],
        )
        self.authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse a bad token with 401 before anything is parsed."""
        if scope["type"] == "http":
            try:
                scope["principal"] = await self.principal(Request(scope))
            except SafetyError as refusal:
                await unauthorised(refusal)(scope, receive, send)
                return
        elif scope["type"] == "websocket":
            try:
                scope["principal"] = await self.principal(WebSocket(scope, receive, send))
            except SafetyError as refusal:
                await send({"type": "websocket.close", "code": 4401, "reason": refusal.code})
                return
        if scope["type"] == "websocket":
            with suppress(WebSocketDisconnect):
                await super().__call__(scope, receive, closing(send))
            return
        receive = bounded(receive)
        if fast.eligible(scope):
            try:
                body = await fast.read(receive)
            except HTTPException as refusal:
                too_long = PlainTextResponse(refusal.reason, refusal.status_code)
                await too_long(scope, receive, send)
                return
            context = self.context_of(Request(scope))
            if await fast.answered(schema, context, scope, body, send):
                return
            receive = fast.again(body, receive)
        await super().__call__(scope, receive, send)

    def encode_json(self, data: object) -> bytes:
        """Chinese text as it is, in a third of the bytes of its escapes."""
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> object:
        """Strictly: lone surrogates, NaN and bottomless nesting are not JSON to us."""
        return orjson.loads(data)

    async def principal(self, connection: Request | WebSocket) -> Principal:
        """Who asks.

        Raises:
            SafetyError: the token is unknown, expired or revoked.
        """
        token = token_of(connection)
        return await self.authenticate(token) if token else PUBLIC

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """The context of one request, or of one socket."""
        return self.context_of(request)

    def context_of(self, request: Request | WebSocket) -> Context:
        """The context of one request, or of one socket; one, however often it is asked for."""
        known: Context | None = request.scope.get("anshang.context")
        if known is not None:
            return known
        made = request.scope["anshang.context"] = Context(
            request.scope["principal"],
            request_id=correlation_id(),
            address=request.client.host if request.client else "",
            headers=request.headers,
            renew=lambda: self.principal(request),
        )
        return made


def unauthorised(refusal: SafetyError) -> Response:
    """401 in the shape of a GraphQL answer."""
    body = {
        "errors": [
            {
                "message": refusal.message,
                "extensions": {"code": refusal.code, "requestId": correlation_id()},
            }
        ]
    }
    return JSONResponse(body, 401, headers={"WWW-Authenticate": "Bearer"})


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """The database is open while the door is."""
    configure_logging()
    await open_database()
    trusted.prepare(schema)
    # What is here now stays: no collection need look at its 300,000 objects again.
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        await close_database()


class App(Starlette):
    """The application; a JSON document by POST passes no route but that of the door."""

    def __init__(self, door: Door, **named: Any) -> None:
        self.asked = Route("/graphql", door, methods=["GET", "POST"])
        self.straight = AccessLog(door)
        routes = [self.asked, WebSocketRoute("/graphql", door), *named.pop("routes")]
        super().__init__(routes=routes, middleware=[Middleware(AccessLog)], **named)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As any application, and most requests in half of the calls."""
        if (
            scope["type"] == "http"
            and scope["path"] == "/graphql"
            and not scope.get("root_path")
            and fast.eligible(scope)
        ):
            scope["app"], scope["route"] = self, self.asked
            await self.straight(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(authenticate: Authenticate) -> Starlette:
    """The application; `authenticate` turns a token into a principal or refuses it."""
    routes: list[Route | WebSocketRoute | Mount] = [
        *sign_in.routes,
        *home.routes,
        *console.routes,
        *explorer.routes,
        *sdl.routes,
        *consumers.routes,
        *feed_pages.routes,
        *verify.routes,
        *plate_pages.routes,
        *joint_pages.routes,
        *draws.routes,
        *supervision_page.routes,
        *report_pages.routes,
        *health.routes(CHECKS),
    ]
    return App(Door(authenticate), routes=routes, lifespan=lifespan)


app = create_app(authenticate)
