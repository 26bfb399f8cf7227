"""Cases of the blacklist: three kinds of publication, their states, steps and who may take them.

A town, an officer or the committee only proposes.  The body that decided the penalty decides
the listing (谁处罚、谁决定、谁负责, Order 11 art. 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import NewType
from uuid import UUID

from service.errors import Conflict, Forbidden, Invalid

CaseId = NewType("CaseId", UUID)
BodyId = NewType("BodyId", UUID)


class PublicationClass(Enum):
    """Three publications, each with its own authority, term and way out; never mixed."""

    PENALTY_PUBLICITY = "PENALTY_PUBLICITY"
    """行政处罚公示: every penalty decision, 安全生产法 art. 78."""
    SERIOUS_DISHONESTY = "SERIOUS_DISHONESTY"
    """严重失信主体名单: a decision of its own on top of a grave penalty, Order 11."""
    MEDIA_EXPOSURE = "MEDIA_EXPOSURE"
    """曝光 of a typical case: no legal effect of its own."""


class CreditClass(Enum):
    """Class of a dishonest act, which fixes the terms of penalty publicity (NDRC Order 36).

    The classes exist from 2026-04-01 on; an earlier event has the one term of its time.
    """

    MINOR = "MINOR"
    """轻微: not published as a rule, three months at most."""
    GENERAL = "GENERAL"
    """一般: three months to one year."""
    SERIOUS = "SERIOUS"
    """严重: one to three years."""


class ObjectionOutcome(Enum):
    """How an objection (异议) ended after it was verified."""

    CORRECTED = "CORRECTED"
    WITHDRAWN = "WITHDRAWN"
    REFUSED = "REFUSED"


class MeasureState(Enum):
    """Where a joint measure (联合惩戒) stands with the body that executes it."""

    ORDERED = "ORDERED"
    EXECUTED = "EXECUTED"
    LIFTING = "LIFTING"
    """Its lifting was ordered, and nobody has confirmed it yet."""
    LIFTED = "LIFTED"


class State(Enum):
    """Where a case stands."""

    PROPOSED = "PROPOSED"
    CLASSIFIED = "CLASSIFIED"
    NOTICE_SERVED = "NOTICE_SERVED"
    DEFENCE_OPEN = "DEFENCE_OPEN"
    HEARD = "HEARD"
    DECIDED = "DECIDED"
    SERVED = "SERVED"
    PUBLISHED = "PUBLISHED"
    CORRECTED = "CORRECTED"
    SUSPENDED = "SUSPENDED"
    REPAIR_REQUESTED = "REPAIR_REQUESTED"
    REPAIR_ACCEPTED = "REPAIR_ACCEPTED"
    REPAIRED = "REPAIRED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    DROPPED = "DROPPED"


class Step(Enum):
    """What can happen to a case."""

    CLASSIFY = "CLASSIFY"
    REJECT = "REJECT"
    DROP = "DROP"
    SERVE_NOTICE = "SERVE_NOTICE"
    RECORD_DEFENCE = "RECORD_DEFENCE"
    HEAR = "HEAR"
    DECIDE = "DECIDE"
    SERVE_DECISION = "SERVE_DECISION"
    PUBLISH = "PUBLISH"
    CORRECT = "CORRECT"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    REQUEST_REPAIR = "REQUEST_REPAIR"
    ACCEPT_REPAIR = "ACCEPT_REPAIR"
    REFUSE_REPAIR = "REFUSE_REPAIR"
    REPAIR = "REPAIR"
    REINSTATE = "REINSTATE"
    WITHDRAW = "WITHDRAW"
    EXPIRE = "EXPIRE"


class Delivery(Enum):
    """How a document reached the party (行政处罚法 art. 61)."""

    IN_PERSON = "IN_PERSON"
    LEFT_AT_ADDRESS = "LEFT_AT_ADDRESS"
    POST = "POST"
    PUBLIC_NOTICE = "PUBLIC_NOTICE"
    ELECTRONIC = "ELECTRONIC"


S, T = State, Step

PUBLIC = frozenset({S.PUBLISHED, S.CORRECTED, S.REPAIR_REQUESTED, S.REPAIR_ACCEPTED})
"""States in which the entry is visible to everyone."""
LISTED = PUBLIC | {S.SUSPENDED}
LIFTS = frozenset({S.SUSPENDED, S.REPAIRED, S.WITHDRAWN, S.EXPIRED, S.REJECTED, S.DROPPED})
"""States in which no joint measure may be in force."""
ENDED = frozenset({S.REPAIRED, S.WITHDRAWN, S.EXPIRED, S.REJECTED, S.DROPPED})

_MOVES: dict[tuple[State, Step], State] = {
    (S.PROPOSED, T.CLASSIFY): S.CLASSIFIED,
    (S.PROPOSED, T.REJECT): S.REJECTED,
    (S.CLASSIFIED, T.REJECT): S.REJECTED,
    (S.PROPOSED, T.DROP): S.DROPPED,
    (S.CLASSIFIED, T.SERVE_NOTICE): S.NOTICE_SERVED,
    (S.CLASSIFIED, T.DECIDE): S.DECIDED,
    (S.NOTICE_SERVED, T.RECORD_DEFENCE): S.DEFENCE_OPEN,
    (S.NOTICE_SERVED, T.DECIDE): S.DECIDED,
    (S.NOTICE_SERVED, T.REJECT): S.REJECTED,
    (S.DEFENCE_OPEN, T.RECORD_DEFENCE): S.DEFENCE_OPEN,
    (S.DEFENCE_OPEN, T.HEAR): S.HEARD,
    (S.DEFENCE_OPEN, T.DECIDE): S.DECIDED,
    (S.DEFENCE_OPEN, T.REJECT): S.REJECTED,
    (S.HEARD, T.DECIDE): S.DECIDED,
    (S.HEARD, T.REJECT): S.REJECTED,
    (S.DECIDED, T.SERVE_DECISION): S.SERVED,
    (S.DECIDED, T.WITHDRAW): S.WITHDRAWN,
    (S.SERVED, T.PUBLISH): S.PUBLISHED,
    (S.SERVED, T.WITHDRAW): S.WITHDRAWN,
    (S.REPAIR_REQUESTED, T.ACCEPT_REPAIR): S.REPAIR_ACCEPTED,
    (S.REPAIR_REQUESTED, T.REFUSE_REPAIR): S.PUBLISHED,
    (S.REPAIR_ACCEPTED, T.REFUSE_REPAIR): S.PUBLISHED,
    (S.REPAIR_ACCEPTED, T.REPAIR): S.REPAIRED,
    (S.REPAIRED, T.REINSTATE): S.PUBLISHED,
    (S.SUSPENDED, T.RESUME): S.PUBLISHED,
    (S.PUBLISHED, T.REQUEST_REPAIR): S.REPAIR_REQUESTED,
    (S.CORRECTED, T.REQUEST_REPAIR): S.REPAIR_REQUESTED,
    **{(state, T.CORRECT): S.CORRECTED for state in (S.PUBLISHED, S.CORRECTED)},
    **{(state, T.SUSPEND): S.SUSPENDED for state in PUBLIC},
    **{(state, T.WITHDRAW): S.WITHDRAWN for state in LISTED},
    **{(state, T.EXPIRE): S.EXPIRED for state in LISTED},
}
MOVES: Mapping[tuple[State, Step], State] = MappingProxyType(_MOVES)

_NOT_FOR: Mapping[PublicationClass, frozenset[tuple[State, Step]]] = MappingProxyType(
    {
        # The penalty itself was noticed and defended (行政处罚法 arts. 44–45); its publicity is
        # a consequence of law and has no second procedure.
        PublicationClass.PENALTY_PUBLICITY: frozenset({(S.CLASSIFIED, T.SERVE_NOTICE)}),
        # 国办发〔2020〕49号 (八): reasons, basis and rights are told before the decision.
        PublicationClass.SERIOUS_DISHONESTY: frozenset({(S.CLASSIFIED, T.DECIDE)}),
        PublicationClass.MEDIA_EXPOSURE: frozenset({(S.CLASSIFIED, T.DECIDE)}),
    }
)

BY_ANYONE_WHO_PROPOSES = frozenset({T.DROP})
BY_PARTY = frozenset({T.REQUEST_REPAIR})
BY_WORKER = frozenset({T.PUBLISH, T.EXPIRE})
BY_DECIDING_BODY = frozenset(Step) - BY_ANYONE_WHO_PROPOSES - BY_PARTY - BY_WORKER
NEEDS_POWER = frozenset({T.CLASSIFY, T.SERVE_NOTICE, T.DECIDE, T.SERVE_DECISION, T.RESUME}) | {
    T.REINSTATE
}
"""Steps towards a listing; what takes one back is never refused for want of a power."""


class WrongStep(Conflict):
    """The case is not in a state in which this can be done."""

    code = "WRONG_STATE"


class NotDecidingBody(Forbidden):
    """Only the body that decided the penalty decides about its publication."""

    code = "NOT_DECIDING_BODY"


class NotExecutingBody(Forbidden):
    """Only the body that executes a measure reports about it."""

    code = "NOT_EXECUTING_BODY"


class NoConsent(Invalid):
    """Electronic delivery needs the party's signed consent (行政处罚法 art. 61)."""

    code = "NO_CONSENT_TO_ELECTRONIC_DELIVERY"


class DefenceUnanswered(Conflict):
    """A defence must be verified and answered before the decision (行政处罚法 art. 45)."""

    code = "DEFENCE_UNANSWERED"


class DefenceStillOpen(Conflict):
    """The party may still defend itself."""

    code = "DEFENCE_STILL_OPEN"


class HearingOwed(Conflict):
    """A hearing was asked for in time and has not been held (行政处罚法 art. 63)."""

    code = "HEARING_OWED"


def step(state: State, taken: Step, publication: PublicationClass | None) -> State:
    """The state after `taken`; `publication` is None until the case is classified.

    Raises:
        WrongStep: the step does not fit the state, or not this class of publication.
    """
    after = MOVES.get((state, taken))
    barred = publication is not None and (state, taken) in _NOT_FOR[publication]
    if after is None or barred:
        raise WrongStep(
            f"{taken.value} cannot follow {state.value}; possible now: "
            f"{', '.join(one.value for one in possible(state, publication)) or 'nothing'}"
        )
    return after


def possible(state: State, publication: PublicationClass | None) -> list[Step]:
    """The steps that fit `state`, in the order of the procedure."""
    barred = _NOT_FOR[publication] if publication else frozenset()
    return [one for one in Step if (state, one) in MOVES and (state, one) not in barred]


@dataclass(frozen=True, slots=True)
class PenalisingBody:
    """An enforcement body, and whether it had the power to penalise on the penalty's day."""

    id: BodyId
    can_penalise: bool


def check_decider(penalty_body: BodyId, acting: PenalisingBody, taken: Step) -> None:
    """Refuse every body but the one that decided the penalty (Order 11 art. 4).

    Raises:
        NotDecidingBody: another body, or a step towards a listing by one without power to
            penalise (行政处罚法 art. 24).
    """
    if acting.id != penalty_body:
        raise NotDecidingBody(
            "only the body that decided the penalty may do this; others can propose"
        )
    if taken in NEEDS_POWER and not acting.can_penalise:
        raise NotDecidingBody("this body had no power to penalise that day, so none to list")


def check_delivery(how: Delivery, *, consent: bool) -> None:
    """Refuse electronic delivery without signed consent (行政处罚法 art. 61).

    Raises:
        NoConsent: as said.
    """
    if how is Delivery.ELECTRONIC and not consent:
        raise NoConsent(
            "record the party's signed consent to electronic delivery, or deliver another way"
        )


def check_ready_to_decide(
    state: State,
    *,
    window_over: bool,
    waived: bool,
    hearing_asked: bool,
    answer: str,
) -> None:
    """Refuse a decision that would cut off the party's defence.

    `window_over` says whether the time to be heard has passed, `waived` whether the party gave
    it up in writing, `answer` is the body's reply to what was brought forward.

    Raises:
        DefenceStillOpen, DefenceUnanswered, HearingOwed: as named.
    """
    if state is S.NOTICE_SERVED and not (window_over or waived):
        raise DefenceStillOpen("wait for the end of the defence period, or record the waiver")
    if state is S.DEFENCE_OPEN and hearing_asked:
        raise HearingOwed("hold the hearing the party asked for before deciding")
    if state in (S.DEFENCE_OPEN, S.HEARD) and not answer.strip():
        raise DefenceUnanswered("say why the defence was or was not accepted")
