"""Rules of inspections: every state × every step, times of devices, distances, teams."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from service.errors import Invalid
from service.ids import new_id
from service.inspections.rules import (
    BEFORE_VISIT,
    FINAL,
    ItemResult,
    Kind,
    Member,
    OpenItems,
    State,
    Step,
    TeamTooSmall,
    TermTooLong,
    WrongStep,
    check_captured,
    check_conclusion,
    check_items,
    check_team,
    check_term,
    check_urgency,
    distance_metres,
    possible,
    step,
)

WAYS = """
PLANNED APPROVE TASK_APPROVED
PLANNED REFUSE_VISIT VISIT_REFUSED
PLANNED CANCEL CANCELLED
TASK_APPROVED ISSUE_CODE CODED
TASK_APPROVED GO_WITHOUT_CODE CODED
TASK_APPROVED REFUSE_VISIT VISIT_REFUSED
TASK_APPROVED CANCEL CANCELLED
CODED CHECK_IN ON_SITE
CODED CANCEL CANCELLED
VISIT_REFUSED ISSUE_CODE CODED
VISIT_REFUSED CANCEL CANCELLED
ON_SITE SIGN_RECORD RECORD_SIGNED
ON_SITE NOTE_REFUSAL RECORD_REFUSED
RECORD_SIGNED FIND_NOTHING NO_ISSUE
RECORD_SIGNED ORDER_RECTIFICATION RECTIFY_ORDERED
RECORD_SIGNED FILE_CASE CASE_FILED
RECORD_REFUSED FIND_NOTHING NO_ISSUE
RECORD_REFUSED ORDER_RECTIFICATION RECTIFY_ORDERED
RECORD_REFUSED FILE_CASE CASE_FILED
RECTIFY_ORDERED FALL_DUE DUE
RECTIFY_ORDERED REINSPECT REINSPECTED
DUE REINSPECT REINSPECTED
REINSPECTED CLOSE CLOSED
REINSPECTED FAIL FAILED
FAILED FILE_CASE CASE_FILED
"""
"""Every lawful step, written a second time."""
LAWFUL = {
    (State(a), Step(b)): State(c) for a, b, c in (line.split() for line in WAYS.split("\n") if line)
}


@pytest.mark.parametrize(("state", "taken"), list(product(State, Step)))
def test_each_step_leads_where_it_must_or_is_refused(state: State, taken: Step) -> None:
    if (state, taken) in LAWFUL:
        assert step(state, taken) is LAWFUL[state, taken]
        assert taken in possible(state)
    else:
        with pytest.raises(WrongStep):
            step(state, taken)
        assert taken not in possible(state)


@pytest.mark.parametrize("state", [s for s in State if s not in (State.PLANNED, State.CANCELLED)])
def test_an_urgent_inspection_is_approved_once_whenever_that_is(state: State) -> None:
    if state is State.TASK_APPROVED:
        return
    assert step(state, Step.APPROVE, urgent=True) is state
    with pytest.raises(WrongStep):
        step(state, Step.APPROVE, urgent=True, approved=True)
    with pytest.raises(WrongStep):
        step(state, Step.APPROVE)


class Life(RuleBasedStateMachine):
    """Any order of any steps: nobody is on site without a code, and an end stays an end."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.PLANNED
        self.taken: list[Step] = []

    @rule(taken=st.sampled_from(Step), urgent=st.booleans())
    def try_step(self, taken: Step, urgent: bool) -> None:
        before = self.state
        try:
            self.state = step(before, taken, urgent=urgent, approved=Step.APPROVE in self.taken)
        except WrongStep:
            assert self.state is before
        else:
            self.taken.append(taken)

    @invariant()
    def nobody_enters_without_a_code_or_its_reason(self) -> None:
        if self.state not in BEFORE_VISIT:
            assert {Step.ISSUE_CODE, Step.GO_WITHOUT_CODE} & set(self.taken)
            assert Step.CHECK_IN in self.taken

    @precondition(lambda self: self.state in FINAL)
    @rule()
    def an_end_is_an_end(self) -> None:
        assert possible(self.state) == []


TestLife = Life.TestCase


def members(*days: date) -> list[Member]:
    return [Member(new_id(), True, day) for day in days]


def test_a_card_holds_on_its_last_day_and_not_after() -> None:
    day = date(2026, 3, 2)

    check_team(members(day, day), 2, day)

    for team in (members(day), [*members(day), *members(day - timedelta(days=1))], []):
        with pytest.raises(TeamTooSmall):
            check_team(team, 2, day)


def test_one_officer_named_twice_is_one() -> None:
    (one,) = members(date(2030, 1, 1))

    with pytest.raises(TeamTooSmall):
        check_team([one, one], 2, date(2026, 3, 2))


@given(st.lists(st.text(max_size=90), max_size=70))
def test_items_keep_their_order_and_lose_repeats(items: list[str]) -> None:
    trimmed = [one.strip() for one in items if one.strip()]
    if 1 <= len(set(trimmed)) <= 60 and all(len(one) <= 80 for one in trimmed):
        assert check_items(items) == list(dict.fromkeys(trimmed))
    else:
        with pytest.raises(Invalid):
            check_items(items)


def test_only_a_clue_or_an_instant_inspection_is_urgent() -> None:
    assert check_urgency(Kind.CLUE, "举报液氨泄漏") is True
    assert check_urgency(Kind.ROUTINE, "") is False
    with pytest.raises(Invalid):
        check_urgency(Kind.SPECIAL, "赶时间")


def test_a_device_may_be_late_and_not_early() -> None:
    received = datetime(2026, 3, 2, 8, tzinfo=UTC)

    check_captured(received - timedelta(hours=72), received, 72)
    check_captured(received + timedelta(minutes=5), received, 72)
    for captured in (
        received + timedelta(minutes=5, seconds=1),
        received - timedelta(hours=72, seconds=1),
    ):
        with pytest.raises(Invalid):
            check_captured(captured, received, 72)


def test_a_conclusion_fits_the_checklist() -> None:
    fine, bad, none = ItemResult.COMPLIANT, ItemResult.NOT_COMPLIANT, ItemResult.NOT_CHECKED

    check_conclusion([fine, ItemResult.NOT_APPLICABLE], nothing_found=True)
    check_conclusion([fine, bad], nothing_found=False)
    for results, nothing in (([fine, bad], True), ([fine], False), ([fine, none], True)):
        with pytest.raises(OpenItems):
            check_conclusion(results, nothing_found=nothing)


def test_a_minute_of_latitude_is_a_nautical_mile() -> None:
    assert distance_metres((29.6, 106.5), (29.6, 106.5)) == 0
    assert distance_metres((0.0, 0.0), (1 / 60, 0.0)) == 1853


@pytest.mark.parametrize(
    ("days", "reason", "refused"),
    [
        (30, "", ""),
        (31, "", "reason"),
        (31, "设备", "reason"),
        (31, "更换自动喷淋系统需停业施工", ""),
        (180, "更换自动喷淋系统需停业施工", ""),
        (181, "更换自动喷淋系统需停业施工", "until"),
    ],
)
def test_a_long_term_needs_its_reason_and_none_is_endless(
    days: int, reason: str, refused: str
) -> None:
    if not refused:
        check_term(days, reason, usual=30, most=180)
        return
    with pytest.raises(TermTooLong) as refusal:
        check_term(days, reason, usual=30, most=180)
    assert refusal.value.path == ("input", refused)
