"""Rules of file reviews: the rubric, scores, grades, and every state against every step."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.case_reviews.rules import (
    MOVES,
    UNSCORED,
    AlreadyReviewed,
    Criterion,
    Finding,
    Partial,
    ResultGrade,
    Rubric,
    Score,
    State,
    Step,
    WrongStep,
    check_findings,
    check_fresh,
    check_impartial,
    differ,
    grade,
    joined,
    merged,
    possible,
    rubric,
    score,
    step,
)
from service.errors import Invalid
from service.law.packs import shipped
from service.law.rules import NoRule, RuleBook

BOOK = RuleBook.of(shipped())
TODAY = date(2026, 11, 25)
STANDARD = rubric(BOOK, TODAY)
LINES = [one.code for one in STANDARD.criteria if not one.veto]
VETOES = [one.code for one in STANDARD.criteria if one.veto]
points = {one.code: one.points for one in STANDARD.criteria}


def test_the_shipped_rubric_is_worth_a_hundred_points_and_is_not_confirmed() -> None:
    assert STANDARD.points == 100
    assert len(LINES) == 8
    assert VETOES == ["DOUBLE_FINE", "NO_FACTS", "NO_NOTICE", "NO_POWER", "ONE_OFFICER"]
    assert not any(one.confirmed for one in STANDARD.criteria)
    assert [least for least, _ in STANDARD.bands] == [90, 80, 60]


def test_no_rubric_before_the_law() -> None:
    with pytest.raises(NoRule):
        rubric(BOOK, date(2021, 7, 14))
    assert rubric(BOOK, date(2021, 7, 15)) == STANDARD


@pytest.mark.parametrize(
    ("tenths", "vetoed", "expected"),
    [
        (1000, False, ResultGrade.EXCELLENT),
        (900, False, ResultGrade.EXCELLENT),
        (899, False, ResultGrade.GOOD),
        (800, False, ResultGrade.GOOD),
        (799, False, ResultGrade.QUALIFIED),
        (600, False, ResultGrade.QUALIFIED),
        (599, False, ResultGrade.UNQUALIFIED),
        (1000, True, ResultGrade.UNQUALIFIED),
    ],
)
def test_the_grade_changes_at_its_bands_and_a_veto_decides_alone(
    tenths: int, vetoed: bool, expected: ResultGrade
) -> None:
    assert grade(Score(tenths, vetoed), STANDARD) is expected


findings = st.dictionaries(st.sampled_from(LINES), st.integers(1, 20), max_size=8).map(
    lambda taken: [Finding(code, min(n, points[code]), "缺页") for code, n in taken.items()]
)


@given(findings)
def test_a_score_is_what_the_deductions_leave(given_findings: list[Finding]) -> None:
    check_findings(given_findings, STANDARD)
    found = score(given_findings, STANDARD)

    assert found == Score(1000 - 10 * sum(one.deducted for one in given_findings), False)


@given(findings, findings)
def test_two_scores_join_the_same_in_either_order(one: list[Finding], other: list[Finding]) -> None:
    first, second = score(one, STANDARD), score(other, STANDARD)

    assert joined(first, second) == joined(second, first)
    assert differ(first, second, STANDARD) == differ(second, first, STANDARD)
    assert min(first.tenths, second.tenths) <= joined(first, second).tenths <= 1000
    together = {one.criterion: one.deducted for one in merged([one, other])}
    assert together == {
        code: max(f.deducted for f in [*one, *other] if f.criterion == code)
        for code in {f.criterion for f in [*one, *other]}
    }


def test_ten_points_apart_agree_and_more_do_not_nor_does_one_veto() -> None:
    assert not differ(Score(900, False), Score(800, False), STANDARD)
    assert differ(Score(900, False), Score(799, False), STANDARD)
    assert differ(Score(900, False), Score(900, True), STANDARD)


def test_a_rubric_of_other_points_is_counted_in_shares() -> None:
    odd = Rubric((Criterion("A", 7, "甲", "x", False, False),), STANDARD.bands, 10)

    assert score([Finding("A", 2, "缺页")], odd) == Score(714, False)  # 5 ÷ 7
    assert score([], odd) == Score(1000, False)


@pytest.mark.parametrize(
    "bad",
    [
        [Finding("ARCHIVE", 6, "缺页")],
        [Finding("ARCHIVE", 0, "缺页")],
        [Finding("NO_NOTICE", 1, "缺告知")],
        [Finding("UNKNOWN", 1, "缺页")],
        [Finding("ARCHIVE", 1, " ")],
        [Finding("ARCHIVE", 1, "缺页"), Finding("ARCHIVE", 1, "缺目录")],
    ],
)
def test_findings_that_the_rubric_does_not_know_are_refused(bad: list[Finding]) -> None:
    with pytest.raises(Invalid):
        check_findings(bad, STANDARD)


def test_nobody_reviews_the_own_body_nor_a_case_in_which_one_had_a_hand() -> None:
    check_impartial("account:a", "fire", "town", {"account:b"})
    with pytest.raises(Partial):
        check_impartial("account:a", "town", "town", set())
    with pytest.raises(Partial):
        check_impartial("account:b", "fire", "town", {"account:b"})
    with pytest.raises(AlreadyReviewed):
        check_fresh("account:a", ["account:a"])


@pytest.mark.parametrize(("state", "taken"), list(product(State, Step)))
def test_every_state_and_every_step(state: State, taken: Step) -> None:
    if (state, taken) in MOVES:
        assert step(state, taken) is MOVES[state, taken]
        assert taken in possible(state)
    else:
        assert taken not in possible(state)
        with pytest.raises(WrongStep):
            step(state, taken)


class Review(RuleBasedStateMachine):
    """A drawn file under any sequence of scores, objections and corrections."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.taken, self.scores = State.DRAWN, [], []

    def _take(self, wanted: Step) -> bool:
        if wanted not in possible(self.state):
            with pytest.raises(WrongStep):
                step(self.state, wanted)
            return False
        self.state = step(self.state, wanted)
        self.taken.append(wanted)
        return True

    @rule(found=findings, veto=st.booleans())
    def a_reviewer_scores(self, found: list[Finding], veto: bool) -> None:
        if self.state not in UNSCORED:
            return
        given_points = [*found, *([Finding(VETOES[0], 0, "无告知")] if veto else [])]
        self.scores.append(score(given_points, STANDARD))
        if self.state is State.DRAWN:
            self._take(Step.SCORE)
        elif self.state is State.SPLIT:
            self._take(Step.DECIDE)
        else:
            apart = differ(self.scores[0], self.scores[1], STANDARD)
            self._take(Step.DISAGREE if apart else Step.AGREE)

    @rule(
        taken=st.sampled_from(
            [one for one in Step if one not in (Step.SCORE, Step.AGREE, Step.DISAGREE, Step.DECIDE)]
        )
    )
    def anything_else_happens(self, taken: Step) -> None:
        self._take(taken)

    @invariant()
    def a_result_has_two_scores_and_a_split_one_three(self) -> None:
        if self.state not in UNSCORED | {State.EXCLUDED}:
            wanted = 3 if Step.DISAGREE in self.taken else 2
            assert len(self.scores) == wanted
            if wanted == 2:
                assert not differ(*self.scores, STANDARD)

    @invariant()
    def nothing_is_corrected_that_does_not_stand(self) -> None:
        if Step.CORRECT in self.taken:
            assert self.taken.index(Step.STAND_OWING) < self.taken.index(Step.CORRECT)

    @invariant()
    def nobody_objects_twice(self) -> None:
        assert self.taken.count(Step.OBJECT) <= 1

    @invariant()
    def what_is_over_stays_over(self) -> None:
        if self.state in (State.CLOSED, State.EXCLUDED):
            assert possible(self.state) == []


TestReview = Review.TestCase
TestReview.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
