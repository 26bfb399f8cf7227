"""Dense days: fewer officer-days than the first construction, nothing more left behind."""

from dataclasses import replace

import pytest

from service.joint.planning.bounds import busiest_body
from service.joint.planning.checker import check
from service.joint.planning.generator import Size, generate
from service.joint.planning.model import Base, Demand, Instance, Officer
from service.joint.planning.problem import Problem
from service.joint.planning.solver import solve

TOWNS = Size(premises=1500, demands=4500, officers=48, days=40, bases=2)


@pytest.fixture(scope="module")
def towns() -> Instance:
    return generate(5, TOWNS)


def test_dense_days_save_officer_days_and_travel_and_serve_no_less(towns: Instance) -> None:
    before = solve(towns, seed=1, iterations=0).certificate
    plan = solve(towns, seed=1, iterations=1)
    after = plan.certificate

    assert check(towns, plan) == []
    assert before is not None
    assert after is not None
    assert after.mandatory_unserved <= before.mandatory_unserved
    assert after.discretionary_unserved <= before.discretionary_unserved
    assert after.officer_days < 0.9 * before.officer_days
    assert after.travel_minutes < 0.85 * before.travel_minutes


def test_a_visit_whose_last_days_are_closed_goes_earlier(towns: Instance) -> None:
    place = replace(towns.premises[0], closed=frozenset(range(6, 40)), open=None)
    demand = replace(towns.demands[0], premises=place.id, release=2, due=30, mandatory=True)
    lone = replace(towns, premises=(place,), demands=(demand,), sha256="")

    plan = solve(lone, seed=1, iterations=1)

    assert check(lone, plan) == []
    assert [visit.day for visit in plan.visits] == [pytest.approx(3.5, abs=1.5)]


def test_the_matrix_of_ways_is_that_of_single_ways(towns: Instance) -> None:
    problem = Problem(towns)
    places = problem.columns.premises[:120]

    matrix = problem.table.matrix(places)

    for row, place in enumerate(places.tolist()):
        assert matrix[row].tolist() == problem.table.many(place, places).tolist()


def test_a_body_is_as_busy_as_its_busiest_span() -> None:
    towns = generate(5, Size(premises=2, demands=0, officers=0, days=10, bases=1))
    office = Base("office", 29.7, 106.6)

    def officer(name: str, absent: frozenset[int]) -> Officer:
        return Officer(name, "fire", office.id, ("fire",), True, absent)

    def demand(name: str, release: int, due: int, minutes: int) -> Demand:
        place = towns.premises[0].id
        return Demand(name, "fire", "fire", place, release, due, minutes, 1, True, False)

    crowded = replace(
        towns,
        shift=(500, 1000),
        bases=(office,),
        officers=(officer("a", frozenset()), officer("b", frozenset({3}))),
        demands=(demand("x", 3, 3, 250), demand("y", 2, 3, 100), demand("z", 0, 9, 100)),
    )

    # Day 3 alone: 250 of 500 minutes; days 2 and 3: 350 of 1,500.
    assert busiest_body(crowded) == 0.5
