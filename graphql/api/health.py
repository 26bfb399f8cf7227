"""Is the process alive, can it work, and how is it doing: /livez, /readyz, /metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from service import telemetry

Check = Callable[[], Awaitable[object]]
"""Returns when its engine answers, raises when it does not."""

CHECK_SECONDS = 2.0

log = structlog.get_logger("health")


async def livez(request: Request) -> Response:
    """The process answers; an orchestrator restarts one that does not."""
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


async def metrics(request: Request) -> Response:
    """Counts and times of this process for Prometheus, without a tenant or a person."""
    return Response(
        telemetry.metrics(),
        media_type="text/plain; version=0.0.4",
        headers={"Cache-Control": "no-store"},
    )


async def verdict(name: str, check: Check, seconds: float) -> tuple[str, str]:
    """The engine's name with "ok", "timeout" or "unreachable"; the reason goes to the log."""
    try:
        async with asyncio.timeout(seconds):
            await check()
    except TimeoutError:
        log.warning("not ready", engine=name, reason="timeout")
        return name, "timeout"
    # Every failure of an engine means the same here, and its words may hold an address.
    except Exception as error:
        log.warning("not ready", engine=name, reason=type(error).__name__)
        return name, "unreachable"
    return name, "ok"


def readyz(checks: Mapping[str, Check], seconds: float) -> Callable[[Request], Awaitable[Response]]:
    """The handler that asks every engine at once and answers 200 or 503."""

    async def ready(request: Request) -> Response:
        """Every engine answers, or which does not; a balancer sends no work meanwhile."""
        found = dict(
            await asyncio.gather(*(verdict(name, check, seconds) for name, check in checks.items()))
        )
        healthy = all(state == "ok" for state in found.values())
        return JSONResponse(
            {"status": "ready" if healthy else "unready", "checks": found},
            200 if healthy else 503,
            headers={"Cache-Control": "no-store"},
        )

    return ready


def routes(checks: Mapping[str, Check], seconds: float = CHECK_SECONDS) -> list[Route]:
    """The three addresses; `checks` by name of engine, each given `seconds` to answer."""
    return [
        Route("/livez", livez, methods=["GET"]),
        Route("/readyz", readyz(checks, seconds), methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]
