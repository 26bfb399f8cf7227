"""The feed tells a client what to keep and what to drop, whatever happens to its rights."""

import base64
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service import audit, clock
from service.changes import rules
from service.hazards.commands import report
from service.hazards.rules import Category, Source
from service.register.commands import enrol_enterprise
from service.register.records import Enterprise
from tenants.ids import new_id
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import current, tenant_transaction
from tests.changes.conftest import CHANGES, Consumer, app_of, enrol, open_premises
from tests.conftest import Execute, Town, World

ALL = ["ENTERPRISE", "PREMISES", "HAZARD", "RISK_POINT"]


def global_id(kind: str, key: object) -> str:
    return base64.b64encode(f"{kind}:{key}".encode()).decode()


def town_id(town: Town) -> str:
    return global_id("Tenant", town.owner.tenant_id)


def told(lines: list[Any]) -> list[tuple[str, str | None]]:
    return [(line["what"], line["objectId"]) for line in lines]


async def test_it_begins_with_reading_every_town_and_goes_on_with_what_changes(
    world: World, consumer: Consumer, app: Principal
) -> None:
    before = await enrol(world.towns[0], "早店")

    begun = await consumer.poll(app)
    after = await enrol(world.towns[1], "晚店")
    place = await open_premises(world.towns[1], after)
    followed = await consumer.poll(app)
    nothing = await consumer.poll(app)

    towns = sorted(world.towns, key=lambda town: town.owner.tenant_id)
    assert [(line["what"], line["tenantId"], line["kinds"]) for line in begun] == [
        ("RESYNC", town_id(town), ALL) for town in towns
    ]
    assert told(followed) == [
        ("CREATED", global_id("Enterprise", after.id)),
        ("CREATED", global_id("Premises", place.id)),
    ]
    assert followed[0]["object"] == {"id": global_id("Enterprise", after.id), "name": "晚店"}
    assert nothing == []
    assert consumer.kept[town_id(world.towns[0]), "ENTERPRISE"] == {
        global_id("Enterprise", before.id): "早店"
    }


async def test_a_line_is_about_the_object_as_it_is_now(
    world: World, consumer: Consumer, app: Principal
) -> None:
    await consumer.poll(app)
    gone, stays = await enrol(world.towns[0], "去"), await enrol(world.towns[0], "留")
    async with tenant_transaction(world.towns[0].scope()):
        await Enterprise.filter(id=gone.id).delete()

    lines = await consumer.poll(app)

    assert told(lines) == [
        ("REMOVED", global_id("Enterprise", gone.id)),
        ("CREATED", global_id("Enterprise", stays.id)),
    ]
    assert lines[0]["object"] is None


async def test_one_entry_for_many_rows_says_that_the_lists_must_be_read(
    world: World, consumer: Consumer, app: Principal
) -> None:
    await consumer.poll(app)
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        await audit.record("register.import_committed", town.owner, "ImportBatch", new_id())

    (line,) = await consumer.poll(app)

    assert (line["what"], line["tenantId"], line["objectId"]) == ("RESYNC", town_id(town), None)
    assert line["kinds"] == ["ENTERPRISE", "PREMISES"]


async def test_acts_of_other_capabilities_on_an_object_are_none_of_the_feeds(
    world: World, consumer: Consumer, app: Principal
) -> None:
    shop = await enrol(world.towns[0])
    await consumer.poll(app)
    before = consumer.cursor
    async with tenant_transaction(world.towns[0].scope()):
        await audit.record("joint.inspection_refused", world.towns[0].owner, "Enterprise", shop.id)
        await audit.record("blacklist.proposed", world.towns[0].owner, "Enterprise", shop.id)

    assert await consumer.poll(app) == []
    assert consumer.cursor != before  # what was looked at is not looked at again


async def test_only_the_kinds_of_the_callers_scopes_come(
    world: World, consumer: Consumer, execute: Execute
) -> None:
    app = app_of(world.towns[:1], ["register:read"])
    begun = await consumer.poll(app)
    shop = await enrol(world.towns[0])
    place = await open_premises(world.towns[0], shop)
    async with tenant_transaction(world.towns[0].scope()):
        hazard = await report(
            place.id, category=Category.FIRE, description="通道堵塞", source=Source.GUIDANCE
        )

    narrow = await consumer.poll(app)
    wide = await consumer.poll(app_of(world.towns[:1]))
    again = await consumer.poll(app)

    assert begun[0]["kinds"] == ["ENTERPRISE", "PREMISES"]
    assert "Hazard" not in str([base64.b64decode(line["objectId"]) for line in narrow])
    assert [(line["what"], line["kinds"]) for line in wide] == [
        ("RESYNC", ["HAZARD", "RISK_POINT"])
    ]
    assert consumer.kept.get((town_id(world.towns[0]), "HAZARD")) is None
    assert [(line["what"], line["kinds"]) for line in again] == [("LOST", ["HAZARD", "RISK_POINT"])]
    assert hazard.id


async def test_a_lost_town_is_dropped_and_a_gained_one_is_read(
    world: World, consumer: Consumer
) -> None:
    first, second = world.towns
    await enrol(first)
    await enrol(second)
    both = app_of([first, second])
    await consumer.poll(both)

    lost = await consumer.poll(app_of([first]))
    missed = await enrol(second, "其间")
    gained = await consumer.poll(both)

    assert [(line["what"], line["tenantId"]) for line in lost] == [("LOST", town_id(second))]
    assert [(line["what"], line["tenantId"]) for line in gained] == [("RESYNC", town_id(second))]
    kept = consumer.kept[town_id(second), "ENTERPRISE"]
    assert global_id("Enterprise", missed.id) in kept
    assert len(kept) == 2


async def test_a_right_that_came_back_between_two_requests_costs_nothing(
    world: World, consumer: Consumer, app: Principal
) -> None:
    await consumer.poll(app)
    shop = await enrol(world.towns[1])

    assert told(await consumer.poll(app)) == [("CREATED", global_id("Enterprise", shop.id))]


async def test_the_feed_keeps_to_the_towns_and_kinds_asked_for(
    world: World, consumer: Consumer, app: Principal
) -> None:
    first, second = world.towns
    asked = {"tenants": [town_id(first)], "kinds": ["ENTERPRISE"]}
    begun = await consumer.poll(app, **asked)
    shop = await enrol(first)
    await open_premises(first, shop)
    await enrol(second)

    assert [(line["tenantId"], line["kinds"]) for line in begun] == [
        (town_id(first), ["ENTERPRISE"])
    ]
    assert told(await consumer.poll(app, **asked)) == [
        ("CREATED", global_id("Enterprise", shop.id))
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
async def test_pages_of_any_size_give_the_same_lines(
    world: World, execute: Execute, app: Principal, size: int
) -> None:
    start = Consumer(execute)
    await start.poll(app)
    for number in range(4):
        await enrol(world.towns[number % 2], f"店{number}")
    whole, parts = Consumer(execute, start.cursor), Consumer(execute, start.cursor)
    lost = app_of(world.towns[:1])

    assert told(await parts.poll(app, size)) == told(await whole.poll(app, 100))
    assert parts.cursor == whole.cursor
    by_edges, page = [], await Consumer(execute, start.cursor).page(lost, size)
    while page["edges"]:
        by_edges += [edge["node"] for edge in page["edges"]]
        page = await Consumer(execute, page["edges"][-1]["cursor"]).page(lost, size)
    assert told(by_edges) == told(await Consumer(execute, start.cursor).poll(lost, 100))


async def test_a_town_that_writes_much_does_not_hide_the_others(
    world: World, consumer: Consumer, app: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "SCANNED", 4)
    monkeypatch.setattr(rules, "SCANNED_EACH", 2)
    await consumer.poll(app)
    noisy, quiet = world.towns
    async with tenant_transaction(noisy.scope()):
        for _ in range(7):
            await audit.record("joint.visit_rated", noisy.owner, "JointVisit", new_id())
        late = await enrol_enterprise(noisy.owner, name="末", alternate_id=f"旧{new_id().hex}")
    other = await enrol(quiet)

    page = await consumer.page(app)
    lines = await consumer.poll(app)

    assert page["pageInfo"]["hasNextPage"]  # it has looked at no more than it may
    assert {line["objectId"] for line in lines} == {
        global_id("Enterprise", late.id),
        global_id("Enterprise", other.id),
    }


async def test_an_old_cursor_is_refused_when_something_has_happened_since(
    world: World, consumer: Consumer, app: Principal, execute: Execute,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await consumer.poll(app)
    old = consumer.cursor
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=91))
    assert await consumer.poll(app) == []  # nothing happened, so nothing is lost
    monkeypatch.setattr(clock, "now", real)
    shop = await enrol(world.towns[0])
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=91))

    answer = await execute(app, CHANGES, {"after": old})
    fresh = await Consumer(execute).poll(app)

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "CURSOR_EXPIRED"
    assert "begin again without `after`" in error["message"]
    assert answer["data"] is None
    assert [line["what"] for line in fresh] == ["RESYNC", "RESYNC"]
    assert shop.id


@pytest.mark.parametrize("shift", [5, -1], ids=["beyond the head", "another history"])
async def test_a_place_that_the_chain_does_not_know_is_read_anew(
    world: World, consumer: Consumer, shift: int
) -> None:
    """So it is after a restore of yesterday's database, and when a town came from elsewhere."""
    town = world.towns[0]
    app = app_of([town])
    await enrol(town)
    await enrol(town)
    await consumer.poll(app)
    places = rules.decode(str(consumer.cursor))
    place = places[town.owner.tenant_id]
    places[town.owner.tenant_id] = replace(place, seq=place.seq + shift)
    consumer.cursor = rules.encode(places)

    lines = await consumer.poll(app)

    assert [line["what"] for line in lines] == ["RESYNC"]
    assert len(consumer.kept[town_id(town), "ENTERPRISE"]) == 2
    assert rules.decode(str(consumer.cursor))[town.owner.tenant_id] == place


@pytest.mark.parametrize("cursor", ["", "x", "AQ==AQ", "WyIyMDI2IiwiMSJd", "AQAB", "é", "A" * 5000])
async def test_a_foreign_cursor_is_refused(app: Principal, execute: Execute, cursor: str) -> None:
    answer = await execute(app, CHANGES, {"after": cursor})

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["CURSOR"]


async def test_enterprises_and_the_public_follow_nothing(world: World, execute: Execute) -> None:
    enterprise = replace(world.towns[0].principal(Role.ENTERPRISE), enterprise_id=new_id())
    public = Principal("public", Role.PUBLIC, replace(enterprise.scope, readable=frozenset()))

    for principal in (enterprise, public):
        answer = await execute(principal, CHANGES, {})
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


async def test_the_committee_follows_its_towns_without_their_hazards_and_cases(
    world: World, consumer: Consumer
) -> None:
    lines = await consumer.poll(world.committee())

    assert len(lines) == 3  # two towns and the office
    assert {tuple(line["kinds"]) for line in lines} == {
        ("ENTERPRISE", "PREMISES", "SUPERVISION_ORDER", "STANDARDISATION_CERT")
    }


async def test_an_application_without_a_town_follows_nothing(consumer: Consumer) -> None:
    assert await consumer.poll(app_of([])) == []
    assert consumer.cursor is not None


async def test_the_number_of_statements_does_not_grow_with_the_lines(
    world: World, consumer: Consumer, app: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from asyncpg.connection import Connection

    await consumer.poll(app)
    await enrol(world.towns[0])
    said: list[str] = []
    real = Connection._execute

    async def noted(self: Any, query: str, *args: Any, **named: Any) -> Any:
        said.append(query)
        return await real(self, query, *args, **named)

    monkeypatch.setattr(Connection, "_execute", noted)
    await consumer.page(app, 100)
    one = len(said)
    for _ in range(9):
        await enrol(world.towns[1])
    said.clear()
    page = await consumer.page(app, 100)

    assert len(page["edges"]) == 10
    assert 4 <= len(said) == one <= 6


@pytest.mark.parametrize("seed", range(6))
async def test_the_copy_equals_what_may_be_seen_after_any_sequence_of_rights(
    make_world: Any, execute: Execute, seed: int
) -> None:
    """The model: whatever is written, granted and taken away, the copy is what a reader sees."""
    dice = random.Random(seed)
    world = await make_world(towns=3)
    consumer = Consumer(execute)
    granted, scopes = set(range(3)), ["register:read", "hazard:read"]
    shops: dict[int, list[Enterprise]] = {0: [], 1: [], 2: []}

    def caller() -> Principal:
        return app_of([world.towns[i] for i in sorted(granted)], scopes)

    for _ in range(30):
        number = dice.randrange(3)
        town = world.towns[number]
        step = dice.choice(["enrol", "enrol", "change", "delete", "rights", "scopes", "poll"])
        if step == "enrol":
            shops[number].append(await enrol(town, f"店{dice.random()}"))
        elif step == "rights":
            granted ^= {number}
        elif step == "scopes":
            scopes = dice.choice([["register:read"], ["hazard:read"], scopes])
        elif step == "poll":
            await consumer.poll(caller(), dice.choice([1, 2, 20]))
        elif shops[number]:
            shop = shops[number][-1]
            async with tenant_transaction(town.scope()):
                if step == "delete":
                    await Enterprise.filter(id=shops[number].pop().id).delete()
                    await audit.record(
                        "register.enterprise_changed", town.owner, "Enterprise", shop.id
                    )
                else:
                    await current().fetch(
                        "update enterprises set name = $2 where id = $1 returning id",
                        shop.id, f"改{dice.random()}",
                    )  # fmt: skip
                    await audit.record(
                        "register.enterprise_changed", town.owner, "Enterprise", shop.id
                    )
    scopes = ["register:read"]
    await consumer.poll(caller())

    seen = {}
    for number in granted:
        async with tenant_transaction(world.towns[number].scope(), read_only=True):
            rows = {global_id("Enterprise", r.id): r.name for r in await Enterprise.all()}
            seen[town_id(world.towns[number])] = rows
    kept = {tenant: rows for (tenant, kind), rows in consumer.kept.items() if kind == "ENTERPRISE"}
    assert kept == seen
    assert not [kind for _, kind in consumer.kept if kind not in ("ENTERPRISE", "PREMISES")]
