"""What can be done in a case, from the proposal to the service of the decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.blacklist import measures as joint_measures
from service.blacklist.deadlines import defence_deadline, defence_until
from service.blacklist.records import BlacklistCase
from service.blacklist.rules import (
    BodyId,
    CreditClass,
    Delivery,
    PublicationClass,
    State,
    Step,
    check_delivery,
    check_ready_to_decide,
    step,
)
from service.blacklist.steps import locked, take
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.ids import new_id
from service.law.queries import rule_book
from service.publication.redaction import PARTY_KINDS
from service.register.queries import enterprises
from service.register.records import Enterprise
from service.workdays.queries import calendar
from tenants.records import Body, owned
from tenants.scope import Owner
from tenants.wall import current


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed: whose penalty is to be made public, in which way and why.

    `party` may add `id_number`, `phone`, `representative` and `address` to what the register
    knows; `persons` are natural persons named in the texts, so that they can be masked.
    `offender` is the natural person who was punished instead of the enterprise.
    """

    enterprise_id: UUID
    penalty_body_id: UUID
    publication: PublicationClass
    cause: str
    basis: str
    penalty_number: str
    penalty_decided_on: date
    penalty: str = ""
    party_kind: str | None = None
    party: Mapping[str, str] | None = None
    persons: Sequence[str] = ()
    offender: str = ""
    delivery_consent: bool = False


async def propose(home: Owner, proposal: Proposal, acting: BodyId | None = None) -> BlacklistCase:
    """Propose a case; it belongs to the enterprise's town, or to the proposer where that is shut.

    Raises:
        NotFound: no such enterprise or body in this scope.
        Invalid: a text is missing, the penalty lies in the future, or a kind is unknown.
        Conflict: this penalty has been proposed for this class already.
    """
    enterprise = await enterprises().get_or_none(id=proposal.enterprise_id)
    if enterprise is None:
        raise NotFound("no such enterprise", path=("input", "enterpriseId"))
    if not await Body.exists(id=proposal.penalty_body_id):
        raise NotFound("no such enforcement body", path=("input", "penaltyBodyId"))
    at = clock.now()
    _check_texts(proposal, clock.legal_day(at))
    own = enterprise.tenant_id in current().scope.writable
    owner = enterprise.owner if own else home
    try:
        case = await BlacklistCase.create(
            id=new_id(),
            **owned(owner),
            entry_id=new_id(),
            enterprise_id=enterprise.id if own else None,
            penalty_body_id=proposal.penalty_body_id,
            publication=proposal.publication.value,
            state=State.PROPOSED.value,
            **_party(proposal, enterprise),
            cause=proposal.cause.strip(),
            basis=proposal.basis.strip(),
            penalty=proposal.penalty.strip(),
            penalty_number=proposal.penalty_number.strip(),
            penalty_decided_on=proposal.penalty_decided_on,
            delivery_consent=proposal.delivery_consent,
            created_at=at,
            updated_at=at,
        )
    except IntegrityError as error:
        raise Conflict(
            "this penalty has been proposed for this kind of publication already",
            path=("input", "penaltyNumber"),
        ) from error
    by = str(acting or home.tenant_id)
    await audit.record("blacklist.proposed", owner, "BlacklistCase", case.id, by=by)
    await outbox.emit("blacklist.proposed", owner, {"case": str(case.id)})
    return case


async def classify(
    case_id: UUID,
    acting: BodyId | None,
    publication: PublicationClass,
    severity: CreditClass = CreditClass.GENERAL,
) -> BlacklistCase:
    """The deciding body takes the case up and fixes the kind of publication.

    `severity` fixes the terms of penalty publicity; the other kinds have terms of their own.

    Raises:
        Conflict: the penalty stands in another case of this kind already.
    """
    case = await locked(case_id)
    changes = {
        "publication": publication.value,
        "severity": severity.value,
        "classified": True,
    }
    try:
        return await take(case, Step.CLASSIFY, acting=acting, changes=changes)
    except IntegrityError as error:
        raise Conflict(
            "this penalty stands in another case of this kind already",
            path=("input", "publication"),
        ) from error


async def reject(case_id: UUID, acting: BodyId | None, reason: str) -> BlacklistCase:
    """The deciding body lists nobody."""
    changes = {"reason": _reason(reason)}
    return await take(await locked(case_id), Step.REJECT, acting=acting, changes=changes)


async def drop(
    home: Owner, case_id: UUID, reason: str, acting: BodyId | None = None
) -> BlacklistCase:
    """The proposer takes the proposal back before it is taken up.

    Raises:
        Forbidden: another body or office proposed it.
    """
    case = await locked(case_id)
    if await _proposer(case) != str(acting or home.tenant_id):
        raise Forbidden("only who proposed takes a proposal back; the deciding body can reject it")
    return await take(case, Step.DROP, changes={"reason": _reason(reason)})


async def _proposer(case: BlacklistCase) -> str:
    """The body or office that proposed, as the audit chain says; else the town of the case."""
    entry = await audit.AuditEntry.filter(
        tenant_id=case.tenant_id, act="blacklist.proposed", subject=f"BlacklistCase:{case.id}"
    ).first()
    detail = orjson.loads(entry.entry)["detail"] if entry else {}
    return str(detail.get("by", case.tenant_id))


async def serve_notice(
    case_id: UUID, acting: BodyId | None, how: Delivery, served_on: date
) -> BlacklistCase:
    """Tell the party reasons, basis and rights before deciding (国办发〔2020〕49号 (八)).

    The last day of the defence stays open while it lies in a year whose holidays are not
    published; deciding then waits for them, or for the party's waiver.

    Raises:
        NoConsent: electronic delivery without consent.
    """
    case = await locked(case_id)
    check_delivery(how, consent=case.delivery_consent)
    _check_day(served_on)
    publication = PublicationClass(case.publication)
    step(State(case.state), Step.SERVE_NOTICE, publication if case.classified else None)
    until = defence_deadline(publication, served_on, await rule_book(), await calendar())
    changes = {"notice_served_on": served_on, "defence_until": until.due}
    return await take(case, Step.SERVE_NOTICE, acting=acting, changes=changes, delivery=how.value)


async def record_defence(
    case_id: UUID, acting: BodyId | None, *, summary: str, hearing_asked: bool, waived: bool
) -> BlacklistCase:
    """Keep what the party brought forward, that it asks for a hearing, or that it waives both.

    A waiver is noted without opening the defence.  An earlier request for a hearing stays.

    Raises:
        Invalid: neither a summary nor a waiver, or both a waiver and a hearing.
    """
    case = await locked(case_id)
    if waived and hearing_asked:
        raise Invalid("a party that waives its defence asks for no hearing")
    if not waived and not summary.strip():
        raise Invalid("say what the party brought forward", path=("input", "summary"))
    changes: dict[str, Any] = {
        "hearing_asked": case.hearing_asked or hearing_asked,
        "defence_waived": waived,
    }
    changes["defence_answer"] = "当事人书面放弃陈述、申辩" if waived else ""
    return await take(
        case,
        Step.RECORD_DEFENCE,
        acting=acting,
        changes=changes,
        summary=summary.strip(),
        hearing_asked=hearing_asked,
        waived=waived,
    )


async def hear(case_id: UUID, acting: BodyId | None, heard_on: date, minutes: str) -> BlacklistCase:
    """Keep the minutes of the hearing (行政处罚法 art. 64)."""
    _check_day(heard_on)
    changes = {"heard_on": heard_on}
    return await take(
        await locked(case_id), Step.HEAR, acting=acting, changes=changes, minutes=minutes.strip()
    )


async def decide(
    case_id: UUID,
    acting: BodyId | None,
    *,
    decision_number: str,
    defence_answer: str = "",
    measures: Sequence[tuple[str, UUID]] = (),
) -> BlacklistCase:
    """Decide to publish, answering the defence; `measures` are joint ones with who executes them.

    Raises:
        DefenceStillOpen, DefenceUnanswered, HearingOwed: see the rules.
        YearNotPublished: nobody knows yet when the time for the defence ends.
        Invalid: no decision number, or a measure for a body that cannot see the case.
    """
    case, today = await locked(case_id), clock.legal_day(clock.now())
    if not decision_number.strip():
        raise Invalid("give the number of the decision", path=("input", "decisionNumber"))
    answer = defence_answer.strip() or case.defence_answer
    check_ready_to_decide(
        State(case.state),
        window_over=await _defence_is_over(case, today),
        waived=case.defence_waived,
        hearing_asked=case.hearing_asked,
        answer=answer,
    )
    changes = {
        "decision_number": decision_number.strip(),
        "decided_on": today,
        "defence_answer": answer,
    }
    await take(case, Step.DECIDE, acting=acting, changes=changes)
    await joint_measures.order(case, measures, today)
    return case


async def serve_decision(
    case_id: UUID, acting: BodyId | None, how: Delivery, served_on: date
) -> BlacklistCase:
    """Serve the decision; its publication follows by itself.

    Raises:
        NoConsent: electronic delivery without consent.
    """
    case = await locked(case_id)
    check_delivery(how, consent=case.delivery_consent)
    _check_day(served_on)
    return await take(
        case,
        Step.SERVE_DECISION,
        acting=acting,
        changes={"served_on": served_on},
        delivery=how.value,
    )


async def _defence_is_over(case: BlacklistCase, today: date) -> bool:
    """Whether the time for the defence has passed, counted anew where it was not known.

    Raises:
        YearNotPublished: it matters and is not known yet.
    """
    served = case.notice_served_on
    if State(case.state) is not State.NOTICE_SERVED or served is None:
        return False
    publication = PublicationClass(case.publication)
    known = case.defence_until or defence_until(
        publication, served, await rule_book(), await calendar()
    )
    return today > known


def _party(proposal: Proposal, enterprise: Enterprise) -> dict[str, Any]:
    """Columns about the party: what the register knows wins over what the proposer adds."""
    known = {"party_name": enterprise.name, "credit_code": enterprise.credit_code or ""}
    if proposal.offender:
        # Not a word of the enterprise: it was not punished, and would tell who the person is.
        return {
            "party_kind": "NATURAL_PERSON",
            "party": {"party_name": proposal.offender},
            "persons": [proposal.offender, enterprise.name, enterprise.credit_code or ""],
        }
    return {
        "party_kind": proposal.party_kind
        or ("ORGANISATION" if enterprise.credit_code else "UNKNOWN"),
        "party": {**(proposal.party or {}), **known},
        "persons": [name.strip() for name in proposal.persons],
    }


def _check_texts(proposal: Proposal, today: date) -> None:
    for field, text in (
        ("cause", proposal.cause),
        ("basis", proposal.basis),
        ("penaltyNumber", proposal.penalty_number),
    ):
        if not text.strip():
            raise Invalid(f"{field} must not be empty", path=("input", field))
    if proposal.penalty_decided_on > today:
        raise Invalid("the penalty lies in the future", path=("input", "penaltyDecidedOn"))
    if proposal.party_kind not in (None, *PARTY_KINDS):
        raise Invalid(f"partyKind is one of {', '.join(PARTY_KINDS)}", path=("input", "partyKind"))


def _check_day(day: date) -> None:
    if day > clock.legal_day(clock.now()):
        raise Invalid("this day lies in the future", path=("input", "servedOn"))


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid("give the reason", path=("input", "reason"))
    return text.strip()
