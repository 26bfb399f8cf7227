"""Few officers: who has several skills is kept for the visits that need them."""

from dataclasses import replace
from datetime import date
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.joint.planning.checker import check
from service.joint.planning.dense import EAGER, PROMPT, STRICT, THRIFTY, Way, denser, next_way
from service.joint.planning.generator import Size, generate
from service.joint.planning.model import (
    Base,
    Certificate,
    Demand,
    Instance,
    Officer,
    Plan,
    Premises,
    Travel,
)
from service.joint.planning.packing import Packing
from service.joint.planning.problem import Problem, jobs_of
from service.joint.planning.rarity import RAREST, rarity
from service.joint.planning.repair import Rooms, repair
from service.joint.planning.schedule import Schedule
from service.joint.planning.solver import solve

OFFICE = Base("office", 29.7, 106.6)
SCARCE = Size(premises=1500, demands=4500, officers=34, days=40, bases=2)


def officer(name: str, *skills: str, absent: tuple[int, ...] = ()) -> Officer:
    return Officer(name, skills[0], OFFICE.id, skills, True, frozenset(absent))


def premises(name: str, lat: float) -> Premises:
    return Premises(
        name, name, "town", lat, OFFICE.lon, frozenset(), None, 7, 2, 2, max_minutes=400
    )


def demand(place: str, skill: str, minutes: int = 300) -> Demand:
    return Demand(f"{place}-{skill}", skill, place, place, 0, 0, minutes, 2, True, False)


def with_skill(wanted: Demand) -> Demand:
    """The skill of a demand is that of its body here."""
    return replace(wanted, skill=wanted.body)


def one_day(officers: tuple[Officer, ...]) -> Instance:
    """A visit close by that any pair of fire and urban can do, a far one that one pair can."""
    easy = [demand("near", skill) for skill in ("fire", "urban")]
    hard = [demand("far", skill) for skill in ("fire", "gas", "market", "urban")]
    return Instance(
        (date(2026, 1, 5),),
        (510, 1050),
        Travel(30.0, 1.3, 3.0),
        (OFFICE,),
        officers,
        (premises("near", 29.71), premises("far", 29.6)),
        tuple(with_skill(d) for d in (*easy, *hard)),
    )


def certificate(plan: Plan) -> Certificate:
    assert plan.certificate is not None
    return plan.certificate


@pytest.mark.parametrize("way", [THRIFTY, PROMPT, EAGER, STRICT])
def test_an_easy_visit_does_not_take_the_pair_that_a_hard_one_needs(way: Way) -> None:
    instance = one_day(
        (
            officer("both-fire", "fire", "gas"),
            officer("both-urban", "urban", "market"),
            officer("one-fire", "fire"),
            officer("one-urban", "urban"),
        )
    )
    problem = Problem(instance)
    rows = [[0, 1], [2, 3, 4, 5]]
    schedule = Schedule(problem, jobs_of(problem, rows, [0, 0]))

    assert Packing(schedule, way.taste, way.density).pack(lambda: True)

    teams = [crew.officers if crew else None for crew in schedule.crew_of]
    assert teams == [(2, 3), (0, 1)]


def test_where_no_pair_can_do_a_visit_a_larger_team_goes_on_its_last_day() -> None:
    instance = one_day(tuple(officer(s, s) for s in ("fire", "gas", "market", "urban")))
    alone = replace(instance, demands=instance.demands[2:], sha256="")

    plan = solve(alone, seed=1, iterations=1)

    assert check(alone, plan) == []
    assert [sorted(v.officers) for v in plan.visits] == [["fire", "gas", "market", "urban"]]


SKILLS = ("fire", "gas", "market", "urban")


@settings(max_examples=60, deadline=None)
@given(
    officers=st.lists(
        st.tuples(
            st.sampled_from(SKILLS),
            st.frozensets(st.sampled_from(SKILLS), max_size=2),
            st.sampled_from([(), (0,), (0, 1)]),
        ),
        min_size=2,
        max_size=7,
    ),
    needs=st.lists(
        st.tuples(st.frozensets(st.sampled_from(SKILLS), min_size=1), st.sampled_from(SKILLS)),
        min_size=1,
        max_size=5,
    ),
)
def test_rarity_is_the_share_of_pairs_counted_one_by_one(
    officers: list[tuple[str, frozenset[str], tuple[int, ...]]],
    needs: list[tuple[frozenset[str], str]],
) -> None:
    people = tuple(
        Officer(f"o{i}", body, OFFICE.id, tuple(sorted(more | {body})), True, frozenset(absent))
        for i, (body, more, absent) in enumerate(officers)
    )
    wanted = tuple(with_skill(demand("near", s)) for s in SKILLS)
    instance = replace(one_day(people), days=(date(2026, 1, 5), date(2026, 1, 6)), demands=wanted)
    problem = Problem(instance)
    bits = [sum(problem.skill_bit[s] for s in skills) for skills, _ in needs]
    leads = [problem.bodies.index(body) for _, body in needs]

    found = rarity(problem, np.array(bits), np.array(leads))

    duty = [1 - len(o.absent) / 2 for o in people]
    for value, (skills, lead) in zip(found.tolist(), needs, strict=True):
        able = total = 0.0
        for i, a in enumerate(people):
            for j, b in enumerate(people[:i]):
                total += duty[i] * duty[j]
                if skills <= {*a.skills, *b.skills} and lead in (a.body, b.body):
                    able += duty[i] * duty[j]
        assert value == pytest.approx(min(RAREST, -log2(able / total)) if able else RAREST)


def test_scarce_officers_serve_all_that_is_mandatory_and_nearly_all_else() -> None:
    towns = generate(5, SCARCE)

    plan = solve(towns, seed=1, iterations=1)

    assert check(towns, plan) == []
    by_id = {d.id: d for d in towns.demands}
    other = sum(d.risk for d in towns.demands if not d.mandatory)
    lost = sum(by_id[u.demand].risk for u in plan.unserved if not by_id[u.demand].mandatory)
    assert certificate(plan).mandatory_unserved == 0
    assert certificate(plan).gap == 0.0
    assert lost <= 0.03 * other


def test_a_budget_that_ends_early_keeps_the_schedule_it_had() -> None:
    problem = Problem(one_day((officer("a", "fire", "gas"), officer("b", "urban", "market"))))
    jobs = jobs_of(problem, [[0, 1], [2, 3, 4, 5]], [0, 0])
    start = Schedule(problem, jobs.copy())

    assert denser(start, jobs, (0, 0), lambda: False) is start
    assert denser(start, jobs, (0, 0), lambda: True).left_behind() < start.left_behind()


@pytest.mark.parametrize(
    ("tried", "left", "then"),
    [
        ([THRIFTY], (3, 5), None),
        ([THRIFTY], (3, 6), PROMPT),
        ([PROMPT], (3, 5), THRIFTY),
        ([PROMPT], (3, 6), EAGER),
        ([PROMPT], (4, 5), STRICT),
        ([THRIFTY, PROMPT], (9, 9), None),
    ],
)
def test_the_next_way_follows_from_what_stayed_behind(
    tried: list[Way], left: tuple[int, int], then: Way | None
) -> None:
    assert next_way(tried, left, by_law=(3, 5)) == then


def test_mandatory_work_takes_the_place_of_other_work_wherever_that_is() -> None:
    instance = one_day((officer("a", "fire", "gas"), officer("b", "urban", "market")))
    near = tuple(replace(d, mandatory=False) for d in instance.demands[:2])
    problem = Problem(replace(instance, demands=(*near, *instance.demands[2:])))
    schedule = Schedule(problem, jobs_of(problem, [[0, 1], [2, 3, 4, 5]], [0, 0]))
    schedule.place_job(0, schedule.open_crew(0, (0, 1)), 0)

    blind = Rooms(schedule, neighbours=0)
    assert not blind.eject(1)
    assert schedule.left_behind() == (8, 0)
    assert blind.eject(1, everywhere=True)

    assert schedule.left_behind() == (0, 4)
    repair(schedule)
    assert schedule.left_behind() == (0, 4)
