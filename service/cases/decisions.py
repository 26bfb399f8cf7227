"""The decision: made, made on the spot, served, published, annulled (arts. 48, 51, 57–61)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from service import outbox
from service.cases import claims, papers
from service.cases.commands import investigators, noticed, put_on_case
from service.cases.discretion import Circumstance, check, table
from service.cases.records import FineEntry, PenaltyCase
from service.cases.rules import (
    Delivery,
    Penalty,
    State,
    Step,
    TooSoon,
    check_collective,
    check_decider,
    check_delivery,
    check_not_heavier,
    check_simple,
)
from service.cases.steps import allow, locked, note, past, subject, take, today
from service.deadlines import commands as deadlines
from service.deadlines.records import LegalDeadline
from service.documents.kinds import DocumentKind
from service.documents.records import Document
from service.errors import Conflict
from service.ids import new_id
from service.law.queries import rule_book
from service.texts import bounded, filled
from tenants.records import owned
from tenants.wall import current, tenant_transaction


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision; without a number it has that of its document.

    `basis` is the provision of the penalty, that of the filing by default, `performance` how and
    until when it is performed, the limit of art. 67 by default.  `circumstance` is that of the
    table of discretion, `departure` the reason to leave the table.
    """

    number: str
    penalty: Penalty
    basis: str = ""
    performance: str = ""
    circumstance: Circumstance | None = None
    departure: str = ""


async def decide(acting: UUID | None, case_id: UUID, decision: Decision) -> PenaltyCase:
    """Decide, once the party has had its say: no heavier than noticed, one fine for one act.

    Raises:
        TooSoon: the time for a defence or for asking a hearing still runs.
        HeavierThanNoticed, CollectiveMissing, AlreadyFined, DecidedByInvestigator: see `rules`.
        OutsideDiscretion: the fine leaves the table of its item without a reason.
        Conflict: the defence was not answered.
    """
    case = await locked(case_id, acting)
    allow(case, Step.DECIDE)
    await _check_heard(case)
    check_decider(await investigators(case), current().scope.actor)
    check_not_heavier(noticed(case), decision.penalty)
    check_collective(case.grave, case.discussed_on, today())
    await _check_discretion(case, decision)
    await claims.settle(case.claim_id, today(), fined=decision.penalty.fine_fen > 0)
    changes = _decided(decision, await _paper(case, decision))
    await take(case, Step.DECIDE, changes=changes, **_facts(case, decision))
    await deadlines.meet(subject(case), "DECIDE", today())
    await deadlines.start(subject(case), "SERVE", today())
    await deadlines.start(subject(case), "PUB_PENALTY", today())
    return case


async def _check_discretion(case: PenaltyCase, decision: Decision) -> None:
    """By the table of the last day of the act, or of the day it was found (art. 37)."""
    bands = table(await rule_book(), case.item, case.act_to or case.found_on)
    check(bands, decision.circumstance, decision.penalty.fine_fen, decision.departure)


async def _check_heard(case: PenaltyCase) -> None:
    if case.defence and not case.defence_answer:
        raise Conflict("answer the defence first (art. 45)", path=("input", "caseId"))
    running = await LegalDeadline.filter(
        tenant_id=case.tenant_id,
        subject_id=case.id,
        rule__in=["CASE_DEFENCE", "HEAR_REQ"],
        met_on__isnull=True,
        dropped=False,
    ).order_by("-due_on")
    for clock in running:
        asked = clock.rule == "HEAR_REQ" and State(case.state) is State.HEARD
        if not asked and (clock.due_on is None or today() <= clock.due_on):
            raise TooSoon(
                f"the party may still speak until {clock.due_on or 'a day not yet known'} "
                f"({clock.article})",
                path=("input", "caseId"),
            )


async def _paper(case: PenaltyCase, decision: Decision) -> Document:
    return await papers.decision(
        case,
        decision.penalty,
        today(),
        basis=decision.basis,
        performance=decision.performance,
    )


def _decided(decision: Decision, paper: Document) -> dict[str, object]:
    return {
        "decision_number": bounded(decision.number.strip() or paper.number, "number", 80),
        "decided_on": today(),
        "decided_by": current().scope.actor,
        "kinds": sorted(kind.value for kind in decision.penalty.kinds),
        "fine_fen": decision.penalty.fine_fen,
        "circumstance": decision.circumstance.value if decision.circumstance else None,
        "departure": filled(decision.departure, "departure", 1000, empty=True),
    }


def _facts(case: PenaltyCase, decision: Decision) -> dict[str, object]:
    return {
        "kinds": sorted(kind.value for kind in decision.penalty.kinds),
        "fine_fen": decision.penalty.fine_fen,
        "decided_on": str(today()),
    }


async def decide_on_spot(
    acting: UUID | None,
    case_id: UUID,
    decision: Decision,
    officer_ids: Sequence[UUID],
) -> PenaltyCase:
    """Decide a warning or a small fine on the spot and hand the decision over (arts. 51, 52).

    Raises:
        NotSimple: the penalty is heavier.
        TeamTooSmall, AlreadyFined: as for any case.
    """
    case = await locked(case_id, acting)
    allow(case, Step.DECIDE_ON_SPOT)
    book = await rule_book()
    check_simple(decision.penalty, book.rule("SIMPLE_FINE", today(), case.party_kind).number)
    await _check_discretion(case, decision)
    await put_on_case(case, officer_ids)
    await claims.settle(case.claim_id, today(), fined=decision.penalty.fine_fen > 0)
    changes = {
        **_decided(decision, await _paper(case, decision)),
        "simple": True,
        "served_on": today(),
        "delivery": Delivery.IN_PERSON.value,
    }
    await take(case, Step.DECIDE_ON_SPOT, changes=changes, **_facts(case, decision))
    await deadlines.meet(subject(case), "DECIDE", today())
    await deadlines.start(subject(case), "PUB_PENALTY", today())
    await _demand(case, today())
    await papers.receipt(
        case, DocumentKind.PENALTY_DECISION, today(), Delivery.IN_PERSON, papers.PLAIN
    )
    return case


async def serve(
    acting: UUID | None,
    case_id: UUID,
    delivery: Delivery,
    served_on: date,
    served: papers.Served = papers.PLAIN,
) -> PenaltyCase:
    """Serve the decision; its fine is due 15 days later (arts. 61, 67).

    Raises:
        NoConsent: electronic service without consent.
    """
    case = await locked(case_id, acting)
    allow(case, Step.SERVE)
    day = past(served_on, "servedOn", case.decided_on)
    check_delivery(delivery, case.consented_on, day)
    changes = {"served_on": day, "delivery": delivery.value}
    await take(case, Step.SERVE, changes=changes, served_on=str(day))
    await deadlines.meet(subject(case), "SERVE", day)
    await _demand(case, day)
    await papers.receipt(case, DocumentKind.PENALTY_DECISION, day, delivery, served)
    return case


async def _demand(case: PenaltyCase, served_on: date) -> None:
    """Enter the fine with its last day."""
    if not case.fine_fen:
        return
    law = (await rule_book()).rule("FINE_PAY", served_on)
    row = await deadlines.start(subject(case), "FINE_PAY", served_on, on_party=True)
    plain = served_on + timedelta(days=law.limit.amount)
    await FineEntry.create(
        id=new_id(),
        **owned(case.owner),
        case_id=case.id,
        kind="DUE",
        on=row.due_on or plain,
        amount_fen=case.fine_fen,
    )


async def publish(acting: UUID | None, case_id: UUID) -> PenaltyCase:
    """Hand the served decision to publication, within 7 working days (安全生产法 art. 78)."""
    case = await locked(case_id, acting)
    allow(case, Step.PUBLISH)
    await take(
        case,
        Step.PUBLISH,
        changes={"published_on": today()},
        enterprise=str(case.enterprise_id),
        party=case.party_kind,
        body=str(case.body_id),
        number=case.decision_number,
        decided_on=str(case.decided_on),
        kinds=case.kinds,
        fine_fen=case.fine_fen,
        item=case.item,
        basis=case.basis,
    )
    await deadlines.meet(subject(case), "PUB_PENALTY", today())
    return case


async def annul(acting: UUID | None, case_id: UUID, reason: str) -> PenaltyCase:
    """Annul a decision; what was published goes within 3 working days, with reasons (art. 48)."""
    case = await locked(case_id, acting)
    allow(case, Step.ANNUL)
    published = case.published_on is not None
    changes = {"annulled_on": today(), "reason": bounded(reason, "reason", 2000, 4)}
    await take(case, Step.ANNUL, changes=changes, published=published)
    await deadlines.drop(subject(case))
    await claims.annul(case.claim_id)
    await papers.annulled(case, reason)
    if published:
        await deadlines.start(subject(case), "WITHDRAW", today())
    return case


async def confirm_withdrawal(acting: UUID | None, case_id: UUID) -> PenaltyCase:
    """Note that an annulled decision is public no more.

    Raises:
        Conflict: it was not published, or is withdrawn already.
    """
    case = await locked(case_id, acting)
    withdrawn = State(case.state) is State.WITHDRAWN
    if not withdrawn or case.published_on is None or case.withdrawn_on is not None:
        raise Conflict("nothing is to be withdrawn", path=("input", "caseId"))
    return await _withdrawn(case)


async def note_withdrawn(event: outbox.Event) -> None:
    """The public feed holds nothing about an annulled penalty any more.  Safe to run twice."""
    async with tenant_transaction(event.scope()):
        found = await PenaltyCase.filter(
            tenant_id=event.owner.tenant_id,
            body_id=UUID(event.payload["body"]),
            decision_number=event.payload["number"],
            state=State.WITHDRAWN.value,
        ).order_by("id")
        for one in found:
            case = await locked(one.id, one.body_id)
            if case.published_on is not None and case.withdrawn_on is None:
                await _withdrawn(case)
        await outbox.settle()


async def _withdrawn(case: PenaltyCase) -> PenaltyCase:
    case.withdrawn_on = today()
    await case.save()
    await deadlines.meet(subject(case), "WITHDRAW", today())
    await note(case, "cases.withdrawal_confirmed")
    return case
