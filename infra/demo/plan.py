"""The plan of a demo district: what to seed, a pure function of seed, size and day."""

from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from random import Random

from infra.demo import names
from infra.demo.geography import BY_TOWN, CLUSTERS, DISTRICT, Cluster, place
from infra.demo.history import plan_demands, plan_proposals, plan_visits
from infra.demo.model import (
    DemoAccount,
    DemoBody,
    DemoEnterprise,
    DemoOfficer,
    DemoPlan,
    DemoPremises,
)
from infra.demo.trades import DEPARTMENTS, TRADES, Trade
from service.register import credit_code
from service.register.industry import above_quota, latest_basis_year
from service.register.rules import RiskColour
from tenants.catalogue import DivisionKind, division, towns_of

SIZES = {"S": 100, "M": 600, "L": 5000}
"""Enterprises by size."""
_OFFICERS = {"S": (2, 3), "M": (2, 7), "L": (3, 20)}
"""Officers of a town and of a department, by size."""
SHOWN_TOWN = "500112011"
"""The street whose people sign in to the demo."""
_BRANCH_SHARE = 0.06  # of enterprises; they have two or three places
_MALL_SHARE = 0.12  # of places that lie in a building with others
_OLD_LICENCE_SHARE = 0.2  # of small traders, who have no credit code yet


def plan_demo(seed: int, size: str, today: date) -> DemoPlan:
    """The demo district of one size as of `today`.

    Raises:
        ValueError: an unknown size.
    """
    if size not in SIZES:
        raise ValueError(f"size must be one of {', '.join(SIZES)}, not {size!r}")
    enterprises = tuple(_enterprises(_rng(seed, "enterprises"), SIZES[size], today))
    officers = tuple(_officers(_rng(seed, "officers"), _OFFICERS[size], today))
    visits = plan_visits(_rng(seed, "visits"), enterprises, today)
    return DemoPlan(
        seed,
        size,
        today,
        tuple(_bodies()),
        enterprises,
        officers,
        plan_demands(_rng(seed, "demands"), enterprises, today),
        visits,
        plan_proposals(_rng(seed, "proposals"), enterprises, visits, today),
        tuple(_accounts(seed, enterprises, officers)),
    )


def _rng(seed: int, section: str) -> Random:
    """A generator of its own for each section, so that one may grow without moving another."""
    return Random(f"{seed}:{section}")  # noqa: S311  invented data, no secret


def _bodies() -> Iterator[DemoBody]:
    for department in DEPARTMENTS:
        yield DemoBody(department.code, department.name, "DEPARTMENT", department.line, None, True)
    for town in towns_of(DISTRICT):
        seat = "街道办事处" if town.kind is DivisionKind.STREET else "人民政府"
        stem = town.name.removesuffix("街道") if town.kind is DivisionKind.STREET else town.name
        yield DemoBody("town", stem + seat + "（演示）", "TOWN", "general", town.code, False)


def _enterprises(rng: Random, count: int, today: date) -> Iterator[DemoEnterprise]:
    brands = names.brands(rng)
    weights = [cluster.weight for cluster in CLUSTERS]
    malls = {cluster.town_code: _malls(rng, cluster) for cluster in CLUSTERS}
    codes: set[str] = set()
    for number in range(count):
        # Each town gets one first, so that no tenant of a small demo stands empty.
        cluster = CLUSTERS[number] if number < len(CLUSTERS) else rng.choices(CLUSTERS, weights)[0]
        trade = rng.choices(TRADES, [item.weight for item in TRADES])[0]
        yield _enterprise(rng, number, next(brands), cluster, trade, malls, codes, today)


def _enterprise(
    rng: Random,
    number: int,
    brand: str,
    cluster: Cluster,
    trade: Trade,
    malls: dict[str, list[DemoPremises]],
    codes: set[str],
    today: date,
) -> DemoEnterprise:
    low, high = trade.revenue_yuan
    revenue_fen = round(low * (high / low) ** rng.random()) * 100
    small = revenue_fen < 100_000_000 and trade.industry_code.startswith(("62", "5213"))
    old_licence = small and rng.random() < _OLD_LICENCE_SHARE
    code = None if old_licence else _fresh_code(rng, codes, "2" if small else "1")
    name = f"{names.PLACE}{brand}{trade.ending}{'店' if small else '有限公司'}"
    return DemoEnterprise(
        cluster.town_code,
        name,
        code,
        f"旧照{credit_code.NO_AREA}{number:07d}" if old_licence else None,
        trade.industry_code,
        revenue_fen,
        bool(above_quota(trade.industry_code, revenue_fen, latest_basis_year(today))),
        rng.choices(list(RiskColour), trade.risks)[0],
        names.person(rng),
        tuple(_premises(rng, name, cluster, trade, malls[cluster.town_code])),
    )


def _fresh_code(rng: Random, taken: set[str], kind: str) -> str:
    while (code := credit_code.generate(rng, kind=kind)) in taken:
        pass
    taken.add(code)
    return code


def _malls(rng: Random, cluster: Cluster) -> list[DemoPremises]:
    """Buildings of a town that several enterprises share: one address, many licences."""
    town = division(cluster.town_code).name
    malls = []
    for _ in range(max(1, round(cluster.weight / 2))):
        latitude, longitude = place(rng, cluster)
        title = f"{names.PLACE}{names.road(rng)[:2]}广场"
        address = f"渝北区{town}{names.road(rng)}{rng.randint(1, 299)}号{title}"
        malls.append(DemoPremises(title, address, latitude, longitude, None))
    return malls


def _premises(
    rng: Random, name: str, cluster: Cluster, trade: Trade, malls: list[DemoPremises]
) -> Iterator[DemoPremises]:
    town = division(cluster.town_code).name
    places = 1 + (rng.randint(1, 2) if rng.random() < _BRANCH_SHARE else 0)
    for index in range(places):
        label = f"{name}{'' if index == 0 else f'（{index + 1}号店）'}"
        if trade.opening is not None and rng.random() < _MALL_SHARE:
            mall = rng.choice(malls)
            unit = f"{mall.address}{rng.randint(1, 6)}层{rng.randint(1, 80):02d}号-{index + 1}"
            yield DemoPremises(label, unit, mall.latitude, mall.longitude, trade.opening)
        else:
            latitude, longitude = place(rng, cluster)
            address = f"渝北区{town}{names.road(rng)}{rng.randint(1, 999)}号-{index + 1}"
            yield DemoPremises(label, address, latitude, longitude, trade.opening)


def _officers(rng: Random, counts: tuple[int, int], today: date) -> Iterator[DemoOfficer]:
    per_town, per_department = counts
    seat = BY_TOWN["500112016"]
    posts = [
        (department.code, None, department.line, seat)
        for department in DEPARTMENTS
        for _ in range(per_department)
    ]
    towns = [("town", cluster.town_code, "general", cluster) for cluster in CLUSTERS]
    for number, (body, town, skill, base) in enumerate(
        [*posts, *(post for post in towns for _ in range(per_town))], start=1
    ):
        skills = {skill, "general"}
        if body == "market":
            skills.add("special_equipment")
        yield DemoOfficer(
            body,
            town,
            names.person(rng),
            f"{credit_code.NO_AREA}{number:05d}",
            today + timedelta(days=rng.randint(60, 1500)),
            tuple(sorted(skills)),
            base.latitude,
            base.longitude,
        )


def demo_password(seed: int, username: str) -> str:
    """The password of a demo account: repeatable, long, and good for nothing else."""
    return "demo-" + sha256(f"anshang demo {seed} {username}".encode()).hexdigest()[:16]


def _accounts(
    seed: int, enterprises: tuple[DemoEnterprise, ...], officers: tuple[DemoOfficer, ...]
) -> Iterator[DemoAccount]:
    shown = next(n for n, item in enumerate(enterprises) if item.town_code == SHOWN_TOWN)
    inspector = next(item for item in officers if item.town_code == SHOWN_TOWN)
    rows = (
        ("committee", "商贸安全专委（演示）", "COMMITTEE", None, None, None),
        ("emergency", "应急管理局（演示）", "DEPARTMENT", None, "emergency", None),
        ("emergency-legal", "应急管理局法制审核（演示）", "DEPARTMENT", None, "emergency", None),
        ("commerce", "商务委员会（演示）", "DEPARTMENT", None, "commerce", None),
        ("town-admin", "街道管理员（演示）", "TENANT_ADMIN", SHOWN_TOWN, "town", None),
        ("inspector", inspector.name, "INSPECTOR", SHOWN_TOWN, "town", None),
        ("enterprise", enterprises[shown].principal, "ENTERPRISE", SHOWN_TOWN, None, shown),
        ("app", "第三方应用（演示）", "APP", SHOWN_TOWN, None, None),
    )
    for username, display_name, role, town, body, enterprise in rows:
        yield DemoAccount(
            username, display_name, role, town, body, enterprise, demo_password(seed, username)
        )
