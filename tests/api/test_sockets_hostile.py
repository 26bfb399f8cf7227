"""Frames that no client of good will sends: refused or passed over, never a defect of ours."""

import asyncio
import base64
import logging
import os
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import structlog
import uvicorn

from api.app import create_app
from service.telemetry import blameless
from tenants.principal import Principal

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
INIT = b'{"type":"connection_init"}'


def frame(payload: bytes, opcode: int = TEXT, *, final: bool = True, reserved: int = 0) -> bytes:
    """One masked frame (RFC 6455 §5.2)."""
    mask = os.urandom(4)
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    body = bytes(one ^ mask[at % 4] for at, one in enumerate(payload))
    return bytes([(0x80 if final else 0) | reserved << 4 | opcode]) + length + mask + body


def said(**message: Any) -> bytes:
    return frame(orjson.dumps(message))


def subscribing(payload: Any, identity: Any = "1") -> bytes:
    return said(type="subscribe", id=identity, payload=payload)


OPENED = frame(INIT)
FRAMES: dict[str, bytes] = {
    "no JSON": frame(b"{"),
    "no JSON once open": OPENED + frame(b"nonsense"),
    "lone surrogate": OPENED + frame(b'{"type":"\\ud800"}'),
    "a number": OPENED + frame(b"1"),
    "null": OPENED + frame(b"null"),
    "a list": OPENED + frame(b"[]"),
    "deep": OPENED + frame(b"[" * 9_000),
    "an empty frame": OPENED + frame(b""),
    "binary": OPENED + frame(INIT, BINARY),
    "binary first": frame(b"\x00\xff", BINARY),
    "no UTF-8": OPENED + frame(b"\xff\xfe{}"),
    "no type": OPENED + frame(b"{}"),
    "a type that is none": OPENED + said(type="connection"),
    "a type of another kind": OPENED + said(type=["subscribe"]),
    "opened twice": OPENED + OPENED,
    "a payload of another kind": said(type="connection_init", payload=7),
    "a payload that is text": said(type="connection_init", payload="x"),
    "subscribe before opening": subscribing({"query": "subscription { x }"}),
    "no id": OPENED + said(type="subscribe", payload={"query": "{ x }"}),
    "an id of another kind": OPENED + subscribing({"query": "{ x }"}, {"a": 1}),
    "no payload": OPENED + said(type="subscribe", id="1"),
    "a document of another kind": OPENED + subscribing({"query": 7}),
    "variables of another kind": OPENED + subscribing({"query": "{ x }", "variables": []}),
    "an unknown operation": OPENED + subscribing({"query": "{ x }", "operationName": "B"}),
    "a syntax error": OPENED + subscribing({"query": "subscription {"}),
    "an unknown field": OPENED + subscribing({"query": "subscription { x }"}),
    "a question": OPENED + subscribing({"query": "{ __typename }"}),
    "an act": OPENED + subscribing({"query": "mutation { __typename }"}),
    "one id twice": OPENED
    + 2 * subscribing({"query": "subscription { jobProgress(jobId: 1){id} }"}),
    "complete of nothing": OPENED + said(type="complete", id="9"),
    "complete without id": OPENED + said(type="complete"),
    "next from a client": OPENED + said(type="next", id="1", payload={}),
    "pong with a payload": OPENED + said(type="pong", payload=3),
    "ping with a payload": OPENED + said(type="ping", payload=[1]),
    "reserved bits": OPENED + frame(INIT, reserved=7),
    "an opcode that is none": OPENED + frame(INIT, 5),
    "an unmasked frame": OPENED + b"\x81\x02{}",
    "a fragmented control frame": OPENED + frame(b"x", PING, final=False),
    "a continuation of nothing": OPENED + frame(b"x", 0),
    "an end in the middle": OPENED + frame(INIT)[:9],
    "a close code that is none": OPENED + frame((7).to_bytes(2, "big"), CLOSE),
    "a close frame of one byte": OPENED + frame(b"\x03", CLOSE),
    "a subscription and a close": OPENED
    + subscribing({"query": "subscription { jobProgress(jobId: 1) { id } }"})
    + frame((1000).to_bytes(2, "big"), CLOSE),
    "a huge frame announced": OPENED + b"\x81\xff" + b"\x7f" * 8 + b"mask",
}


@pytest.fixture
async def port(world: Any) -> AsyncIterator[int]:
    """A server of the town's."""

    async def authenticate(token: str) -> Principal:
        principal: Principal = world.towns[0].principal()
        return principal

    app = create_app(authenticate)
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.force_exit = True
    await server.shutdown()


async def spoken(port: int, sent: bytes, protocol: str = "graphql-transport-ws") -> bytes:
    """What the server says until it closes the connection, or is silent for a while."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(b"0" * 16).decode()
    head = (
        f"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Protocol: {protocol}\r\nAuthorization: Bearer town\r\n\r\n"
    )
    writer.write(head.encode())
    heard = b""
    try:
        heard += await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        writer.write(sent)
        if not sent.endswith(b"mask"):
            await writer.drain()
        while piece := await asyncio.wait_for(reader.read(65_536), 0.3):
            heard += piece
    except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
    return heard


@pytest.mark.parametrize("name", FRAMES)
async def test_a_malformed_frame_is_no_defect_of_ours(
    port: int, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    server_log = logging.getLogger("uvicorn.error")
    server_log.addFilter(blameless)
    with structlog.testing.capture_logs() as logged:
        heard = await spoken(port, FRAMES[name])
        alive = await spoken(port, OPENED + said(type="ping"))

    assert heard.startswith(b"HTTP/1.1 101")
    assert [one for one in logged if one["log_level"] in ("error", "warning")] == []
    assert [one.getMessage() for one in caplog.records] == []
    assert alive.endswith(b'\x81\x0f{"type":"pong"}')  # one frame of text
