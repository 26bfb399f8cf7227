"""The checker names every planted violation."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from service.joint.planning.checker import check
from service.joint.planning.model import (
    Base,
    Demand,
    Instance,
    Officer,
    Plan,
    PlannedVisit,
    Premises,
    Travel,
    Unserved,
)
from service.joint.planning.solver import solve


def officer(name: str, body: str, *, certified: bool = True) -> Officer:
    return Officer(name, body, "b", (body,), certified, frozenset({4}))


def premises(name: str, lat: float) -> Premises:
    return Premises(name, "e", "t", lat, 106.6, frozenset({3}), (540, 1020), 2, 2, 1, 120)


DEMANDS = (
    Demand("d1", "fire", "fire", "p1", 0, 4, 60, 3, True, False),
    Demand("d2", "gas", "gas", "p1", 0, 4, 30, 1, False, False),
    Demand("d3", "fire", "fire", "p2", 0, 1, 45, 2, True, False),
    Demand("d4", "fire", "fire", "p1", 4, 4, 45, 2, False, False),
    Demand("d5", "gas", "gas", "p2", 0, 4, 30, 2, True, True),
)
INSTANCE = Instance(
    tuple(date(2026, 1, day) for day in (5, 6, 7, 8, 9)),
    (510, 1050),
    Travel(30, 1.3, 3),
    (Base("b", 29.7, 106.6),),
    (
        officer("f1", "fire"),
        officer("f2", "fire"),
        officer("g1", "gas"),
        officer("g2", "gas"),
        officer("trainee", "gas", certified=False),
    ),
    (premises("p1", 29.71), premises("p2", 29.72)),
    DEMANDS,
)
FIRST = PlannedVisit("p1", 0, 600, 60, ("f1", "g1"), "fire", ("d1", "d2"))
SECOND = PlannedVisit("p2", 0, 700, 45, ("f1", "g1"), "fire", ("d3", "d5"))
GOOD = Plan((FIRST, SECOND), (Unserved("d4", "LAW"),), None)


def broken_by(plan: Plan, instance: Instance = INSTANCE) -> list[str]:
    return [line for line in check(instance, plan) if not line.startswith("certificate")]


def test_the_good_plan_is_lawful() -> None:
    assert broken_by(GOOD) == []


def first(**changes: object) -> Plan:
    return replace(GOOD, visits=(replace(FIRST, **changes), SECOND))  # type: ignore[arg-type]


def second(**changes: object) -> Plan:
    return replace(GOOD, visits=(FIRST, replace(SECOND, **changes)))  # type: ignore[arg-type]


def extra(visit: PlannedVisit, *unserved: str) -> Plan:
    return Plan((FIRST, SECOND, visit), tuple(Unserved(d, "LAW") for d in unserved), None)


# By the rule that is broken: 1 demands, windows and hours, 2 premises, 3 length, 4 team.
PLANTED: dict[str, tuple[Plan, str]] = {
    "1 unknown premises": (first(premises="nowhere"), "no premises"),
    "4 unknown officer": (first(officers=("f1", "ghost")), "no officer"),
    "1 unknown demand": (first(demands=("d1", "d2", "d9")), "no demand"),
    "1 day outside": (first(day=77), "outside the horizon"),
    "1 served twice": (second(demands=("d3", "d5", "d5")), "served 2 times"),
    "1 served and unserved": (
        replace(GOOD, unserved=(*GOOD.unserved, Unserved("d1", "LAW"))),
        "both served and unserved",
    ),
    "1 forgotten": (replace(GOOD, unserved=()), "neither served nor listed"),
    "1 no reason": (replace(GOOD, unserved=(Unserved("d4", " "),)), "without a reason"),
    "1 listed twice": (replace(GOOD, unserved=GOOD.unserved * 2), "listed 2 times"),
    "1 other premises": (first(demands=("d1", "d2", "d3")), "belongs to p2"),
    "1 outside the window": (second(day=2), "outside 0..1"),
    "1 closed": (first(day=3), "closed on day 3"),
    "1 before opening": (first(start=530), "outside opening"),
    "3 wrong length": (first(minutes=50), "instead of 60"),
    "4 wrong lead": (first(lead_body="gas"), "does not weigh most"),
    "4 one officer": (first(officers=("f1",)), "has 1 certified"),
    "4 trainee counted": (first(officers=("f1", "trainee")), "has 1 certified"),
    "4 officer twice": (first(officers=("f1", "f1", "g1")), "names an officer twice"),
    "4 skill missing": (first(officers=("f1", "f2")), "skill gas"),
    "4 lead body missing": (first(officers=("g1", "g2")), "lead body fire"),
    "4 absent": (first(day=4), "is absent on day 4"),
    "4 no time to travel": (second(start=661), "visit starts 661"),
    "4 home too late": (
        replace(GOOD, visits=(FIRST, replace(SECOND, start=975))),
        "back at base after",
    ),
    "2 two visits a day": (
        extra(PlannedVisit("p1", 0, 800, 45, ("f2", "g2"), "fire", ("d4",))),
        "2 visits on day 0",
    ),
    "2 gap and body cap": (
        extra(PlannedVisit("p1", 1, 800, 45, ("f2", "g2"), "fire", ("d4",))),
        "1 days apart",
    ),
    "2 body cap": (
        extra(PlannedVisit("p1", 4, 800, 45, ("f2", "g2"), "fire", ("d4",))),
        "2 visits of fire",
    ),
    "1 empty visit": (first(demands=()), "serves no demand"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_violation_is_named(name: str) -> None:
    plan, words = PLANTED[name]
    instance = INSTANCE
    if name == "4 home too late":
        late = tuple(replace(p, open=None) for p in INSTANCE.premises)
        plan = replace(plan, visits=(FIRST, replace(SECOND, start=1004)))
        instance = replace(INSTANCE, premises=late)

    assert any(words in line for line in broken_by(plan, instance))


def test_rules_2_and_3_cap_and_length_of_visits_are_checked() -> None:
    strict = replace(INSTANCE, premises=tuple(replace(p, max_visits=0) for p in INSTANCE.premises))
    short = replace(INSTANCE, premises=tuple(replace(p, max_minutes=50) for p in INSTANCE.premises))

    assert "premises p1: 1 visits, at most 0" in broken_by(GOOD, strict)
    assert any("lasts 60 minutes, at most 50" in line for line in broken_by(GOOD, short))


@pytest.mark.parametrize(
    "changes",
    [
        {"start": 601},
        {"day": 1},
        {"officers": ("f2", "g1")},
        {"lead_body": "gas"},
        {"demands": ("d1",)},
        {"minutes": 61},
    ],
)
def test_rule_5_a_notified_visit_that_was_touched_is_named(changes: dict[str, object]) -> None:
    notified = replace(INSTANCE, fixed=(replace(FIRST, **changes),))  # type: ignore[arg-type]

    assert any("was moved or changed" in line for line in broken_by(GOOD, notified))


def test_what_is_planned_beside_notified_visits_keeps_every_rule() -> None:
    beside = {
        "gap": PlannedVisit("p1", 1, 800, 45, ("f2", "g2"), "fire", ("d4",)),
        "same day": PlannedVisit("p1", 0, 800, 45, ("f2", "g2"), "fire", ("d4",)),
        "travel": PlannedVisit("p1", 1, 800, 45, ("f1", "g1"), "fire", ("d4",)),
        "body cap": PlannedVisit("p1", 4, 800, 45, ("f2", "g2"), "fire", ("d4",)),
    }
    words = {
        "gap": "1 days apart",
        "same day": "2 visits on day 0",
        "travel": "visit starts 800",
        "body cap": "2 visits of fire",
    }
    away = replace(SECOND, day=1, start=757)
    for name, visit in beside.items():
        standing = away if name == "travel" else SECOND
        notified = replace(INSTANCE, fixed=(FIRST, standing))
        plan = Plan((FIRST, standing, visit), (), None)

        assert any(words[name] in line for line in broken_by(plan, notified)), name

    nobody_else = replace(
        INSTANCE,
        premises=tuple(replace(p, max_visits=0, min_gap_days=9) for p in INSTANCE.premises),
        fixed=(FIRST, SECOND),
    )
    assert broken_by(GOOD, nobody_else) == []
    doubled = replace(GOOD, visits=(FIRST, FIRST, SECOND))
    assert any("served 2 times" in line for line in broken_by(doubled, nobody_else))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("visits", lambda v: v + 1),
        ("mandatory_unserved", lambda v: v + 1),
        ("mandatory_unserved_risk", lambda v: v + 1),
        ("discretionary_unserved", lambda v: v + 1),
        ("officer_days", lambda v: v - 1),
        ("travel_minutes", lambda v: v - 1),
        ("visits_lower_bound", lambda v: v + 5),
        ("mandatory_unserved_bound", lambda v: v + 5),
        ("gap", lambda v: v + 0.5),
        ("input_sha256", lambda _: "0" * 64),
    ],
)
def test_a_false_certificate_is_named(name: str, change: Callable[[float], object]) -> None:
    instance = replace(INSTANCE, sha256="1" * 64)
    plan = solve(instance, iterations=5)
    assert check(instance, plan) == []
    assert plan.certificate is not None
    value = getattr(plan.certificate, name)

    lied = replace(plan, certificate=replace(plan.certificate, **{name: change(value)}))

    assert any(line.startswith("certificate") for line in check(instance, lied))


def test_a_missing_certificate_is_named() -> None:
    assert "certificate: missing" in check(INSTANCE, GOOD)
