"""Keeping evidence: legal holds, terms that run from the end of a case, destruction after them."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.administration.queries import setting
from service.errors import Conflict, Invalid
from service.evidence import usage
from service.evidence.commands import locked
from service.evidence.ledger import Act, enter
from service.evidence.records import (
    BlurredCopy,
    Evidence,
    EvidenceClosure,
    EvidenceHold,
)
from service.evidence.retention import Policy, Standing, keep_until
from service.evidence.rules import State, SubjectKind, WrongState, advance
from service.ids import new_id
from service.storage import Bucket, store
from tenants.directory import town_scope
from tenants.records import owned
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

REASON_MINIMUM = 6  # characters
_BATCH = 500


async def hold(evidence_id: UUID, reason: str) -> EvidenceHold:
    """Keep sealed evidence whatever its term (保全), for a court, an appeal, an inquiry.

    Raises:
        NotFound: no such evidence in this scope.
        WrongState: it is not sealed.
        Conflict: it is held already.
        Invalid: the reason says nothing.
    """
    row = await locked(evidence_id)
    if row.state != State.SEALED:
        raise WrongState(f"evidence in state {row.state} cannot be held; wait for its seal")
    try:
        placed = await EvidenceHold.create(
            id=new_id(),
            **owned(row.owner),
            evidence_id=row.id,
            reason=_reason(reason),
            placed_by=current().scope.actor,
            placed_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict("it is held already", path=("input", "evidenceId")) from error
    await Evidence.filter(tenant_id=row.tenant_id, id=row.id).update(legal_hold=True)
    await enter(row.owner, Act.HELD, row.id, hold=placed.id)
    await audit.record("evidence.held", row.owner, "Evidence", row.id, hold=str(placed.id))
    await outbox.emit("evidence.held", row.owner, {"evidence": str(row.id)})
    return placed


async def lift(evidence_id: UUID, reason: str) -> EvidenceHold:
    """Lift the hold; the term goes on as if there had been none.

    Raises:
        NotFound: no such evidence in this scope.
        Conflict: it is not held.
        Invalid: the reason says nothing.
    """
    row = await locked(evidence_id)
    placed = await EvidenceHold.get_or_none(
        tenant_id=row.tenant_id, evidence_id=row.id, lifted_at=None
    )
    if placed is None:
        raise Conflict("it is not held", path=("input", "evidenceId"))
    placed.lift_reason, placed.lifted_at = _reason(reason), clock.now()
    placed.lifted_by = current().scope.actor
    await placed.save()
    await Evidence.filter(tenant_id=row.tenant_id, id=row.id).update(legal_hold=False)
    await enter(row.owner, Act.RELEASED, row.id, hold=placed.id)
    await audit.record("evidence.released", row.owner, "Evidence", row.id, hold=str(placed.id))
    await outbox.emit("evidence.released", row.owner, {"evidence": str(row.id)})
    return placed


def _reason(text: str) -> str:
    trimmed = text.strip()
    if not REASON_MINIMUM <= len(trimmed) <= 400:
        raise Invalid(
            f"give the reason in {REASON_MINIMUM} to 400 characters", path=("input", "reason")
        )
    return trimmed


async def note_closed(
    owner: Owner, subject_kind: SubjectKind, subject_id: UUID, closed_on: date
) -> None:
    """Let the term of a case's evidence run from the day it ended; a reopened case ends anew."""
    await current().fetch(
        "insert into evidence_closures (id, tenant_id, district_id, subject_kind, subject_id,"
        " closed_on) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (tenant_id, subject_kind, subject_id)"
        " do update set closed_on = excluded.closed_on returning id",
        new_id(),
        owner.tenant_id,
        owner.district_id,
        subject_kind.value,
        subject_id,
        closed_on,
    )


async def terms_of(evidence_ids: Collection[UUID]) -> dict[UUID, date | None]:
    """The last day on which each piece is kept, None while it is kept without an end.

    A constant number of statements for each tenant among them.
    """
    rows = await Evidence.filter(id__in=list(evidence_ids))
    closures = await EvidenceClosure.filter(subject_id__in={row.subject_id for row in rows})
    ends = {(one.subject_kind, one.subject_id): one.closed_on for one in closures}
    at = clock.now()
    policies = {owner: await _policy(owner, at) for owner in {row.owner for row in rows}}
    return {row.id: _until(row, ends, policies[row.owner]) for row in rows}


async def destroy_expired(owner: Owner) -> list[UUID]:
    """Destroy what was kept long enough, one transaction each; returns what was.

    The record, its digest and its custody stay.  Objects go after the commit, and again at the
    next reconciliation should that be cut off.
    """
    at = clock.now()
    today = clock.legal_day(at)
    scope = await town_scope(owner.tenant_id, "task:evidence.destroy_expired")
    async with tenant_transaction(scope, read_only=True):
        policy = await _policy(owner, at)
        closures = {
            (one.subject_kind, one.subject_id): one.closed_on
            for one in await EvidenceClosure.filter(tenant_id=owner.tenant_id)
        }
        rows = await Evidence.filter(
            tenant_id=owner.tenant_id,
            state=State.SEALED.value,
            legal_hold=False,
            decided_at__lt=datetime(at.year - 1, at.month, 1, tzinfo=at.tzinfo),
        ).order_by("decided_at", "id")
    over = [
        row.id
        for row in rows
        if (last := _until(row, closures, policy)) is not None and last < today
    ]
    return [one for one in over[:_BATCH] if await _destroy(scope, one)]


async def _destroy(scope: Scope, evidence_id: UUID) -> bool:
    async with tenant_transaction(scope):
        row = await Evidence.filter(id=evidence_id).select_for_update().get()
        if row.state != State.SEALED or row.legal_hold:
            return False
        await Evidence.filter(tenant_id=row.tenant_id, id=row.id).update(
            state=advance(State.SEALED, State.DESTROYED).value
        )
        copies = await BlurredCopy.filter(tenant_id=row.tenant_id, evidence_id=row.id)
        await usage.release(row.owner, row.byte_length)
        await enter(row.owner, Act.DESTROYED, row.id, sha256=row.sha256)
        await audit.record("evidence.destroyed", row.owner, "Evidence", row.id)
        await outbox.emit("evidence.destroyed", row.owner, {"evidence": str(row.id)})
    await store().delete(Bucket.SEALED, row.key)
    await store().delete(Bucket.DERIVED, row.thumbnail_key)
    for copy in copies:
        await store().delete(Bucket.DERIVED, row.blurred_key(copy.id))
    return True


async def _policy(owner: Owner, at: datetime) -> Policy:
    day = clock.legal_day(at)
    case_years = await setting(owner, "evidence.retention_years", day)
    visit_years = await setting(owner, "evidence.visit_retention_years", day)
    assert isinstance(case_years, int)
    assert isinstance(visit_years, int)
    return Policy(case_years=case_years, visit_years=visit_years)


def _until(row: Evidence, closures: dict[tuple[str, UUID], date], policy: Policy) -> date | None:
    if row.state != State.SEALED or row.decided_at is None:
        return None
    standing = Standing(
        sealed_on=clock.legal_day(row.decided_at),
        has_case=row.subject_kind != SubjectKind.VISIT,
        case_closed_on=closures.get((row.subject_kind, row.subject_id)),
        legal_hold=row.legal_hold,
    )
    return keep_until(standing, policy)
