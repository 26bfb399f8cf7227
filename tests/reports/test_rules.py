"""States, tracking codes, and the reward by the law of the day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.accidents.rules import Level
from service.errors import Conflict, Invalid
from service.law.packs import shipped
from service.law.rules import NoRule, RuleBook
from service.reports.rules import (
    Ground,
    Merit,
    RewardState,
    State,
    Step,
    check_reporter,
    check_survey,
    check_text,
    reward,
    reward_step,
    step,
    token_digest,
    token_of,
)

DAY = date(2026, 3, 2)
BOOK = RuleBook.of(shipped())
KEY = bytes(32)


@given(st.lists(st.sampled_from(Step), max_size=12))
def test_whatever_is_tried_nothing_is_answered_that_nobody_verified(tried: list[Step]) -> None:
    state, taken = State.RECEIVED, []
    for one in tried:
        try:
            state = step(state, one)
        except Conflict:
            continue
        taken.append(one)

    order = [one for one in taken if one not in (Step.EXTEND, Step.REQUEST_VISIT)]
    straight = [Step.ACCEPT, Step.TRANSFER, Step.VERIFY, Step.ANSWER]
    assert order in ([Step.REJECT], *(straight[:length] for length in range(5)))


@given(st.sampled_from(State), st.lists(st.sampled_from(Step), max_size=8))
def test_a_reward_is_paid_only_after_its_approval(state: State, tried: list[Step]) -> None:
    stands: RewardState | None = None
    approved = False
    for one in tried:
        try:
            stands = reward_step(state, stands, one)
        except Conflict:
            continue
        approved = approved or stands is RewardState.APPROVED

    assert stands is None or state is State.ANSWERED
    assert approved or stands not in (RewardState.PAID, RewardState.FORFEITED)


def fen(**merit: object) -> int:
    return reward(Merit(**merit), DAY, BOOK).amount_fen  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fine", "amount"),
    [(0, 300_000), (2_000_000, 300_000), (2_000_100, 300_015), (100_000_000, 15_000_000),
     (200_000_000, 30_000_000), (10**12, 30_000_000)],
)  # fmt: skip
def test_a_major_hazard_brings_a_share_of_the_fine_between_floor_and_cap(
    fine: int, amount: int
) -> None:
    """安监总财〔2018〕19号: 15 % of the fine, 3,000 to 300,000 yuan."""
    assert fen(ground=Ground.MAJOR, fine_fen=fine) == amount


@pytest.mark.parametrize(
    ("level", "deaths", "amount"),
    [(Level.ORDINARY, 2, 6_000_000), (Level.LARGER, 3, 12_000_000), (Level.MAJOR, 5, 25_000_000),
     (Level.GRAVEST, 30, 30_000_000)],
)  # fmt: skip
def test_a_concealed_accident_brings_so_much_for_each_death(
    level: Level, deaths: int, amount: int
) -> None:
    assert fen(ground=Ground.CONCEALED, level=level, deaths=deaths) == amount


def test_an_insider_gets_more_but_never_more_than_the_cap() -> None:
    assert fen(ground=Ground.MAJOR, insider=True) == 360_000
    assert fen(ground=Ground.ORDINARY, insider=True) == 24_000
    assert fen(ground=Ground.MAJOR, fine_fen=10**12, insider=True) == 30_000_000


def test_a_reward_says_by_which_rules_and_whether_they_are_confirmed() -> None:
    plain = reward(Merit(Ground.MAJOR), DAY, BOOK)
    insider = reward(Merit(Ground.MAJOR, insider=True), DAY, BOOK)

    assert [one.id for one in plain.rules] == ["REWARD_RATE", "REWARD_FLOOR", "REWARD_CAP"]
    assert (plain.confirmed, insider.confirmed) == (True, False)


def test_a_report_older_than_the_law_brings_no_reward() -> None:
    with pytest.raises(NoRule):
        reward(Merit(Ground.MAJOR), date(2018, 1, 3), BOOK)


@pytest.mark.parametrize(
    "merit",
    [Merit(Ground.MAJOR, fine_fen=-1), Merit(Ground.CONCEALED), Merit(Ground.CONCEALED, deaths=-1)],
)
def test_numbers_that_cannot_be_are_refused(merit: Merit) -> None:
    with pytest.raises(Invalid):
        reward(merit, DAY, BOOK)


@given(st.text(), st.text())
def test_a_code_follows_from_its_form_alone(one: str, other: str) -> None:
    assert (token_of(one, KEY) == token_of(other, KEY)) == (one == other)
    assert token_of(one, KEY) != token_of(one, bytes([1] * 32))


def test_a_code_may_be_read_out_and_typed_carelessly() -> None:
    assert token_digest("01ABC-DEF01") == token_digest(" oiabc defOl ")
    assert token_digest("01ABC") != token_digest("01ABD")


def test_who_reports_is_whole_or_nobody() -> None:
    assert check_reporter({"name": " ", "phone": ""}) is None
    assert check_reporter({"name": " 王示例 ", "phone": "1"}) == {"name": "王示例", "phone": "1"}
    with pytest.raises(Invalid, match="both"):
        check_reporter({"name": "王示例"})


@pytest.mark.parametrize("text", ["", "  ", "x" * 11, "a\x07b", "\u202e"])
def test_texts_that_say_nothing_or_hide_something_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        check_text(text, "place", 10)


@pytest.mark.parametrize(("asked", "aware"), [(0, 0), (10, 11), (10, -1)])
def test_surveys_that_cannot_be_are_refused(asked: int, aware: int) -> None:
    with pytest.raises(Invalid):
        check_survey(asked, aware)
