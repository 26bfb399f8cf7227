"""Rules of joint enforcement: terms, duplicates, states and the ledger."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Conflict, Invalid
from service.joint.rules import (
    DEMAND_STEPS,
    Budget,
    DemandKind,
    DemandState,
    DemandTerms,
    Inspection,
    PlanState,
    advance,
    check_terms,
    is_duplicate,
    may_publish,
    reserved_days,
)

TODAY = date(2026, 3, 2)
TERMS = DemandTerms(
    DemandKind.ROUTINE, ["b", " a", "a"], TODAY, TODAY + timedelta(days=9), 60, 2, False, " 依据 "
)


def test_good_terms_are_put_in_order() -> None:
    checked = check_terms(TERMS, TODAY)

    assert checked.items == ["a", "b"]
    assert checked.basis == "依据"
    assert not checked.mandatory


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": []}, "items"),
        ({"items": ["*"]}, "items"),
        ({"items": [" "]}, "items"),
        ({"items": ["x" * 81]}, "items"),
        ({"items": [str(i) for i in range(21)]}, "items"),
        ({"due_on": TODAY - timedelta(days=1)}, "dueOn"),
        ({"due_on": TODAY + timedelta(days=367)}, "dueOn"),
        ({"minutes": 4}, "minutes"),
        ({"minutes": 481}, "minutes"),
        ({"risk": 0}, "risk"),
        ({"risk": 5}, "risk"),
        ({"interval_days": -1}, "intervalDays"),
        ({"basis": "  "}, "basis"),
        ({"kind": DemandKind.CLUE}, "exemptionReason"),
    ],
)
def test_bad_terms_are_refused_by_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_terms(replace(TERMS, **changes), TODAY)  # type: ignore[arg-type]

    assert refused.value.path == ("input", field)


@pytest.mark.parametrize("kind", [DemandKind.CLUE, DemandKind.INSTANT, DemandKind.REINSPECT])
def test_exempt_kinds_are_mandatory_and_keep_their_reason(kind: DemandKind) -> None:
    checked = check_terms(replace(TERMS, kind=kind, exemption_reason=" 举报 "), TODAY)

    assert (checked.mandatory, checked.exemption_reason) == (True, "举报")


@pytest.mark.parametrize("state", DemandState)
@pytest.mark.parametrize("to", DemandState)
def test_a_demand_takes_only_the_steps_of_the_table(state: DemandState, to: DemandState) -> None:
    if to in DEMAND_STEPS[state]:
        assert advance(state, to) is to
    else:
        with pytest.raises(Conflict):
            advance(state, to)


BASE = Inspection("p", frozenset({"exits", "pumps"}), TODAY, "v1", exempt=False)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"premises": "q"}, False),
        ({"items": frozenset({"gas"})}, False),
        ({"joint": "v1"}, False),
        ({"exempt": True}, False),
        ({"day": TODAY + timedelta(days=29)}, True),
        ({"day": TODAY + timedelta(days=30)}, False),
        ({"day": TODAY - timedelta(days=30)}, False),
    ],
)
def test_duplicates_are_what_the_definition_says(
    changes: dict[str, object], expected: bool
) -> None:
    other = replace(BASE, **{"joint": "v2", "items": frozenset({"exits"}), **changes})  # type: ignore[arg-type]

    assert is_duplicate(BASE, other, {"exits": 30, "pumps": 30, "gas": 30}) is expected
    assert is_duplicate(other, BASE, {"exits": 30, "pumps": 30, "gas": 30}) is expected


@given(apart=st.integers(0, 400), interval=st.integers(1, 366))
def test_reserved_days_overlap_exactly_when_too_close(apart: int, interval: int) -> None:
    first = reserved_days(TODAY, interval)
    second = reserved_days(TODAY + timedelta(days=apart), interval)

    assert (second[0] <= first[1]) is (apart < interval)


@given(cap=st.integers(0, 6), steps=st.lists(st.sampled_from(["reserve", "commit", "release"])))
def test_the_ledger_never_exceeds_its_cap(cap: int, steps: list[str]) -> None:
    budget, reserved, used = Budget(cap), 0, 0
    for step in steps:
        try:
            budget = getattr(budget, step)()
        except Conflict:
            assert (reserved + used == cap) if step == "reserve" else reserved == 0
            continue
        reserved += {"reserve": 1, "commit": -1, "release": -1}[step]
        used += step == "commit"
        assert (budget.reserved, budget.used) == (reserved, used)
        assert budget.left == cap - reserved - used >= 0


def test_publishing_waits_for_every_lead_body() -> None:
    may_publish(PlanState.SOLVED, ["a", "b"], ["b", "a", "c"])

    with pytest.raises(Conflict, match="1 of 2 lead bodies"):
        may_publish(PlanState.SOLVED, ["a", "b"], ["b"])
    with pytest.raises(Conflict, match="PUBLISHED"):
        may_publish(PlanState.PUBLISHED, [], [])
