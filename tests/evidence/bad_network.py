"""A network that breaks: a proxy before the object store that cuts connections by a seed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random


class BadNetwork:
    """Forwards bytes both ways; each connection is cut after a drawn number of bytes."""

    def __init__(self, host: str, port: int, seed: int, survives: tuple[int, int]) -> None:
        self.host, self.port, self.survives = host, port, survives
        self.random = Random(seed)
        self.cuts = 0
        self.budget = 0
        """Connections that may still be cut; the others live."""
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection to its end."""
        try:
            there, back = await asyncio.open_connection(self.host, self.port)
        except OSError:
            writer.transport.abort()
            return
        life = None
        if self.budget:
            self.budget -= 1
            life = self.random.randint(*self.survives)
        both = [
            asyncio.create_task(self._copy(reader, back, life)),
            asyncio.create_task(self._copy(there, writer, None)),
        ]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        for end in (writer, back):
            end.transport.abort()

    async def _copy(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, life: int | None
    ) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while piece := await source.read(1 << 16):
                passed += len(piece)
                if life is not None and passed > life:
                    self.cuts += 1
                    return
                target.write(piece)
                await target.drain()


@asynccontextmanager
async def bad_network(
    endpoint: str, *, seed: int, cuts: int, survives: tuple[int, int]
) -> AsyncIterator[BadNetwork]:
    """A bad network before `endpoint` that cuts `cuts` connections, then behaves."""
    host, _, port = endpoint.removeprefix("http://").partition(":")
    network = BadNetwork(host, int(port), seed, survives)
    network.budget = cuts
    server = await asyncio.start_server(network.serve, "127.0.0.1", 0)
    network.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield network
