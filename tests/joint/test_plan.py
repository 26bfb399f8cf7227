"""A plan keeps every rule, repeats itself for a seed, and serves what is mandatory first."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.joint.planning.checker import check
from service.joint.planning.explain import burden, explain
from service.joint.planning.formats import dump_instance, dump_plan, load_instance
from service.joint.planning.generator import Size, generate
from service.joint.planning.model import Demand, Instance, Plan
from service.joint.planning.solver import solve
from service.joint.planning.urgent import Desk

DISTRICT = Size(premises=300, demands=900, officers=36, days=30, bases=3)


@pytest.fixture(scope="module")
def district() -> Instance:
    return load_instance(dump_instance(generate(7, DISTRICT)))


@pytest.fixture(scope="module")
def plan(district: Instance) -> Plan:
    return solve(district, seed=3, iterations=50)


def test_a_plan_is_lawful_and_reaches_its_bounds(district: Instance, plan: Plan) -> None:
    assert check(district, plan) == []

    certificate = plan.certificate
    assert certificate is not None
    assert certificate.mandatory_unserved == certificate.mandatory_unserved_bound
    assert certificate.gap == 0.0


def test_same_seed_and_iterations_give_the_same_bytes(district: Instance, plan: Plan) -> None:
    again = solve(district, seed=3, iterations=50)

    assert sha256(dump_plan(again)).digest() == sha256(dump_plan(plan)).digest()


def test_search_saves_officer_days_and_loses_no_visit(district: Instance) -> None:
    before = solve(district, seed=3, iterations=0)

    after = solve(district, seed=3, iterations=400)

    assert check(district, after) == []
    assert before.certificate is not None
    assert after.certificate is not None
    assert after.certificate.officer_days < before.certificate.officer_days
    assert after.certificate.visits == before.certificate.visits
    assert len(after.unserved) == len(before.unserved)


def test_scarce_officers_leave_discretionary_work_before_mandatory() -> None:
    scarce = generate(7, replace(DISTRICT, officers=18))

    plan = solve(scarce, iterations=0)

    assert check(scarce, plan) == []
    assert plan.certificate is not None
    lost = plan.certificate
    mandatory = sum(d.mandatory for d in scarce.demands)
    discretionary = len(scarce.demands) - mandatory
    assert lost.discretionary_unserved > 0
    assert lost.mandatory_unserved / mandatory < lost.discretionary_unserved / discretionary / 2


def test_no_officers_serve_nothing_and_say_why() -> None:
    empty = replace(generate(7, DISTRICT), officers=())

    plan = solve(empty, iterations=10)

    assert plan.visits == ()
    assert {u.reason for u in plan.unserved} == {"NO_SKILL"}
    assert check(empty, plan) == []


@pytest.mark.parametrize("every", [2, 3, 7])
def test_notified_visits_stay_and_keep_their_gap(every: int) -> None:
    crowded = generate(11, Size(premises=90, demands=700, officers=36, days=60, bases=3))
    plan = solve(crowded, iterations=20)
    notified = replace(crowded, fixed=plan.visits[::every], sha256="")

    again = solve(notified, seed=9, iterations=20)

    assert check(notified, again) == []
    assert set(notified.fixed) <= set(again.visits)
    assert again.certificate is not None
    assert plan.certificate is not None
    lost = again.certificate.mandatory_unserved - plan.certificate.mandatory_unserved
    assert lost <= 0.02 * len(crowded.demands)


CHANGES: dict[str, Callable[[Instance], Instance]] = {
    "a longer gap": lambda i: of_all_premises(i, min_gap_days=45),
    "a lower cap": lambda i: of_all_premises(i, max_visits=1, max_visits_per_body=1),
    "no visit allowed any more": lambda i: of_all_premises(i, max_visits=0, max_visits_per_body=0),
    "shorter visits": lambda i: of_all_premises(i, max_minutes=20),
    "other hours": lambda i: of_all_premises(i, open=(900, 1000)),
    "closed for good": lambda i: of_all_premises(i, closed=frozenset(range(60))),
    "premises elsewhere": lambda i: replace(
        i,
        premises=tuple(replace(p, lat=p.lat + n % 3 / 4) for n, p in enumerate(i.premises)),
    ),
    "officers on leave": lambda i: of_all_officers(i, absent=frozenset(range(0, 60, 2))),
    "officers without cards": lambda i: of_all_officers(i, certified=False),
    "officers of another body": lambda i: of_all_officers(i, body="gas", skills=("gas",)),
    "a shorter day": lambda i: replace(i, shift=(700, 800)),
}


def of_all_premises(instance: Instance, **changes: Any) -> Instance:
    return replace(instance, premises=tuple(replace(p, **changes) for p in instance.premises))


def of_all_officers(instance: Instance, **changes: Any) -> Instance:
    return replace(instance, officers=tuple(replace(o, **changes) for o in instance.officers))


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_after_the_notice_spoils_no_later_plan(change: str) -> None:
    crowded = generate(11, Size(premises=60, demands=400, officers=30, days=60, bases=3))
    plan = solve(crowded, iterations=0)
    later = replace(CHANGES[change](crowded), fixed=plan.visits[::3], sha256="")

    again = solve(later, iterations=2)

    assert check(later, again) == []
    assert set(later.fixed) <= set(again.visits)


def test_joint_plan_spares_visits(district: Instance, plan: Plan) -> None:
    spared = burden(district, plan)

    assert spared.joint_visits == len(plan.visits)
    assert spared.separate_visits > 1.5 * spared.joint_visits
    assert spared.spared == pytest.approx(
        1 - spared.joint_visits / spared.separate_visits, abs=1e-6
    )
    assert any("join" in line for line in explain(district, plan))


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    officers=st.integers(2, 20),
    premises=st.integers(1, 60),
    days=st.integers(4, 25),
)
def test_any_generated_district_gets_a_lawful_plan(
    seed: int, officers: int, premises: int, days: int
) -> None:
    instance = generate(seed, Size(premises, premises * 3, officers, days, 2))

    plan = solve(instance, seed=seed, iterations=10)

    assert check(instance, plan) == []


def test_urgent_demands_move_almost_nothing(district: Instance, plan: Plan) -> None:
    moved = []
    for number, premises in enumerate(district.premises[:60]):
        body = ("fire", "gas", "commerce")[number % 3]
        day = 3 + number % 20
        urgent = Demand(
            f"report-{number}", body, body, premises.id, day, day + 3, 45, 4, True, True
        )
        wider = replace(district, demands=(*district.demands, urgent), sha256="")

        desk = Desk(wider, plan)
        fitted = desk.fit(urgent)

        if fitted is None:
            assert set(range(day, day + 4)) <= premises.closed | {
                v.day for v in plan.visits if v.premises == premises.id
            }
            continue
        moved.append(len(fitted.moved))
        fitted_plan = replace(plan, visits=desk.result())
        lines = [x for x in check(wider, fitted_plan) if not x.startswith("certificate")]
        assert lines == []
    assert len(moved) > 50
    assert max(moved) <= 2
    assert sum(moved) / len(moved) <= 0.5
