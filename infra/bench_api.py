"""Benchmark: our API against the bare limit and against PostGraphile 5 and Mercurius with JIT.

Every server is one process over the same PostgreSQL, asked by the same 32 connections for the
same rows, in interleaved rounds; every body is compared with what the limit answered.
"""

import asyncio
import statistics
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from infra import bench_api_asks as asks
from infra import bench_api_rows as rows
from infra.bench_api_load import Outcome, Request, exchange, load
from infra.bench_api_servers import Server, servers
from service import database
from service.errors import Invalid

ROUNDS, SECONDS, WARM_UP = 7, 1.0, 1.0
PEERS = ("postgraphile", "mercurius", "limit")


def run(case: str = "") -> dict[str, Any]:
    """Measure every case of `bench_api_asks.CASES`, or those that are named with commas.

    Returns for each: `ratio_to_postgraphile`, `ratio_to_mercurius` and `ratio_to_limit` (ratios
    of requests a second, medians of the rounds; null where that server was not asked), their
    spread, `p50_ms`, `p99_ms`, `rss_mib` and `requests_per_second` of every server.

    Raises:
        Invalid: no such case.
        WrongAnswer: a server answered something else than the rows.
    """
    chosen = case.split(",") if case else list(asks.CASES)
    if not set(chosen) <= set(asks.CASES):
        raise Invalid(f"no case {case}; choose from {', '.join(asks.CASES)}")
    return asyncio.run(_run(chosen))


async def _run(cases: list[str]) -> dict[str, Any]:
    async with rows.scratch():
        async with database.database():
            bench = await rows.fill()
        await rows.analyse()
        with _running(bench) as running:
            return {case: await _measure(case, bench, running) for case in cases}


@contextmanager
def _running(bench: rows.Bench) -> Iterator[list[Server]]:
    started: list[Server] = []
    try:
        started += servers(bench)
        yield started
    finally:
        for server in started:
            server.stop()


async def _measure(case: str, bench: rows.Bench, running: list[Server]) -> dict[str, Any]:
    asked = {s.name: s for s in running if s.name in asks.CASES[case]}
    requests = {name: asks.requests(case, name, bench, s.port) for name, s in asked.items()}
    judges = {}
    truth = asks.Truth(case)
    for name in sorted(asked, key=lambda one: one != "limit"):
        judges[name] = await _judge(truth, name, asked[name], requests[name])
    outcomes: dict[str, list[Outcome]] = {name: [] for name in asked}
    for turn in range(-1, ROUNDS):
        for name, server in asked.items():
            source: Any = requests[name]
            if case == "write":
                source = _fresh(source, name)
            seconds = WARM_UP if turn < 0 else SECONDS
            done = await load(server.port, source, judges[name], seconds)
            if turn >= 0:
                outcomes[name].append(done)
    return _figures(outcomes, asked)


async def _judge(
    truth: asks.Truth, name: str, server: Server, requests: list[Request]
) -> Callable[[str, int, bytes], None]:
    """Ask everything once and hold it against the truth; from then on bytes must not change."""
    if truth.case != "write":
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 22)
        for request in requests:
            status, body = await exchange(reader, writer, request.raw)
            truth.learn(name, request.name, status, body)
        writer.close()
    return truth.judge(name)


def _fresh(requests: list[Request], name: str) -> Callable[[], Request]:
    """Requests with a key that was never used."""
    count = 0

    def following() -> Request:
        nonlocal count
        count += 1
        given = requests[count % len(requests)]
        return Request(given.name, given.raw.replace(asks.KEY, uuid.uuid4().hex.encode()))

    return following


def _figures(outcomes: dict[str, list[Outcome]], asked: dict[str, Server]) -> dict[str, Any]:
    ours = outcomes["anshang"]
    figures: dict[str, Any] = {}
    for peer in PEERS:
        pairs = zip(ours, outcomes.get(peer, []), strict=False)
        ratios = [mine.per_second / theirs.per_second for mine, theirs in pairs]
        key = f"ratio_to_{peer}"
        figures[key] = round(statistics.median(ratios), 2) if ratios else None
        if ratios:
            figures[f"{key}_spread"] = [round(min(ratios), 2), round(max(ratios), 2)]
    figures["p50_ms"] = round(statistics.median(o.quantile(0.5) for o in ours), 2)
    figures["p99_ms"] = round(statistics.median(o.quantile(0.99) for o in ours), 2)
    figures["rss_mib"] = asked["anshang"].rss_mib()
    figures["requests_per_second"] = {
        name: round(statistics.median(o.per_second for o in rounds), 1)
        for name, rounds in outcomes.items()
    }
    figures["p99_ms_by_server"] = {
        name: round(statistics.median(o.quantile(0.99) for o in rounds), 2)
        for name, rounds in outcomes.items()
    }
    figures["rss_mib_by_server"] = {name: server.rss_mib() for name, server in asked.items()}
    return figures
