"""When a post is covered, and how a quiz is scored."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.errors import Invalid
from service.post_cards.rules import (
    CardKind,
    Question,
    Validity,
    check_card,
    is_covered,
    newest,
    score,
)

DAY = date(2026, 3, 2)
ONE = Question("灭火先做什么", ("报警", "拍照"), 1)
ALL = [Validity(kind, 1, DAY, DAY + timedelta(days=9)) for kind in CardKind]


def test_a_post_is_covered_by_four_valid_cards_and_by_nothing_less() -> None:
    assert is_covered(ALL, DAY)
    assert is_covered(ALL, DAY + timedelta(days=9))
    assert not is_covered(ALL, DAY + timedelta(days=10))
    assert not is_covered(ALL, DAY - timedelta(days=1))
    assert not is_covered(ALL[:3], DAY)
    assert not is_covered([*ALL[:3], ALL[0]], DAY)


def test_a_later_version_replaces_a_valid_one_even_when_it_holds_no_longer() -> None:
    short = Validity(CardKind.RISK_LIST, 2, DAY, DAY)

    assert newest([*ALL, short], CardKind.RISK_LIST, DAY) == short
    assert is_covered([*ALL, short], DAY)
    assert not is_covered([*ALL, short], DAY + timedelta(days=1))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_a_score_is_the_share_of_right_answers_rounded_down(right: list[bool]) -> None:
    found = score([ONE] * len(right), [1 if one else 2 for one in right])

    assert found * len(right) <= 100 * sum(right) < (found + 1) * len(right)


@pytest.mark.parametrize("answers", [[], [1, 1], [0], [3], [-1]])
def test_answers_that_fit_no_question_are_refused(answers: list[int]) -> None:
    with pytest.raises(Invalid) as refused:
        score([ONE], answers)

    assert refused.value.path == ("input", "answers")


@pytest.mark.parametrize(
    ("lines", "questions", "field"),
    [
        ([], [], "lines"),
        ([""], [], "lines"),
        (["x" * 501], [], "lines"),
        (["一"], [ONE] * 31, "questions"),
        (["一"], [Question("问", ("甲",), 1)], "questions"),
        (["一"], [Question("问", ("甲", "甲"), 1)], "questions"),
        (["一"], [Question("问", ("甲", "乙"), 3)], "questions"),
        (["一"], [Question("", ("甲", "乙"), 1)], "questions"),
    ],
)
def test_a_card_that_says_nothing_or_asks_nonsense_is_refused(
    lines: list[str], questions: list[Question], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_card(lines, questions)

    assert refused.value.path == ("input", field)
