"""Rules of hazards: where one stands, what can follow, and what a major one needs besides."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from types import MappingProxyType

from service.errors import Conflict, Forbidden, Invalid


class State(Enum):
    """Where a hazard stands; OVERDUE and SUPERVISED are beside the way, not on it.

    DISMISSED (a false report) and MERGED (a duplicate of another) are ends that count as no hazard.
    """

    FOUND = "FOUND"
    GRADED = "GRADED"
    ASSIGNED = "ASSIGNED"
    RECTIFYING = "RECTIFYING"
    SELF_CHECKED = "SELF_CHECKED"
    VERIFIED = "VERIFIED"
    CLOSED = "CLOSED"
    OVERDUE = "OVERDUE"
    SUPERVISED = "SUPERVISED"
    DISMISSED = "DISMISSED"
    MERGED = "MERGED"


class Step(Enum):
    """What can happen to a hazard, in the order of the procedure."""

    GRADE = "GRADE"
    ASSIGN = "ASSIGN"
    PLAN = "PLAN"
    SUBMIT = "SUBMIT"
    VERIFY = "VERIFY"
    REJECT = "REJECT"
    CLOSE = "CLOSE"
    FALL_OVERDUE = "FALL_OVERDUE"
    SUPERVISE = "SUPERVISE"
    ASK_EXTENSION = "ASK_EXTENSION"
    EXTEND = "EXTEND"
    DENY_EXTENSION = "DENY_EXTENSION"
    ASK_DISMISSAL = "ASK_DISMISSAL"
    DISMISS = "DISMISS"
    KEEP = "KEEP"
    MERGE = "MERGE"
    TRANSFER = "TRANSFER"


class Grade(Enum):
    """Grade of a hazard: general (一般) or major (重大)."""

    GENERAL = "GENERAL"
    MAJOR = "MAJOR"


class Source(Enum):
    """How a hazard came to light."""

    SELF_CHECK = "SELF_CHECK"  # 企业自查
    CONTROL_FAILURE = "CONTROL_FAILURE"  # a measure of a risk point failed
    INSPECTION = "INSPECTION"  # 执法检查
    GUIDANCE = "GUIDANCE"  # 检查指导
    CLUE = "CLUE"  # 线索核查


class Category(Enum):
    """What a hazard is about; hazards of one category at one premises can recur."""

    MANAGEMENT = "MANAGEMENT"
    FIRE = "FIRE"
    ELECTRICAL = "ELECTRICAL"
    GAS = "GAS"
    SPECIAL_EQUIPMENT = "SPECIAL_EQUIPMENT"
    HAZARDOUS_CHEMICALS = "HAZARDOUS_CHEMICALS"
    AMMONIA = "AMMONIA"
    CONFINED_SPACE = "CONFINED_SPACE"
    DUST = "DUST"
    CONSTRUCTION = "CONSTRUCTION"
    OTHER = "OTHER"


class Authority(Enum):
    """To whom the handling of a major hazard is reported (安全生产法 art. 41)."""

    AUTHORITY = "AUTHORITY"  # 负有安全生产监督管理职责的部门
    WORKERS_CONGRESS = "WORKERS_CONGRESS"  # 职工大会或者职工代表大会


class EvidencePurpose(Enum):
    """What a piece of evidence shows."""

    FOUND = "FOUND"
    RECTIFIED = "RECTIFIED"
    VERIFIED = "VERIFIED"


S, T = State, Step

ENDS = frozenset({S.CLOSED, S.DISMISSED, S.MERGED})
NO_HAZARD = frozenset({S.DISMISSED, S.MERGED})
"""Ends that no count of hazards knows."""
OPEN = frozenset(State) - ENDS
UNDER_WAY = frozenset({S.FOUND, S.GRADED, S.ASSIGNED, S.RECTIFYING, S.OVERDUE})
"""Before anybody says that it was put right, and not under supervision."""
LATE = frozenset({S.OVERDUE, S.SUPERVISED})
UNFINISHED = frozenset({S.ASSIGNED, S.RECTIFYING, S.OVERDUE, S.SUPERVISED})
"""Assigned and not yet said to be put right."""
MAY_FALL_OVERDUE = frozenset({S.ASSIGNED, S.RECTIFYING})

MOVES: Mapping[tuple[State, Step], State] = MappingProxyType(
    {
        (S.FOUND, T.GRADE): S.GRADED,
        (S.GRADED, T.GRADE): S.GRADED,
        (S.GRADED, T.ASSIGN): S.ASSIGNED,
        (S.ASSIGNED, T.PLAN): S.RECTIFYING,
        (S.RECTIFYING, T.PLAN): S.RECTIFYING,
        (S.OVERDUE, T.PLAN): S.OVERDUE,
        (S.SUPERVISED, T.PLAN): S.SUPERVISED,
        (S.ASSIGNED, T.SUBMIT): S.SELF_CHECKED,
        (S.RECTIFYING, T.SUBMIT): S.SELF_CHECKED,
        (S.OVERDUE, T.SUBMIT): S.SELF_CHECKED,
        (S.SUPERVISED, T.SUBMIT): S.SELF_CHECKED,
        (S.SELF_CHECKED, T.VERIFY): S.VERIFIED,
        (S.SELF_CHECKED, T.REJECT): S.RECTIFYING,
        (S.VERIFIED, T.CLOSE): S.CLOSED,
        (S.ASSIGNED, T.FALL_OVERDUE): S.OVERDUE,
        (S.RECTIFYING, T.FALL_OVERDUE): S.OVERDUE,
        (S.ASSIGNED, T.SUPERVISE): S.SUPERVISED,
        (S.RECTIFYING, T.SUPERVISE): S.SUPERVISED,
        (S.OVERDUE, T.SUPERVISE): S.SUPERVISED,
        # An order of a higher level takes the place of one that was not kept.
        (S.SUPERVISED, T.SUPERVISE): S.SUPERVISED,
        (S.ASSIGNED, T.ASK_EXTENSION): S.ASSIGNED,
        (S.RECTIFYING, T.ASK_EXTENSION): S.RECTIFYING,
        (S.ASSIGNED, T.EXTEND): S.ASSIGNED,
        (S.RECTIFYING, T.EXTEND): S.RECTIFYING,
        # It was asked for in time, and the answer came late.
        (S.OVERDUE, T.EXTEND): S.RECTIFYING,
        **{(state, T.DENY_EXTENSION): state for state in OPEN - {S.FOUND, S.GRADED}},
        **{(state, T.ASK_DISMISSAL): state for state in UNDER_WAY},
        **{(state, T.DISMISS): S.DISMISSED for state in UNDER_WAY},
        **{(state, T.KEEP): state for state in OPEN},
        **{(state, T.MERGE): S.MERGED for state in UNDER_WAY},
        **{(state, T.TRANSFER): state for state in OPEN},
    }
)

BY_PARTY = frozenset({T.PLAN, T.SUBMIT, T.ASK_EXTENSION})
"""Steps that an enterprise takes in any hazard of its own."""
BY_FINDER = frozenset({T.GRADE, T.ASSIGN})
"""Steps that it takes only where it found the hazard itself."""
FOUND_BY_PARTY = frozenset({Source.SELF_CHECK, Source.CONTROL_FAILURE})

LINE: Mapping[Category, str] = MappingProxyType(
    {
        Category.MANAGEMENT: "commerce",
        Category.FIRE: "fire",
        Category.ELECTRICAL: "fire",
        Category.GAS: "gas",
        Category.SPECIAL_EQUIPMENT: "market",
        Category.HAZARDOUS_CHEMICALS: "emergency",
        Category.AMMONIA: "emergency",
        Category.CONFINED_SPACE: "emergency",
        Category.DUST: "emergency",
        Category.CONSTRUCTION: "urban",
        Category.OTHER: "commerce",
    }
)
"""Line of business of the department that a category concerns (管行业必须管安全)."""
COMPREHENSIVE_LINE = "emergency"
"""Line of the department with comprehensive supervision (综合监督管理, 安全生产法 art. 10)."""


class WrongStep(Conflict):
    """The hazard is not in a state in which this can be done."""

    code = "WRONG_STATE"


class NotThePartys(Forbidden):
    """An enterprise puts hazards right; it does not grade or verify what others found."""

    code = "NOT_THE_PARTYS"


class SamePerson(Forbidden):
    """Whoever put a hazard right does not verify it."""

    code = "SAME_PERSON"


class ConditionsMissing(Conflict):
    """A major hazard is put right with responsibility, measures, funds, time and plan (五落实)."""

    code = "CONDITIONS_MISSING"


class ReportsOwed(Conflict):
    """The handling of a major hazard is reported before it is closed (安全生产法 art. 41)."""

    code = "REPORTS_OWED"


class TooLate(Conflict):
    """An extension is asked for before the last day is over."""

    code = "TOO_LATE"


class TooOften(Conflict):
    """The deadline was extended as often as the town allows."""

    code = "TOO_OFTEN"


class NothingAsked(Conflict):
    """There is no open request to answer."""

    code = "NOTHING_ASKED"


def step(state: State, taken: Step, *, supervised: bool = False) -> State:
    """The state after `taken`; a `supervised` hazard goes back to supervision when rejected.

    Raises:
        WrongStep: the step does not fit the state.
    """
    after = MOVES.get((state, taken))
    if after is None:
        raise WrongStep(
            f"{taken.value} cannot follow {state.value}; possible now: "
            f"{', '.join(one.value for one in possible(state)) or 'nothing'}"
        )
    return S.SUPERVISED if supervised and taken is T.REJECT else after


def possible(state: State) -> list[Step]:
    """The steps that fit `state`, in the order of the procedure."""
    return [one for one in Step if (state, one) in MOVES]


def check_party(taken: Step, source: Source, state: State) -> None:
    """Refuse an enterprise what is not its own to do; a grade once given it leaves alone.

    Raises:
        NotThePartys: as said.
    """
    own = taken in BY_FINDER and source in FOUND_BY_PARTY
    regrade = taken is T.GRADE and state is not S.FOUND
    if taken in BY_PARTY or (own and not regrade):
        return
    raise NotThePartys("the town does this; plan the work, and submit it when it is done")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a hazard is put right.  Funds in fen; None means not decided, 0 means none needed."""

    responsible: str = ""
    measures: str = ""
    funds_fen: int | None = None
    finish_on: date | None = None
    contingency: str = ""

    def missing(self) -> list[str]:
        """Which of the five conditions (责任、措施、资金、时限、预案) are not met."""
        given = {
            "responsible": bool(self.responsible.strip()),
            "measures": bool(self.measures.strip()),
            "funds": self.funds_fen is not None,
            "finishOn": self.finish_on is not None,
            "contingency": bool(self.contingency.strip()),
        }
        return [name for name, met in given.items() if not met]


def check_plan(plan: Plan, grade: Grade, due_on: date) -> None:
    """Refuse a plan that does not do; a major hazard needs all five conditions.

    Raises:
        ConditionsMissing: a major hazard lacks one.
        Invalid: no measures, negative funds, or an end after the day it is due.
    """
    missing = plan.missing()
    if grade is Grade.MAJOR and missing:
        raise ConditionsMissing(
            f"a major hazard also needs {', '.join(missing)}", path=("input", missing[0])
        )
    if "measures" in missing:
        raise Invalid("say what will be done", path=("input", "measures"))
    if plan.funds_fen is not None and plan.funds_fen < 0:
        raise Invalid("funds must not be negative", path=("input", "funds"))
    if plan.finish_on is not None and plan.finish_on > due_on:
        raise Invalid(f"the hazard is due on {due_on}", path=("input", "finishOn"))


def check_submission(grade: Grade, plan: Plan) -> None:
    """Refuse to submit a major hazard as put right that was never planned.

    Raises:
        ConditionsMissing: one of the five conditions is not met.
    """
    if grade is Grade.MAJOR and plan.missing():
        raise ConditionsMissing(f"plan the work first; missing: {', '.join(plan.missing())}")


def check_verifier(rectifiers: Collection[str], verifier: str) -> None:
    """Refuse a verifier who planned or submitted the work.

    Raises:
        SamePerson: as said.
    """
    if verifier in rectifiers:
        raise SamePerson("another person than the one who put it right must verify it")


def check_extension(due_on: date, until: date, today: date, granted: int, at_most: int) -> None:
    """Refuse a request for a later deadline that comes too late or too often.

    Raises:
        TooLate: the last day is over.
        TooOften: the town's number of extensions was granted.
        Invalid: the new day is not later than the old one.
    """
    if today > due_on:
        raise TooLate(f"the last day was {due_on}; put the hazard right now")
    if granted >= at_most:
        raise TooOften(f"the deadline was extended {granted} times already, the most allowed")
    if until <= due_on:
        raise Invalid(f"the hazard is due on {due_on} already", path=("input", "until"))


def check_second(first: str, second: str) -> None:
    """Refuse that one person both asks and decides.

    Raises:
        SamePerson: as said.
    """
    if first == second:
        raise SamePerson("another person than the one who asked decides this")


def check_duplicates(
    duplicate: tuple[Hashable, Category], original: tuple[Hashable, Category], state: State
) -> None:
    """Refuse to merge hazards of different premises or categories, or into one that has ended.

    Raises:
        Invalid: they are not about the same.
        WrongStep: the original has ended.
    """
    if duplicate != original:
        raise Invalid(
            "duplicates are of the same premises and category", path=("input", "originalId")
        )
    if state not in OPEN:
        raise WrongStep(f"the original is {state.value}; merge into an open one")


def check_closing(grade: Grade, reported_to: Collection[Authority]) -> None:
    """Refuse to close a major hazard whose handling was not reported (安全生产法 art. 41).

    Raises:
        ReportsOwed: to the authority or to the workers' congress.
    """
    owed = [one.value for one in Authority if one not in reported_to]
    if grade is Grade.MAJOR and owed:
        raise ReportsOwed(f"record the report to {' and '.join(owed)} first")


def is_overdue(state: State, due_on: date | None, today: date) -> bool:
    """Whether the last day to put it right is over; that day itself is not late."""
    return state in MAY_FALL_OVERDUE and due_on is not None and due_on < today


def recurs(closed_on: date, found_on: date, within_days: int) -> bool:
    """Whether a hazard found on `found_on` repeats a like one closed on `closed_on`."""
    return closed_on <= found_on <= closed_on + timedelta(days=within_days)
