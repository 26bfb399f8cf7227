"""The demo's work: inspections of the past year, demands for the coming months, proposals."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from infra.demo.model import (
    DemoDemand,
    DemoEnterprise,
    DemoProposal,
    DemoVisit,
)
from infra.demo.trades import DEPARTMENT_BY_CODE, TOWN_ITEMS, TRADE_BY_CODE
from service.register.rules import RISK_WEIGHT, RiskColour

HORIZON_DAYS = 90  # calendar days ahead for which bodies have asked
HISTORY_DAYS = 365
_ASKS = {
    RiskColour.RED: 0.95,
    RiskColour.ORANGE: 0.7,
    RiskColour.YELLOW: 0.4,
    RiskColour.BLUE: 0.2,
}
"""How likely a body that supervises the trade asks for an inspection within the horizon."""
_VISITED = {
    RiskColour.RED: 2.0,
    RiskColour.ORANGE: 1.5,
    RiskColour.YELLOW: 0.9,
    RiskColour.BLUE: 0.4,
}
"""Mean number of inspections in the past year."""
_KINDS = ("ROUTINE", "SPECIAL", "REINSPECT", "CLUE")
_KIND_WEIGHTS = (82, 10, 5, 3)
_BASIS = {
    "ROUTINE": "年度检查计划",
    "SPECIAL": "专项检查方案",
    "REINSPECT": "整改复查",
    "CLUE": "举报线索核查",
}
_GROUNDS = (
    ("SERIOUS_DISHONESTY", "重大事故隐患逾期未整改，被处罚后拒不执行"),
    ("PENALTY_PUBLICITY", "疏散通道堵塞，经责令限期改正仍未改正"),
    ("MEDIA_EXPOSURE", "瓶装液化石油气与明火同室使用的典型案例"),
)
_PROPOSALS_PER_ENTERPRISE = 0.01


def plan_demands(
    rng: Random, enterprises: Sequence[DemoEnterprise], today: date
) -> tuple[DemoDemand, ...]:
    """What the bodies ask to inspect within the horizon; a town asks for its own premises.

    A body asks once for an enterprise, which keeps every body well inside its yearly cap.
    """
    return tuple(
        demand
        for number, enterprise in enumerate(enterprises)
        for demand in _demands_of(rng, enterprise, number, today)
    )


def _demands_of(
    rng: Random, enterprise: DemoEnterprise, number: int, today: date
) -> Iterator[DemoDemand]:
    asks = _ASKS[enterprise.risk]
    places = len(enterprise.premises)
    for line in TRADE_BY_CODE[enterprise.industry_code].lines:
        if rng.random() < asks:
            department = DEPARTMENT_BY_CODE[line]
            place = (number, rng.randrange(places))
            items = tuple(sorted(rng.sample(department.items, rng.randint(1, 2))))
            yield _demand(
                rng, line, None, enterprise, place, items, line, department.minutes, today
            )
    if rng.random() < asks / 2:
        yield _demand(
            rng,
            "town",
            enterprise.town_code,
            enterprise,
            (number, rng.randrange(places)),
            (rng.choice(TOWN_ITEMS),),
            "general",
            (20, 45),
            today,
        )


def _demand(
    rng: Random,
    body_code: str,
    town_code: str | None,
    enterprise: DemoEnterprise,
    premises: tuple[int, int],
    items: tuple[str, ...],
    skill: str,
    minutes: tuple[int, int],
    today: date,
) -> DemoDemand:
    kind = rng.choices(_KINDS, _KIND_WEIGHTS)[0]
    release = today + timedelta(days=rng.randint(1, HORIZON_DAYS - 30))
    length = rng.randint(5, 12) if kind in ("REINSPECT", "CLUE") else rng.randint(21, 60)
    due = min(release + timedelta(days=length), today + timedelta(days=HORIZON_DAYS))
    return DemoDemand(
        body_code,
        town_code,
        premises,
        items,
        skill,
        kind,
        _BASIS[kind],
        release,
        due,
        5 * rng.randint(minutes[0] // 5, minutes[1] // 5),
        kind != "ROUTINE" or RISK_WEIGHT[enterprise.risk] >= 3,
    )


def plan_visits(
    rng: Random, enterprises: Sequence[DemoEnterprise], today: date
) -> tuple[DemoVisit, ...]:
    """Inspections of the past year, oldest first, each on a weekday."""
    visits = [
        visit
        for number, enterprise in enumerate(enterprises)
        for visit in _visits_of(rng, enterprise, number, today)
    ]
    return tuple(sorted(visits, key=lambda visit: (visit.day, visit.premises)))


def _count(rng: Random, mean: float) -> int:
    """A whole number around `mean`, by its fraction's chance."""
    return int(mean) + (rng.random() < mean % 1)


def _visits_of(
    rng: Random,
    enterprise: DemoEnterprise,
    number: int,
    today: date,
) -> Iterator[DemoVisit]:
    """The year's visits to one enterprise, no body coming twice."""
    lines = list(TRADE_BY_CODE[enterprise.industry_code].lines)
    rng.shuffle(lines)
    for _ in range(_count(rng, _VISITED[enterprise.risk])):
        wanted = rng.choices((1, 2, 3), (55, 35, 10))[0]
        bodies, lines = sorted(lines[:wanted]), lines[wanted:]
        if bodies:
            place = (number, rng.randrange(len(enterprise.premises)))
            yield _visit(rng, enterprise, place, bodies, today)


def _visit(
    rng: Random,
    enterprise: DemoEnterprise,
    premises: tuple[int, int],
    bodies: list[str],
    today: date,
) -> DemoVisit:
    day = today - timedelta(days=rng.randint(1, HISTORY_DAYS))
    while day.weekday() > 4:
        day -= timedelta(days=1)
    hazards = _count(rng, 0.5 * RISK_WEIGHT[enterprise.risk] * rng.random() * 2)
    return DemoVisit(
        day,
        premises,
        tuple(bodies),
        5 * rng.randint(6, 18),
        hazards,
        hazards > 0 and rng.random() < 0.04 * RISK_WEIGHT[enterprise.risk],
    )


def plan_proposals(
    rng: Random,
    enterprises: Sequence[DemoEnterprise],
    visits: Sequence[DemoVisit],
    today: date,
) -> tuple[DemoProposal, ...]:
    """Proposals after grave findings, at most one an enterprise; only companies with a code."""
    grave = {visit.premises[0]: visit for visit in visits if visit.major_hazard}
    fitting = [number for number in sorted(grave) if enterprises[number].credit_code is not None]
    wanted = min(len(fitting), max(2, round(len(enterprises) * _PROPOSALS_PER_ENTERPRISE)))
    proposals = []
    for turn, number in enumerate(sorted(rng.sample(fitting, wanted))):
        publication, ground = _GROUNDS[turn % len(_GROUNDS)]
        visit = grave[number]
        proposals.append(
            DemoProposal(
                enterprises[number].town_code,
                number,
                visit.body_codes[0],
                publication,
                ground,
                _proposed_on(rng, publication, visit.day, today),
            )
        )
    return tuple(proposals)


def _proposed_on(rng: Random, publication: str, visited: date, today: date) -> date:
    """A penalty is made public within days of its decision, other cases take their time."""
    if publication == "PENALTY_PUBLICITY":
        return today - timedelta(days=rng.randint(3, 6))
    return min(visited + timedelta(days=rng.randint(5, 40)), today)
