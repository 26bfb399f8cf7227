"""Steps that fill a district, each through the product's commands and each safe to repeat."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from infra.demo.geography import DISTRICT
from infra.demo.history import HISTORY_DAYS
from infra.demo.model import DemoEnterprise, DemoOfficer, DemoPlan
from infra.demo.past import at_moment, office_hour
from service.administration import operating, provisioning
from service.administration.commands import add_body, set_penalty_power
from service.officers.commands import appoint_officer
from service.officers.records import Officer
from service.register.commands import add_premises, enrol_enterprise
from service.register.records import Enterprise, Premises
from service.register.rules import Opening
from tenants.directory import department_scope
from tenants.records import Body
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

ACTOR = "operator:demo-seed"
PARALLEL = 6  # towns at a time; each is one transaction of one connection


@dataclass(slots=True)
class District:
    """The provisioned district: its office, and its towns by division code."""

    office: Owner
    towns: dict[str, Owner]

    def owner(self, town_code: str | None) -> Owner:
        """The town, or the office for None."""
        return self.office if town_code is None else self.towns[town_code]

    def scope(self, town_code: str | None) -> Scope:
        """What the town, or the office, may touch."""
        return Scope.of_tenant(self.owner(town_code), ACTOR)


async def each(acts: Iterable[Awaitable[int]]) -> int:
    """Run all, so many at a time; the sum of what they did."""
    gate = asyncio.Semaphore(PARALLEL)

    async def one(act: Awaitable[int]) -> int:
        async with gate:
            return await act

    return sum(await asyncio.gather(*(one(act) for act in acts)))


async def provision(plan: DemoPlan) -> District:
    """Make tenants of the district's towns, a year before today."""
    with at_moment(office_hour(plan.today - timedelta(days=HISTORY_DAYS + 30))):
        await provisioning.provision([DISTRICT], actor=ACTOR)
    lines = await operating.list_tenants(district=DISTRICT, actor=ACTOR)
    office = await operating.owner_of(DISTRICT, ACTOR)
    towns = {
        line.code: Owner(line.id, office.district_id) for line in lines if line.kind != "DISTRICT"
    }
    return District(office, towns)


async def bodies(plan: DemoPlan, district: District) -> int:
    """The departments of the district, with their power to penalise."""
    made = 0
    begun = office_hour(plan.today - timedelta(days=HISTORY_DAYS + 29))
    with at_moment(begun):
        async with tenant_transaction(district.scope(None)):
            known = {row.code for row in await Body.filter(tenant_id=district.office.tenant_id)}
            for body in plan.bodies:
                if body.kind == "DEPARTMENT" and body.code not in known:
                    await add_body(district.office, code=body.code, name=body.name, line=body.line)
                    await set_penalty_power(
                        district.office,
                        body_code=body.code,
                        granted=True,
                        basis="行政处罚法第十七条",
                    )
                    made += 1
    return made


async def register(plan: DemoPlan, district: District) -> int:
    """Every enterprise with its premises, entered through the past year."""
    by_town: dict[str, list[DemoEnterprise]] = defaultdict(list)
    for enterprise in plan.enterprises:
        by_town[enterprise.town_code].append(enterprise)
    return await each(
        _register_town(plan, district, town, members) for town, members in by_town.items()
    )


async def _register_town(
    plan: DemoPlan, district: District, town: str, members: list[DemoEnterprise]
) -> int:
    owner, made = district.owner(town), 0
    first = plan.today - timedelta(days=HISTORY_DAYS + 28)
    async with tenant_transaction(district.scope(town)):
        known = {row.name for row in await Enterprise.filter(tenant_id=owner.tenant_id)}
        for number, item in enumerate(members):
            if item.name not in known:
                day = first + timedelta(days=number * 27 // len(members))
                with at_moment(office_hour(day, 540 + number % 60)):
                    await _enrol(owner, item)
                made += 1
    return made


async def _enrol(owner: Owner, item: DemoEnterprise) -> None:
    row = await enrol_enterprise(
        owner,
        name=item.name,
        credit_code=item.credit_code,
        alternate_id=item.alternate_id,
        industry_code=item.industry_code,
        above_quota=item.above_quota,
        risk=item.risk,
    )
    for place in item.premises:
        await add_premises(
            row.id,
            name=place.name,
            address=place.address,
            latitude=place.latitude,
            longitude=place.longitude,
            opening=Opening(*place.opening) if place.opening else None,
        )


async def officers(plan: DemoPlan, district: District) -> int:
    """The officers of the departments and towns."""
    by_town: dict[str | None, list[DemoOfficer]] = defaultdict(list)
    for officer in plan.officers:
        by_town[officer.town_code].append(officer)
    with at_moment(office_hour(plan.today - timedelta(days=HISTORY_DAYS))):
        return await each(_appoint(district, town, members) for town, members in by_town.items())


async def _appoint(district: District, town: str | None, members: list[DemoOfficer]) -> int:
    owner, made = district.owner(town), 0
    async with tenant_transaction(district.scope(town)):
        known = {row.card_no for row in await Officer.filter(tenant_id=owner.tenant_id)}
        for item in members:
            if item.card_no not in known:
                await appoint_officer(
                    owner,
                    body_code=item.body_code,
                    name=item.name,
                    card_no=item.card_no,
                    card_valid_to=item.card_valid_to,
                    skills=list(item.skills),
                    base_latitude=item.base_latitude,
                    base_longitude=item.base_longitude,
                )
                made += 1
    return made


@dataclass(slots=True)
class Index:
    """Where the plan's enterprises, premises and bodies stand in the database."""

    enterprises: list[UUID]
    premises: dict[tuple[int, int], UUID]
    bodies: dict[tuple[str, str | None], UUID]


async def index(plan: DemoPlan, district: District) -> Index:
    """Find what was seeded by what identifies it."""
    scope = await department_scope(district.office.district_id, ACTOR)
    towns = {owner.tenant_id: code for code, owner in district.towns.items()}
    async with tenant_transaction(scope, read_only=True):
        rows = {row.name: row.id for row in await Enterprise.all()}
        places = {(row.enterprise_id, row.address): row.id for row in await Premises.all()}
        found = {(row.code, towns.get(row.tenant_id)): row.id for row in await Body.all()}
    enterprises = [rows[item.name] for item in plan.enterprises]
    premises = {
        (number, place): places[(enterprises[number], item.premises[place].address)]
        for number, item in enumerate(plan.enterprises)
        for place in range(len(item.premises))
    }
    return Index(enterprises, premises, found)
