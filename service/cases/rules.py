"""Rules of penalty cases: where one stands, what can follow, what makes a decision lawful.

Articles without a name are of the 行政处罚法 (2021).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from types import MappingProxyType

from service.errors import Conflict, Forbidden, Invalid
from service.workdays.rules import Limit, add_months
from service.workdays.rules import Unit as TimeUnit


class State(Enum):
    """Where a case stands."""

    FILED = "FILED"
    INVESTIGATING = "INVESTIGATING"
    LEGAL_REVIEW = "LEGAL_REVIEW"
    REVIEWED = "REVIEWED"
    NOTICE_SERVED = "NOTICE_SERVED"
    DEFENCE = "DEFENCE"
    HEARING_ASKED = "HEARING_ASKED"
    HEARING = "HEARING"
    HEARD = "HEARD"
    DECIDED = "DECIDED"
    SERVED = "SERVED"
    PUBLISHED = "PUBLISHED"
    EXECUTED = "EXECUTED"
    CLOSED = "CLOSED"
    NO_PENALTY = "NO_PENALTY"
    TRANSFERRED = "TRANSFERRED"
    SUSPENDED = "SUSPENDED"
    WITHDRAWN = "WITHDRAWN"


class Step(Enum):
    """What can happen to a case, in the order of the procedure."""

    ASSIGN = "ASSIGN"
    REPORT = "REPORT"
    RETURN = "RETURN"
    PASS = "PASS"  # noqa: S105  a step, no secret
    SERVE_NOTICE = "SERVE_NOTICE"
    DEFEND = "DEFEND"
    ASK_HEARING = "ASK_HEARING"
    WAIVE_HEARING = "WAIVE_HEARING"
    CALL_HEARING = "CALL_HEARING"
    HOLD_HEARING = "HOLD_HEARING"
    DECIDE = "DECIDE"
    DECIDE_ON_SPOT = "DECIDE_ON_SPOT"
    SERVE = "SERVE"
    PUBLISH = "PUBLISH"
    EXECUTE = "EXECUTE"
    CLOSE = "CLOSE"
    SPARE = "SPARE"
    TRANSFER = "TRANSFER"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    ANNUL = "ANNUL"


S, T = State, Step
UNDECIDED = frozenset(
    {
        S.FILED, S.INVESTIGATING, S.LEGAL_REVIEW, S.REVIEWED, S.NOTICE_SERVED, S.DEFENCE,
        S.HEARING_ASKED, S.HEARING, S.HEARD,
    }
)  # fmt: skip
DECIDED = frozenset({S.DECIDED, S.SERVED, S.PUBLISHED, S.EXECUTED})
OPEN = UNDECIDED | DECIDED | {S.SUSPENDED, S.NO_PENALTY, S.WITHDRAWN}

MOVES: Mapping[tuple[State, Step], State] = MappingProxyType(
    {
        (S.FILED, T.ASSIGN): S.INVESTIGATING,
        (S.INVESTIGATING, T.REPORT): S.LEGAL_REVIEW,
        (S.LEGAL_REVIEW, T.RETURN): S.INVESTIGATING,
        (S.LEGAL_REVIEW, T.PASS): S.REVIEWED,
        (S.REVIEWED, T.SERVE_NOTICE): S.NOTICE_SERVED,
        (S.NOTICE_SERVED, T.DEFEND): S.DEFENCE,
        (S.DEFENCE, T.DEFEND): S.DEFENCE,
        (S.NOTICE_SERVED, T.ASK_HEARING): S.HEARING_ASKED,
        (S.DEFENCE, T.ASK_HEARING): S.HEARING_ASKED,
        (S.HEARING_ASKED, T.WAIVE_HEARING): S.DEFENCE,
        (S.HEARING, T.WAIVE_HEARING): S.DEFENCE,
        (S.HEARING_ASKED, T.CALL_HEARING): S.HEARING,
        (S.HEARING, T.CALL_HEARING): S.HEARING,
        (S.HEARING, T.HOLD_HEARING): S.HEARD,
        (S.NOTICE_SERVED, T.DECIDE): S.DECIDED,
        (S.DEFENCE, T.DECIDE): S.DECIDED,
        (S.HEARD, T.DECIDE): S.DECIDED,
        (S.FILED, T.DECIDE_ON_SPOT): S.SERVED,
        (S.DECIDED, T.SERVE): S.SERVED,
        (S.SERVED, T.PUBLISH): S.PUBLISHED,
        (S.PUBLISHED, T.EXECUTE): S.EXECUTED,
        (S.EXECUTED, T.CLOSE): S.CLOSED,
        (S.NO_PENALTY, T.CLOSE): S.CLOSED,
        (S.WITHDRAWN, T.CLOSE): S.CLOSED,
        **{(one, T.SPARE): S.NO_PENALTY for one in UNDECIDED - {S.FILED}},
        **{
            (one, T.TRANSFER): S.TRANSFERRED
            for one in (S.FILED, S.INVESTIGATING, S.LEGAL_REVIEW, S.REVIEWED)
        },
        **{(one, T.SUSPEND): S.SUSPENDED for one in UNDECIDED - {S.FILED}},
        **{(one, T.ANNUL): S.WITHDRAWN for one in DECIDED},
    }
)
"""RESUME is beside the table: it leads back to where the case was suspended."""


class PenaltyKind(Enum):
    """Kinds of penalties (art. 9) that a safety case can end in."""

    WARNING = "WARNING"  # 警告、通报批评
    FINE = "FINE"  # 罚款
    CONFISCATION = "CONFISCATION"  # 没收违法所得、非法财物
    LICENCE_SUSPENSION = "LICENCE_SUSPENSION"  # 暂扣许可证件、降低资质等级
    LICENCE_REVOCATION = "LICENCE_REVOCATION"  # 吊销许可证件
    CLOSURE = "CLOSURE"  # 责令停产停业、责令关闭、限制从业


HEARD_KINDS = frozenset(
    {PenaltyKind.LICENCE_SUSPENSION, PenaltyKind.LICENCE_REVOCATION, PenaltyKind.CLOSURE}
)
"""Kinds for which a hearing can be asked whatever the amount (art. 63)."""
SIMPLE_KINDS = frozenset({PenaltyKind.WARNING, PenaltyKind.FINE})
"""Kinds that can be decided on the spot (art. 51)."""


class PartyKind(Enum):
    """Whether the offender is a citizen or a legal person or other body."""

    PERSON = "PERSON"
    BODY = "BODY"


class Delivery(Enum):
    """How a document was served (送达)."""

    IN_PERSON = "IN_PERSON"
    LEFT = "LEFT"
    POST = "POST"
    ELECTRONIC = "ELECTRONIC"
    PUBLIC_NOTICE = "PUBLIC_NOTICE"


class WrongStep(Conflict):
    """The case is not in a state in which this can be done."""

    code = "WRONG_STATE"


class HeavierThanNoticed(Conflict):
    """A decision may not be heavier than its notice, least of all for a defence (arts. 44, 45)."""

    code = "HEAVIER_THAN_NOTICED"


class NotReviewedByAnother(Forbidden):
    """Whoever investigated does not review (art. 58)."""

    code = "SAME_PERSON"


class DecidedByInvestigator(Forbidden):
    """The head examines what others investigated, and decides (art. 57)."""

    code = "SAME_PERSON"


class NoHearing(Conflict):
    """The penalty is of no kind, or the request too late, for a hearing (arts. 63, 64)."""

    code = "NO_HEARING"


class TooSoon(Conflict):
    """A limit that protects the party has not run."""

    code = "TOO_SOON"


class DayOff(Conflict):
    """A hearing is held on a working day, or on another to which the party agreed (art. 64)."""

    code = "DAY_OFF"


class CollectiveMissing(Conflict):
    """A grave case is discussed by the heads of the body together (art. 57)."""

    code = "COLLECTIVE_DISCUSSION_MISSING"


class TimeBarred(Conflict):
    """The act was found too late to be punished (art. 36)."""

    code = "TIME_BARRED"


class NotSimple(Conflict):
    """The penalty is too heavy for the simple procedure (art. 51)."""

    code = "NOT_SIMPLE"


class NoConsent(Conflict):
    """Electronic service needs the party's signed consent (art. 61)."""

    code = "NO_CONSENT"


class AlreadyFined(Conflict):
    """The act was fined already (art. 29)."""

    code = "ALREADY_FINED"


class NotPaid(Conflict):
    """The fine or its surcharge is not paid."""

    code = "NOT_PAID"


def step(state: State, taken: Step, suspended_from: State | None = None) -> State:
    """The state after `taken`.

    Raises:
        WrongStep: the step does not fit the state.
    """
    if state is S.SUSPENDED and taken is T.RESUME and suspended_from is not None:
        return suspended_from
    after = MOVES.get((state, taken))
    if after is None:
        raise WrongStep(
            f"{taken.value} cannot follow {state.value}; possible now: "
            f"{', '.join(one.value for one in possible(state)) or 'nothing'}"
        )
    return after


def possible(state: State) -> list[Step]:
    """The steps that fit `state`, in the order of the procedure."""
    return [
        one for one in Step if (state, one) in MOVES or (state is S.SUSPENDED and one is T.RESUME)
    ]


@dataclass(frozen=True, slots=True)
class Penalty:
    """Kinds of a penalty and its fine in fen, 0 without one."""

    kinds: frozenset[PenaltyKind] = field(default_factory=frozenset)
    fine_fen: int = 0

    def __post_init__(self) -> None:
        if not self.kinds:
            raise Invalid("name at least one kind of penalty", path=("input", "kinds"))
        if self.fine_fen < 0 or (self.fine_fen > 0) != (PenaltyKind.FINE in self.kinds):
            raise Invalid("a fine and only a fine has an amount", path=("input", "fine"))


def check_not_heavier(noticed: Penalty, decided: Penalty) -> None:
    """Refuse a decision with a kind or an amount that the notice did not name (arts. 44, 45).

    Raises:
        HeavierThanNoticed: as said.
    """
    added = decided.kinds - noticed.kinds
    if added or decided.fine_fen > noticed.fine_fen:
        raise HeavierThanNoticed(
            "the decision is heavier than the notice: a defence makes no penalty heavier; review "
            "the case and serve a new notice where new facts were found"
        )


def hearing_due(penalty: Penalty, large_fine_fen: int) -> bool:
    """Whether the party may ask for a hearing (art. 63)."""
    return bool(penalty.kinds & HEARD_KINDS) or penalty.fine_fen >= large_fine_fen


def check_collective(grave: bool, discussed_on: date | None, decided_on: date) -> None:
    """Refuse to decide a grave case that the heads did not discuss together (art. 57).

    Raises:
        CollectiveMissing: as said.
    """
    if grave and (discussed_on is None or discussed_on > decided_on):
        raise CollectiveMissing("record the day of the collective discussion (集体讨论) first")


def check_reviewer(investigators: Collection[str], reviewer: str) -> None:
    """Refuse a reviewer who worked on the case (art. 58).

    Raises:
        NotReviewedByAnother: as said.
    """
    if reviewer in investigators:
        raise NotReviewedByAnother("another person than the investigators reviews the case")


def check_decider(investigators: Collection[str], decider: str) -> None:
    """Refuse that whoever investigated a case decides it (art. 57).

    Raises:
        DecidedByInvestigator: as said.
    """
    if decider in investigators:
        raise DecidedByInvestigator(
            "the head of the body decides, another person than those who investigated"
        )


def check_limitation(ended_on: date | None, found_on: date, limit: Limit) -> None:
    """Refuse an act that was found after its limitation; a continuing act has not begun it.

    Raises:
        TimeBarred: as said.
        Invalid: the act ended after it was found.
    """
    if ended_on is None:
        return
    if ended_on > found_on:
        raise Invalid("an act that goes on has no end yet", path=("input", "endedOn"))
    assert limit.unit is TimeUnit.YEARS
    last = add_months(ended_on, 12 * limit.amount)
    if found_on > last:
        raise TimeBarred(
            f"the act ended on {ended_on} and could be punished if found by {last} (art. 36)"
        )


def check_simple(penalty: Penalty, most_fen: int) -> None:
    """Refuse the simple procedure to what is not a warning or a small fine (art. 51).

    Raises:
        NotSimple: as said.
    """
    if penalty.kinds - SIMPLE_KINDS or penalty.fine_fen > most_fen:
        raise NotSimple(
            f"on the spot only a warning or a fine up to {most_fen} fen; take the ordinary "
            f"procedure"
        )


def check_delivery(delivery: Delivery, consented_on: date | None, served_on: date) -> None:
    """Refuse electronic service without consent signed by then (art. 61).

    Raises:
        NoConsent: as said.
    """
    if delivery is Delivery.ELECTRONIC and (consented_on is None or consented_on > served_on):
        raise NoConsent("the party signs its consent to electronic service first")
