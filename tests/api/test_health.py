"""Health, metrics and the canonical line of a request."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import suppress

import httpx2
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api import health
from api.access import AccessLog
from service import telemetry
from service.correlation import correlation_id
from service.readiness import CHECKS
from service.settings import settings


async def answers() -> None:
    return None


async def refuses() -> None:
    raise ConnectionRefusedError("postgres://anshang_app:secret@10.0.0.7:5432")


async def hangs() -> None:
    await asyncio.sleep(60)


async def greet(request: Request) -> Response:
    telemetry.note(operation="greeting", phone="13800000000", method="forged")
    return PlainTextResponse(correlation_id())


async def fails(request: Request) -> Response:
    raise ValueError("boom")


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    """Leave the logging of the test run as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def client(**checks: health.Check) -> httpx2.AsyncClient:
    app = Starlette(
        routes=[
            Route("/greet/{who}", greet),
            Route("/fails", fails),
            *health.routes(checks, seconds=0.5),
        ],
        middleware=[Middleware(AccessLog)],
    )
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://anshang")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def test_alive_without_any_engine() -> None:
    answer = await client(database=refuses).get("/livez")

    assert (answer.status_code, answer.text) == (200, "ok")


async def test_ready_when_every_engine_answers() -> None:
    answer = await client(database=answers, queue=answers, store=answers).get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": "ok", "queue": "ok", "store": "ok"},
    }
    assert answer.headers["cache-control"] == "no-store"


async def test_unready_names_the_engine_but_not_its_address() -> None:
    answer = await client(database=refuses, queue=hangs, store=answers).get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unready",
        "checks": {"database": "unreachable", "queue": "timeout", "store": "ok"},
    }
    assert "10.0.0.7" not in answer.text


async def test_metrics_count_requests_by_route_not_by_address() -> None:
    app = client()
    await app.get("/greet/zhang")
    await app.get("/greet/li")
    await app.get("/nowhere/wang")

    answer = await app.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert (
        'anshang_http_requests_total{method="GET",route="/greet/{who}",status="200"}' in answer.text
    )
    assert 'anshang_http_requests_total{method="GET",route="unmatched",status="404"}' in answer.text
    assert "anshang_http_requests_in_flight 1.0" in answer.text
    assert not {"zhang", "li", "wang"} & set(answer.text.replace("/", " ").split())


async def test_one_line_per_request_with_its_id_and_no_personal_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.configure_logging()
    app = client()
    capsys.readouterr()
    telemetry.configure_logging()

    answer = await app.get("/greet/zhang?phone=13800000000", headers={"Cookie": "secret"})

    (line,) = [entry for entry in lines(capsys) if entry["logger"] == "access"]
    assert line["event"] == "request"
    assert (line["method"], line["route"], line["status"]) == ("GET", "/greet/{who}", 200)
    assert line["operation"] == "greeting"
    assert line["phone"] == telemetry.REMOVED
    assert line["request_id"] == answer.headers["x-request-id"] == answer.text
    assert line["bytes"] == 32
    assert isinstance(line["ms"], float)
    assert "zhang" not in json.dumps(line)


async def test_a_defect_is_logged_as_500_and_still_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.configure_logging()

    answer = await client().get("/fails")

    assert answer.status_code == 500
    (line,) = [entry for entry in lines(capsys) if entry["logger"] == "access"]
    assert line["status"] == 500


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("3f2a9c1e-77aa", True),
        ("short", False),
        ("x" * 65, False),
        ("two words here", False),
        ('quote"quote', False),
    ],
)
async def test_a_callers_request_id_is_kept_when_well_formed(sent: str, kept: bool) -> None:
    answer = await client().get("/greet/a", headers={"X-Request-ID": sent})

    assert (answer.headers["x-request-id"] == sent) is kept
    assert answer.text == answer.headers["x-request-id"]


@pytest.mark.parametrize("key", sorted(telemetry.PERSONAL))
def test_personal_keys_never_reach_the_log(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging()

    structlog.get_logger("x").info("event", **{key: "private", "inner": {key: "private"}})

    (line,) = lines(capsys)
    assert "private" not in json.dumps(line)
    assert line[key] == telemetry.REMOVED


def test_libraries_log_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging("WARNING")

    logging.getLogger("some.library").info("hidden")
    logging.getLogger("some.library").warning("shown %s", "here")

    (line,) = lines(capsys)
    assert (line["event"], line["logger"], line["level"]) == (
        "shown here",
        "some.library",
        "warning",
    )


def test_a_traceback_is_one_line_without_the_values_of_its_frames(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.configure_logging()
    phone = "no 13800000000"

    try:
        int(phone[:2])
    except ValueError:
        structlog.get_logger("x").exception("failed")

    (line,) = lines(capsys)
    assert "invalid literal" in json.dumps(line)
    assert phone not in json.dumps(line)


def test_nothing_is_noted_outside_a_request() -> None:
    telemetry.note(operation="lost")

    with telemetry.canonical() as noted:
        telemetry.note(operation="kept")

    assert noted == {"operation": "kept"}


async def test_the_real_engines_are_ready(database: None) -> None:
    answer = await client(**CHECKS).get("/readyz")

    assert answer.json()["checks"] == {"database": "ok", "queue": "ok", "store": "ok"}


async def test_an_engine_that_went_away_is_named(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "redis_url", "redis://127.0.0.1:1/0")

    answer = await client(**CHECKS).get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "queue": "unreachable", "store": "ok"}


@pytest.mark.parametrize("fault", [None, ValueError("boom")])
def test_one_line_per_task_that_names_what_it_answers(
    fault: Exception | None, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure_logging()

    with suppress(ValueError), telemetry.observed_task("evidence.verify"):
        telemetry.note(answers="evidence.completed", request_id="of-the-request")
        if fault:
            raise fault

    (line,) = lines(capsys)
    assert line["event"] == "task"
    assert (line["task"], line["outcome"]) == ("evidence.verify", "failed" if fault else "done")
    assert (line["answers"], line["request_id"]) == ("evidence.completed", "of-the-request")
    assert isinstance(line["ms"], float)
    counted = f'anshang_task_seconds_count{{outcome="{line["outcome"]}",task="evidence.verify"}}'
    assert counted in telemetry.metrics().decode()
