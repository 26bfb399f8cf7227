"""Benchmark with faults: thousands of small uploads from 30 towns, none of which goes as it should.

Devices are the Python client or speak to the API by hand; connections to the store are cut, pieces
lost, a worker and the API are killed (SIGKILL) again and again, and each town also tries to reach
the others' evidence.  Afterwards every sealed object is compared with what its device hashed.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
from PIL import Image

from infra.bad_network import BadNetwork, bad_network
from infra.bench_evidence_rig import Rig, Town, reconciled, rig, states, strays, unsettled
from infra.evidence_upload import (
    BEGIN,
    COMPLETE,
    RENEW,
    Ask,
    Refused,
    Subject,
    Uploader,
    UploadStopped,
    over_http,
)
from service import clock
from service.ids import new_id
from service.settings import settings
from service.storage import Bucket, ObjectMissing, store

SEED = 20261125
TOWNS, DEVICES = 30, 12
LOSS, CUT_SHARE = 0.02, 0.1
KILL_EVERY = 400  # uploads
PATIENCE_SECONDS = 1800.0
PAST = 26.0  # hours after which an upload that never came is given up
ABANDON = """mutation ($input: AbandonEvidenceUploadInput!) {
    abandonEvidenceUpload(input: $input) { evidence { id } errors { code message } } }"""
LINK = """mutation ($input: EvidenceLinkInput!) {
    evidenceLink(input: $input) { url evidence { id sha256 } errors { code message } } }"""
LOOK = """query ($id: ID!) {
    evidence(id: $id) { id sha256 custody(first: 1) { totalCount } }
    node(id: $id) { id }
    evidenceList(first: 1) { totalCount } }"""
WORKING = ("PENDING", "UPLOADED", "VERIFYING")


@dataclass
class Tally:
    """What was done and found."""

    ways: Counter[str] = field(default_factory=Counter)
    handed_in: dict[str, tuple[Town, str]] = field(default_factory=dict)
    """Global id → the town and the digest that its device made."""
    stopped: int = 0
    accepted_lies: int = 0
    """Bytes other than the declared ones that a store took and nobody noticed."""
    foreign_tries: int = 0
    foreign_reads: int = 0


class Device:
    """One device of one town, with one file to send."""

    def __init__(self, town: Town, ask: Ask, http: httpx2.AsyncClient, tally: Tally) -> None:
        self.town, self.ask, self.http, self.tally = town, ask, http, tally

    async def act(self, document: str, given: dict[str, Any]) -> dict[str, Any]:
        """One mutation, repeated while the API is away."""
        for attempt in range(10):
            with suppress(httpx2.TransportError, httpx2.HTTPStatusError):
                (payload,) = (await self.ask(document, {"input": given})).values()
                return dict(payload)
            await asyncio.sleep(min(5.0, 0.2 * 2**attempt))
        raise UploadStopped("the API stays away")

    async def begin(self, body: bytes) -> tuple[str, dict[str, Any]]:
        """Declare `body`; its id, and the request for its one part."""
        payload = await self.act(
            BEGIN,
            {
                "subjectKind": "VISIT",
                "subjectId": str(new_id()),
                "filename": "现场.jpg",
                "mediaType": "image/jpeg",
                "byteLength": len(body),
                "sha256": sha256(body).hexdigest(),
                "capturedAt": (clock.now() - timedelta(minutes=1)).isoformat(),
                "idempotencyKey": str(new_id()),
            },
        )
        return payload["evidence"]["id"], payload["upload"]["requests"][0]

    async def put(self, request: dict[str, Any], body: bytes) -> int:
        """Send bytes with a permission; the status, 0 when the connection died."""
        headers = {one["name"]: one["value"] for one in request["headers"]}
        headers["Content-Length"] = str(len(body))
        with suppress(httpx2.TransportError):
            answer = await self.http.put(request["url"], content=body, headers=headers)
            return answer.status_code
        return 0

    async def finish(self, evidence_id: str, body: bytes) -> None:
        """Send what is missing and hand it in, however often it takes."""
        for _ in range(12):
            upload = (await self.act(RENEW, {"evidenceId": evidence_id}))["upload"]
            for request in upload["requests"] if upload else ():
                await self.put(request, body)
            payload = await self.act(COMPLETE, {"evidenceId": evidence_id})
            if not payload["errors"]:
                self.tally.handed_in[evidence_id] = (self.town, sha256(body).hexdigest())
                return
        raise UploadStopped("the parts never arrived")

    async def client(self, body: bytes) -> None:
        """The client that we ship, a file on disk."""
        with tempfile.TemporaryDirectory() as home:
            path = Path(home) / "现场.jpg"
            path.write_bytes(body)
            sent = await Uploader(self.ask, self.http).send(path, Subject("VISIT", str(new_id())))
        self.tally.handed_in[sent] = (self.town, sha256(body).hexdigest())

    async def twice(self, body: bytes) -> None:
        """Everything at the same time twice."""
        evidence_id, request = await self.begin(body)
        await asyncio.gather(self.put(request, body), self.put(request, body))
        await asyncio.gather(self.finish(evidence_id, body), self.finish(evidence_id, body))

    async def lies(self, body: bytes) -> None:
        """Other bytes than declared: of the same length, longer, shorter; then the right ones."""
        evidence_id, request = await self.begin(body)
        flipped = bytes([body[0] ^ 1]) + body[1:]
        for wrong in (body + b"x", body[:-1], flipped):
            if await self.put(request, wrong) != 200 or wrong is flipped:
                continue
            self.tally.accepted_lies += 1
        await self.finish(evidence_id, body)

    async def lies_to_the_end(self, body: bytes) -> None:
        """Other bytes of the same length, handed in where the store takes them."""
        evidence_id, request = await self.begin(body)
        wrong = body[:-3] + bytes([body[-3] ^ 1]) + body[-2:]
        if await self.put(request, wrong) != 200:
            await self.act(ABANDON, {"evidenceId": evidence_id})
            return
        await self.act(COMPLETE, {"evidenceId": evidence_id})

    async def gives_up(self, body: bytes) -> None:
        """Sent, and abandoned before it is handed in."""
        evidence_id, request = await self.begin(body)
        await self.put(request, body)
        await self.act(ABANDON, {"evidenceId": evidence_id})

    async def vanishes(self, body: bytes) -> None:
        """Declared, half of it sent, and never heard of again."""
        _, request = await self.begin(body)
        await self.put(request, body[: len(body) // 2])

    async def hostile(self, body: bytes) -> None:
        """A photo with a page behind it, honestly declared."""
        body += b"<!DOCTYPE html><script>alert(1)</script>"
        evidence_id, request = await self.begin(body)
        await self.put(request, body)
        await self.finish(evidence_id, body)


WAYS: dict[Callable[[Device, bytes], Awaitable[None]], int] = {
    Device.client: 55,
    Device.twice: 12,
    Device.lies: 10,
    Device.lies_to_the_end: 5,
    Device.gives_up: 6,
    Device.vanishes: 6,
    Device.hostile: 6,
}
"""What devices do, in shares of a hundred."""


def run(uploads: str = "10000", *, minutes: float = 0, template: str = "") -> dict[str, Any]:
    """So many uploads; says what was sealed, what did not fit, and who saw what is not theirs.

    After `minutes`, where given, no further one is begun.  `template` names a migrated database
    that spares the benchmark its own migration.

    Returns: `uploads`, `states`, `mismatches` (sealed bytes that are not what the device hashed),
    `lost` (handed in and neither sealed nor quarantined), `orphans` and `missing` after
    reconciliation, `foreign_tries` and `foreign_reads`, kills, cuts and the time taken.
    """
    return asyncio.run(_run(int(uploads), minutes * 60 or float("inf"), template))


async def _run(uploads: int, seconds: float, template: str) -> dict[str, Any]:
    cuts = int(uploads * CUT_SHARE)
    async with bad_network(
        settings().s3_endpoint, seed=SEED, cuts=cuts, survives=(0, 64 << 10), loss=LOSS
    ) as network:
        public = {"ANSHANG_S3_PUBLIC_ENDPOINT": network.url}
        async with rig(TOWNS, public, template) as made:
            made.api()
            for name in ("relay", "worker"):
                made.start(name, ["-m", f"tasks.{name}"])
            await made.answering()
            return await _measure(made, network, uploads, seconds)


async def _measure(made: Rig, network: BadNetwork, uploads: int, seconds: float) -> dict[str, Any]:
    tally, begun = Tally(), time.perf_counter()
    await _send(made, tally, uploads, begun + seconds)
    await made.answering()
    sent = time.perf_counter()
    await _drained(made, "handed in")
    reports = [await reconciled(town.owner, PAST) for town in made.towns]
    await _drained(made, "given up")
    reports = [await reconciled(town.owner, PAST) for town in made.towns]
    found = await _compared(tally)
    return {
        "uploads": tally.ways.total(),
        "ways": dict(tally.ways),
        "states": await states(made.towns),
        **found,
        "orphans": sum(len(one.orphans) for one in reports)
        + sum([len(await strays(town)) for town in made.towns]),
        "missing": sum(len(one.missing) for one in reports),
        "miscounted": sum(abs(one.miscounted) for one in reports),
        "accepted_lies": tally.accepted_lies,
        "stopped": tally.stopped,
        "foreign_tries": tally.foreign_tries,
        "foreign_reads": tally.foreign_reads,
        "kills": made.kills,
        "cuts": network.cuts,
        "sending_s": round(sent - begun, 1),
        "until_decided_s": round(time.perf_counter() - begun, 1),
        "load_average": round(os.getloadavg()[0], 1),
    }


async def _send(made: Rig, tally: Tally, uploads: int, until: float) -> None:
    draw, left = random.Random(SEED), iter(range(uploads))  # noqa: S311  no secret
    # Dealt beforehand, so that the same seed lets the same upload go wrong in the same way.
    dealt = draw.choices(list(WAYS), list(WAYS.values()), k=uploads)
    async with httpx2.AsyncClient(timeout=30) as http:

        async def lane() -> None:
            for number in left:
                if time.perf_counter() > until:
                    return
                if number % KILL_EVERY == KILL_EVERY // 2:
                    made.kill("api" if number // KILL_EVERY % 3 == 2 else "worker")
                town = made.towns[number % len(made.towns)]
                ask = over_http(http, made.url, town.token)
                device = Device(town, ask, http, tally)
                way = dealt[number]
                tally.ways[way.__name__] += 1
                try:
                    await way(device, photo(number))
                except (UploadStopped, Refused, BaseExceptionGroup):
                    tally.stopped += 1
                if number % 7 == 0:
                    await _intrude(made, draw, http, tally)
                if number % 500 == 0:
                    print(f"{number} of {uploads}", file=sys.stderr, flush=True)

        await asyncio.gather(*(lane() for _ in range(DEVICES)))


async def _intrude(made: Rig, draw: random.Random, http: httpx2.AsyncClient, tally: Tally) -> None:
    """A town reaches for a piece of evidence of another, in every way there is."""
    if not tally.handed_in:
        return
    wanted, (owner, digest) = draw.choice(list(tally.handed_in.items()))
    other = draw.choice([town for town in made.towns if town is not owner])
    intruder = Device(other, over_http(http, made.url, other.token), http, tally)
    with suppress(httpx2.TransportError, httpx2.HTTPStatusError, UploadStopped):
        seen = await intruder.ask(LOOK, {"id": wanted})
        told = [seen["evidence"], seen["node"]]
        purpose = {"evidenceId": wanted, "purpose": "看看邻镇的证据"}
        payload = await intruder.act(LINK, purpose)
        told += [payload["url"], payload["evidence"]]
        for document in (RENEW, COMPLETE, ABANDON):
            payload = await intruder.act(document, {"evidenceId": wanted})
            told += [payload.get("evidence"), payload.get("upload")]
            told += [None if payload["errors"] else "no refusal"]
        tally.foreign_tries += 1
        tally.foreign_reads += any(told) or digest in str(seen)


async def _drained(made: Rig, what: str) -> None:
    """Return once nothing waits any more.

    Raises:
        TimeoutError: something still does after `PATIENCE_SECONDS`.
    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        while left := await unsettled():
            print(f"{what}: {left} wait", file=sys.stderr, flush=True)
            await asyncio.sleep(2)


async def _compared(tally: Tally) -> dict[str, int]:
    """Every sealed object against what its device hashed."""
    by_town: dict[Town, dict[str, str]] = {}
    for global_id, (town, digest) in tally.handed_in.items():
        by_town.setdefault(town, {})[_plain(global_id)] = digest
    sealed = mismatches = held = 0
    for town, wanted in by_town.items():
        async for key, digest in _digests(f"{town.owner.tenant_id}/"):
            sealed += 1
            mismatches += wanted.pop(key, digest) != digest
        for key in wanted:
            with suppress(ObjectMissing):
                await store().head(Bucket.INCOMING, f"{town.owner.tenant_id}/{key}/original")
                held += 1
    return {
        "sealed": sealed,
        "quarantined_and_kept": held,
        "mismatches": mismatches,
        "lost": len(tally.handed_in) - sealed - held,
    }


async def _digests(prefix: str) -> AsyncIterator[tuple[str, str]]:
    async for head in store().list(Bucket.SEALED, prefix):
        body, _ = await store().get(Bucket.SEALED, head.key)
        yield head.key.split("/")[1], sha256(body).hexdigest()


def _plain(global_id: str) -> str:
    return b64decode(global_id).decode().split(":")[1]


def photo(number: int) -> bytes:
    """A small photo that no other is like."""
    out = BytesIO()
    shade = (number % 256, number // 256 % 256, 90)
    Image.new("RGB", (96, 64), shade).save(out, "JPEG", comment=f"photo {number}".encode())
    return out.getvalue()
