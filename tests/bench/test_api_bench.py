"""The API's benchmark looks at bodies: a fast wrong answer does not count."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from infra.bench_api_asks import Truth
from infra.bench_api_limit import WRITTEN
from infra.bench_api_load import Request, WrongAnswer, load, post
from infra.bench_api_rows import ROWS
from tenants.scope import Scope
from tenants.wall import current, tenant_transaction

RIGHT = b'{"data":{"enterprise":{"name":"\xe7\x94\xb2"}}}'


def taught() -> Truth:
    truth = Truth("point")
    truth.learn("limit", "one", 200, '{"name":"甲"}'.encode())
    truth.learn("anshang", "one", 200, RIGHT)
    return truth


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"errors":[{"message":"no"}],"data":null}'),
        (200, b'{"data":{"enterprise":{"name":"\xe4\xb9\x99"}}}'),
        (200, b'{"data":{"enterprise":null}}'),
        (500, RIGHT),
        (200, b"[]"),
    ],
)
def test_an_answer_that_is_not_the_rows_ends_the_benchmark(status: int, body: bytes) -> None:
    with pytest.raises(WrongAnswer):
        taught().learn("mercurius", "one", status, body)
    with pytest.raises(WrongAnswer):
        taught().judge("anshang")("one", status, body)


@asynccontextmanager
async def serving(body: bytes) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_every_answer_of_a_load_is_judged_and_timed() -> None:
    async with serving(RIGHT) as port:
        request = Request("one", post("/graphql", b"{}", port))
        done = await load(port, [request], taught().judge("anshang"), 0.1, 4)

    assert len(done.latencies) > 4
    assert 0 < done.quantile(0.5) <= done.quantile(0.99) < 5_000


async def test_a_load_with_one_wrong_answer_fails() -> None:
    async with serving(b"{}") as port:
        with pytest.raises(ExceptionGroup):
            request = Request("one", post("/graphql", b"{}", port))
            await load(port, [request], taught().judge("anshang"), 0.1, 2)


NEEDED = """select attname from pg_attribute
    where attrelid = $1::text::regclass and attnum > 0 and attnotnull
        and not atthasdef and not attisdropped"""


async def test_the_rows_of_the_benchmark_have_every_column_that_their_tables_need(
    database: None,
) -> None:
    inserted = [re.search(r"insert into (\w+) \(([^)]*)\)", sql) for sql in (*ROWS, *WRITTEN)]
    async with tenant_transaction(Scope.of_platform("bench"), read_only=True):
        for found in filter(None, inserted):
            needed = {row["attname"] for row in await current().fetch(NEEDED, found[1])}
            assert needed <= set(re.findall(r"\w+", found[2])), found[1]

    assert sum(one is not None for one in inserted) >= 7
