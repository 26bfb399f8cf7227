"""What can be asked about cases."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from tortoise.queryset import QuerySet

from service.cases.files import Completeness, Piece, completeness, spoken
from service.cases.records import (
    CaseEvent,
    CaseOfficer,
    CaseTransfer,
    FineEntry,
    PenaltyCase,
    RegisteredEvidence,
)
from service.cases.rules import State
from service.cases.transfers import TransferState
from service.documents.kinds import DocumentKind
from service.documents.queries import kinds_of
from service.evidence.queries import evidence
from service.evidence.rules import SubjectKind

PAPERS = {
    Piece.FILING_SHEET: DocumentKind.CASE_FILING,
    Piece.NOTICE: DocumentKind.PENALTY_NOTICE,
    Piece.HEARING_NOTICE: DocumentKind.HEARING_NOTICE,
    Piece.TRANSFER_LETTER: DocumentKind.TRANSFER_LETTER,
}
"""Pieces that are a document and nothing else."""


def cases(
    *, state: State | None = None, enterprise_id: UUID | None = None
) -> QuerySet[PenaltyCase]:
    """Cases in scope that fit every filter given."""
    found = PenaltyCase.all()
    if state is not None:
        found = found.filter(state=state.value)
    if enterprise_id is not None:
        found = found.filter(enterprise_id=enterprise_id)
    return found


def transfers(state: TransferState | None = None) -> QuerySet[CaseTransfer]:
    """Transfers in scope, of one state where it is given."""
    return CaseTransfer.filter(state=state.value) if state else CaseTransfer.all()


async def history_of(ids: Iterable[UUID]) -> dict[UUID, list[CaseEvent]]:
    """Steps by case, oldest first, in one statement."""
    wanted = list(ids)
    found: dict[UUID, list[CaseEvent]] = {one: [] for one in wanted}
    for row in await CaseEvent.filter(case_id__in=wanted).order_by("at", "id"):
        found[row.case_id].append(row)
    return found


async def officers_of(ids: Iterable[UUID]) -> dict[UUID, list[CaseOfficer]]:
    """Investigators by case, in one statement."""
    wanted = list(ids)
    found: dict[UUID, list[CaseOfficer]] = {one: [] for one in wanted}
    for row in await CaseOfficer.filter(case_id__in=wanted).order_by("id"):
        found[row.case_id].append(row)
    return found


async def things_of(ids: Iterable[UUID]) -> dict[UUID, list[RegisteredEvidence]]:
    """Things registered in advance by case, in one statement."""
    wanted = list(ids)
    found: dict[UUID, list[RegisteredEvidence]] = {one: [] for one in wanted}
    for row in await RegisteredEvidence.filter(case_id__in=wanted).order_by("id"):
        found[row.case_id].append(row)
    return found


async def money_of(ids: Iterable[UUID]) -> dict[UUID, list[FineEntry]]:
    """Amounts due and paid by case, oldest first, in one statement."""
    wanted = list(ids)
    found: dict[UUID, list[FineEntry]] = {one: [] for one in wanted}
    for row in await FineEntry.filter(case_id__in=wanted).order_by("on", "id"):
        found[row.case_id].append(row)
    return found


async def completeness_of(rows: Iterable[PenaltyCase]) -> dict[UUID, Completeness]:
    """What each file must hold and lacks, in two statements."""
    cases = list(rows)
    ids = [case.id for case in cases]
    sealed = await evidence(subject_kind=SubjectKind.CASE).filter(
        subject_id__in=ids, state="SEALED"
    )
    with_evidence = {row.subject_id for row in sealed}
    officers = await officers_of(ids)
    papers = await kinds_of(ids)
    return {
        case.id: file_of(case, len(officers[case.id]), case.id in with_evidence, papers[case.id])
        for case in cases
    }


def file_of(
    case: PenaltyCase, officers: int, evidence: bool, papers: Mapping[DocumentKind, int]
) -> Completeness:
    """What the file of a case must hold and lacks; `papers` counts its documents that hold.

    Notice and decision are served once each, so the second receipt is the decision's.
    """
    receipts = papers.get(DocumentKind.SERVICE_RECEIPT, 0)
    decided = spoken(case.decided_on, case.decision_number)
    if not case.annulled_on:  # an annulled decision is void, and stays in the file
        decided = decided and bool(papers.get(DocumentKind.PENALTY_DECISION))
    held = {
        Piece.FILING: bool(case.act and case.basis),
        Piece.INVESTIGATORS: officers >= 2,
        Piece.EVIDENCE: evidence,
        Piece.REPORT: bool(case.report),
        Piece.LEGAL_REVIEW: spoken(case.reviewed_on, case.review),
        Piece.NOTICE_SERVICE: spoken(case.notice_served_on, case.notice_delivery) and receipts >= 1,
        Piece.DEFENCE_ANSWER: bool(case.defence_answer),
        Piece.HEARING_RECORD: bool(case.hearing_record),
        Piece.COLLECTIVE_DISCUSSION: spoken(case.discussed_on, case.discussion),
        Piece.DECISION: decided,
        Piece.DECISION_SERVICE: spoken(case.served_on, case.delivery)
        and receipts >= (1 if case.simple else 2),
        Piece.PUBLICATION: case.published_on is not None,
        Piece.EXECUTION: spoken(case.executed_on, case.execution),
        Piece.CLOSING_REPORT: spoken(case.closed_on, case.closing_report)
        and bool(papers.get(DocumentKind.CLOSING_REPORT)),
        **{piece: bool(papers.get(kind)) for piece, kind in PAPERS.items()},
    }
    heard = case.hearing_asked_on is not None and case.hearing_on is not None
    asked = {
        Piece.DEFENCE_ANSWER: bool(case.defence),
        Piece.HEARING_NOTICE: heard,
        Piece.HEARING_RECORD: heard,
        Piece.COLLECTIVE_DISCUSSION: case.grave,
    }
    return completeness(State(case.state), held, simple=case.simple, asked=asked)
