"""What can be done in a case from its filing to its notice, and to let it wait or go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.cases import claims, papers, transfers
from service.cases.filing import offender
from service.cases.records import CaseEvent, CaseOfficer, PenaltyCase, RegisteredEvidence
from service.cases.rules import (
    UNDECIDED,
    Delivery,
    Penalty,
    PenaltyKind,
    State,
    Step,
    WrongStep,
    check_delivery,
    check_reviewer,
    hearing_due,
)
from service.cases.steps import allow, locked, note, past, subject, take, today
from service.deadlines import commands as deadlines
from service.documents.kinds import DocumentKind
from service.errors import Conflict, NotFound
from service.ids import new_id
from service.inspections.rules import Member, check_own_officer, check_team
from service.law.queries import rule_book
from service.officers.records import Officer
from service.register.records import Enterprise
from service.texts import bounded
from tenants.records import Body, owned
from tenants.wall import current


async def assign(acting: UUID | None, case_id: UUID, officer_ids: Sequence[UUID]) -> PenaltyCase:
    """Put at least two officers with valid cards on the case (art. 42).

    Raises:
        TeamTooSmall: fewer.
    """
    case = await locked(case_id, acting)
    allow(case, Step.ASSIGN)
    await put_on_case(case, officer_ids)
    await take(case, Step.ASSIGN, officers=len(set(officer_ids)))
    await papers.filing(case)
    return case


async def put_on_case(case: PenaltyCase, officer_ids: Sequence[UUID]) -> None:
    """Keep the officers of a case; the database refuses what this would let through."""
    day = today()
    officers = await Officer.filter(id__in=list(dict.fromkeys(officer_ids))).order_by("id")
    minimum = (await rule_book()).rule("TEAM", day).number
    check_team([Member(o.id, o.active, o.card_valid_to) for o in officers], minimum, day)
    check_own_officer({o.body_id for o in officers}, case.body_id)
    await CaseOfficer.bulk_create(
        [
            CaseOfficer(
                id=new_id(),
                **owned(case.owner),
                case_id=case.id,
                officer_id=officer.id,
                name=officer.name,
                card_no=officer.card_no,
                card_valid_to=officer.card_valid_to,
                assigned_on=day,
            )
            for officer in officers
        ]
    )


async def register_evidence(acting: UUID | None, case_id: UUID, thing: str) -> RegisteredEvidence:
    """Register a thing in advance so that it is not lost; decided within 7 working days (art. 56).

    Raises:
        WrongStep: the case is not being investigated.
    """
    case = await locked(case_id, acting)
    if State(case.state) not in UNDECIDED:
        raise WrongStep(f"evidence is registered before the decision; the case is {case.state}")
    row = await RegisteredEvidence.create(
        id=new_id(),
        **owned(case.owner),
        case_id=case.id,
        thing=bounded(thing, "thing", 400),
        registered_on=today(),
    )
    await deadlines.start(subject(case), "EVID_REG", today(), reference=str(row.id))
    await note(case, "cases.evidence_registered", evidence=str(row.id))
    return row


async def handle_evidence(
    acting: UUID | None, evidence_id: UUID, handling: str
) -> RegisteredEvidence:
    """Say what becomes of a registered thing.

    Raises:
        NotFound: no such thing in this scope.
        Conflict: it was said already.
    """
    row = await RegisteredEvidence.get_or_none(id=evidence_id)
    if row is None:
        raise NotFound("no such registered evidence", path=("input", "evidenceId"))
    case = await locked(row.case_id, acting)
    if row.handled_on is not None:
        raise Conflict("it is handled already", path=("input", "evidenceId"))
    row.handling, row.handled_on = bounded(handling, "handling", 400), today()
    await row.save()
    await deadlines.meet(subject(case), "EVID_REG", today(), reference=str(row.id))
    await note(case, "cases.evidence_handled", evidence=str(row.id))
    return row


@dataclass(frozen=True, slots=True)
class Report:
    """What the investigation found and proposes; a grave case is discussed by the heads."""

    findings: str
    penalty: Penalty
    grave: bool = False


async def report(acting: UUID | None, case_id: UUID, given: Report) -> PenaltyCase:
    """End the investigation and hand the case to legal review (art. 58)."""
    case = await locked(case_id, acting)
    large = await _large_fine(case)
    changes = {
        "report": bounded(given.findings, "findings", 8000),
        "reported_by": current().scope.actor,
        "noticed_kinds": sorted(kind.value for kind in given.penalty.kinds),
        "noticed_fine_fen": given.penalty.fine_fen,
        "hearing_due": hearing_due(given.penalty, large),
        "grave": given.grave or hearing_due(given.penalty, large),
    }
    return await take(case, Step.REPORT, changes=changes)


async def _large_fine(case: PenaltyCase) -> int:
    return (await rule_book()).rule("HEARING_FINE", today(), case.party_kind).number


async def review(
    acting: UUID | None, case_id: UUID, *, passed: bool, opinion: str, contact: str = ""
) -> PenaltyCase:
    """Review the case as another person than its investigators: pass it on, or return it.

    A case that passes has its notice made, to be served; `contact` stands on it.

    Raises:
        NotReviewedByAnother: whoever filed, investigated or reported.
        Invalid: no opinion.
    """
    case = await locked(case_id, acting)
    taken = Step.PASS if passed else Step.RETURN
    allow(case, taken)
    reviewer = current().scope.actor
    check_reviewer(await _at_work(case), reviewer)
    changes = {
        "reviewed_by": reviewer,
        "review": bounded(opinion, "opinion", 2000),
        "reviewed_on": today() if passed else None,
    }
    await take(case, taken, changes=changes)
    if passed:
        await papers.notice(case, noticed(case), contact)
    return case


def noticed(case: PenaltyCase) -> Penalty:
    """The penalty that the notice names."""
    kinds = frozenset(PenaltyKind(one) for one in case.noticed_kinds)
    return Penalty(kinds, case.noticed_fine_fen)


async def investigators(case: PenaltyCase) -> set[str]:
    """Accounts of those who investigate the case, and of whoever reported what was found."""
    officers = [row.officer_id for row in await CaseOfficer.filter(case_id=case.id)]
    accounts = {o.account_id for o in await Officer.filter(id__in=officers) if o.account_id}
    return {f"account:{one}" for one in accounts} | ({case.reported_by} - {""})


async def _at_work(case: PenaltyCase) -> set[str]:
    """Everybody who worked on the case before its review."""
    steps = (Step.ASSIGN.value, Step.REPORT.value)
    acted = {e.actor for e in await CaseEvent.filter(case_id=case.id, step__in=steps)}
    return acted | {case.filed_by} | await investigators(case)


async def consent(acting: UUID | None, case_id: UUID, signed_on: date) -> PenaltyCase:
    """Note the party's signed consent to electronic service (art. 61)."""
    case = await locked(case_id, acting)
    case.consented_on = past(signed_on, "signedOn")
    await case.save()
    await note(case, "cases.delivery_consented")
    return case


async def serve_notice(
    acting: UUID | None,
    case_id: UUID,
    delivery: Delivery,
    served_on: date,
    served: papers.Served = papers.PLAIN,
) -> PenaltyCase:
    """Serve the notice of facts, reasons, basis, penalty and rights (arts. 44, 63).

    Raises:
        NoConsent: electronic service without consent.
    """
    case = await locked(case_id, acting)
    allow(case, Step.SERVE_NOTICE)
    assert case.reviewed_on is not None
    day = past(served_on, "servedOn", case.reviewed_on)
    check_delivery(delivery, case.consented_on, day)
    changes = {"notice_served_on": day, "notice_delivery": delivery.value}
    await take(
        case, Step.SERVE_NOTICE, changes=changes, kinds=case.noticed_kinds,
        fine_fen=case.noticed_fine_fen,
    )  # fmt: skip
    await deadlines.start(subject(case), "CASE_DEFENCE", day, on_party=True)
    if case.hearing_due:
        await deadlines.start(subject(case), "HEAR_REQ", day, on_party=True)
    await papers.receipt(case, DocumentKind.PENALTY_NOTICE, day, delivery, served)
    return case


async def suspend(acting: UUID | None, case_id: UUID, reason: str) -> PenaltyCase:
    """Suspend a case (中止) that cannot go on; its 90 days wait."""
    case = await locked(case_id, acting)
    allow(case, Step.SUSPEND)
    changes = {
        "suspended_from": case.state,
        "suspended_on": today(),
        "reason": bounded(reason, "reason", 2000, 4),
    }
    return await take(case, Step.SUSPEND, changes=changes)


async def resume(acting: UUID | None, case_id: UUID) -> PenaltyCase:
    """Go on where the case was suspended; the days between do not count."""
    case = await locked(case_id, acting)
    allow(case, Step.RESUME)
    assert case.suspended_on is not None
    lost = (today() - case.suspended_on).days
    await take(case, Step.RESUME, days=lost)
    case.suspended_from, case.suspended_on = "", None
    await case.save()
    await deadlines.prolong(subject(case), "DECIDE", lost)
    return case


async def transfer(
    acting: UUID | None, case_id: UUID, to_body_id: UUID, reason: str
) -> PenaltyCase:
    """Hand the case to the body in charge with its record (安全生产法 art. 69); the act is free.

    Raises:
        NotFound: no such body in the district's directory.
    """
    case = await locked(case_id, acting)
    changes = {"reason": bounded(reason, "reason", 2000, 4), "closed_on": today()}
    await take(case, Step.TRANSFER, changes=changes)
    enterprise = await Enterprise.get(id=case.enterprise_id)
    duty = transfers.Duty(
        owner=case.owner,
        body=await Body.get(id=case.body_id),
        enterprise_id=case.enterprise_id,
        offender=offender(enterprise, case.person_name),
        inspection_id=case.inspection_id,
        item=case.item,
        act=case.act,
        found_on=case.found_on,
        case_id=case.id,
    )
    owed = await transfers.owe(duty, transfers.Reason.NOT_IN_CHARGE, "安全生产法 (2021) art. 69")
    await transfers.send(acting, owed.id, to_body_id)
    await claims.let_go(case.claim_id)
    await deadlines.drop(subject(case))
    return case


async def spare(acting: UUID | None, case_id: UUID, reason: str) -> PenaltyCase:
    """Impose no penalty (不予处罚, art. 33), with the reason."""
    case = await locked(case_id, acting)
    changes = {"reason": bounded(reason, "reason", 2000, 4), "decided_on": today()}
    await take(case, Step.SPARE, changes=changes)
    await deadlines.meet(subject(case), "DECIDE", today())
    await deadlines.drop(subject(case))
    await claims.let_go(case.claim_id)
    return case
