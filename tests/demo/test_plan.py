"""The demo's plan: repeatable, lawful, inside the district, and nobody real."""

from collections import Counter
from datetime import date, timedelta
from math import cos, hypot, radians

import pytest

from infra.demo.geography import BY_TOWN, CLUSTERS, KM_PER_DEGREE
from infra.demo.history import HISTORY_DAYS, HORIZON_DAYS
from infra.demo.model import DemoPlan
from infra.demo.names import PLACE
from infra.demo.plan import SHOWN_TOWN, SIZES, plan_demo
from infra.demo.trades import DEPARTMENT_BY_CODE, TRADE_BY_CODE, TRADES
from service.officers.rules import MINIMUM_TEAM, SKILLS
from service.register.credit_code import fault
from service.register.industry import above_quota, in_scope
from service.register.rules import check_place
from tenants.catalogue import towns_of

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module", params=["S", "M"])
def plan(request: pytest.FixtureRequest) -> DemoPlan:
    return plan_demo(2026, request.param, TODAY)


def test_the_same_seed_size_and_day_give_the_same_plan(plan: DemoPlan) -> None:
    assert plan_demo(2026, plan.size, TODAY) == plan


def test_another_seed_gives_another_district() -> None:
    one, other = plan_demo(1, "S", TODAY), plan_demo(2, "S", TODAY)

    assert {e.name for e in one.enterprises}.isdisjoint({e.name for e in other.enterprises})
    assert {a.password for a in one.accounts}.isdisjoint({a.password for a in other.accounts})


def test_another_day_moves_the_work_and_keeps_the_enterprises() -> None:
    one, later = plan_demo(1, "S", TODAY), plan_demo(1, "S", TODAY + timedelta(days=30))

    assert [e.credit_code for e in one.enterprises] == [e.credit_code for e in later.enterprises]
    assert [d.release + timedelta(days=30) for d in one.demands] == [
        d.release for d in later.demands
    ]


def test_sizes() -> None:
    assert {size: len(plan_demo(1, size, TODAY).enterprises) for size in SIZES} == {
        "S": 100,
        "M": 600,
        "L": 5000,
    }
    with pytest.raises(ValueError, match="size must be one of S, M, L, not 'XL'"):
        plan_demo(1, "XL", TODAY)


def test_every_town_of_the_district_has_enterprises_and_a_team(plan: DemoPlan) -> None:
    towns = {town.code for town in towns_of("500112")}
    teams = Counter(officer.town_code for officer in plan.officers)

    assert {cluster.town_code for cluster in CLUSTERS} == towns
    assert {enterprise.town_code for enterprise in plan.enterprises} == towns
    assert all(teams[town] >= MINIMUM_TEAM for town in towns)


def test_codes_are_valid_unique_and_of_no_place(plan: DemoPlan) -> None:
    codes = [e.credit_code for e in plan.enterprises if e.credit_code is not None]

    assert [fault(code) for code in codes] == [None] * len(codes)
    assert {code[2:8] for code in codes} == {"990112"}
    assert len(set(codes)) == len(codes)


def test_who_has_no_code_has_an_old_licence(plan: DemoPlan) -> None:
    without = [e for e in plan.enterprises if e.credit_code is None]

    assert 0 < len(without) < len(plan.enterprises) / 5
    assert len({e.alternate_id for e in without}) == len(without)
    assert all((e.credit_code is None) != (e.alternate_id is None) for e in plan.enterprises)


def test_every_enterprise_is_marked_as_invented(plan: DemoPlan) -> None:
    assert all(e.name.startswith(PLACE) for e in plan.enterprises)
    assert len({e.name for e in plan.enterprises}) == len(plan.enterprises)


def test_premises_lie_near_their_town(plan: DemoPlan) -> None:
    for enterprise in plan.enterprises:
        cluster = BY_TOWN[enterprise.town_code]
        for premises in enterprise.premises:
            check_place(premises.latitude, premises.longitude)
            north = (premises.latitude - cluster.latitude) * KM_PER_DEGREE
            east = (premises.longitude - cluster.longitude) * KM_PER_DEGREE
            km = hypot(north, east * cos(radians(cluster.latitude)))
            assert km <= 3 * cluster.spread_km * 2**0.5 + 0.001


def test_addresses_do_not_repeat_within_an_enterprise(plan: DemoPlan) -> None:
    for enterprise in plan.enterprises:
        addresses = [premises.address for premises in enterprise.premises]
        assert len(set(addresses)) == len(addresses)


def test_some_enterprises_share_a_building() -> None:
    plan = plan_demo(2026, "M", TODAY)
    places = Counter((p.latitude, p.longitude) for e in plan.enterprises for p in e.premises)
    assert places.most_common(1)[0][1] >= 2


def test_industries_and_quota(plan: DemoPlan) -> None:
    assert all(in_scope(trade.industry_code) for trade in TRADES)
    for enterprise in plan.enterprises:
        expected = above_quota(enterprise.industry_code, enterprise.revenue_fen, 2025)
        assert enterprise.above_quota is bool(expected)


def test_officers(plan: DemoPlan) -> None:
    cards = [officer.card_no for officer in plan.officers]

    assert len(set(cards)) == len(cards)
    assert all(officer.card_valid_to > TODAY for officer in plan.officers)
    assert {skill for officer in plan.officers for skill in officer.skills} <= SKILLS
    assert {o.body_code for o in plan.officers if o.town_code is None} == set(DEPARTMENT_BY_CODE)


def test_bodies(plan: DemoPlan) -> None:
    kinds = Counter(body.kind for body in plan.bodies)

    assert kinds == {"DEPARTMENT": 6, "TOWN": 30}
    assert {body.town_code for body in plan.bodies if body.kind == "TOWN"} == set(BY_TOWN)
    assert all(body.can_penalise == (body.kind == "DEPARTMENT") for body in plan.bodies)


def test_demands_stay_in_the_horizon_and_with_who_may_ask(plan: DemoPlan) -> None:
    for demand in plan.demands:
        enterprise = plan.enterprises[demand.premises[0]]
        assert demand.premises[1] < len(enterprise.premises)
        assert TODAY < demand.release < demand.due <= TODAY + timedelta(days=HORIZON_DAYS)
        assert demand.minutes % 5 == 0
        assert demand.minutes >= 20
        if demand.body_code == "town":
            assert demand.town_code == enterprise.town_code
        else:
            assert demand.body_code in TRADE_BY_CODE[enterprise.industry_code].lines
            assert set(demand.items) <= set(DEPARTMENT_BY_CODE[demand.body_code].items)


def test_many_premises_are_asked_for_by_several_bodies(plan: DemoPlan) -> None:
    asked = Counter(demand.premises for demand in plan.demands)
    assert sum(count > 1 for count in asked.values()) > len(asked) / 3


def test_visits_are_a_year_of_weekdays(plan: DemoPlan) -> None:
    earliest = TODAY - timedelta(days=HISTORY_DAYS + 2)
    assert [v.day for v in plan.visits] == sorted(v.day for v in plan.visits)
    for visit in plan.visits:
        assert earliest <= visit.day < TODAY
        assert visit.day.weekday() <= 4
        lines = TRADE_BY_CODE[plan.enterprises[visit.premises[0]].industry_code].lines
        assert set(visit.body_codes) <= set(lines)


def test_no_body_comes_or_asks_twice_in_a_year(plan: DemoPlan) -> None:
    """So that the usual caps of two a body and four in all hold with room for the open demands."""
    came = Counter((visit.premises[0], body) for visit in plan.visits for body in visit.body_codes)
    asked = Counter((demand.premises[0], demand.body_code) for demand in plan.demands)
    visited = Counter(visit.premises[0] for visit in plan.visits)

    assert set(came.values()) == set(asked.values()) == {1}
    assert max(visited.values()) <= 2


def test_proposals_follow_grave_findings(plan: DemoPlan) -> None:
    grave = {visit.premises[0] for visit in plan.visits if visit.major_hazard}

    assert len(plan.proposals) >= 2
    assert len({proposal.enterprise for proposal in plan.proposals}) == len(plan.proposals)
    for proposal in plan.proposals:
        enterprise = plan.enterprises[proposal.enterprise]
        assert proposal.enterprise in grave
        assert proposal.town_code == enterprise.town_code
        assert enterprise.credit_code is not None
        assert proposal.proposed_on <= TODAY
        assert proposal.deciding_body_code in DEPARTMENT_BY_CODE


def test_one_account_for_each_role_that_signs_in(plan: DemoPlan) -> None:
    roles = Counter(account.role for account in plan.accounts)

    assert roles == {
        "COMMITTEE": 1,
        "DEPARTMENT": 3,
        "TENANT_ADMIN": 1,
        "INSPECTOR": 1,
        "ENTERPRISE": 1,
        "APP": 1,
    }
    assert all(len(account.password) >= 20 for account in plan.accounts)
    shown = next(a for a in plan.accounts if a.role == "ENTERPRISE")
    assert shown.enterprise is not None
    assert plan.enterprises[shown.enterprise].town_code == SHOWN_TOWN
