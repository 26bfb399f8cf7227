"""Files that mean ill, from the declaration to their end: each ends where it should, none outgrows
the process that looks at it."""

import asyncio
import resource

import pytest

from service.evidence.inspection import sandbox
from service.evidence.inspection.sandbox import Limits
from service.evidence.rules import MEDIA_TYPES, Invalid, TypeNotAccepted
from service.evidence.sealing import verify_and_seal
from service.storage import Bucket, store
from tests.evidence import samples
from tests.evidence.conftest import Desk

AT_ONCE = 4


async def test_every_hostile_file_is_quarantined_and_none_exceeds_its_memory(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_shared", sandbox.Sandbox())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gate, wrong = asyncio.Semaphore(AT_ONCE), []

    async def through(name: str, media_type: str, body: bytes, reasons: str) -> None:
        async with gate:
            ending = MEDIA_TYPES[media_type].endings[0]
            try:
                evidence_id = await desk.hand_in(body, media_type=media_type, filename=f"a{ending}")
            except Invalid:
                assert not body, name
                return
            state = await verify_and_seal(desk.scope, evidence_id)
            row = await desk.row(evidence_id)
            kept = await store().exists(Bucket.INCOMING, row.key)
            sealed = await store().exists(Bucket.SEALED, row.key)
            right = row.reason in reasons.split()
            if (state, right, kept, sealed) != ("QUARANTINED", True, True, False):
                wrong.append((name, state, row.reason, kept, sealed))

    try:
        await asyncio.gather(
            *(
                through(name, media, make(), reasons)
                for name, media, make, reasons in samples.HOSTILE
            )
        )
    finally:
        peak = sandbox._shared.peak_bytes
        sandbox._shared.close()

    assert wrong == []
    assert 0 < peak < Limits().memory_bytes
    # Kilobytes; what is decoded is the children's, not the worker's.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.parametrize(
    ("media_type", "filename"),
    [
        ("image/svg+xml", "a.svg"),
        ("text/html", "a.html"),
        ("application/x-msdownload", "a.exe"),
        ("image/gif", "a.gif"),
    ],
)
async def test_what_no_evidence_can_be_is_refused_when_declared(
    desk: Desk, media_type: str, filename: str
) -> None:
    with pytest.raises(TypeNotAccepted):
        await desk.begin(samples.SVG, media_type=media_type, filename=filename)
