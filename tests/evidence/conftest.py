"""A device that sends files, and a town that receives them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

import httpx2
import pytest

from service.evidence import commands
from service.evidence.commands import Upload
from service.evidence.inspection.report import Finding
from service.evidence.inspection.sandbox import Limits, inspect
from service.evidence.records import CustodyEntry, Evidence
from service.evidence.rules import Declaration, SubjectKind
from service.ids import new_id
from service.outbox import OutboxEvent
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction
from tests.evidence import samples

CASE = new_id()


def declare(body: bytes, **changed: object) -> Declaration:
    """What an honest device says of `body`."""
    facts = {
        "filename": "现场.jpg",
        "media_type": "image/jpeg",
        "byte_length": len(body),
        "sha256": sha256(body).hexdigest(),
        "captured_at": datetime(2026, 3, 5, 6, 30, tzinfo=UTC),
    }
    return Declaration(**{**facts, **changed})  # type: ignore[arg-type]


async def send(upload: Upload, body: bytes) -> list[int]:
    """PUT every part there is a permission for; returns the statuses."""
    statuses = []
    async with httpx2.AsyncClient(timeout=60) as client:
        for number, request in upload.requests.items():
            start = (number - 1) * upload.plan.part_length
            piece = body[start : start + upload.plan.length(number)]
            answer = await client.put(request.url, content=piece, headers=request.headers)
            statuses.append(answer.status_code)
    return statuses


@dataclass(slots=True)
class Desk:
    """One town's desk for evidence."""

    scope: Scope
    owner: Owner

    async def begin(self, body: bytes, **changed: object) -> Upload:
        async with tenant_transaction(self.scope):
            return await commands.begin_upload(
                self.owner, SubjectKind.CASE, CASE, declare(body, **changed)
            )

    async def renew(self, evidence_id: UUID) -> Upload:
        async with tenant_transaction(self.scope):
            return await commands.renew_upload(evidence_id)

    async def complete(self, evidence_id: UUID) -> Evidence:
        async with tenant_transaction(self.scope):
            return await commands.complete_upload(evidence_id)

    async def hand_in(self, body: bytes | None = None, **changed: object) -> UUID:
        """Declare, send and complete one file."""
        body = samples.jpeg() if body is None else body
        upload = await self.begin(body, **changed)
        assert set(await send(upload, body)) == {200}
        await self.complete(upload.evidence.id)
        return upload.evidence.id

    async def row(self, evidence_id: UUID) -> Evidence:
        async with tenant_transaction(self.scope, read_only=True):
            return await Evidence.get(id=evidence_id)

    async def acts(self, evidence_id: UUID) -> list[str]:
        """What the chain of custody says of one piece."""
        async with tenant_transaction(self.scope, read_only=True):
            found = await CustodyEntry.filter(evidence_id=evidence_id).order_by("seq")
            return [entry.act for entry in found]


@pytest.fixture
async def desk(world: Any) -> AsyncIterator[Desk]:
    async with _desk(world.towns[0]) as desk:
        yield desk


@pytest.fixture
async def neighbour(world: Any) -> AsyncIterator[Desk]:
    async with _desk(world.towns[1]) as desk:
        yield desk


@asynccontextmanager
async def _desk(town: Any) -> AsyncIterator[Desk]:
    yield Desk(town.scope(), town.owner)
    # What these tests break must not be taken up by another test's background work.
    async with tenant_transaction(town.scope()):
        await OutboxEvent.all().delete()


Look = Callable[..., Awaitable[Finding]]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    async def run(data: bytes, media_type: str, limits: Limits | None = None) -> Finding:
        with TemporaryFile(dir=tmp_path) as file:
            file.write(data)
            return await inspect(file, media_type, limits)

    return run
