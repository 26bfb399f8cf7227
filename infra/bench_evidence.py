"""Benchmark: verifying and sealing against copying the same bytes once and hashing them once.

Both read the object from the incoming bucket and write it to another one.  Sealing also looks
into the file, makes a thumbnail, and commits rows, custody, audit and event.
"""

import asyncio
import os
import statistics
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
from PIL import Image

from service import clock, database
from service.administration.provisioning import provision
from service.errors import Invalid
from service.evidence import commands, sealing
from service.evidence.rules import Declaration, SubjectKind
from service.ids import new_id
from service.settings import settings
from service.storage import Bucket, store
from tenants.catalogue import towns_of
from tenants.directory import owner_of
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

SCRATCH = "anshang_bench_evidence"
ROUNDS = 5
PHOTOS, VIDEO_MIB = 10, 128
_URLS = ("ANSHANG_DATABASE_URL", "ANSHANG_OWNER_DATABASE_URL")


def run(case: str = "") -> dict[str, Any]:
    """Measure `photo` (1 MiB each) and `video`, or the one that is named.

    Returns for each the median of `ROUNDS` interleaved rounds: `ratio_to_copy_and_hash` (above 1
    is faster than the copy), `mib_per_s`; and `peak_rss_mib` of this process, files included.

    Raises:
        Invalid: no such case.
    """
    cases = {"photo": (_photo, PHOTOS), "video": (_video, 1)}
    if case and case not in cases:
        raise Invalid(f"no case {case}; choose from {', '.join(cases)}")
    chosen = [case] if case else list(cases)
    return asyncio.run(_run({name: cases[name] for name in chosen}))


async def _run(cases: dict[str, tuple[Callable[[], tuple[bytes, str]], int]]) -> dict[str, Any]:
    code = next(iter(towns_of(""))).code
    async with _scratch():
        await database.migrate()
        async with database.database():
            await provision([code])
            owner = await owner_of(code)
            try:
                return {name: await _measure(owner, *case) for name, case in cases.items()}
            finally:
                await _clear(owner)


async def _measure(
    owner: Owner, make: Callable[[], tuple[bytes, str]], count: int
) -> dict[str, float]:
    body, media_type = make()
    scope = Scope.of_tenant(owner, "bench")
    copies, seals = [], []
    await sealing.verify_and_seal(scope, await _hand_in(owner, scope, body, media_type))
    for _ in range(ROUNDS):
        pieces = [await _hand_in(owner, scope, body, media_type) for _ in range(count)]
        copies.append(await _timed(lambda one: _copy_and_hash(owner, one), pieces))
        seals.append(await _timed(lambda one: sealing.verify_and_seal(scope, one), pieces))
    ratios = [copy / seal for copy, seal in zip(copies, seals, strict=True)]
    mib = count * len(body) / 2**20
    return {
        "ratio_to_copy_and_hash": round(statistics.median(ratios), 2),
        "mib_per_s": round(mib / statistics.median(seals), 1),
        "peak_rss_mib": _peak_mib(),
    }


async def _clear(owner: Owner) -> None:
    for bucket in (Bucket.INCOMING, Bucket.SEALED, Bucket.DERIVED):
        async for head in store().list(bucket, f"{owner.tenant_id}/"):
            await store().delete(bucket, head.key)


async def _timed(work: Callable[[UUID], Awaitable[Any]], pieces: list[UUID]) -> float:
    started = time.perf_counter()
    for piece in pieces:
        await work(piece)
    return time.perf_counter() - started


async def _copy_and_hash(owner: Owner, piece: UUID) -> None:
    """The least that could be done: every byte read once, hashed once, written once."""
    files, digest, number = store(), sha256(), 0
    key, target = f"{owner.tenant_id}/{piece}/original", f"{owner.tenant_id}/{piece}/copy"
    buffer, parts, upload = bytearray(), [], ""
    async for data in files.open_stream(Bucket.INCOMING, key):
        digest.update(data)
        buffer += data
        if len(buffer) >= sealing.SEAL_PART:
            upload = upload or await files.create_multipart(Bucket.DERIVED, target, "x/copy")
            number += 1
            parts.append(
                await files.put_part(Bucket.DERIVED, target, upload, number, bytes(buffer))
            )
            buffer.clear()
    if not upload:
        await files.put(Bucket.DERIVED, target, bytes(buffer), "x/copy")
        return
    if buffer:
        rest = await files.put_part(Bucket.DERIVED, target, upload, number + 1, bytes(buffer))
        parts.append(rest)
    await files.complete_multipart(Bucket.DERIVED, target, upload, parts)


async def _hand_in(owner: Owner, scope: Scope, body: bytes, media_type: str) -> UUID:
    filename = "a.jpg" if media_type == "image/jpeg" else "a.mp4"
    taken = clock.now() - timedelta(minutes=1)
    declared = Declaration(filename, media_type, len(body), sha256(body).hexdigest(), taken)
    async with tenant_transaction(scope):
        upload = await commands.begin_upload(owner, SubjectKind.VISIT, new_id(), declared)
    async with httpx2.AsyncClient(timeout=120) as device:
        for number, request in upload.requests.items():
            start = (number - 1) * upload.plan.part_length
            piece = body[start : start + upload.plan.length(number)]
            answer = await device.put(request.url, content=piece, headers=request.headers)
            answer.raise_for_status()
    async with tenant_transaction(scope):
        await commands.complete_upload(upload.evidence.id)
    return upload.evidence.id


def _photo() -> tuple[bytes, str]:
    """Some 1 MiB of JPEG: 1,900 by 1,200 pixels of noise."""
    out = BytesIO()
    picture = Image.effect_noise((1900, 1200), 60).convert("RGB")
    picture.save(out, "JPEG", quality=78)
    return out.getvalue(), "image/jpeg"


def _video() -> tuple[bytes, str]:
    """An MP4 of random media with the least index that holds it together."""
    ftyp = _box(b"ftyp", b"isom\0\0\2\0isom")
    chunks = _box(b"stco", struct.pack(">III", 0, 1, len(ftyp) + 8))
    handler = _box(b"hdlr", bytes(8) + b"vide" + bytes(13))
    track = _box(b"trak", _box(b"mdia", handler + _box(b"minf", _box(b"stbl", chunks))))
    head = _box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 600, 9000) + bytes(80))
    return ftyp + _box(b"mdat", os.urandom(VIDEO_MIB << 20)) + _box(b"moov", head + track), (
        "video/mp4"
    )


def _box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def _peak_mib() -> float:
    """This process's own peak; `getrusage` would count what was inherited from its parent."""
    status = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in status if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)


@asynccontextmanager
async def _scratch() -> AsyncIterator[None]:
    """A database of its own, dropped afterwards whatever happens."""
    owner = settings().owner_database_url
    before = {name: os.environ.get(name) for name in _URLS}
    connection = await asyncpg.connect(**database.credentials(owner))
    try:
        await connection.execute(f'drop database if exists "{SCRATCH}" with (force)')
        await connection.execute(f'create database "{SCRATCH}"')
        for name, url in zip(_URLS, (settings().database_url, owner), strict=True):
            os.environ[name] = url.rsplit("/", 1)[0] + "/" + SCRATCH
        settings.cache_clear()
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        settings.cache_clear()
        await connection.execute(f'drop database if exists "{SCRATCH}" with (force)')
        await connection.close()
