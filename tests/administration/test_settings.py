"""A tenant's settings in the database: versions, days, previews, restoring, copying, isolation."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from service import audit, clock
from service.administration import commands, operating, queries
from service.administration.records import SettingVersion
from service.administration.rules import BodyKind, Difference
from service.administration.setting_schema import DEFAULTS
from service.errors import Conflict, Invalid, NotFound
from service.outbox import OutboxEvent
from tenants.records import Body
from tenants.wall import tenant_transaction

TODAY = clock.legal_day(clock.now())
GAP, WARN = "inspection.min_gap_days", "certificate.warning_days"


async def test_a_change_makes_a_version_an_entry_and_an_event(world: Any) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope("account:admin")):
        row = await commands.change_settings(
            town.owner, {GAP: 30, WARN: [60, 30]}, note="区商务委来函"
        )
    assert (row.number, row.effective_from, row.author) == (1, TODAY, "account:admin")

    async with tenant_transaction(town.scope(), read_only=True):
        values = await queries.settings_of(town.owner)
        event = await OutboxEvent.get(event="administration.settings_changed")
        entry = await audit.AuditEntry.get(act="administration.settings_changed")
    assert (values[GAP], values[WARN]) == (30, (60, 30))
    assert event.payload == {"version": 1, "effectiveFrom": TODAY.isoformat()}
    assert "区商务委来函" not in entry.entry


async def test_a_refused_change_leaves_nothing(world: Any) -> None:
    town = world.towns[0]
    with pytest.raises(Invalid):
        async with tenant_transaction(town.scope()):
            await commands.change_settings(town.owner, {GAP: 30, "inspection.colour": 1})

    async with tenant_transaction(town.scope(), read_only=True):
        assert await SettingVersion.all().count() == 0
        assert await queries.settings_of(town.owner) == dict(DEFAULTS)


async def test_the_past_is_not_rewritten(world: Any) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        with pytest.raises(Invalid, match="before today"):
            await commands.change_settings(
                town.owner, {GAP: 30}, effective_from=TODAY - timedelta(days=1)
            )


async def test_preview_shows_and_does_nothing(world: Any) -> None:
    town = world.towns[0]
    day = TODAY + timedelta(days=7)
    async with tenant_transaction(town.scope(), read_only=True):
        shown = await queries.preview(town.owner, {GAP: 30, "report.handle_days": 60}, day)
        assert await SettingVersion.all().count() == 0
    assert shown == (Difference(GAP, 14, 30),)


async def test_who_looked_at_an_older_version_is_told(world: Any) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        await commands.change_settings(town.owner, {GAP: 30}, expected_version=0)
    async with tenant_transaction(town.scope()):
        with pytest.raises(Conflict, match="at version 1 now"):
            await commands.change_settings(town.owner, {GAP: 7}, expected_version=0)


async def test_of_simultaneous_changes_none_is_lost_silently(world: Any) -> None:
    town = world.towns[0]

    async def change(value: int) -> int | None:
        try:
            async with tenant_transaction(town.scope()):
                return (await commands.change_settings(town.owner, {GAP: value})).number
        except Conflict:
            return None

    numbers = await asyncio.gather(*(change(value) for value in range(1, 9)))

    kept = sorted(number for number in numbers if number is not None)
    assert kept == list(range(1, len(kept) + 1))
    async with tenant_transaction(town.scope(), read_only=True):
        assert await SettingVersion.all().count() == len(kept)
        assert (await audit.verify(town.owner)).broken_at is None


async def test_restoring(world: Any) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        await commands.change_settings(town.owner, {GAP: 30})
        await commands.change_settings(town.owner, {GAP: 7, WARN: [10]})
        await commands.change_settings(
            town.owner, {GAP: 60}, effective_from=TODAY + timedelta(days=30)
        )
        row = await commands.restore_settings(town.owner, 1, note="回退")

        assert (row.number, row.restores) == (4, 1)
        values = await queries.settings_of(town.owner, TODAY + timedelta(days=60))
        assert (values[GAP], values[WARN]) == (30, DEFAULTS[WARN])
        with pytest.raises(Conflict, match="is the last one"):
            await commands.restore_settings(town.owner, 4)


async def test_versions_are_never_changed_or_removed(world: Any) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        await commands.change_settings(town.owner, {GAP: 30})

    for attempt in (SettingVersion.all().update(note="x"), SettingVersion.all().delete()):
        with pytest.raises(Exception, match="permission denied"):
            async with tenant_transaction(town.scope()):
                await attempt


async def test_a_town_sees_its_own_settings_only_and_the_committee_all(world: Any) -> None:
    one, other = world.towns
    async with tenant_transaction(one.scope()):
        await commands.change_settings(one.owner, {GAP: 30})

    async with tenant_transaction(other.scope(), read_only=True):
        assert await queries.versions_of(one.owner) == []
    async with tenant_transaction(world.committee().scope, read_only=True):
        assert await queries.setting(one.owner, GAP) == 30
    with pytest.raises(Exception, match="row-level security"):
        async with tenant_transaction(world.committee().scope):
            await commands.change_settings(one.owner, {GAP: 5})


async def test_copying_gives_others_the_same_values(world: Any) -> None:
    one, other = world.towns
    async with tenant_transaction(one.scope()):
        await commands.change_settings(one.owner, {GAP: 30, WARN: [60]})
    async with tenant_transaction(other.scope()):
        await commands.change_settings(other.owner, {"report.handle_days": 40})

    assert await operating.copy_settings(one.code, [other.code]) == {other.code: 3}
    assert await operating.copy_settings(one.code, [other.code]) == {other.code: 0}

    async with tenant_transaction(world.committee().scope, read_only=True):
        first, second = [await queries.settings_of(t.owner) for t in (one, other)]
    assert first == second


async def test_bodies_and_their_penalty_power(world: Any) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        body = await commands.add_body(
            town.owner, code="squad", name=" 综合行政执法大队 ", line="general", kind=BodyKind.TOWN
        )
        assert (body.name, body.can_penalise) == ("综合行政执法大队", False)
        with pytest.raises(Invalid, match="name the decision"):
            await commands.set_penalty_power(town.owner, body_code="squad", granted=True, basis=" ")
        await commands.set_penalty_power(
            town.owner, body_code="squad", granted=True, basis="某府发〔2024〕1号"
        )
        with pytest.raises(Conflict):
            await commands.set_penalty_power(
                town.owner, body_code="squad", granted=True, basis="again"
            )
        with pytest.raises(NotFound):
            await commands.set_penalty_power(town.owner, body_code="none", granted=True, basis="x")
        assert (await Body.get(code="squad")).can_penalise is True
        assert [one.code for one in await queries.bodies_of(town.owner)] == ["squad", "town"]


async def test_a_bodys_code_is_taken_once(world: Any) -> None:
    with pytest.raises(Conflict, match="a body town already"):
        async with tenant_transaction(world.towns[0].scope()):
            await commands.add_body(world.towns[0].owner, code="town", name="又一", line="general")
    with pytest.raises(Invalid, match="name must not be empty"):
        async with tenant_transaction(world.towns[0].scope()):
            await commands.add_body(world.towns[0].owner, code="x", name=" ", line="general")
