"""Penalty publicity (行政处罚公示) opens by itself when a penalty decision is handed over.

It is a consequence of law and has no second procedure (安全生产法 art. 78): the case is taken up,
decided and served with the penalty.  An annulled penalty takes back whatever cites it
(行政处罚法 art. 48), and its case learns when nothing of it is public any more.
"""

from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from service import outbox
from service.blacklist import listing
from service.blacklist.commands import Proposal, propose, reject
from service.blacklist.records import BlacklistCase
from service.blacklist.rules import LISTED, MOVES, BodyId, PublicationClass, State, Step
from service.blacklist.steps import locked, take
from service.cases.queries import cases
from service.powers import queries as powers
from service.powers.rules import NoPower, Power
from tenants.records import Body
from tenants.scope import Owner
from tenants.wall import tenant_transaction

P1 = PublicationClass.PENALTY_PUBLICITY
PERSON = "PERSON"  # kind of party of a case
ANNULLED = "处罚决定被撤销"
KINDS = {
    "WARNING": "警告、通报批评",
    "FINE": "罚款",
    "CONFISCATION": "没收违法所得、非法财物",
    "LICENCE_SUSPENSION": "暂扣许可证件",
    "LICENCE_REVOCATION": "吊销许可证件",
    "CLOSURE": "责令停产停业",
}
_WITHDRAWABLE = LISTED | {State.DECIDED, State.SERVED}


async def open_from(event: outbox.Event) -> UUID | None:
    """Open the publicity of the penalty that `event` hands over, once; the new case's id.

    The facts of the penalty may name natural persons and stay out: the article says what was
    done.  Where the body had no power to penalise this that day, the case waits as a proposal.
    A penalty that was annulled meanwhile is not opened.
    """
    async with tenant_transaction(event.scope()):
        opened = None
        # Held, so that an annulment comes either before this or finds what it opened.
        penalty = await cases().select_for_update().get(id=UUID(event.payload["case"]))
        if penalty.annulled_on is None and not await _known(penalty):
            case = await propose(event.owner, _proposal(penalty), BodyId(penalty.body_id))
            await _carry_on(case, penalty)
            opened = case.id
        await outbox.settle()
        return opened


async def follow_annulment(event: outbox.Event) -> None:
    """Withdraw at once whatever cites an annulled penalty.  Safe to run twice.

    A listing rests on the penalty and shows it, so that it falls with it; a proposal is refused.
    """
    async with tenant_transaction(event.scope()):
        penalty = await cases().get(id=UUID(event.payload["case"]))
        shown = False
        for found in await _citing(penalty).order_by("id"):
            case = await locked(found.id)
            shown |= case.publication == P1.value and case.published_on is not None
            if State(case.state) in _WITHDRAWABLE:
                await listing.withdraw(case.id, BodyId(case.penalty_body_id), ANNULLED)
            elif (State(case.state), Step.REJECT) in MOVES:
                await reject(case.id, BodyId(case.penalty_body_id), ANNULLED)
        if not shown:
            await tell_withdrawn(event.owner, penalty.body_id, penalty.decision_number)
        await outbox.settle()


async def tell_withdrawn(owner: Owner, body_id: UUID, number: str) -> None:
    """Tell the penalty's case that nothing about it is public any more."""
    payload = {"body": str(body_id), "number": number}
    await outbox.emit("blacklist.penalty_withdrawn", owner, payload)


async def _carry_on(case: BlacklistCase, penalty: Any) -> None:
    body = BodyId(penalty.body_id)
    try:
        enforcing = await Body.get(id=body)
        await powers.check(enforcing, Power.PENALISE, [penalty.item], penalty.decided_on)
    except NoPower:
        return
    await take(case, Step.CLASSIFY, acting=body, changes={"classified": True})
    decided = {"decision_number": penalty.decision_number, "decided_on": penalty.decided_on}
    await take(case, Step.DECIDE, acting=body, changes=decided)
    served = {"served_on": penalty.served_on or penalty.published_on}
    await take(case, Step.SERVE_DECISION, acting=body, changes=served)


def _proposal(penalty: Any) -> Proposal:
    kinds = "、".join(KINDS.get(kind, kind) for kind in penalty.kinds)
    fine = f"（{penalty.fine_fen / 1_000_000:g}万元）" if penalty.fine_fen else ""
    person = penalty.party_kind == PERSON
    return Proposal(
        enterprise_id=penalty.enterprise_id,
        party_kind="NATURAL_PERSON" if person else None,
        offender=penalty.person_name if person else "",
        penalty_body_id=penalty.body_id,
        publication=P1,
        cause=f"违反{penalty.basis}",
        basis=penalty.basis,
        penalty_number=penalty.decision_number,
        penalty_decided_on=penalty.decided_on,
        penalty=f"{kinds}{fine}",
    )


def _citing(penalty: Any) -> QuerySet[BlacklistCase]:
    return BlacklistCase.filter(
        tenant_id=penalty.tenant_id,
        penalty_body_id=penalty.body_id,
        penalty_number=penalty.decision_number,
    )


async def _known(penalty: Any) -> bool:
    gone = (State.REJECTED.value, State.DROPPED.value)
    return await _citing(penalty).filter(publication=P1.value).exclude(state__in=gone).exists()
