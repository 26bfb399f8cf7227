"""A district ready for joint enforcement: premises, officers and a way to demand."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.joint import commands
from service.joint.library import ItemTerms, publish_item
from service.joint.records import InspectionDemand, JointPlan, JointVisit
from service.joint.rules import DemandKind, DemandTerms
from service.officers.commands import appoint_officer
from service.officers.rules import SKILLS
from service.register.commands import add_premises, enrol_enterprise
from service.register.records import Premises
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

LINES = ("fire", "gas", "market")


def monday() -> date:
    """The first Monday at least a week away."""
    today = clock.legal_day(clock.now())
    return today + timedelta(days=14 - today.weekday())


@dataclass(slots=True)
class Stage:
    """A world with premises and officers."""

    world: Any
    premises: list[Premises] = field(default_factory=list)

    async def demand(self, place: int, line: str, **changes: Any) -> InspectionDemand:
        """Submit a demand of a department for the next four weeks."""
        values: dict[str, Any] = {
            "kind": DemandKind.ROUTINE,
            "items": [f"{line}.exits"],
            "release_on": monday(),
            "due_on": monday() + timedelta(days=25),
            "minutes": 45,
            "risk": 2,
            "mandatory": True,
            "basis": "安全生产法第六十五条",
        }
        terms = DemandTerms(**{**values, **changes})
        async with tenant_transaction(self.world.department_scope()):
            body = self.world.departments[line]
            return await commands.submit_demand(body, self.premises[place].id, terms)

    async def plan(self, work: Any) -> JointPlan:
        """Request a plan for the next four weeks and let the workers solve it."""
        async with tenant_transaction(self.world.department_scope()):
            plan, _ = await commands.request_plan(
                self.world.office,
                monday(),
                monday() + timedelta(days=25),
                commands.Budget(iterations=20),
            )
        assert "joint.solve" in await work()
        async with tenant_transaction(self.world.department_scope()):
            return await JointPlan.get(id=plan.id)

    async def approve(self, plan: JointPlan) -> None:
        """Let every lead body approve."""
        for body in self.world.departments.values():
            if str(body) in plan.lead_bodies:
                async with tenant_transaction(self.world.department_scope()):
                    await commands.approve_plan(self.world.office, body, plan.id)

    async def publish(self, plan: JointPlan) -> JointPlan:
        """Publish the plan."""
        async with tenant_transaction(self.world.department_scope()):
            return await commands.publish_plan(plan.id)

    async def published(self, work: Any) -> tuple[JointPlan, list[JointVisit]]:
        """Plan, approve and publish what was demanded."""
        plan = await self.plan(work)
        await self.approve(plan)
        plan = await self.publish(plan)
        return plan, await self.visits(plan)

    async def visits(self, plan: JointPlan | None = None) -> list[JointVisit]:
        """Visits of a plan, or all."""
        async with tenant_transaction(self.world.department_scope()):
            found = JointVisit.all() if plan is None else JointVisit.filter(plan_id=plan.id)
            return await found.order_by("day", "id")

    async def officers(self, line: str) -> list[Any]:
        """Ids of the officers of a department."""
        rows = await self.fetch(
            "select id from officers where card_no like $1 order by id",
            f"{self.world.code}-{line}-%",
        )
        return [row["id"] for row in rows]

    async def fetch(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of one statement, as the departments see them."""
        async with tenant_transaction(self.world.department_scope()) as transaction:
            return await transaction.fetch(sql, *values)


async def publish_items(owner: Owner, bodies: dict[str, UUID]) -> None:
    """Let each body publish what the tests inspect."""
    async with tenant_transaction(Scope.of_tenant(owner, "account:library")):
        for line, body in bodies.items():
            skill = line if line in SKILLS else "general"
            for code in ("exits", "pumps", f"{line}.exits", f"{line}.pumps"):
                await publish_item(owner, body, ItemTerms(code, code, "清单", skill, 30, 30))


@pytest.fixture
async def stage(world: Any) -> Stage:
    """Two towns with two premises each, and three officers of each of three departments."""
    made = Stage(world)
    for number, town in enumerate(world.towns):
        async with tenant_transaction(town.scope()):
            for place in range(2):
                name = f"商行{number}{place}"
                enterprise = await enrol_enterprise(
                    town.owner, name=name, alternate_id=f"旧照{number}{place}"
                )
                made.premises.append(
                    await add_premises(
                        enterprise.id,
                        name=name,
                        address=f"试验路{place}号",
                        latitude=29.7 + number / 50 + place / 100,
                        longitude=106.6,
                    )
                )
    await publish_items(world.office, {line: world.departments[line] for line in LINES})
    async with tenant_transaction(world.department_scope()):
        for line in LINES:
            for number in range(3):
                await appoint_officer(
                    world.office,
                    body_code=line,
                    name="执法员",
                    card_no=f"{world.code}-{line}-{number}",
                    card_valid_to=monday() + timedelta(days=400),
                    skills=[line],
                    base_latitude=29.72,
                    base_longitude=106.62,
                )
    return made
