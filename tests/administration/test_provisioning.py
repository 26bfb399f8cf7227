"""A division becomes a tenant: alone, with its district, twice, at the same moment."""

import asyncio
from datetime import date

import pytest

from service import audit
from service.administration import provisioning
from service.errors import Invalid
from service.outbox import OutboxEvent
from tenants.directory import committee_scope, owner_of, town_scope
from tenants.records import Body, District, Tenant, TenantDistrict
from tenants.scope import Scope
from tenants.wall import tenant_transaction

PLATFORM = Scope.of_platform("test")


async def tenants_of(prefix: str) -> list[Tenant]:
    async with tenant_transaction(PLATFORM, read_only=True):
        return await Tenant.filter(division_code__startswith=prefix).order_by("division_code")


async def test_one_town_brings_its_district_and_its_office(database: None) -> None:
    done = await provisioning.provision(["360102002"])

    office, town = await tenants_of("360102")
    assert (done.made, done.existing) == (1, 0)
    assert (town.kind, town.status, town.division_code) == ("STREET", "ACTIVE", "360102002")
    assert (office.kind, office.name) == ("DISTRICT", "东湖区")
    async with tenant_transaction(PLATFORM, read_only=True):
        district = await District.get(code="360102")
        stays = await TenantDistrict.filter(district_id=district.id)
        body = await Body.get(tenant_id=town.id)
    assert district.office_id == office.id
    assert {stay.tenant_id for stay in stays} == {town.id, office.id}
    assert [stay.valid_to for stay in stays] == [None, None]
    assert (body.code, body.kind, body.can_penalise) == ("town", "TOWN", False)


async def test_a_county_brings_all_its_towns(database: None) -> None:
    done = await provisioning.provision(["500112"])

    tenants = await tenants_of("500112")
    assert (done.made, done.existing) == (30, 0)
    assert [t.kind for t in tenants].count("STREET") == 19
    assert [t.kind for t in tenants].count("TOWN") == 11
    assert [t.kind for t in tenants].count("DISTRICT") == 1
    assert 0 < done.first_ms < 1000
    assert 0 < done.last_ms < 1000


async def test_again_changes_nothing_and_fills_what_is_missing(database: None) -> None:
    await provisioning.provision(["360103001"])
    before = await tenants_of("360103")

    again = await provisioning.provision(["360103001"])
    assert (again.made, again.existing) == (0, 1)
    assert [t.id for t in await tenants_of("360103")] == [t.id for t in before]

    rest = await provisioning.provision(["360103"])
    after = await tenants_of("360103")
    assert rest.existing == 1
    assert len(after) == 1 + rest.made + rest.existing
    assert {t.id for t in before} <= {t.id for t in after}


async def test_ten_operators_at_once_make_each_tenant_once(database: None) -> None:
    results = await asyncio.gather(*(provisioning.provision(["360104"]) for _ in range(10)))

    tenants = await tenants_of("360104")
    towns = len(tenants) - 1
    assert sum(done.made for done in results) == towns
    assert all(done.made + done.existing == towns for done in results)


async def test_an_unknown_code_is_refused_before_anything_is_made(database: None) -> None:
    with pytest.raises(Invalid, match="no division 360123999"):
        await provisioning.provision(["360123100", "360123999"])
    assert await tenants_of("360123") == []


async def test_the_day_chooses_the_district(database: None) -> None:
    after = date(2026, 1, 25)
    await provisioning.provision(["500109009"], on=after)

    async with tenant_transaction(PLATFORM, read_only=True):
        tenant = await Tenant.get(division_code="500109009")
        district = await District.get(id=tenant.district_id)
    assert (district.code, district.name) == ("5001X1", "两江新区")


async def test_each_tenant_begins_its_own_chain(database: None) -> None:
    await provisioning.provision(["360111001"])
    owner = await owner_of("360111001")

    async with tenant_transaction(await town_scope(owner.tenant_id, "test"), read_only=True):
        report = await audit.verify(owner)
        entry = await audit.AuditEntry.get(tenant_id=owner.tenant_id)
    assert (report.entries, report.broken_at) == (1, None)
    assert (entry.act, entry.actor) == (
        "administration.tenant_provisioned",
        "operator:command-line",
    )


async def test_one_event_a_district_names_its_new_tenants(database: None) -> None:
    await provisioning.provision(["360112001"])
    office = await owner_of("360112")

    scope = await committee_scope(office.district_id, "test")
    async with tenant_transaction(scope, read_only=True):
        event = await OutboxEvent.get(tenant_id=office.tenant_id)
    assert event.event == "administration.tenants_provisioned"
    assert event.payload == {"tenants": [str((await owner_of("360112001")).tenant_id)]}


async def test_progress_counts_to_the_end(database: None) -> None:
    seen: list[tuple[int, int]] = []
    await provisioning.provision(
        ["360113001", "360121001"], progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(1, 2), (2, 2)]


async def test_a_platform_scope_alone_writes_no_tenants_rows(database: None) -> None:
    """The operator's reach in one transaction is the tenants it makes there, not all others."""
    await provisioning.provision(["360124100"])
    owner = await owner_of("360124100")

    async with tenant_transaction(PLATFORM, read_only=True):
        assert await audit.AuditEntry.filter(tenant_id=owner.tenant_id).count() == 0
