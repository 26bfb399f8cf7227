"""A town changes its district: what exists goes along, what happened stays, both are told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest

from service import audit, clock, jobs, outbox
from service.administration import commands, operating, provisioning, queries
from service.administration.moving import HISTORY, LIVING, move_to_district
from service.errors import Conflict, Invalid, NotFound
from service.officers.commands import appoint_officer
from service.officers.records import Officer
from service.register.commands import add_premises, enrol_enterprise
from service.register.records import Enterprise, Premises
from tasks import registry
from tasks.actors import HANDLERS
from tenants.catalogue import towns_of
from tenants.directory import committee_scope, department_scope, owner_of, town_scope
from tenants.records import Body, Tenant, TenantDistrict
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

County = Callable[[], str]
TODAY = clock.legal_day(clock.now())


@dataclass(frozen=True)
class Pair:
    """Two provisioned districts and one town of the first, with work done in it."""

    origin: str
    target: str
    town: str
    before: Owner


@pytest.fixture
async def pair(database: None, county: County) -> Pair:
    origin, target = county(), county()
    await provisioning.provision([origin, target])
    town = towns_of(origin)[0].code
    owner = await owner_of(town)
    async with tenant_transaction(await town_scope(owner.tenant_id, "test")):
        enterprise = await enrol_enterprise(owner, name="安商甲店", alternate_id="旧照1")
        await add_premises(
            enterprise.id, name="店", address="某路1号", latitude=29.6, longitude=106.5
        )
        await appoint_officer(
            owner,
            body_code="town",
            name="岚一",
            card_no="990112",
            card_valid_to=date(2030, 1, 1),
            skills=["general"],
            base_latitude=29.6,
            base_longitude=106.5,
        )
        await commands.change_settings(owner, {"inspection.min_gap_days": 30})
    return Pair(origin, target, town, owner)


async def committee(code: str) -> Scope:
    return await committee_scope((await owner_of(code)).district_id, "committee")


async def test_the_new_committee_sees_what_exists_and_the_old_one_what_happened(
    pair: Pair,
) -> None:
    async with tenant_transaction(await committee(pair.origin), read_only=True):
        entries = await audit.AuditEntry.filter(tenant_id=pair.before.tenant_id).count()

    moved = await move_to_district(pair.town, pair.target)

    tenant = pair.before.tenant_id
    async with tenant_transaction(await committee(pair.target), read_only=True):
        assert await Enterprise.filter(tenant_id=tenant).count() == 1
        assert await Premises.filter(tenant_id=tenant).count() == 1
        assert await Officer.filter(tenant_id=tenant).count() == 1
        assert await audit.AuditEntry.filter(tenant_id=tenant).count() == 1
        owner = await Tenant.get(id=tenant)
        assert await queries.setting(owner.owner, "inspection.min_gap_days") == 30
    async with tenant_transaction(await committee(pair.origin), read_only=True):
        assert await Enterprise.filter(tenant_id=tenant).count() == 0
        assert await audit.AuditEntry.filter(tenant_id=tenant).count() == entries
    counted = {table: number for table, number in moved.carried.items() if number}
    assert counted.pop("search_terms") > 5
    assert counted.pop("likeness_keys") > 0
    assert counted == {
        "audit_heads": 1,
        "bodies": 1,
        "setting_versions": 1,
        "officers": 1,
        "enterprises": 1,
        "premises": 1,
        "town_tallies": 1,
    }


async def test_the_town_reads_both_and_works_on(pair: Pair) -> None:
    await move_to_district(pair.town, pair.target)

    after = await owner_of(pair.town)
    async with tenant_transaction(await town_scope(after.tenant_id, "test")):
        await enrol_enterprise(after, name="安商乙店", alternate_id="旧照2")
        report = await audit.verify(after)
        assert await Enterprise.filter(tenant_id=after.tenant_id).count() == 2
    assert report.broken_at is None
    assert after.district_id != pair.before.district_id
    assert after.tenant_id == pair.before.tenant_id


async def test_a_department_of_the_new_district_can_act_in_the_town(pair: Pair) -> None:
    await move_to_district(pair.town, pair.target)

    after = await owner_of(pair.town)
    async with tenant_transaction(await department_scope(after.district_id, "department")):
        await audit.record("test.acted", after, "Tenant", after.tenant_id)
    async with tenant_transaction(await town_scope(after.tenant_id, "test"), read_only=True):
        assert (await audit.verify(after)).broken_at is None


async def test_the_stays_tell_who_was_responsible_when(pair: Pair) -> None:
    day = TODAY - timedelta(days=10)
    await move_to_district(pair.town, pair.target, on=day)

    async with tenant_transaction(Scope.of_platform("test"), read_only=True):
        stays = await TenantDistrict.filter(tenant_id=pair.before.tenant_id).order_by("valid_from")
    first, second = stays
    assert (first.district_id, first.valid_to) == (pair.before.district_id, day)
    assert (second.valid_from, second.valid_to) == (day, None)


async def test_all_three_are_told(pair: Pair) -> None:
    await move_to_district(pair.town, pair.target)

    for code in (pair.town, pair.origin, pair.target):
        owner = await owner_of(code)
        async with tenant_transaction(await town_scope(owner.tenant_id, "test"), read_only=True):
            entry = await audit.AuditEntry.filter(
                tenant_id=owner.tenant_id, act="administration.tenant_moved"
            ).get()
            assert (await audit.verify(owner)).broken_at is None
        assert pair.target in entry.entry


async def test_work_under_way_is_finished_where_it_began(
    pair: Pair, work: Callable[[], Awaitable[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tenant_transaction(await town_scope(pair.before.tenant_id, "test")):
        job = await jobs.start(pair.before, "test.long")
        await outbox.emit("test.begun", pair.before, {"job": str(job.id)})

    async def finish(event: outbox.Event) -> None:
        async with tenant_transaction(event.scope()):
            await jobs.finish(event.owner, UUID(event.payload["job"]), "DONE", result={})
            await audit.record("test.ended", event.owner, "Job", event.payload["job"])
            await outbox.settle()

    monkeypatch.setitem(registry.ROUTES, "test.begun", ("test.finish",))
    monkeypatch.setitem(HANDLERS, "test.finish", finish)
    await move_to_district(pair.town, pair.target)

    assert [task for task in await work() if task.startswith("test.")] == ["test.finish"]
    async with tenant_transaction(await committee(pair.origin), read_only=True):
        assert (await jobs.Job.get(id=job.id)).state == "DONE"
    after = await owner_of(pair.town)
    async with tenant_transaction(await town_scope(after.tenant_id, "test"), read_only=True):
        assert (await audit.verify(after)).broken_at is None


async def test_a_district_without_tenants_is_founded(database: None, county: County) -> None:
    origin, target = county(), county()
    town = towns_of(origin)[0].code
    await provisioning.provision([town])

    await move_to_district(town, target)

    moved = await owner_of(town)
    assert (await owner_of(target)).district_id == moved.district_id


async def test_a_town_may_come_back(pair: Pair) -> None:
    await move_to_district(pair.town, pair.target, on=TODAY - timedelta(days=5))
    await move_to_district(pair.town, pair.origin, on=TODAY)

    back = await owner_of(pair.town)
    assert back == pair.before
    async with tenant_transaction(await committee(pair.origin), read_only=True):
        assert await Enterprise.filter(tenant_id=back.tenant_id).count() == 1
    async with tenant_transaction(await committee(pair.target), read_only=True):
        assert await Enterprise.filter(tenant_id=back.tenant_id).count() == 0


async def test_moves_that_are_refused_change_nothing(pair: Pair) -> None:
    with pytest.raises(NotFound, match="is no tenant"):
        await move_to_district("999999999", pair.target)
    with pytest.raises(Invalid, match="already"):
        await move_to_district(pair.town, pair.origin)
    with pytest.raises(Invalid, match="does not move"):
        await move_to_district(pair.origin, pair.target)
    with pytest.raises(Invalid, match="takes effect when"):
        await move_to_district(pair.town, pair.target, on=TODAY + timedelta(days=1))
    with pytest.raises(Conflict, match="it can leave on a later day only"):
        await move_to_district(pair.town, pair.target, on=date(2023, 6, 30))
    with pytest.raises(Invalid, match="no district 999999"):
        await move_to_district(pair.town, "999999")
    with pytest.raises(Invalid, match="is no district or county"):
        await move_to_district(pair.town, "3601")

    assert await owner_of(pair.town) == pair.before
    async with tenant_transaction(Scope.of_platform("test"), read_only=True):
        assert await TenantDistrict.filter(tenant_id=pair.before.tenant_id).count() == 1
        bodies = await Body.filter(tenant_id=pair.before.tenant_id)
    assert [body.district_id for body in bodies] == [pair.before.district_id]


async def test_of_every_table_it_is_said_whether_its_rows_go_along(database: None) -> None:
    """A new table must be named in `LIVING` or in `HISTORY`."""
    async with tenant_transaction(Scope.of_platform("test"), read_only=True) as transaction:
        rows = await transaction.fetch(
            "select table_name from information_schema.columns where table_schema = 'public'"
            " and column_name = 'district_id'"
        )
    tables = {row["table_name"] for row in rows} - {"tenants", "tenant_districts"}
    assert tables == set(LIVING) | HISTORY
    assert HISTORY.isdisjoint(LIVING)


async def test_suspending_and_resuming(pair: Pair) -> None:
    with pytest.raises(Invalid, match="give the reason"):
        await operating.suspend(pair.town, reason=" ")

    await operating.suspend(pair.town, reason="合并")
    with pytest.raises(Conflict, match="suspended already"):
        await operating.suspend(pair.town, reason="again")
    line = next(
        line
        for line in await operating.list_tenants(district=pair.origin)
        if line.code == pair.town
    )
    assert line.status == "SUSPENDED"

    await operating.resume(pair.town)
    async with tenant_transaction(await town_scope(pair.before.tenant_id, "test"), read_only=True):
        acts = (
            await audit.AuditEntry.filter(
                tenant_id=pair.before.tenant_id, subject=f"Tenant:{pair.before.tenant_id}"
            )
            .order_by("seq")
            .values_list("act", flat=True)
        )
    assert list(acts) == [
        "administration.tenant_provisioned",
        "administration.tenant_suspended",
        "administration.tenant_resumed",
    ]


async def test_the_list_is_ordered_and_whole(pair: Pair) -> None:
    lines = await operating.list_tenants(district=pair.target)

    assert [line.code for line in lines] == [
        pair.target,
        *(town.code for town in towns_of(pair.target)),
    ]
    assert {line.district_code for line in lines} == {pair.target}
    assert set(lines) <= set(await operating.list_tenants())
