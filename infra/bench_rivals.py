"""P6: many schedulers fight for the same premises and officers, while they and the server die.

Every scheduler is a process of its own that reserves visits and now and then gives one up.  One
after another is killed, and the database server is stopped hard several times.  Afterwards the
rows must show no overlap, a ledger that is the sum of its entries, and every commit that was
acknowledged.  The same attempts by reading first and writing then (`naive`) must show overlaps.
"""

import asyncio
import os
import signal
import time
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from infra.bench_joint import Filled
from infra.embedded.stack import Stack
from service import clock, database
from service.ids import new_id
from service.joint.ledger import settle_ledger
from service.joint.planning.generator import BODIES, Size, generate
from service.joint.records import InspectionDemand, JointVisit, PremisesReservation
from service.joint.reserving import ReservationRefused, reserve
from service.joint.rules import VISIT_ITEM, reserved_days
from service.officers.records import Officer
from service.settings import settings
from tenants.directory import department_scope
from tenants.records import owned
from tenants.scope import Scope
from tenants.wall import tenant_transaction

SCHEDULERS = 64
STOPS = 3
SECONDS_BETWEEN_KILLS = 4.0
DAYS = 240
PLACES = 200

OVERLAPS = """
select count(*) as n from premises_reservations a join premises_reservations b
    on a.tenant_id = b.tenant_id and a.premises_id = b.premises_id and a.item = b.item
    and a.id < b.id and daterange(a.first_day, a.last_day, '[]')
    && daterange(b.first_day, b.last_day, '[]')"""
DOUBLE_BOOKED = """
select count(*) as n from officer_reservations a join officer_reservations b
    on a.officer_id = b.officer_id and a.id < b.id
    and tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)"""
UNBALANCED = """
select count(*) as n from frequency_budgets b where (reserved, used) is distinct from (
    select coalesce(sum(reserved_change), 0), coalesce(sum(used_change), 0) from budget_entries e
    where e.tenant_id = b.tenant_id and e.enterprise_id = b.enterprise_id and e.body = b.body
    and e.year = b.year) or reserved + used > cap"""
HALF = """
select count(*) as n from joint_visits v where state = 'PUBLISHED' and (
    (select count(*) from officer_reservations r where r.visit_id = v.id) <> 2
    or not exists (select 1 from premises_reservations p where p.visit_id = v.id)
    or not exists (select 1 from budget_entries e where e.visit_id = v.id))"""


def run(schedulers: str = str(SCHEDULERS), minutes: float = 10) -> dict[str, Any]:
    """Figures of `minutes` of fighting, with engines of its own."""
    with (
        TemporaryDirectory(prefix="anshang-rivals-") as folder,
        Stack(Path(folder) / "stack", durable=True) as stack,
    ):
        os.environ.update(stack.environment())
        settings.cache_clear()
        asyncio.run(database.migrate())
        scope, officers, places = asyncio.run(_fill())
        fight = _Fight(stack, Path(folder), scope, officers, places)
        figures = fight.run(int(schedulers), minutes * 60)
        figures |= asyncio.run(_verdict(scope, fight.acknowledged()))
        fight.naive = True
        fight.run(min(16, int(schedulers)), 20, disturbed=False)
        figures["overlaps_of_reading_first"] = asyncio.run(_count(scope, OVERLAPS))
    return figures


async def _fill() -> tuple[Scope, list[Officer], list[Any]]:
    async with database.database():
        filled = await Filled.of(generate(1, Size(PLACES, 1, 60, 64, 4)))
        scope = await department_scope(filled.office.district_id, "bench")
        async with tenant_transaction(scope):
            officers = await Officer.all().order_by("id")
    return scope, officers, list(filled.places.values())


class _Fight:
    """Schedulers in processes of their own, and whoever kills them."""

    def __init__(
        self, stack: Stack, folder: Path, scope: Scope, officers: list[Officer], places: list[Any]
    ) -> None:
        self.stack = stack
        self.folder = folder
        self.scope = scope
        self.officers = officers
        self.places = places
        self.naive = False
        self.children: dict[int, int] = {}
        self.started = 0

    def run(self, schedulers: int, seconds: float, *, disturbed: bool = True) -> dict[str, Any]:
        """Let them fight; how many attempts, kills and stops there were."""
        ends = time.time() + seconds
        for _ in range(schedulers):
            self._start(ends)
        try:
            kills, stops = self._disturb(ends, seconds) if disturbed else (0, 0)
            for child in sorted(self.children):
                os.waitpid(child, 0)
        except BaseException:
            for child in sorted(self.children):
                os.kill(child, signal.SIGKILL)
            raise
        self.children.clear()
        words = "".join(p.read_text() for p in self.folder.glob("*.log")).split()
        return {
            "schedulers": schedulers,
            "attempts": sum(word[0] in "wr" for word in words),
            "won": sum(word[0] == "w" for word in words),
            "refused": sum(word[0] == "r" for word in words),
            "cut_off": sum(word[0] == "c" for word in words),
            "kills": kills,
            "server_stops": stops,
        }

    def _disturb(self, ends: float, seconds: float) -> tuple[int, int]:
        """Kill one scheduler after another, and the server now and then."""
        kills = stops = 0
        random = Random(6)  # noqa: S311
        while time.time() < ends - SECONDS_BETWEEN_KILLS:
            time.sleep(min(SECONDS_BETWEEN_KILLS, seconds / 70))
            victim = random.choice(sorted(self.children))
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)
            del self.children[victim]
            kills += 1
            self._start(ends)
            if stops < STOPS and time.time() > ends - seconds * (STOPS - stops) / (STOPS + 1):
                os.kill(self.stack.children["postgres"].process.pid, signal.SIGKILL)
                self.stack.restart("postgres")
                stops += 1
        return kills, stops

    def acknowledged(self) -> set[UUID]:
        """Visits whose commit a scheduler has seen."""
        words = "".join(p.read_text() for p in self.folder.glob("*.log")).split()
        return {UUID(word[1:]) for word in words if word[0] == "w"}

    def _start(self, ends: float) -> None:
        self.started += 1
        child = os.fork()
        if child:
            self.children[child] = self.started
            return
        code = 1
        try:
            asyncio.run(self._scheduler(self.started, ends))
            code = 0
        finally:
            os._exit(code)

    async def _scheduler(self, number: int, ends: float) -> None:
        random = Random(number)  # noqa: S311
        kind = "naive" if self.naive else "log"
        # Written at once, so that a kill takes back no word that was given.
        diary = os.open(self.folder / f"{number}.{kind}", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        async with database.database():
            while time.time() < ends:
                try:
                    word = await self._attempt(random)
                except Exception:
                    word = "c"
                    await asyncio.sleep(0.3)
                os.write(diary, f"{word}\n".encode())

    async def _attempt(self, random: Random) -> str:
        visit, demand = self._draft(random)
        try:
            async with tenant_transaction(self.scope):
                await demand.save(force_create=True)
                await visit.save(force_create=True)
                if self.naive:
                    await _look_then_write(visit)
                else:
                    await reserve([visit])
        except ReservationRefused:
            return "r"
        if not self.naive and random.random() < 0.3:
            with suppress(Exception):
                async with tenant_transaction(self.scope):
                    await settle_ledger(visit, took_place=False)
                    await JointVisit.filter(id=visit.id).update(state="RELEASED")
        return f"w{visit.id}"

    def _draft(self, random: Random) -> tuple[JointVisit, InspectionDemand]:
        place = random.choice(self.places)
        team = random.sample(self.officers, 2)
        now = clock.now()
        day = date(now.year + 1, 1, 4) + timedelta(days=random.randrange(DAYS))
        demand = InspectionDemand(
            id=new_id(),
            **owned(place.owner),
            premises_id=place.id,
            enterprise_id=place.enterprise_id,
            body_id=team[0].body_id,
            kind="ROUTINE",
            items=[f"{random.choice(BODIES)}.exits"],
            skill="fire",
            release_on=day,
            due_on=day,
            minutes=60,
            risk=1,
            mandatory=True,
            basis="-",
            interval_days=30,
            state="RESERVED",
            submitted_by="bench",
            created_at=now,
        )
        visit = JointVisit(
            id=new_id(),
            **owned(place.owner),
            plan_id=new_id(),
            premises_id=place.id,
            enterprise_id=place.enterprise_id,
            day=day,
            start_minute=random.choice((540, 570, 600, 660)),
            minutes=60,
            lead_body_id=team[0].body_id,
            officer_ids=[str(officer.id) for officer in team],
            demand_ids=[str(demand.id)],
            state="PLANNED" if self.naive else "PUBLISHED",
            created_at=now,
        )
        return visit, demand


async def _look_then_write(visit: JointVisit) -> None:
    """What must not be done; exempt rows, so that the database does not judge."""
    first, last = reserved_days(visit.day, 14)
    taken = await PremisesReservation.filter(
        premises_id=visit.premises_id, first_day__lte=last, last_day__gte=first, exempt=True
    ).exists()
    await asyncio.sleep(0.002)
    if not taken:
        await PremisesReservation.create(
            id=new_id(),
            **owned(visit.owner),
            premises_id=visit.premises_id,
            visit_id=visit.id,
            item=VISIT_ITEM,
            first_day=first,
            last_day=last,
            exempt=True,
        )


async def _count(scope: Scope, sql: str) -> int:
    async with database.database(), tenant_transaction(scope, read_only=True) as transaction:
        return int((await transaction.fetch(sql))[0]["n"])


async def _verdict(scope: Scope, acknowledged: set[UUID]) -> dict[str, Any]:
    async with database.database(), tenant_transaction(scope, read_only=True) as transaction:
        names = {
            "overlaps": OVERLAPS,
            "double_booked_officers": DOUBLE_BOOKED,
            "lines_off_their_entries": UNBALANCED,
            "half_reserved_visits": HALF,
        }
        found: dict[str, Any] = {
            name: (await transaction.fetch(sql))[0]["n"] for name, sql in names.items()
        }
        rows = await transaction.fetch(
            "select count(*) as n from joint_visits where id = any ($1)", list(acknowledged)
        )
    found["lost_commits"] = len(acknowledged) - rows[0]["n"]
    return found
