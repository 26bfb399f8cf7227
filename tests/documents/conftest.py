"""A town that issues documents."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from service.documents import commands
from service.documents.kinds import DocumentKind
from service.documents.records import Document
from service.documents.wording import sample
from service.ids import new_id
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction
from tests.conftest import World

SUBJECT = new_id()


@dataclass(slots=True)
class Office:
    """One town's office."""

    world: World
    scope: Scope
    owner: Owner

    async def issue(
        self, kind: DocumentKind = DocumentKind.CORRECTION_ORDER, **changed: Any
    ) -> Document:
        """Issue a document with invented fields."""
        fields = {**sample(kind), **changed.pop("fields", {})}
        async with tenant_transaction(self.scope):
            return await commands.issue(
                self.owner, kind, subject="Hazard", subject_id=SUBJECT, fields=fields, **changed
            )

    async def read(self, document_id: UUID) -> Document:
        """The row as it stands."""
        async with tenant_transaction(self.scope, read_only=True):
            return await Document.get(id=document_id)


@pytest.fixture
def office(world: World) -> Office:
    town = world.towns[0]
    return Office(world, town.scope(), town.owner)
