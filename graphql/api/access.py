"""One canonical line and one count per request, whatever happens inside."""

import re
import time
from contextlib import ExitStack

import structlog
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import telemetry
from service.correlation import correlated

REQUEST_ID = re.compile(rb"[A-Za-z0-9-]{8,64}")
"""What we take from a caller as the id of its request; anything else gets one of ours."""

log = structlog.get_logger("access")


class AccessLog:
    """Binds the request id, times the request, answers with `X-Request-ID` and logs once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request inside its id; lifespan events pass through."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        seen = Seen()
        with ExitStack() as stack:
            identity = stack.enter_context(correlated(request_id(scope)))
            noted = stack.enter_context(telemetry.canonical())
            telemetry.IN_FLIGHT.inc()
            stack.callback(telemetry.IN_FLIGHT.dec)
            start = time.perf_counter()

            async def answer(message: Message) -> None:
                seen.observe(message, identity)
                await send(message)

            try:
                await self.app(scope, receive, answer)
            finally:
                seconds = time.perf_counter() - start
                method = scope.get("method", "WEBSOCKET")
                telemetry.observe(method, route_of(scope), seen.status, seconds)
                log.info(
                    "request",
                    method=method,
                    route=route_of(scope),
                    status=seen.status,
                    bytes=seen.size,
                    ms=round(seconds * 1000, 1),
                    **{k: v for k, v in noted.items() if k not in {"method", "route", "status"}},
                )


class Seen:
    """What passed on its way out: status and size.  500 until an answer begins."""

    def __init__(self) -> None:
        self.status = 500
        self.size = 0

    def observe(self, message: Message, identity: str) -> None:
        """Note one message of the answer and put the request id on its first."""
        kind = message["type"]
        if kind == "http.response.start":
            self.status = message["status"]
            headers = [h for h in message.get("headers", ()) if h[0].lower() != b"x-request-id"]
            message["headers"] = [*headers, (b"x-request-id", identity.encode())]
        elif kind == "http.response.body":
            self.size += len(message.get("body", b""))
        elif kind == "websocket.accept":
            self.status = 101
        elif kind == "websocket.close" and self.status != 101:
            self.status = 403


def request_id(scope: Scope) -> str:
    """The caller's `X-Request-ID` where it is well formed, else empty."""
    for key, value in scope.get("headers", ()):
        if key == b"x-request-id" and REQUEST_ID.fullmatch(value):
            return str(value.decode("ascii"))
    return ""


def route_of(scope: Scope) -> str:
    """The pattern that matched, since an address may hold a token or a name."""
    route = scope.get("route")
    return route.path if isinstance(route, Route | WebSocketRoute) else "unmatched"
