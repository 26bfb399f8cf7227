"""Cards in the database: versions, issues, signatures, checks, and the rates by town."""

from datetime import timedelta
from typing import Any

import pytest
from tortoise.exceptions import BaseORMException

from service.administration.commands import change_settings
from service.duties import enterprise
from service.errors import Conflict, Invalid, NotFound
from service.hazards.indicators import Ratio
from service.hazards.rules import Category
from service.ids import new_id
from service.post_cards import commands, queries
from service.post_cards.rules import CardKind, CheckKind, NoQuiz, OutOfDate
from service.risks import commands as risks
from tenants.wall import current, tenant_transaction
from tests.post_cards.conftest import DAY, QUIZ, Shop


async def rates(shop: Shop, after: int = 0) -> tuple[Ratio | None, dict[CheckKind, Ratio]]:
    day = DAY + timedelta(days=after)
    town = shop.premises.tenant_id
    async with tenant_transaction(shop.world.committee().scope, read_only=True):
        covered = (await queries.coverage(day)).get(town)
        return covered, (await queries.understood(DAY, day)).get(town, {})


async def test_a_post_counts_once_its_four_cards_are_valid_and_no_longer(
    shop: Shop, turn: Any
) -> None:
    assert await rates(shop) == (None, {})
    post = await shop.post()
    empty = await shop.post("收银")
    for kind in list(CardKind)[:3]:
        await shop.card(post, kind)
    assert (await rates(shop))[0] == Ratio(0, 2)
    last = await shop.card(post, CardKind.EMERGENCY_CARD)
    assert (last.valid_to - last.valid_from).days == 364
    assert [(await rates(shop, after))[0] for after in (0, 364, 365)] == [
        Ratio(1, 2), Ratio(1, 2), Ratio(0, 2),
    ]  # fmt: skip
    turn(DAY + timedelta(days=1))
    await shop.do(enterprise.close_post, empty.id)
    assert (await rates(shop, 1))[0] == Ratio(1, 1)


async def test_who_got_which_version_stays_readable_when_the_next_is_written(shop: Shop) -> None:
    post = await shop.post()
    first = await shop.card(post, CardKind.OPERATION_CARD)
    held = await shop.held(first)
    await shop.do(commands.sign, held.id)
    again = await shop.do(commands.issue, first.id, ["周示例", " 周示例 ", "吴示例"])
    second = await shop.card(post, CardKind.OPERATION_CARD, lines=("先断电", "再断气"))
    before = await shop.kept()

    with pytest.raises(OutOfDate):
        await shop.do(commands.issue, first.id, ["郑示例"])
    with pytest.raises(Conflict):
        await shop.do(commands.sign, held.id)
    with pytest.raises(NotFound):
        await shop.do(commands.issue, second.id, ["郑示例"], new_id())
    with pytest.raises(Invalid):
        await shop.do(commands.issue, second.id, [" "])

    cards, issues, _ = await shop.kept()
    assert await shop.kept() == before
    assert again.id == first.id
    assert [(one.number, one.lines) for one in cards] == [
        (1, ["先关阀门"]), (2, ["先断电", "再断气"]),
    ]  # fmt: skip
    assert [(one.holder, one.card_id, one.signed_on) for one in issues] == [
        ("周示例", first.id, DAY), ("吴示例", first.id, None),
    ]  # fmt: skip


async def test_three_checks_are_measured_and_counted_as_passed_of_asked(shop: Shop) -> None:
    post = await shop.post()
    card = await shop.card(post, CardKind.EMERGENCY_CARD, questions=QUIZ)
    held = await shop.held(card)

    failed = await shop.do(commands.take_quiz, held.id, [1, 1, 2])
    passed = await shop.do(commands.take_quiz, held.id, [1, 2, 2])
    await shop.do(
        commands.record_check, held.id, CheckKind.ORAL, passed=True, note="说清了撤离路线"
    )
    await shop.do(commands.record_check, held.id, CheckKind.DRILL, passed=False, note="找不到阀门")

    assert [(one.score, one.passed) for one in (failed, passed)] == [(66, False), (100, True)]
    assert (await rates(shop))[1] == {
        CheckKind.QUIZ: Ratio(1, 2), CheckKind.ORAL: Ratio(1, 1), CheckKind.DRILL: Ratio(0, 1),
    }  # fmt: skip


async def test_a_version_keeps_the_pass_mark_of_its_day(shop: Shop, turn: Any) -> None:
    post = await shop.post()
    card = await shop.card(post, CardKind.EMERGENCY_CARD, questions=QUIZ)
    held = await shop.held(card)
    owner = shop.world.towns[0].owner
    await shop.do(
        change_settings,
        owner,
        {"post_card.pass_mark": 60},
        effective_from=DAY + timedelta(days=1),
    )
    turn(DAY + timedelta(days=1))
    newer = await shop.card(post, CardKind.RISK_LIST, questions=QUIZ)
    other = await shop.held(newer)

    results = [await shop.do(commands.take_quiz, one.id, [1, 1, 2]) for one in (held, other)]

    assert [(one.score, one.passed) for one in results] == [(66, False), (66, True)]


async def test_what_cannot_be_checked_is_refused_and_leaves_nothing(shop: Shop, turn: Any) -> None:
    post = await shop.post()
    card = await shop.card(post, CardKind.DUTY_LIST)
    held = await shop.held(card)
    before = await shop.kept()

    with pytest.raises(NoQuiz):
        await shop.do(commands.take_quiz, held.id, [])
    with pytest.raises(Invalid, match="takeCardQuiz"):
        await shop.do(commands.record_check, held.id, CheckKind.QUIZ, passed=True, note="满分")
    with pytest.raises(Invalid):
        await shop.do(commands.record_check, held.id, CheckKind.ORAL, passed=True, note=" ")
    turn(DAY + timedelta(days=365))
    with pytest.raises(OutOfDate, match="held up to"):
        await shop.do(commands.record_check, held.id, CheckKind.ORAL, passed=True, note="说清了")

    assert await shop.kept() == before


async def test_a_risk_list_is_drawn_from_the_risk_points_of_the_premises(shop: Shop) -> None:
    await shop.do(
        risks.identify, shop.premises.id, name="油烟管道", category=Category.FIRE, description=""
    )
    post = await shop.post()
    drawn = {"lines": ("地面湿滑",), "risk_premises_id": shop.premises.id}
    card = await shop.card(post, CardKind.RISK_LIST, **drawn)
    with pytest.raises(Invalid):
        await shop.card(post, CardKind.DUTY_LIST, **drawn)

    assert card.lines == ["地面湿滑", "油烟管道"]
    assert len((await shop.kept())[0]) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "update post_cards set lines = '[]'",
        "delete from post_cards",
        "update card_issues set holder = '别人'",
        "update card_issues set signed_on = '2026-01-01'",
        "update card_checks set passed = true",
        "delete from card_checks",
    ],
)
async def test_nobody_rewrites_cards_past_the_commands(shop: Shop, sql: str) -> None:
    card = await shop.card(await shop.post(), CardKind.EMERGENCY_CARD, questions=QUIZ)
    held = await shop.held(card)
    await shop.do(commands.sign, held.id)
    await shop.do(commands.take_quiz, held.id, [2, 1, 1])
    before = await shop.kept()

    with pytest.raises(BaseORMException):
        async with tenant_transaction(shop.world.towns[0].scope()):
            await current().fetch(sql)

    assert await shop.kept() == before
