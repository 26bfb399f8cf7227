"""What can be asked of evidence."""

from collections.abc import Iterable
from uuid import UUID

from tortoise.queryset import QuerySet

from service.evidence.records import (
    BlurredCopy,
    CustodyEntry,
    Evidence,
    EvidenceAccess,
    EvidenceHold,
    EvidenceTimestamp,
)
from service.evidence.rules import State, SubjectKind


def evidence(
    *,
    subject_kind: SubjectKind | None = None,
    subject_id: UUID | None = None,
    state: State | None = None,
    enterprise_id: UUID | None = None,
) -> QuerySet[Evidence]:
    """Evidence in scope that fits every filter given."""
    wanted = {
        "subject_kind": subject_kind and subject_kind.value,
        "subject_id": subject_id,
        "state": state and state.value,
        "enterprise_id": enterprise_id,
    }
    return Evidence.filter(**{name: value for name, value in wanted.items() if value is not None})


def custody_of(tenant_id: UUID, evidence_id: UUID) -> QuerySet[CustodyEntry]:
    """The links about one piece of evidence."""
    return CustodyEntry.filter(tenant_id=tenant_id, evidence_id=evidence_id)


def accesses_of(tenant_id: UUID, evidence_id: UUID) -> QuerySet[EvidenceAccess]:
    """Who was given a link to one piece of evidence."""
    return EvidenceAccess.filter(tenant_id=tenant_id, evidence_id=evidence_id)


async def holds_of(evidence_ids: Iterable[UUID]) -> dict[UUID, list[EvidenceHold]]:
    """Holds by evidence, oldest first, in one statement."""
    wanted = list(evidence_ids)
    found: dict[UUID, list[EvidenceHold]] = {one: [] for one in wanted}
    for row in await EvidenceHold.filter(evidence_id__in=wanted).order_by("placed_at", "id"):
        found[row.evidence_id].append(row)
    return found


async def copies_of(evidence_ids: Iterable[UUID]) -> dict[UUID, list[BlurredCopy]]:
    """Copies for the public by evidence, oldest first, in one statement."""
    wanted = list(evidence_ids)
    found: dict[UUID, list[BlurredCopy]] = {one: [] for one in wanted}
    for row in await BlurredCopy.filter(evidence_id__in=wanted).order_by("version"):
        found[row.evidence_id].append(row)
    return found


async def timestamps_of(evidence_ids: Iterable[UUID]) -> dict[UUID, EvidenceTimestamp]:
    """Time stamps by evidence, in one statement."""
    rows = await EvidenceTimestamp.filter(evidence_id__in=list(evidence_ids))
    return {row.evidence_id: row for row in rows}
