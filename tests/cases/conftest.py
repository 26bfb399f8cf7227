"""A town's officers with a case, brought to a state the way the law brings it there."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from chinese_calendar import constants

from service import clock
from service.cases import commands, decisions, defence, execution, filing, papers
from service.cases.records import PenaltyCase
from service.cases.rules import Delivery, Penalty, PenaltyKind, State
from service.deadlines.records import LegalDeadline
from service.ids import new_id
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.inspections.conftest import HEAD, TODAY, Patrol, appoint, open_shop

REVIEWER = "account:reviewer"
SMALL = Penalty(frozenset({PenaltyKind.FINE}), 1_000_000)
LARGE = Penalty(frozenset({PenaltyKind.FINE, PenaltyKind.CLOSURE}), 8_000_000)
ACT = filing.Filing(
    number="演立1号",
    item="fire.exit",
    act="疏散通道长期堵塞，经责令改正拒不改正",
    basis="《中华人民共和国消防法》第二十八条",
    began_on=TODAY - timedelta(days=20),
    found_on=TODAY,
)


class Court(Patrol):
    """The patrol with its cases."""

    numbers = 0

    async def file(self, **changes: Any) -> PenaltyCase:
        """A case of its own item, so that cases of one test do not meet."""
        self.numbers += 1
        given = {
            "number": f"演立{self.numbers}号",
            "item": f"fire.exit.{self.numbers}",
            "premises_id": self.shop.id,
            **changes,
        }
        filed = await self.do(filing.file, self.body, replace(ACT, **given))
        assert filed.transfer is None
        case: PenaltyCase = filed.case
        return case

    async def lapse(self, case: PenaltyCase, *rules: str) -> None:
        """As if the party had let its time pass."""
        async with tenant_transaction(self.world.towns[self.town].scope()):
            await LegalDeadline.filter(subject_id=case.id, rule__in=rules).update(
                due_on=TODAY - timedelta(days=1)
            )

    async def change(self, case: PenaltyCase, **values: Any) -> None:
        """As if days had been others."""
        async with tenant_transaction(self.world.towns[self.town].scope()):
            await PenaltyCase.filter(id=case.id).update(**values)

    async def due(self, case: PenaltyCase) -> dict[str, LegalDeadline]:
        """The clocks of a case."""
        async with tenant_transaction(self.world.towns[self.town].scope(), read_only=True):
            return {d.rule: d for d in await LegalDeadline.filter(subject_id=case.id)}

    async def at(  # type: ignore[override]
        self, state: State, penalty: Penalty = SMALL
    ) -> PenaltyCase:
        """A case brought to a state."""
        case, do, body = await self.file(), self.do, self.body
        party = self.shop.enterprise_id
        heard = state in (State.HEARING_ASKED, State.HEARING, State.HEARD)
        sure = LARGE if heard else penalty

        async def noticed() -> PenaltyCase:
            return await do(commands.serve_notice, body, case.id, Delivery.IN_PERSON, TODAY)

        async def decided() -> PenaltyCase:
            await self.lapse(case, "CASE_DEFENCE", "HEAR_REQ")
            if sure is not SMALL:
                await do(defence.discuss, body, case.id, TODAY, "同意处罚意见")
            return await do(
                decisions.decide,
                body,
                case.id,
                decisions.Decision(f"演罚{case.number}", sure),
                actor=HEAD,
            )

        async def executed() -> PenaltyCase:
            await do(execution.record_payment, body, case.id, sure.fine_fen, TODAY, "银行回单1")
            return await do(execution.execute, body, case.id, "罚款缴清")

        async def held() -> PenaltyCase:
            await self.change(case, hearing_on=TODAY)
            return await do(defence.hold_hearing, body, case.id, "双方陈述如下")

        hearing_on = TODAY + timedelta(days=20)
        way = {
            State.INVESTIGATING: lambda: do(commands.assign, body, case.id, self.officers),
            State.LEGAL_REVIEW: lambda: do(
                commands.report, body, case.id, commands.Report("查明违法事实", sure)
            ),
            State.REVIEWED: lambda: do(
                commands.review, body, case.id, passed=True, opinion="同意", actor=REVIEWER
            ),
            State.NOTICE_SERVED: noticed,
            **(
                {
                    State.HEARING_ASKED: lambda: do(defence.ask_hearing, party, case.id),
                    State.HEARING: lambda: do(
                        defence.call_hearing, body, case.id, called(hearing_on)
                    ),
                    State.HEARD: held,
                }
                if heard
                else {}
            ),
            **(
                {State.DEFENCE: lambda: do(defence.defend, party, case.id, "已整改")}
                if state is State.DEFENCE
                else {}
            ),
            State.DECIDED: decided,
            State.SERVED: lambda: do(decisions.serve, body, case.id, Delivery.IN_PERSON, TODAY),
            State.PUBLISHED: lambda: do(decisions.publish, body, case.id),
            State.EXECUTED: executed,
            State.CLOSED: lambda: do(execution.close, body, case.id, "结案"),
        }
        aside = {
            State.NO_PENALTY: (
                State.INVESTIGATING,
                lambda: do(commands.spare, body, case.id, "轻微并及时改正"),
            ),
            State.SUSPENDED: (
                State.INVESTIGATING,
                lambda: do(commands.suspend, body, case.id, "等待鉴定"),
            ),
            State.WITHDRAWN: (
                State.PUBLISHED,
                lambda: do(decisions.annul, body, case.id, "复议撤销"),
            ),
            State.TRANSFERRED: (
                State.INVESTIGATING,
                lambda: do(
                    commands.transfer, body, case.id, self.world.departments["fire"], "属消防职权"
                ),
            ),
        }
        last = aside[state][0] if state in aside else state
        for reached, act in way.items():
            if case.state == last.value:
                break
            case = await act()
            assert case.state == reached.value
        if state in aside:
            case = await aside[state][1]()
        assert case.state == state.value
        return case

    async def reload_case(self, case: PenaltyCase) -> PenaltyCase:
        """The case as it stands now."""
        async with tenant_transaction(self.world.towns[self.town].scope(), read_only=True):
            return await PenaltyCase.get(id=case.id)


async def court_of(world: World, town: int, shop: Any, officers: list[UUID]) -> Court:
    """The desk of one town."""
    return Court(world, shop, officers, town)


@pytest.fixture
async def court(world: World) -> Court:
    """The first town's officers at a shop."""
    shop = await open_shop(world, name=f"安商{new_id().hex}")  # acts are known across all tests
    return Court(world, shop, await appoint(world))


def day_off(on: date) -> bool:
    """Whether nobody works that day, holidays and make-up days included."""
    exceptional = on in constants.holidays or on in constants.in_lieu_days
    return exceptional or (on.weekday() >= 5 and on not in constants.workdays)


def called(on: date, *, off: bool = False) -> papers.Hearing:
    """A hearing on the next working day, or day off, at ten in the morning in China."""
    while day_off(on) is not off:
        on += timedelta(days=1)
    at = datetime(on.year, on.month, on.day, 10, tzinfo=clock.SHANGHAI)
    return papers.Hearing(at, "某镇人民政府三楼会议室", "郑主持", contact="孙联系 61300000")


def later(days: int) -> date:
    """A day from today."""
    return clock.legal_day(clock.now()) + timedelta(days=days)
