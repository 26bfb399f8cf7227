"""A load of HTTP requests over kept-alive connections, every answer looked at."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Request:
    """One request as bytes; `name` is what its answer is about."""

    name: str
    raw: bytes


@dataclass(slots=True)
class Outcome:
    """What one load did."""

    seconds: float
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Milliseconds that so large a share of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def post(path: str, body: bytes, port: int, headers: dict[str, str] | None = None) -> bytes:
    """A request with a JSON body."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        "Accept: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class WrongAnswer(AssertionError):
    """A server answered with something else than what was asked."""


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, raw: bytes
) -> tuple[int, bytes]:
    """Status and body of one request."""
    writer.write(raw)
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    status = int(head[9:12])
    at = lower.find(b"content-length:")
    if at >= 0:
        return status, await reader.readexactly(int(lower[at + 15 : lower.index(b"\r", at)]))
    parts = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return status, b"".join(parts)


async def load(
    port: int,
    requests: Sequence[Request] | Callable[[], Request],
    judge: Callable[[str, int, bytes], None],
    seconds: float,
    connections: int = CONNECTIONS,
) -> Outcome:
    """Keep so many connections busy for so long.

    Raises:
        WrongAnswer: from `judge`, which gets the name, status and body of every answer.
    """
    outcome = Outcome(seconds)
    turn = 0

    def following() -> Request:
        nonlocal turn
        turn += 1
        return requests() if callable(requests) else requests[turn % len(requests)]

    async def client(until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        try:
            while (begun := time.perf_counter()) < until:
                request = following()
                status, body = await exchange(reader, writer, request.raw)
                outcome.latencies.append(time.perf_counter() - begun)
                judge(request.name, status, body)
        finally:
            writer.close()

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(client(begun + seconds))
    outcome.seconds = time.perf_counter() - begun
    return outcome
