"""A network that loses, delays and cuts: a TCP proxy before an engine, drawn by a seed.

For benchmarks and tests.  A proxy cannot lose a packet of somebody else's connection, so what is
lost stands still for as long as TCP needs to notice and send it again; what is cut is cut.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from urllib.parse import urlsplit

PIECE = 64 << 10  # bytes read at a time, and lost or not as one
RETRANSMISSION = 0.2  # seconds; the least time after which Linux sends a lost packet again


class BadNetwork:
    """Forwards bytes both ways; connections are cut after a drawn number of bytes."""

    def __init__(self, host: str, port: int, seed: int, survives: tuple[int, int]) -> None:
        self.host, self.port, self.survives = host, port, survives
        self.random = Random(seed)  # noqa: S311  a network, no secret
        self.cuts = 0
        """Connections that were cut."""
        self.budget = 0
        """Connections that may still be cut; the others live."""
        self.loss = 0.0
        """Share of the pieces that are lost."""
        self.lost = 0
        """Pieces that were lost."""
        self.sent = 0
        """Bytes that came from the devices."""
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
            asyncio.create_task(self._copy(reader, back, life, from_device=True)),
            asyncio.create_task(self._copy(there, writer, None)),
        ]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if life is not None and not both[0].done():
            self.budget += 1  # it ended by itself, so another one is cut in its place
        for task in both:
            task.cancel()
        for end in (writer, back):
            end.transport.abort()

    async def _copy(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        life: int | None,
        *,
        from_device: bool = False,
    ) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while piece := await source.read(PIECE):
                passed += len(piece)
                self.sent += len(piece) * from_device
                if life is not None and passed > life:
                    self.cuts += 1
                    return
                if self.loss and self.random.random() < self.loss:
                    self.lost += 1
                    await asyncio.sleep(RETRANSMISSION)
                target.write(piece)
                await target.drain()
        if life is not None:
            self.budget += 1


@asynccontextmanager
async def bad_network(
    endpoint: str, *, seed: int, cuts: int, survives: tuple[int, int], loss: float = 0.0
) -> AsyncIterator[BadNetwork]:
    """A bad network before `endpoint` that cuts `cuts` connections, then only loses."""
    there = urlsplit(endpoint)
    network = BadNetwork(there.hostname or "127.0.0.1", there.port or 80, seed, survives)
    network.budget, network.loss = cuts, loss
    server = await asyncio.start_server(network.serve, "127.0.0.1", 0)
    network.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield network
