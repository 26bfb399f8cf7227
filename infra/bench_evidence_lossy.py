"""Benchmark with faults: a film of several GiB through a network that loses and cuts.

The device reaches the store through `infra.bad_network`: 5 % of the pieces are lost, 100
connections are cut.  The API is killed (SIGKILL) five times while it answers, and the first worker
finds its disk full.  Everything else are the product's own processes.
"""

import asyncio
import os
import random
import struct
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2

from infra.bad_network import BadNetwork, bad_network
from infra.bench_evidence_rig import Rig, Town, failures, reconciled, rig, strays
from infra.evidence_upload import Ask, Subject, Uploader, over_http
from service.evidence.parts import plan
from service.ids import new_id
from service.settings import settings
from service.storage import Bucket, store

SEED = 20261125
LOSS, CUTS, KILLS = 0.05, 100, 5
PIECE = 1 << 20
PATIENCE = 1800.0
_DISK_MIB = 32  # of the worker that finds its disk full


def run(mib: str = "2048", *, kills: int = KILLS, template: str = "") -> dict[str, Any]:
    """Send one film of so many MiB; fewer than 2,048 are cut in proportion, at least three times.

    `template` names a migrated database that spares the benchmark its own migration.

    Returns: `identical` (the sealed bytes are the sent ones), `parts`, `cuts`, `parts_sent_again`,
    `surplus_parts` (bytes beyond the file that left the device, in parts), `pieces_lost`,
    `api_kills`, `full_disk` (how the first worker failed), `orphans`, `missing`, `seconds` of
    sending and until the seal, and the worker's `worker_peak_mib`.
    """
    return asyncio.run(_run(int(mib), kills, template))


async def _run(mib: int, kills: int, template: str) -> dict[str, Any]:
    cuts = max(3, CUTS * mib // 2048)
    with tempfile.TemporaryDirectory() as home:
        film = Path(home) / "过程.mp4"
        digest = write_film(film, mib)
        part = 8 << 20
        async with bad_network(
            settings().s3_endpoint, seed=SEED, cuts=cuts, survives=(64 << 10, 2 * part), loss=LOSS
        ) as network:
            public = {"ANSHANG_S3_PUBLIC_ENDPOINT": network.url}
            async with rig(1, public, template) as made:
                return await _measure(made, network, film, digest, kills)


async def _measure(
    made: Rig, network: BadNetwork, film: Path, digest: str, kills: int
) -> dict[str, Any]:
    folder = film.parent / "small"
    folder.mkdir()
    made.api()
    made.start("relay", ["-m", "tasks.relay"])
    small = ["-m", "infra.small_disk", str(_DISK_MIB), str(folder), "tasks.worker"]
    made.start("worker", small)
    await made.answering()
    town, begun = made.towns[0], time.perf_counter()
    async with httpx2.AsyncClient(timeout=60) as http:
        uploader = Uploader(Mortal(made, over_http(http, made.url, town.token), kills).ask, http)
        evidence_id = await uploader.send(film, Subject("CASE", str(new_id())))
        sent = time.perf_counter()
        full = await _until_it_failed()
        made.stop("worker")
        made.start("worker", ["-m", "tasks.worker"])
        verdict = await uploader.verdict(evidence_id, seconds=PATIENCE)
    sealed, peak = time.perf_counter(), made.peak_mib("worker")
    report = await reconciled(town.owner, hours=2)
    length = _length(film)
    part = plan(length).part_length
    return {
        "mib": length >> 20,
        "state": verdict["state"],
        "identical": await _sealed_digest(town) == [digest],
        "parts": -(-length // part),
        "cuts": network.cuts,
        "parts_sent_again": uploader.sent_again,
        "surplus_parts": round((network.sent - length) / part, 1),
        "pieces_lost": network.lost,
        "api_kills": made.kills.get("api", 0),
        "full_disk": f"{(film.parent / 'full-disk').read_text()}: {full[:80]}",
        "orphans": len(report.orphans) + len(await strays(town)),
        "missing": len(report.missing),
        "left_over": len(report.cleaned),
        "sending_s": round(sent - begun, 1),
        "until_sealed_s": round(sealed - begun, 1),
        "worker_peak_mib": peak,
        "load_average": round(os.getloadavg()[0], 1),
    }


class Mortal:
    """An API that dies while it answers: at each of the first `kills` questions, once."""

    def __init__(self, made: Rig, ask: Ask, kills: int) -> None:
        self._made, self._ask, self._left = made, ask, kills
        self._draw = random.Random(SEED)  # noqa: S311  a moment, no secret

    async def ask(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Ask; the answer may be lost, and the device must ask again."""
        death = None
        if self._left:
            self._left -= 1
            death = asyncio.create_task(self._die(self._draw.uniform(0, 0.06)))
        try:
            return await self._ask(document, variables)
        finally:
            if death is not None:
                await death

    async def _die(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._made.kill("api")
        await self._made.answering()


async def _until_it_failed() -> str:
    """How the worker failed whose disk is full."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await failures("evidence.verify")):  # noqa: ASYNC110  a database
            await asyncio.sleep(0.5)
    return found[0]


async def _sealed_digest(town: Town) -> list[str]:
    """The digests of all that is sealed of a town."""
    found = []
    async for head in store().list(Bucket.SEALED, f"{town.owner.tenant_id}/"):
        digest = sha256()
        async for piece in store().open_stream(Bucket.SEALED, head.key):
            digest.update(piece)
        found.append(digest.hexdigest())
    return found


def _length(path: Path) -> int:
    return path.stat().st_size


def write_film(path: Path, mib: int) -> str:
    """Write an MP4 of so many MiB of random media; returns its SHA-256."""
    digest = sha256()
    with path.open("wb") as file:
        for piece in film(mib):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def film(mib: int) -> Iterator[bytes]:
    """The pieces of an MP4 of random media, with the least index that holds it together."""
    head = box(b"ftyp", b"isom\0\0\2\0isom")
    length = mib << 20
    yield head + struct.pack(">I4sQ", 1, b"mdat", length + 16)
    for _ in range(mib):
        yield random.randbytes(PIECE)  # noqa: S311  content, no secret
    chunks = box(b"stco", struct.pack(">III", 0, 1, len(head) + 16))
    handler = box(b"hdlr", bytes(8) + b"vide" + bytes(13))
    track = box(b"trak", box(b"mdia", handler + box(b"minf", box(b"stbl", chunks))))
    header = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 600, 9000) + bytes(80))
    yield box(b"moov", header + track)


def box(kind: bytes, payload: bytes) -> bytes:
    """One box of ISO/IEC 14496-12."""
    return struct.pack(">I4s", 8 + len(payload), kind) + payload
