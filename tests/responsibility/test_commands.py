"""Plates in the database: one current version, history kept, holes found, nothing lost."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import audit
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.outbox import OutboxEvent
from service.responsibility import commands, housekeeping, queries
from service.responsibility.queries import HoleKind, Selection
from service.responsibility.records import PlatePage
from service.responsibility.rules import Heads, Outcome, OutOfOffice, PlateState, WrongPerson
from tenants.wall import current, tenant_transaction
from tests.conftest import World
from tests.responsibility.conftest import TODAY, Hall, yesterday


async def test_a_change_makes_a_new_version_and_keeps_the_old_one(hall: Hall) -> None:
    (shop,), (mayor, _) = await hall.plated()
    other = await hall.official()

    (made,) = await hall.assign(shop, admin=other.id)
    (again,) = await hall.assign(shop, admin=other.id)

    first, second = await hall.versions(shop)
    assert (made.outcome, again.outcome) == (Outcome.CHANGED, Outcome.UNCHANGED)
    assert (first.state, first.version, first.admin_head_id) == ("SUPERSEDED", 1, mayor.id)
    assert (first.valid_to, second.valid_from) == (TODAY, TODAY)
    assert (second.state, second.version, second.admin_head_id) == ("CURRENT", 2, other.id)
    assert second.industry_head_id == first.industry_head_id


async def test_every_batch_leaves_one_audit_entry_and_one_event(hall: Hall) -> None:
    shops, _ = await hall.plated(shops=3)

    async with tenant_transaction(hall.world.towns[0].scope(), read_only=True):
        events = await OutboxEvent.filter(
            tenant_id=hall.owner.tenant_id, event="responsibility.plates_issued"
        )
        acts = await audit.AuditEntry.filter(
            tenant_id=hall.owner.tenant_id, act="responsibility.plates_issued"
        ).count()
        report = await audit.verify(hall.owner)
    assert [one.payload["plates"] for one in events] == [len(shops)] == [3]
    assert (acts, report.broken_at) == (1, None)


async def test_one_who_leaves_is_replaced_on_all_their_plates(hall: Hall) -> None:
    shops, (mayor, clerk) = await hall.plated(shops=3)
    bystander = await hall.shop()
    other = await hall.official()
    await hall.assign(bystander, admin=other.id, industry=clerk.id)
    successor = await hall.official(since=TODAY)

    changes = await hall.do(commands.replace_person, mayor.id, successor.id)

    assert {one.place.premises_id for one in changes} == {one.id for one in shops}
    for shop in shops:
        assert [row.admin_head_id for row in await hall.versions(shop)] == [mayor.id, successor.id]
    assert len(await hall.versions(bystander)) == 1
    async with tenant_transaction(hall.world.towns[0].scope(), read_only=True):
        gone = await queries.persons().get(id=mayor.id)
        assert gone.in_office_to == TODAY
        assert await queries.count_holes(TODAY) == 0


async def test_holes_are_counted_whether_or_not_a_plate_exists(hall: Hall) -> None:
    shops, (mayor, _) = await hall.plated(shops=2)
    bare = await hall.shop()
    closed = await hall.shop()
    await hall.close(closed)
    await hall.do(commands.leave_office, mayor.id, TODAY + timedelta(1))

    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        before = (await queries.counts(TODAY))[hall.owner.tenant_id]
        after = (await queries.counts(TODAY + timedelta(1)))[hall.owner.tenant_id]
        found = await queries.holes(TODAY + timedelta(1), limit=10)
        count = await queries.count_holes(TODAY + timedelta(1), hall.owner.tenant_id)
        page = await queries.holes(TODAY + timedelta(1), after=found[0].premises_id, limit=1)
    assert (before.premises, before.plates, before.plates_current, before.holes) == (3, 2, 2, 1)
    assert (before.current_rate.value, after.current_rate.value) == (1.0, 0.0)
    assert (count, len(found)) == (3, 3)
    assert {one.premises_id: one.kind for one in found} == {
        shops[0].id: HoleKind.OUT_OF_OFFICE,
        shops[1].id: HoleKind.OUT_OF_OFFICE,
        bare.id: HoleKind.NO_PLATE,
    }
    assert [one.premises_id for one in page] == [found[1].premises_id]
    assert next(one for one in found if one.plate_id).vacant.all()[1:] == (None, None)


async def test_a_preview_says_what_would_change_and_changes_nothing(hall: Hall) -> None:
    bare, plain = await hall.shop(head=False), await hall.shop()
    mayor, clerk = await hall.official(), await hall.official()
    hotel = await hall.shop(industry="6110")
    wish = Heads(mayor.id, clerk.id)

    seen = await hall.do(commands.plan_assignment, hall.owner, Selection(industry="62"), wish)
    assert {one.place.premises_id: one.outcome for one in seen} == {
        bare.id: Outcome.INCOMPLETE,
        plain.id: Outcome.NEW,
    }
    assert await hall.versions(plain) == []
    done = await hall.do(commands.assign_plates, hall.owner, Selection(industry="62"), wish)

    assert [one.outcome for one in done] == [one.outcome for one in seen]
    assert len(await hall.versions(plain)) == 1
    assert await hall.versions(hotel) == await hall.versions(bare) == []


async def test_who_cannot_stand_on_a_plate_is_refused_and_nothing_changes(hall: Hall) -> None:
    (shop,), (mayor, _) = await hall.plated()
    gone = await hall.official(since=yesterday(9))
    await hall.do(commands.leave_office, gone.id, yesterday())
    coming = await hall.official(since=TODAY + timedelta(1))
    trader = await hall.trader(shop.enterprise_id)
    stranger = await hall.trader((await hall.shop(head=False)).enterprise_id)
    elsewhere = await Hall(hall.world, town=1).official()

    for person, refusal in (
        (gone, OutOfOffice),
        (coming, OutOfOffice),
        (trader, WrongPerson),
        (elsewhere, NotFound),
    ):
        with pytest.raises(refusal):
            await hall.assign(shop, admin=person.id)
    with pytest.raises(WrongPerson):
        await hall.assign(shop, enterprise=mayor.id)
    with pytest.raises(Invalid):
        await hall.assign(shop)
    for successor, refusal in (
        (gone, OutOfOffice), (trader, WrongPerson), (mayor, Conflict), (elsewhere, NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            await hall.do(commands.replace_person, mayor.id, successor.id)
    with pytest.raises(Conflict, match="another enterprise"):
        await hall.do(commands.replace_person, trader.id, stranger.id)
    with pytest.raises(Conflict, match="left on"):
        await hall.do(commands.leave_office, gone.id, TODAY)
    with pytest.raises(NotFound):
        await Hall(hall.world, town=1).assign(shop, admin=elsewhere.id)

    (only,) = await hall.versions(shop)
    assert (only.state, only.admin_head_id) == ("CURRENT", mayor.id)
    # A person of another enterprise is not taken for this one's.
    (made,) = await hall.assign(shop, enterprise=stranger.id)
    assert made.outcome is Outcome.UNCHANGED


async def test_the_database_knows_one_current_plate_of_premises(hall: Hall) -> None:
    (shop,), _ = await hall.plated()
    (row,) = await hall.versions(shop)
    columns = (
        "district_id, premises_id, enterprise_id, reason, batch_id, admin_head_id,"
        " industry_head_id, enterprise_head_id, valid_from, published_at"
    )

    for changes, broken in (
        ("9, 'CURRENT', enterprise_head_id", "responsibility_plates_current"),
        ("9, 'GONE', enterprise_head_id", "check"),
        ("9, 'SUPERSEDED', enterprise_head_id", "check"),
        ("9, 'WITHDRAWN', admin_head_id", "foreign key|check"),
    ):
        version, state, head = changes.split(", ")
        into = columns.replace("enterprise_head_id, ", "")
        with pytest.raises(Exception, match=broken):
            async with tenant_transaction(hall.world.towns[0].scope()):
                await current().fetch(
                    f"insert into responsibility_plates (id, tenant_id, version, state,"
                    f" enterprise_head_id, {into}) select $2, tenant_id, {version}, {state},"
                    f" {head}, {into} from responsibility_plates where id = $1",
                    row.id,
                    new_id(),
                )
    for statement in (
        "update responsibility_plates set admin_head_id = industry_head_id",
        "delete from responsibility_plates",
        "update responsible_persons set name = '别人'",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with tenant_transaction(hall.world.towns[0].scope()):
                await current().fetch(statement)
    assert await hall.versions(shop) == [row]


async def test_two_clerks_at_once_leave_one_current_plate(hall: Hall) -> None:
    shops, _ = await hall.plated(shops=2)
    others = [await hall.official() for _ in range(6)]

    done = await asyncio.gather(
        *(hall.assign(*shops, admin=one.id) for one in others), return_exceptions=True
    )

    assert all(isinstance(one, list | Conflict) for one in done), done
    succeeded = sum(isinstance(one, list) for one in done)
    assert succeeded >= 1
    for shop in shops:
        rows = await hall.versions(shop)
        assert [row.state for row in rows] == ["SUPERSEDED"] * succeeded + ["CURRENT"]


async def test_plates_of_closed_premises_come_down_by_themselves(hall: Hall) -> None:
    (shop, other), _ = await hall.plated(shops=2)
    await hall.close(shop)

    first = await housekeeping.withdraw_closed_everywhere()
    second = await housekeeping.withdraw_closed_everywhere()

    assert (first[hall.owner.tenant_id], hall.owner.tenant_id in second) == (1, False)
    assert [row.state for row in await hall.versions(shop)] == ["WITHDRAWN"]
    assert [row.state for row in await hall.versions(other)] == ["CURRENT"]


async def test_a_withdrawn_plate_is_issued_anew_under_the_same_address(hall: Hall) -> None:
    (shop,), (mayor, clerk) = await hall.plated()
    (row,) = await hall.versions(shop)

    await hall.do(commands.withdraw_plate, row.id, "更换公示位置")
    with pytest.raises(Conflict):
        await hall.do(commands.withdraw_plate, row.id, "再撤")
    async with tenant_transaction(hall.world.committee().scope):
        with pytest.raises(NotFound):
            await commands.withdraw_plate(row.id, "专委不撤牌")
    (made,) = await hall.assign(shop, admin=mayor.id, industry=clerk.id)

    assert made.outcome is Outcome.NEW
    assert [row.version for row in await hall.versions(shop)] == [1, 2]
    async with tenant_transaction(hall.world.towns[0].scope(), read_only=True):
        assert await PlatePage.filter(premises_id=shop.id).count() == 1


ACTS = st.lists(
    st.tuples(st.sampled_from(["assign", "replace", "withdraw", "close", "leave"]),
              st.integers(0, 2), st.integers(0, 3)),
    max_size=8,
)  # fmt: skip


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
async def test_no_sequence_of_acts_breaks_the_plates(world: World, acts: Any) -> None:
    """At most one current version; versions without a gap; ended ones never change again."""
    hall = Hall(world)
    shops = [await hall.shop() for _ in range(3)]
    people = [await hall.official() for _ in range(4)]
    await hall.assign(*shops, admin=people[0].id, industry=people[1].id)
    ended: dict[Any, tuple[Any, ...]] = {}

    for act, which, who in acts:
        before = [await hall.versions(shop) for shop in shops]
        try:
            if act == "assign":
                await hall.assign(shops[which], admin=people[who].id, industry=people[which].id)
            elif act == "replace":
                await hall.do(commands.replace_person, people[which].id, people[who].id)
            elif act == "withdraw":
                await hall.do(commands.withdraw_plate, before[which][-1].id, "更换")
            elif act == "close":
                await hall.close(shops[which])
                await hall.do(commands.withdraw_closed, hall.owner)
            else:
                await hall.do(commands.leave_office, people[who].id, TODAY)
        except (Conflict, NotFound):
            assert [await hall.versions(shop) for shop in shops] == before
        for shop in shops:
            rows = await hall.versions(shop)
            assert [row.version for row in rows] == list(range(1, len(rows) + 1))
            assert sum(row.state == PlateState.CURRENT.value for row in rows) <= 1
            assert all(row.state != "CURRENT" for row in rows[:-1])
            for row in rows:
                said = (row.state, row.heads, row.valid_from, row.valid_to)
                if row.state != "CURRENT":
                    assert ended.setdefault(row.id, said) == said


async def test_a_broken_constraint_is_a_conflict_and_not_a_leak(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop,), _ = await hall.plated()
    other = await hall.official()
    stale = await hall.do(
        queries.places, hall.owner, Selection(premises_ids=(shop.id,)), lock=False
    )
    await hall.assign(shop, admin=other.id)

    async def asleep(*_: Any, **__: Any) -> Any:
        return stale

    monkeypatch.setattr(queries, "places", asleep)
    with pytest.raises(Conflict, match="look again"):
        await hall.assign(shop, admin=(await hall.official()).id)
    monkeypatch.undo()

    assert [row.admin_head_id for row in await hall.versions(shop)][-1] == other.id
