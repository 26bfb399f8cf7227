"""Months of a district's list with a moving clock, workers that are down for days, and kills.

ANSHANG_SIMULATED_DAYS=1095 runs three years by hand.
"""

import os
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.blacklist import listing
from service.blacklist.listing import RepairTooEarly
from service.blacklist.records import BlacklistCase
from service.blacklist.rules import LISTED, CreditClass, PublicationClass, State, WrongStep
from service.publication import pages, publisher
from service.publication.events import SHOWING, parse_leaf
from service.publication.past import closed_day
from service.publication.queries import PublicLog, public_log
from service.publication.records import PublicationLeaf
from service.publication.standing import place_of
from service.storage import store
from service.workdays.queries import calendar
from service.workdays.rules import Limit, Unit, due
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import Desk, at
from tests.conftest import Work, World

DAYS = int(os.environ.get("ANSHANG_SIMULATED_DAYS", "100"))
START = date(2026, 4, 1)
DOWN = 3  # days that workers are down at most
KINDS = {State.PUBLISHED: "PUBLISH", State.CORRECTED: "CORRECT", State.SUSPENDED: "SUSPEND",
         State.WITHDRAWN: "WITHDRAW", State.REPAIRED: "REPAIR"}  # fmt: skip


class Killed(Exception):
    """The publisher died here."""


class Years:
    """The district, and what its log must say."""

    def __init__(self, desk: Desk, work: Work, patch: pytest.MonkeyPatch, seed: int) -> None:
        self.desk, self.work, self.patch, self.rng = desk, work, patch, Random(seed)
        self.expected: dict[UUID, list[str]] = defaultdict(list)
        self.cases: list[BlacklistCase] = []
        self.gone_by: dict[UUID, date] = {}
        self.kills = 0
        self.ends: dict[str, int] = defaultdict(int)
        self.stood: dict[date, set[UUID]] = {}

    async def begin(self) -> None:
        """A decision is served; its publication waits for a worker."""
        publication = self.rng.choice(list(PublicationClass))
        case = await self.desk.served(publication=publication)
        if publication is PublicationClass.PENALTY_PUBLICITY and self.rng.random() < 0.8:
            async with tenant_transaction(self.desk.scope):
                await BlacklistCase.filter(id=case.id).update(severity=CreditClass.MINOR.value)
        self.cases.append(case)

    async def change(self, day: date) -> None:
        """Somebody acts in a case that may be at any state."""
        case = await self.desk.reload(self.rng.choice(self.cases))
        acts: list[tuple[Any, dict[str, Any]]] = [
            (listing.withdraw, {"reason": "处罚决定被撤销"}),
            (listing.correct, {"reason": "笔误", "cause": "更正后的事由", "basis": None}),
            (listing.suspend, {"reason": "裁定", "ordered_by": "示例法院", "document": "裁1号"}),
            (listing.resume, {}), (listing.accept_repair, {}), (listing.repair, {}),
            (listing.reinstate, {"reason": "虚假材料"}),
        ]  # fmt: skip
        act, given = self.rng.choice([*acts, *acts[3:6], *acts[3:6], (None, {})])
        with suppress(WrongStep, RepairTooEarly):
            if act is None:
                async with tenant_transaction(self.desk.scope):
                    await listing.request_repair(case.id)
                return
            after = await self.desk.do(act, case, **given)
            self._note(case, after, act.__name__, day)

    def _note(self, before: BlacklistCase, after: BlacklistCase, act: str, day: date) -> None:
        state = State(after.state)
        if act in ("resume", "reinstate"):
            self.expected[after.entry_id].append("RESUME")
            self.gone_by.pop(after.entry_id, None)
        elif state in KINDS and act != "accept_repair" and before.published_on is not None:
            self.expected[after.entry_id].append(KINDS[state])
            if state in (State.WITHDRAWN, State.REPAIRED):
                self.gone_by[after.entry_id] = day
                self.ends[state.value] += 1

    async def kill(self) -> None:
        """The publisher dies in the middle of its writing, once or never."""
        left = self.rng.randrange(12)
        put = type(store()).put

        async def dying(self_: Any, *args: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return await put(self_, *args, **named)

        with self.patch.context() as patch:
            patch.setattr(type(store()), "put", dying)
            try:
                await publisher.flush(self.desk.world.district_id)
            except Killed:
                self.kills += 1

    async def workers(self, day: date) -> None:
        """Whatever waited is done."""
        waiting = [case for case in self.cases if not self.expected[case.entry_id]]
        ended = await listing.expire_due(self.desk.world.district_id, day)
        for case in self.cases:
            if case.id in ended:
                self.expected[case.entry_id].append("EXPIRE")
                self.ends["EXPIRED"] += 1
        if self.rng.random() < 0.6:
            await self.kill()
        await self.work()
        await publisher.refresh(self.desk.world.district_id)
        for case in waiting:
            if (await self.desk.reload(case)).published_on is not None:
                self.expected[case.entry_id].append("PUBLISH")

    async def check(self, day: date, up: bool) -> None:
        """What must hold on any day, and what must hold once the workers ran."""
        log = await public_log(self.desk.world.code)
        if log is None:
            return
        found = {one.entry for one in (await log.entries()).entries}
        over = await self._over(day)
        assert not found & over, "an expired entry is answered"
        results = await pages.search(self.desk.world.code, "公司")
        assert results is not None
        assert not {row.entry for _, row in results.rows} & over
        if not up:
            return
        said = defaultdict(list)
        for leaf in await log.tiles.leaves(0, log.checkpoint.size):
            event = parse_leaf(leaf)
            said[event.entry].append(event.kind.value)
        assert said == {entry: kinds for entry, kinds in self.expected.items() if kinds}
        showing = {kind.value for kind in SHOWING}
        standing = {entry for entry, kinds in said.items() if kinds[-1] in showing}
        items = [i async for page in log.pages() for i in await log.items(*page)]
        files = {UUID(i["entry"]) for i in items if i["event"] in showing}
        assert files == standing == found
        assert not files & set(self.gone_by)
        assert not files & over
        await self._remember(log, day, standing)

    async def _remember(self, log: PublicLog, day: date, standing: set[UUID]) -> None:
        """What stood when a day ended is answered ever after as it was then."""
        for past in self.rng.sample(sorted(self.stood), min(3, len(self.stood))):
            closed = await closed_day(log, past)
            assert closed is not None
            then, known = self.stood[past], sorted(self.expected)
            assert closed.note.standing == len(then)
            for entry in self.rng.sample(known, min(2, len(known))):
                shown = await closed.neighbours(entry)
                place = place_of(entry, closed.note.standing, closed.note.root, shown)
                assert (place is not None) == (entry in then)
        self.stood[day] = standing

    async def _over(self, day: date) -> set[UUID]:
        async with tenant_transaction(self.desk.scope, read_only=True):
            rows = await BlacklistCase.filter(
                district_id=self.desk.world.district_id, published_until__lt=day
            )
        return {row.entry_id for row in rows}


@pytest.mark.parametrize("seed", [1])
async def test_months_of_procedures_with_dead_workers_keep_every_promise(
    world: World, work: Work, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    await store().create_buckets()
    run = Years(Desk(world), work, monkeypatch, seed)
    day, up_again = START, START
    at(monkeypatch, day)
    await run.begin()
    while day <= START + timedelta(days=DAYS):
        at(monkeypatch, day)
        if run.rng.random() < 0.5 and len(run.cases) < 4 + DAYS // 30:
            await run.begin()
        for _ in range(run.rng.randrange(3)):
            await run.change(day)
        if day >= up_again:
            await run.workers(day)
            await run.check(day, up=True)
            if run.rng.random() < 0.3:
                up_again = day + timedelta(days=run.rng.randint(1, DOWN))
        else:
            await run.check(day, up=False)
        day += timedelta(days=1 if day < up_again else run.rng.choice((3, 5, 7, 9)))

    assert run.kills > 0
    assert sum(run.ends.values()) > 0
    if DAYS > 365:  # long enough for every way to end
        assert min(run.ends[one] for one in ("EXPIRED", "WITHDRAWN", "REPAIRED")) > 0
    async with tenant_transaction(world.department_scope(), read_only=True):
        known = await calendar()
        leaves = await PublicationLeaf.filter(tenant_id=world.office.tenant_id)
        assert not await BlacklistCase.filter(
            district_id=world.district_id,
            state__in=[state.value for state in LISTED],
            published_until__lt=clock.legal_day(clock.now()) - timedelta(days=DOWN + 9),
        ).exists()
    # Nobody knows the holidays of the years to come: without any, the limit is at its shortest.
    days = replace(known, years=known.years | set(range(START.year, day.year + 1)))
    for leaf in leaves:
        event = parse_leaf(leaf.leaf.encode())
        assert leaf.assigned_at - event.at <= timedelta(days=DOWN)
        if event.kind.value == "WITHDRAW":  # 行政处罚法 art. 48: three working days
            last = due(clock.legal_day(event.at), Limit(3, Unit.WORKING_DAYS), days)
            assert clock.legal_day(leaf.assigned_at) <= last
