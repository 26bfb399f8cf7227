"""The rules in the database: shipped ones entered by themselves, amended ones left alone."""

from datetime import date

import pytest
from tortoise.exceptions import OperationalError

from service.law import commands
from service.law.packs import shipped
from service.law.queries import rule_book
from service.law.records import LawRule
from tenants.scope import Scope
from tenants.wall import tenant_transaction
from tests.conftest import World

PLATFORM = Scope.of_platform("test")


async def test_every_town_reads_the_shipped_rules(world: World) -> None:
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        book = await rule_book()

    assert set(shipped()) <= set(book.rules)
    assert book.rule("DECIDE", date(2025, 1, 1)).number == 90


async def test_no_scope_sees_nothing(database: None) -> None:
    async with tenant_transaction(Scope("nobody"), read_only=True):
        assert (await rule_book()).rules == ()


async def test_a_town_cannot_change_the_law(world: World) -> None:
    async with tenant_transaction(world.towns[0].scope()):
        assert await LawRule.all().update(amount=1) == 0
    with pytest.raises(OperationalError):
        async with tenant_transaction(world.towns[0].scope()):
            await LawRule.create(
                rule="DECIDE", amount=1, unit="COUNT", article="a", source="s",
                valid_from=date(2030, 1, 1), confirmed=True,
            )  # fmt: skip


async def test_importing_again_changes_nothing_and_leaves_amended_rules(database: None) -> None:
    async with tenant_transaction(PLATFORM):
        assert await commands.import_shipped() == 0
        await LawRule.filter(rule="POWER_CUT_NOTICE").update(amount=48, amended=True)
        await LawRule.filter(rule="TEAM").update(amount=3)
        assert await commands.import_shipped() == 1
        assert (await LawRule.get(rule="POWER_CUT_NOTICE")).amount == 48
        await LawRule.filter(rule="POWER_CUT_NOTICE").update(amount=24, amended=False)
