"""Penalty publicity (行政处罚公示) opens by itself when a penalty decision is handed over.

It is a consequence of law and has no second procedure (安全生产法 art. 78): the case is taken up,
decided and served with the penalty.  An annulled penalty takes it back (行政处罚法 art. 48).
"""

from typing import Any
from uuid import UUID

from service import outbox
from service.blacklist import listing
from service.blacklist.commands import Proposal, propose
from service.blacklist.records import BlacklistCase
from service.blacklist.rules import LISTED, BodyId, PublicationClass, State, Step
from service.blacklist.steps import locked, take
from service.cases.queries import cases
from tenants.records import Body
from tenants.wall import tenant_transaction

P1 = PublicationClass.PENALTY_PUBLICITY
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
    done.  Where the body no longer has the power to penalise the case waits as a proposal.
    """
    async with tenant_transaction(event.scope()):
        opened = None
        penalty = await cases().get(id=UUID(event.payload["case"]))
        if not await _known(penalty):
            case = await propose(event.owner, _proposal(penalty), BodyId(penalty.body_id))
            await _carry_on(case, penalty)
            opened = case.id
        await outbox.settle()
        return opened


async def follow_annulment(event: outbox.Event) -> None:
    """Withdraw the publicity of an annulled penalty at once.  Safe to run twice."""
    async with tenant_transaction(event.scope()):
        penalty = await cases().get(id=UUID(event.payload["case"]))
        for found in await _of(penalty):
            case = await locked(found.id)
            if State(case.state) in _WITHDRAWABLE:
                await listing.withdraw(case.id, BodyId(case.penalty_body_id), "处罚决定被撤销")
        await outbox.settle()


async def _carry_on(case: BlacklistCase, penalty: Any) -> None:
    body = BodyId(penalty.body_id)
    if not await Body.exists(id=body, can_penalise=True):
        return
    await take(case, Step.CLASSIFY, acting=body, changes={"classified": True})
    decided = {"decision_number": penalty.decision_number, "decided_on": penalty.decided_on}
    await take(case, Step.DECIDE, acting=body, changes=decided)
    served = {"served_on": penalty.served_on or penalty.published_on}
    await take(case, Step.SERVE_DECISION, acting=body, changes=served)


def _proposal(penalty: Any) -> Proposal:
    kinds = "、".join(KINDS.get(kind, kind) for kind in penalty.kinds)
    fine = f"（{penalty.fine_fen / 1_000_000:g}万元）" if penalty.fine_fen else ""
    return Proposal(
        enterprise_id=penalty.enterprise_id,
        penalty_body_id=penalty.body_id,
        publication=P1,
        cause=f"违反{penalty.basis}",
        basis=penalty.basis,
        penalty_number=penalty.decision_number,
        penalty_decided_on=penalty.decided_on,
        penalty=f"{kinds}{fine}",
    )


async def _of(penalty: Any) -> list[BlacklistCase]:
    return await BlacklistCase.filter(
        tenant_id=penalty.tenant_id,
        penalty_body_id=penalty.body_id,
        penalty_number=penalty.decision_number,
        publication=P1.value,
    ).order_by("id")


async def _known(penalty: Any) -> bool:
    gone = (State.REJECTED.value, State.DROPPED.value)
    return any(row.state not in gone for row in await _of(penalty))
