"""Seeding: a whole demo district through the product's own commands, resumable after a break.

The office's audit chain says whether a seeding has begun and ended, and with which plan; a run
that finds one begun goes on with that plan.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import orjson

from infra.demo import accounts, consumers, steps, webhooks, work
from infra.demo.geography import DISTRICT
from infra.demo.library import publish_libraries
from infra.demo.life import life
from infra.demo.past import turned_back
from infra.demo.plan import plan_demo
from service import audit, clock
from service.database import database
from service.errors import Conflict
from tenants.records import District as DistrictRow
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

STARTED, ENDED = "demo.seeding_started", "demo.seeded"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """Which plan to seed."""

    size: str
    seed: int
    today: date


def _say(line: str) -> None:
    print(line, flush=True)


async def seed_district(
    size: str = "M",
    seed: int = 1,
    *,
    if_empty: bool = False,
    today: date | None = None,
    say: Say = _say,
) -> None:
    """Fill the database with the demo district; with `if_empty` only where there is no other.

    Raises:
        Conflict: a demo of another size or seed is there, or the seeding is complete.
    """
    async with database():
        with turned_back():
            await fill(Order(size, seed, today or clock.legal_day(clock.now())), if_empty, say)


async def fill(order: Order, if_empty: bool, say: Say = _say) -> None:
    """The same in a database that is open, with the clock turned back."""
    begun, ended = await _state()
    if begun is None and if_empty and await _inhabited():
        say("seed: there are districts already; nothing to do")
        return
    if ended:
        if not if_empty:
            raise Conflict("the demo district is complete already; use another data directory")
        say("seed: the demo district is complete already")
        return
    if begun is not None:
        if (begun.size, begun.seed) != (order.size, order.seed):
            raise Conflict(
                f"a demo of size {begun.size} and seed {begun.seed} is half done; go on with that"
            )
        order = begun
    await _fill(order, say, resumed=begun is not None)


async def _fill(order: Order, say: Say, *, resumed: bool) -> None:
    total, began = 9, time.perf_counter()
    number = 0

    def tell(what: str) -> None:
        nonlocal number
        number += 1
        say(f"seed {number}/{total} {what} ({time.perf_counter() - began:.1f} s)")

    plan = plan_demo(order.seed, order.size, order.today)
    tell(f"planned size {order.size}, seed {order.seed}, as of {order.today}")
    district = await steps.provision(plan)
    if not resumed:
        await _mark(district, STARTED, order)
    tell(f"{len(district.towns)} towns and streets")
    tell(f"{await steps.bodies(plan, district)} departments")
    tell(f"{await steps.register(plan, district)} enterprises with their premises")
    tell(f"{await steps.officers(plan, district)} officers")
    known = await steps.index(plan, district)
    await publish_libraries(plan, district, known)
    tell(f"{await work.past_year(plan, district, known)} visits and proposals of the past year")
    tell(f"{await work.open_demands(plan, district, known)} open inspection demands")
    tell(f"{await life(plan, district, known)} acts of the towns' daily work")
    shown = await accounts.accounts(plan, district, known)
    await webhooks.endpoint(plan, district)
    await consumers.consumers(plan, district)
    accounts.write(shown)
    await _mark(district, ENDED, order)
    tell(f"{len(shown)} accounts")


async def _inhabited() -> bool:
    async with tenant_transaction(Scope.of_platform(steps.ACTOR), read_only=True):
        return await DistrictRow.exists()


async def _state() -> tuple[Order | None, bool]:
    """The plan of a seeding that has begun, and whether it ended."""
    async with tenant_transaction(Scope.of_platform(steps.ACTOR), read_only=True):
        row = await DistrictRow.get_or_none(code=DISTRICT)
    if row is None or row.office_id is None:
        return None, False
    scope = Scope.of_tenant(Owner(row.office_id, row.id), steps.ACTOR)
    async with tenant_transaction(scope, read_only=True):
        entries = {
            entry.act: orjson.loads(entry.entry)["detail"]
            for entry in await audit.AuditEntry.filter(
                tenant_id=row.office_id, act__in=[STARTED, ENDED]
            )
        }
    if STARTED not in entries:
        return None, False
    detail = entries[STARTED]
    begun = Order(detail["size"], detail["seed"], date.fromisoformat(detail["today"]))
    return begun, ENDED in entries


async def _mark(district: steps.District, act: str, order: Order) -> None:
    async with tenant_transaction(district.scope(None)):
        await audit.record(
            act,
            district.office,
            "District",
            district.office.district_id,
            size=order.size,
            seed=order.seed,
            today=order.today,
        )
