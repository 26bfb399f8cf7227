"""A district with closed case files, drawn for review the way an office draws them."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.case_reviews import commands, rounds
from service.case_reviews.commands import Reviewer
from service.case_reviews.records import ReviewedFile, ReviewRound
from service.case_reviews.rules import Finding
from service.cases.records import PenaltyCase
from service.cases.rules import State as CaseState
from service.ids import new_id
from tenants.scope import Scope
from tenants.wall import tenant_transaction
from tests.cases.conftest import Court, court_of
from tests.conftest import Work, World
from tests.inspections.conftest import TODAY, appoint, open_shop

PURPOSE = "区级案卷评查第一组评阅"
SLIGHT = [Finding("ARCHIVE", 2, "卷内目录缺页码")]
GRAVE = [Finding("EVIDENCE", 20, "照片无制作说明"), Finding("FACTS", 15, "营业主体认定有误")]
VETO = [Finding("NO_NOTICE", 0, "无告知书即作出决定")]


class Panel:
    """A district's reviewers and the bodies that they review."""

    def __init__(
        self, world: World, court: Court, work: Work, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.world, self.court, self.work, self.patch = world, court, work, monkeypatch

    def later(self, **by: float) -> None:
        """From now on the clock stands so much later."""
        moment = clock.now() + timedelta(**by)
        self.patch.setattr(clock, "now", lambda: moment)

    async def case(self) -> PenaltyCase:
        """A case that was closed."""
        return await self.court.at(CaseState.CLOSED)

    def wish(self, **changes: Any) -> rounds.Wish:
        """All files closed in the last month, two a town."""
        given = {
            "title": "上半年案卷评查",
            "closed_from": TODAY - timedelta(days=30),
            "closed_to": TODAY,
            "per_town": 2,
            "seed_source": "双色球第2026100期",
            "seed_known_after": clock.now() + timedelta(minutes=20),
            **changes,
        }
        return rounds.Wish(**given)

    async def committed(self, **changes: Any) -> ReviewRound:
        """A round that the committee has committed to."""
        async with tenant_transaction(self.world.committee().scope):
            return await rounds.commit(self.world.office, None, self.wish(**changes))

    async def drawn(self, **changes: Any) -> list[ReviewedFile]:
        """The files of a round that was drawn and opened."""
        row = await self.committed(**changes)
        self.later(minutes=30)
        async with tenant_transaction(self.world.committee().scope):
            await rounds.draw(self.world.office, row.id, "07 12 19 23 28 31 + 04")
        await self.work()
        return await self.files(row.id)

    async def files(self, round_id: UUID) -> list[ReviewedFile]:
        """The files of a round as they stand."""
        async with tenant_transaction(self.world.department_scope(), read_only=True):
            return await ReviewedFile.filter(round_id=round_id).order_by("id")

    async def file(self) -> ReviewedFile:
        """One drawn file."""
        await self.case()
        (row,) = await self.drawn()
        return row

    async def reload(self, row: ReviewedFile) -> ReviewedFile:
        """The file as it stands now."""
        async with tenant_transaction(self.world.department_scope(), read_only=True):
            return await ReviewedFile.get(id=row.id)

    def scope(self, line: str) -> Scope:
        """The scope of an officer of one department."""
        return self.world.department_scope(f"account:{line}")

    def reviewer(self, line: str) -> Reviewer:
        """That officer as a reviewer."""
        return Reviewer(f"{line}评查员", self.world.departments[line])

    async def read(self, row: ReviewedFile, line: str) -> PenaltyCase:
        """The case, read for the purpose of the review."""
        async with tenant_transaction(self.scope(line)):
            return await commands.read(row.id, f"{line}评查员", PURPOSE)

    async def by(self, line: str, act: Any, row: ReviewedFile, *rest: Any, **named: Any) -> Any:
        """One act of a department's reviewer."""
        async with tenant_transaction(self.scope(line)):
            return await act(row.id, self.reviewer(line), *rest, **named)

    async def score(
        self, row: ReviewedFile, line: str, findings: Sequence[Finding], opinion: str = "已评阅"
    ) -> ReviewedFile:
        """The score of a reviewer who has read the file."""
        await self.read(row, line)
        scored: ReviewedFile = await self.by(line, commands.score, row, findings, opinion)
        return scored

    async def result(
        self, findings: Sequence[Finding] = SLIGHT, other: Sequence[Finding] | None = None
    ) -> ReviewedFile:
        """A file with a result of two reviewers."""
        row = await self.file()
        await self.score(row, "fire", findings)
        return await self.score(row, "market", findings if other is None else other)

    async def body(self, act: Any, row: ReviewedFile, *rest: Any, **named: Any) -> Any:
        """One act of the town whose file it is."""
        async with tenant_transaction(self.world.towns[0].scope("account:clerk")):
            return await act(row.id, self.court.body, *rest, **named)


@pytest.fixture
async def panel(world: World, work: Work, monkeypatch: pytest.MonkeyPatch) -> Panel:
    """Reviewers of a fresh district, at noon, so that no review goes on past midnight."""
    real, noon = clock.now, datetime.combine(TODAY, time(12), clock.SHANGHAI)
    ahead = noon - real()
    monkeypatch.setattr(clock, "now", lambda: real() + ahead)
    shop = await open_shop(world, name=f"安商{new_id().hex}")
    court = await court_of(world, 0, shop, await appoint(world))
    return Panel(world, court, work, monkeypatch)
