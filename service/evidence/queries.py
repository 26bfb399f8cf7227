"""What can be asked of evidence."""

from uuid import UUID

from tortoise.queryset import QuerySet

from service.evidence.records import CustodyEntry, Evidence
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
