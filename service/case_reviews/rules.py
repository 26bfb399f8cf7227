"""Rules of file reviews: where a file stands, who may score it, what two scores come to.

The rubric, its vetoes, the bands of the grades and all limits are dated rules of the law pack
`case_reviews.csv`, since each district settles its own standard; the numbers are not confirmed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from types import MappingProxyType

from service.errors import Conflict, Forbidden, Invalid
from service.law.rules import NoRule, RuleBook

ITEM, VETO, GRADE = "CASE_REVIEW_ITEM", "CASE_REVIEW_VETO", "CASE_REVIEW_GRADE"
SPREAD, OBJECT_DAYS, CORRECT_DAYS = (
    "CASE_REVIEW_SPREAD",
    "CASE_REVIEW_OBJECT",
    "CASE_REVIEW_CORRECT",
)


class RoundState(Enum):
    """Life of a round of reviews; one that was committed to stays on the list for ever."""

    COMMITTED = "COMMITTED"
    DRAWN = "DRAWN"
    VOID = "VOID"


class State(Enum):
    """Where a drawn file stands."""

    DRAWN = "DRAWN"
    SCORED_ONCE = "SCORED_ONCE"
    SPLIT = "SPLIT"
    RESULT = "RESULT"
    OBJECTED = "OBJECTED"
    OWED = "OWED"
    CORRECTED = "CORRECTED"
    CLOSED = "CLOSED"
    EXCLUDED = "EXCLUDED"


class Step(Enum):
    """What can happen to a drawn file, in the order of the procedure."""

    SCORE = "SCORE"
    AGREE = "AGREE"
    DISAGREE = "DISAGREE"
    DECIDE = "DECIDE"
    OBJECT = "OBJECT"
    STAND_OWING = "STAND_OWING"
    STAND = "STAND"
    CORRECT = "CORRECT"
    RETURN = "RETURN"
    ACCEPT = "ACCEPT"
    EXCLUDE = "EXCLUDE"


S, T = State, Step
MOVES: Mapping[tuple[State, Step], State] = MappingProxyType(
    {
        (S.DRAWN, T.SCORE): S.SCORED_ONCE,
        (S.SCORED_ONCE, T.AGREE): S.RESULT,
        (S.SCORED_ONCE, T.DISAGREE): S.SPLIT,
        (S.SPLIT, T.DECIDE): S.RESULT,
        (S.RESULT, T.OBJECT): S.OBJECTED,
        (S.RESULT, T.STAND_OWING): S.OWED,
        (S.RESULT, T.STAND): S.CLOSED,
        (S.OBJECTED, T.STAND_OWING): S.OWED,
        (S.OBJECTED, T.STAND): S.CLOSED,
        (S.OWED, T.CORRECT): S.CORRECTED,
        (S.CORRECTED, T.RETURN): S.OWED,
        (S.CORRECTED, T.ACCEPT): S.CLOSED,
        **{(one, T.EXCLUDE): S.EXCLUDED for one in (S.DRAWN, S.SCORED_ONCE, S.SPLIT)},
    }
)
UNSCORED = frozenset({S.DRAWN, S.SCORED_ONCE, S.SPLIT})
"""States in which the file waits for a reviewer; whoever scores does not see the other score."""


class ResultGrade(Enum):
    """What a reviewed file comes to."""

    EXCELLENT = "EXCELLENT"  # 优秀
    GOOD = "GOOD"  # 良好
    QUALIFIED = "QUALIFIED"  # 合格
    UNQUALIFIED = "UNQUALIFIED"  # 不合格


class WrongStep(Conflict):
    """The file is not in a state in which this can be done."""

    code = "WRONG_STATE"


class Partial(Forbidden):
    """Nobody reviews a case of the own body, nor one that the person had a hand in."""

    code = "CONFLICT_OF_INTEREST"


class AlreadyReviewed(Conflict):
    """One person gives one score to a file."""

    code = "ALREADY_REVIEWED"


class NotRead(Conflict):
    """Nobody scores a file without having opened it for a stated purpose."""

    code = "NOT_READ"


class TooLate(Conflict):
    """The days to object to a result are over."""

    code = "TOO_LATE"


def step(state: State, taken: Step) -> State:
    """The state after `taken`.

    Raises:
        WrongStep: the step does not fit the state.
    """
    after = MOVES.get((state, taken))
    if after is None:
        raise WrongStep(f"{taken.value} cannot follow {state.value}; look at the file again")
    return after


def possible(state: State) -> list[Step]:
    """The steps that fit `state`, in the order of the procedure."""
    return [one for one in Step if (state, one) in MOVES]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the rubric; a veto (一票否决) has no points and decides alone."""

    code: str
    points: int
    text: str
    article: str
    veto: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Rubric:
    """The standard of one day: its lines, and the score from which each grade is given."""

    criteria: tuple[Criterion, ...]
    bands: tuple[tuple[int, ResultGrade], ...]
    spread: int

    @property
    def points(self) -> int:
        """Points of a file without a defect."""
        return sum(one.points for one in self.criteria)

    def criterion(self, code: str) -> Criterion:
        """The line of this code.

        Raises:
            Invalid: the rubric has none.
        """
        for one in self.criteria:
            if one.code == code:
                return one
        raise Invalid(f"the rubric has no line {code}", path=("input", "findings"))


def rubric(book: RuleBook, day: date) -> Rubric:
    """The standard that was in force on `day`.

    Raises:
        NoRule: none was.
    """
    rules = book.on(day)
    latest: dict[tuple[str, str], Criterion] = {}
    for one in rules:  # of two that hold the later one counts, and rules come by first day
        if one.id in (ITEM, VETO):
            veto = one.id == VETO
            points = 0 if veto else one.number
            latest[one.id, one.topic] = Criterion(
                one.topic, points, one.text, one.citation, veto, one.confirmed
            )
    found = sorted(latest.values(), key=lambda one: (one.veto, one.code))
    if not any(one.points for one in found):
        raise NoRule(f"no rubric of file reviews is in force on {day}; choose a later day")
    bands = sorted(
        ((one.number, ResultGrade(one.topic)) for one in rules if one.id == GRADE),
        key=lambda band: -band[0],
    )
    return Rubric(tuple(found), tuple(bands), book.rule(SPREAD, day).number)


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect that a reviewer found: points taken from one line, and where in the file."""

    criterion: str
    deducted: int
    note: str


def check_findings(findings: Sequence[Finding], standard: Rubric) -> None:
    """Refuse findings that the rubric does not know.

    Raises:
        Invalid: a line twice, a line that is not in it, more points than the line has, or a
            finding that says nothing.
    """
    if len({one.criterion for one in findings}) != len(findings):
        raise Invalid("name each line of the rubric once", path=("input", "findings"))
    for one in findings:
        line = standard.criterion(one.criterion)
        least, most = (0, 0) if line.veto else (1, line.points)
        if not least <= one.deducted <= most:
            raise Invalid(f"{line.code} takes {least} to {most} points", path=("input", "findings"))
        if not 2 <= len(one.note.strip()) <= 400:
            raise Invalid(
                "say in 2 to 400 characters what is wrong in the file", path=("input", "findings")
            )


@dataclass(frozen=True, slots=True)
class Score:
    """What one reviewer's findings come to: tenths of a point of 100, and whether one is a veto."""

    tenths: int
    vetoed: bool


def score(findings: Iterable[Finding], standard: Rubric) -> Score:
    """Score of a file in tenths of a hundred points; half a tenth is rounded to the party's side.

    A rubric need not add up to 100 points: shares count.
    """
    listed = list(findings)
    kept = standard.points - sum(one.deducted for one in listed)
    vetoed = any(standard.criterion(one.criterion).veto for one in listed)
    return Score((2000 * kept + standard.points) // (2 * standard.points), vetoed)


def differ(one: Score, other: Score, standard: Rubric) -> bool:
    """Whether two scores are so far apart that a third reviewer decides."""
    apart = abs(one.tenths - other.tenths) > 10 * standard.spread
    return apart or one.vetoed != other.vetoed


def joined(one: Score, other: Score) -> Score:
    """The score of two that agree: the mean, half a tenth to the side of the reviewed body."""
    return Score((one.tenths + other.tenths + 1) // 2, one.vetoed and other.vetoed)


def grade(result: Score, standard: Rubric) -> ResultGrade:
    """The grade of a score; a veto is unqualified whatever the points."""
    if result.vetoed:
        return ResultGrade.UNQUALIFIED
    for least, found in standard.bands:
        if result.tenths >= 10 * least:
            return found
    return ResultGrade.UNQUALIFIED


def merged(given: Iterable[Sequence[Finding]]) -> list[Finding]:
    """The defects of a file, one for each line: the gravest deduction and what every one said."""
    found: dict[str, Finding] = {}
    for findings in given:
        for one in findings:
            known = found.get(one.criterion)
            if known is None:
                found[one.criterion] = one
            else:
                notes = dict.fromkeys((known.note, one.note))
                found[one.criterion] = Finding(
                    one.criterion, max(known.deducted, one.deducted), "；".join(notes)
                )
    return [found[code] for code in sorted(found)]


def check_impartial(
    reviewer: str, reviewer_body: object, case_body: object, hands: Collection[str]
) -> None:
    """Refuse a reviewer of the case's own body, or one whose hand was in the case.

    Raises:
        Partial: as said.
    """
    if reviewer_body == case_body:
        raise Partial("another body than the one that made the file reviews it (交叉评查)")
    if reviewer in hands:
        raise Partial("whoever had a hand in the case does not review its file")


def check_fresh(reviewer: str, former: Collection[str]) -> None:
    """Refuse a second score by one person.

    Raises:
        AlreadyReviewed: as said.
    """
    if reviewer in former:
        raise AlreadyReviewed("you gave this file a score; another person gives the next one")
