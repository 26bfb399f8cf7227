"""Policy targets that contradict one another: the smallest conflicting set, against brute force."""

from itertools import chain, combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.joint.planning.targets import (
    Coverage,
    Gap,
    MonthlyDuty,
    NoFullSpecial,
    Staff,
    Target,
    YearlyCap,
    conflict,
    feasible,
)


def holds(rule: Target, x: int, y: int) -> bool:
    """The rules written down a second time, from the policy's words."""
    match rule:
        case Coverage(times, counts):
            return x + (y if counts else 0) >= times
        case YearlyCap(most):
            return 2 * x <= most
        case Gap(days):
            return not [i for i in range(x) if i * days >= 182 and i > 0]
        case NoFullSpecial():
            return x == 0
        case Staff(officers, each, team, premises):
            return premises * (x + y) * team <= officers * each
        case MonthlyDuty(persons, premises):
            return premises * y >= persons * 6
    raise AssertionError(rule)


def possible(rules: Any) -> bool:
    return any(all(holds(r, x, y) for r in rules) for x in range(27) for y in range(27))


RULES = st.lists(
    st.one_of(
        st.builds(Coverage, st.integers(1, 5), st.booleans()),
        st.builds(YearlyCap, st.integers(0, 6)),
        st.builds(Gap, st.integers(0, 200)),
        st.just(NoFullSpecial()),
        st.builds(Staff, st.integers(2, 30), st.integers(1, 200), st.just(2), st.integers(1, 800)),
        st.builds(MonthlyDuty, st.integers(1, 30), st.integers(1, 800)),
    ),
    max_size=5,
    unique=True,
)


@settings(max_examples=120, deadline=None)
@given(RULES)
def test_the_conflict_is_the_smallest_that_brute_force_finds(rules: list[Target]) -> None:
    found = conflict(rules)

    subsets = chain.from_iterable(combinations(rules, n) for n in range(1, len(rules) + 1))
    first = next((s for s in subsets if not possible(s)), ())
    assert feasible(rules) == possible(rules)
    assert len(found) == len(first)
    if found:
        assert not possible(found)
        assert all(possible([r for r in found if r is not left]) for left in found)


def test_full_coverage_by_special_inspections_is_named_with_the_article() -> None:
    rules = [Coverage(1, False), YearlyCap(4), NoFullSpecial(), Staff(300, 200, 2, 5000)]

    found = conflict(rules)

    assert found == (Coverage(1, False), NoFullSpecial())
    assert "art. 27" in found[1].words()[0]
    assert "第二十七条" in found[1].words()[1]
    assert "全覆盖" in found[0].words()[1]


def test_guidance_resolves_what_inspections_cannot() -> None:
    rules = [Coverage(3, False), YearlyCap(4), Gap(14)]
    assert conflict(rules) == (Coverage(3, False), YearlyCap(4))

    assert conflict([Coverage(3, True), YearlyCap(4), Gap(14)]) == ()


def test_twelve_officers_do_not_cover_five_thousand_premises() -> None:
    rules = [Coverage(1, True), YearlyCap(4), Staff(12, 250, 2, 5000), MonthlyDuty(3, 5000)]

    assert conflict(rules) == (Coverage(1, True), Staff(12, 250, 2, 5000))
