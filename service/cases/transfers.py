"""Handing an act to the body in charge (移送, 安全生产法 art. 69), and disputes about who that is.

The record crosses tenants by the outbox: the sender's row stays with the sender, the receiver
gets a row of its own.  Who is in charge when two disagree, their common superior says (art. 25):
a government, never the committee.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.cases import papers
from service.cases.claims import Holder
from service.cases.records import CaseTransfer
from service.cases.steps import past, today
from service.errors import Conflict, Forbidden, NotFound
from service.ids import new_id
from service.texts import bounded
from tenants.directory import town_scope
from tenants.records import Body, owned
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction


class Reason(Enum):
    """Why an act is another body's."""

    NO_POWER = "NO_POWER"
    FILED_ELSEWHERE = "FILED_ELSEWHERE"
    NOT_IN_CHARGE = "NOT_IN_CHARGE"


class TransferState(Enum):
    """Where a transfer stands."""

    OWED = "OWED"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    RETURNED = "RETURNED"
    DISPUTED = "DISPUTED"
    DESIGNATED = "DESIGNATED"


class Direction(Enum):
    """Whether the tenant hands over or is handed."""

    OUT = "OUT"
    IN = "IN"


@dataclass(frozen=True, slots=True)
class Duty:
    """An act that is to be handed over, and by whom."""

    owner: Owner
    body: Body
    enterprise_id: UUID
    offender: str
    inspection_id: UUID | None
    item: str
    act: str
    found_on: date
    case_id: UUID | None = None


async def owe(
    duty: Duty, reason: Reason, article: str, holder: Holder | None = None
) -> CaseTransfer:
    """Open the duty to hand an act over; nothing but body and day is known of its holder."""
    row = await CaseTransfer.create(
        id=new_id(),
        **owned(duty.owner),
        direction=Direction.OUT.value,
        reason=reason.value,
        article=article,
        body_id=duty.body.id,
        enterprise_id=duty.enterprise_id,
        inspection_id=duty.inspection_id,
        case_id=duty.case_id,
        offender=duty.offender,
        item=duty.item,
        act=duty.act,
        found_on=duty.found_on,
        other_tenant_id=holder.tenant_id if holder else None,
        other_body_id=holder.body_id if holder else None,
        other_body=holder.body if holder else "",
        other_filed_on=holder.filed_on if holder else None,
        opened_on=today(),
        created_at=clock.now(),
    )
    await _note(row, "cases.transfer_owed")
    return row


async def send(
    acting: UUID | None, transfer_id: UUID, to_body_id: UUID | None = None, *, contact: str = ""
) -> CaseTransfer:
    """Hand the record over: to the body that filed first, or to one of the district's directory.

    Raises:
        NotFound, Forbidden: see `_locked`; or no such body.
        Conflict: it was sent already.
    """
    row = await _locked(transfer_id, acting, Direction.OUT)
    _expect(row, TransferState.OWED, TransferState.RETURNED)
    if row.reason != Reason.FILED_ELSEWHERE.value:
        body = await Body.get_or_none(id=to_body_id) if to_body_id else None
        if body is None or body.id == row.body_id:
            raise NotFound("name the body in charge", path=("input", "toBodyId"))
        row.other_tenant_id, row.other_body_id = body.tenant_id, body.id
        row.other_body = body.name
    row.state, row.sent_on = TransferState.SENT.value, today()
    await row.save()
    await _note(row, "cases.transfer_sent")
    await papers.transfer_letter(row, contact)
    return row


async def deliver(scope: Scope, transfer_id: UUID) -> None:
    """Put the sender's record before the receiver, in its own tenant.  Safe to run twice."""
    async with tenant_transaction(scope):
        sent = await CaseTransfer.get(id=transfer_id)
    assert sent.other_tenant_id is not None
    receiver = await town_scope(sent.other_tenant_id, scope.actor)
    assert receiver.home is not None
    async with tenant_transaction(receiver):
        await _receive(receiver.home, sent)
    async with tenant_transaction(scope):
        await outbox.settle()


async def _receive(home: Owner, sent: CaseTransfer) -> None:
    sender = sent.body_id
    values: dict[str, Any] = {
        "state": sent.state if sent.state == TransferState.DESIGNATED.value else "SENT",
        "designated_by": sent.designated_by,
        "designation": sent.designation,
        "designated_on": sent.designated_on,
        "designated_self": None if sent.designated_self is None else not sent.designated_self,
    }
    known = await CaseTransfer.get_or_none(tenant_id=home.tenant_id, origin_id=sent.id)
    if known is not None:
        await known.update_from_dict(values).save()
        return
    row = await CaseTransfer.create(
        id=new_id(),
        **owned(home),
        direction=Direction.IN.value,
        reason=sent.reason,
        article=sent.article,
        body_id=sent.other_body_id,
        origin_id=sent.id,
        offender=sent.offender,
        item=sent.item,
        act=sent.act,
        found_on=sent.found_on,
        other_tenant_id=sent.tenant_id,
        other_body_id=sender,
        opened_on=today(),
        sent_on=sent.sent_on,
        created_at=clock.now(),
        **values,
    )
    await _note(row, "cases.transfer_received")


async def answer(
    acting: UUID | None, transfer_id: UUID, *, accepted: bool, reason: str = ""
) -> CaseTransfer:
    """The receiver takes the act, or returns it with a reason; the sender's row learns of it.

    Raises:
        Invalid: returned without a reason.
        Conflict: it was answered already.
    """
    row = await _locked(transfer_id, acting, Direction.IN)
    _expect(row, TransferState.SENT)
    row.answer = bounded(reason, "reason", 400, 4) if not accepted else reason.strip()[:400]
    row.state = TransferState.ACCEPTED.value if accepted else TransferState.RETURNED.value
    row.answered_on = today()
    await row.save()
    await _note(row, "cases.transfer_answered")
    return row


async def return_answer(scope: Scope, transfer_id: UUID) -> None:
    """Tell the sender what the receiver answered.  Safe to run twice."""
    async with tenant_transaction(scope):
        received = await CaseTransfer.get(id=transfer_id)
    assert received.other_tenant_id is not None
    sender = await town_scope(received.other_tenant_id, scope.actor)
    async with tenant_transaction(sender):
        await CaseTransfer.filter(
            tenant_id=received.other_tenant_id,
            id=received.origin_id,
            state=TransferState.SENT.value,
        ).update(state=received.state, answer=received.answer, answered_on=received.answered_on)
    async with tenant_transaction(scope):
        await outbox.settle()


async def dispute(acting: UUID | None, transfer_id: UUID, reason: str) -> CaseTransfer:
    """Dispute that the other body is in charge; the common superior designates (art. 25).

    Raises:
        Invalid: no reason.
        Conflict: the transfer has gone too far.
    """
    row = await _locked(transfer_id, acting, Direction.OUT)
    _expect(row, TransferState.OWED, TransferState.SENT, TransferState.RETURNED)
    if row.other_tenant_id is None:
        raise Conflict("hand the act over first: no other body is named yet")
    row.dispute = bounded(reason, "reason", 400, 4)
    row.state = TransferState.DISPUTED.value
    await row.save()
    await _note(row, "cases.jurisdiction_disputed")
    return row


@dataclass(frozen=True, slots=True)
class Designation:
    """Whom the common superior put in charge; `to_self` means the disputing body."""

    authority: str
    number: str
    on: date
    to_self: bool


async def designate(
    acting: UUID | None, transfer_id: UUID, designation: Designation
) -> CaseTransfer:
    """Record the designation; the other body gets the record too, and hands its case over.

    Raises:
        Invalid: no authority, no number, or a day in the future.
        Conflict: nothing is disputed.
    """
    row = await _locked(transfer_id, acting, Direction.OUT)
    _expect(row, TransferState.DISPUTED)
    row.designated_by = bounded(designation.authority, "authority", 100)
    row.designation = bounded(designation.number, "number", 120)
    row.designated_on = past(designation.on, "on", row.opened_on)
    row.designated_self = designation.to_self
    row.state = TransferState.DESIGNATED.value
    await row.save()
    await _note(row, "cases.jurisdiction_designated")
    return row


async def _locked(transfer_id: UUID, acting: UUID | None, direction: Direction) -> CaseTransfer:
    row = await CaseTransfer.filter(id=transfer_id).select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such transfer", path=("input", "transferId"))
    if row.body_id != acting or row.direction != direction.value:
        raise Forbidden("the other body does this")
    return row


def _expect(row: CaseTransfer, *states: TransferState) -> None:
    if row.state not in {one.value for one in states}:
        raise Conflict(f"the transfer is {row.state} already", path=("input", "transferId"))


async def _note(row: CaseTransfer, act: str) -> None:
    await audit.record(act, row.owner, "CaseTransfer", row.id, reason=row.reason, state=row.state)
    await outbox.emit(act, row.owner, {"transfer": str(row.id), "state": row.state})
