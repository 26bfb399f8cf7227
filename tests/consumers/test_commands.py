"""A credit platform confirms what it processed of a real log, lags, errs, or saw another one."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.app import create_app
from service import clock
from service.blacklist import listing
from service.consumers import commands
from service.consumers.queries import confirmations, consumers
from service.consumers.records import LogAcknowledgement, LogConsumer
from service.errors import Forbidden, Invalid, NotFound
from service.identity import apps
from service.identity.commands import enrolment_scope
from service.identity.queries import authenticate
from service.outbox import OutboxEvent
from service.publication.notes import Checkpoint
from service.publication.publisher import LOG_NAME, signer_of
from service.publication.queries import public_log
from service.storage import store
from tenants.principal import Principal
from tenants.rights import Role
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import Desk
from tests.conftest import Execute, Work, World

ROOT = Path(__file__).resolve().parents[2]
ACKNOWLEDGE = """mutation A($input: AcknowledgeLogInput!) { acknowledgeLog(input: $input) {
    acknowledgement { size rootHash outcome } errors { code path } } }"""
CONSUMERS = """query C($stale: Boolean) { logConsumers(stale: $stale) { totalCount edges { node {
    name size lag unconfirmedRemovals confirmBy statements { size outcome } } } } }"""


class Platform:
    """A credit platform with its token, let in by the district's office."""

    credentials = ("", "")

    def __init__(self, world: World, app_id: UUID, owners: list[Owner]) -> None:
        self.world = world
        self.app_id = app_id
        tenants = frozenset(owner.tenant_id for owner in owners)
        districts = frozenset(owner.district_id for owner in owners)
        home = owners[0] if owners else None
        self.scope = Scope(f"app:{app_id}", home, districts, tenants, tenants)

    @property
    def principal(self) -> Principal:
        grants = frozenset({commands.SCOPE})
        return Principal(f"app:{self.app_id}", Role.APP, self.scope, "示例信用平台", grants=grants)

    async def states(self, size: int, root: bytes, checkpoint: str = "") -> LogAcknowledgement:
        async with tenant_transaction(self.scope):
            return await commands.acknowledge(
                self.app_id, "示例信用平台", self.world.code, size, root.hex(), checkpoint
            )

    async def row(self) -> LogConsumer:
        async with tenant_transaction(self.world.department_scope(), read_only=True):
            return await LogConsumer.get(app_id=self.app_id)

    async def marked(self) -> list[UUID]:
        return await commands.mark_stale(self.world.district_id)


@pytest.fixture
async def desk(world: World) -> Desk:
    await store().create_buckets()
    return Desk(world)


@pytest.fixture
async def platform(world: World) -> Platform:
    async with tenant_transaction(Scope.of_platform("test")):
        app, secret = await apps.register_app("示例信用平台", (commands.SCOPE,))
    async with tenant_transaction(enrolment_scope(world.office, "test")):
        asked = await apps.request_app_grant(app.client_id, world.office, (commands.SCOPE,))
    async with tenant_transaction(Scope.of_tenant(world.office, "account:office")):
        await apps.approve_app_grant(asked.id)
    platform = Platform(world, app.id, [world.office])
    platform.credentials = (app.client_id, secret)
    return platform


async def root(world: World, size: int) -> bytes:
    log = await public_log(world.code)
    assert log is not None
    return await log.tiles.root_at(size)


async def told(world: World, event: str) -> list[dict[str, Any]]:
    async with tenant_transaction(world.department_scope(), read_only=True):
        rows = await OutboxEvent.filter(district_id=world.district_id, event=event)
    return [row.payload for row in rows]


async def test_every_size_that_the_log_had_can_be_confirmed_and_repeats_are_kept_once(
    desk: Desk, platform: Platform, work: Work
) -> None:
    for _ in range(5):
        await desk.served()
    await work()

    for size in (*range(1, 6), 5):
        kept = await platform.states(size, await root(desk.world, size))
        assert (kept.size, kept.outcome) == (size, "CONFIRMED")

    row = await platform.row()
    assert (row.size, row.lag) == (5, "")
    assert row.heard_at is not None
    async with tenant_transaction(desk.world.department_scope(), read_only=True):
        assert await LogAcknowledgement.filter(consumer_id=row.id).count() == 5


async def test_a_removal_that_is_not_confirmed_in_time_is_an_alarm_once_until_it_is(
    desk: Desk, platform: Platform, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await desk.served()
    await work()
    await platform.states(1, await root(desk.world, 1))
    await desk.do(listing.withdraw, case, "处罚决定被撤销")
    await work()
    start = clock.now()
    at = start + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: at)

    assert await platform.marked() == [(await platform.row()).id]
    assert await platform.marked() == []
    assert [one["lag"] for one in await told(desk.world, "consumers.stale")] == [
        "REMOVAL_UNCONFIRMED"
    ]
    assert await confirmations(desk.world.code, 1) == (0, 1)

    await platform.states(2, await root(desk.world, 2))
    assert ((await platform.row()).lag, await platform.marked()) == ("", [])
    assert len(await told(desk.world, "consumers.recovered")) == 1
    assert await confirmations(desk.world.code, 1) == (1, 1)


async def test_a_consumer_that_went_back_to_an_old_copy_owes_its_removals_again(
    desk: Desk, platform: Platform, work: Work
) -> None:
    case = await desk.served()
    await work()
    await desk.do(listing.withdraw, case, "处罚决定被撤销")
    await work()
    await platform.states(2, await root(desk.world, 2))
    await platform.states(1, await root(desk.world, 1))

    assert await confirmations(desk.world.code, 1) == (0, 1)


async def test_a_consumer_that_never_said_anything_is_seen_and_one_not_let_in_is_gone(
    desk: Desk, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await platform.marked() == []
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(hours=27))
    await platform.marked()
    row = await platform.row()
    assert (row.name, row.lag) == ("示例信用平台", "SILENT")

    async with tenant_transaction(Scope.of_tenant(desk.world.office, "account:office")):
        (grant,) = await apps.AppGrant.filter(app_id=platform.app_id)
        await apps.revoke_grant(grant.id)
    await platform.marked()
    async with tenant_transaction(desk.world.department_scope(), read_only=True):
        assert await consumers().filter(tenant_id=desk.world.office.tenant_id).count() == 0


@pytest.mark.parametrize("size", [1, 2, 9])
async def test_another_root_is_an_alarm_and_a_signed_one_a_proof(
    desk: Desk, platform: Platform, work: Work, size: int
) -> None:
    await desk.served()
    await desk.served()
    await work()
    await platform.states(2, await root(desk.world, 2))
    signer = signer_of(f"{LOG_NAME}/{desk.world.code}")
    other = bytes(range(32))
    note = signer.sign(Checkpoint(signer.name, size, other).text())

    claimed = await platform.states(size, other)
    proved = await platform.states(size, other, note)

    assert (claimed.outcome, proved.outcome) == ("OTHER_ROOT", "OTHER_LOG")
    assert proved.checkpoint.strip() == note.strip()
    row = await platform.row()
    assert (row.size, row.lag) == (2, "OTHER_LOG")
    alarms = await told(desk.world, "consumers.other_log_seen")
    assert [one["outcome"] for one in alarms] == ["OTHER_ROOT", "OTHER_LOG"]
    assert len(await told(desk.world, "consumers.stale")) == 1

    await platform.states(2, await root(desk.world, 2))
    assert (await platform.row()).lag == ""


async def test_a_checkpoint_that_we_never_signed_or_that_says_something_else_is_refused(
    desk: Desk, platform: Platform, work: Work
) -> None:
    await desk.served()
    await work()
    right = await root(desk.world, 1)
    signer = signer_of(f"{LOG_NAME}/{desk.world.code}")
    foreign = signer_of(f"{LOG_NAME}/other").sign(Checkpoint(signer.name, 1, right).text())

    for note in (foreign, "nonsense", signer.sign(Checkpoint(signer.name, 2, right).text())):
        with pytest.raises(Invalid):
            await platform.states(1, right, note)
    async with tenant_transaction(desk.world.department_scope(), read_only=True):
        assert await LogConsumer.filter(app_id=platform.app_id).count() == 0


async def test_an_application_that_the_office_did_not_let_in_confirms_nothing(
    desk: Desk, platform: Platform, work: Work
) -> None:
    await desk.served()
    await work()
    stranger = Platform(desk.world, platform.app_id, [desk.world.towns[0].owner])

    with pytest.raises(Forbidden):
        await stranger.states(1, await root(desk.world, 1))
    nowhere = Platform(desk.world, platform.app_id, [])
    with pytest.raises(NotFound):
        await nowhere.states(1, bytes(32))


async def test_committee_and_department_see_who_lags_and_towns_see_nobody(
    desk: Desk, platform: Platform, work: Work, execute: Execute
) -> None:
    case = await desk.served()
    await work()
    stated = {
        "district": desk.world.code,
        "size": "1",
        "rootHash": (await root(desk.world, 1)).hex(),
    }
    done = await execute(platform.principal, ACKNOWLEDGE, {"input": stated})
    assert done["data"]["acknowledgeLog"] == {
        "acknowledgement": {"size": "1", "rootHash": stated["rootHash"], "outcome": "CONFIRMED"},
        "errors": [],
    }
    await desk.do(listing.withdraw, case, "处罚决定被撤销")
    await work()

    for who in (desk.world.committee(), desk.world.department(), platform.principal):
        (edge,) = (await execute(who, CONSUMERS))["data"]["logConsumers"]["edges"]
        assert edge["node"].pop("confirmBy") is not None
        assert edge["node"] == {
            "name": "示例信用平台", "size": "1", "lag": None, "unconfirmedRemovals": 1,
            "statements": [{"size": "1", "outcome": "CONFIRMED"}],
        }  # fmt: skip
    town = await execute(desk.world.towns[0].principal(), CONSUMERS)
    assert town["data"]["logConsumers"]["totalCount"] == 0
    refused = await execute(desk.world.department(), ACKNOWLEDGE, {"input": stated})
    assert [e["code"] for e in refused["data"]["acknowledgeLog"]["errors"]] == ["FORBIDDEN"]


async def test_a_simple_client_confirms_with_a_form_and_its_token(
    desk: Desk, platform: Platform, work: Work
) -> None:
    await desk.served()
    await work()
    right, path = await root(desk.world, 1), f"/feed/{desk.world.code}/acknowledgements"
    transport = httpx2.ASGITransport(app=create_app(authenticate))
    async with httpx2.AsyncClient(transport=transport, base_url="http://anshang.test") as client:
        grant = {"grant_type": "client_credentials", "scope": commands.SCOPE}
        token = await client.post("/oauth/token", data=grant, auth=platform.credentials)
        bearer = {"Authorization": f"Bearer {token.json()['access_token']}"}

        async def post(**given: Any) -> tuple[int, dict[str, Any]]:
            answer = await client.post(path, headers=bearer, **given)
            return answer.status_code, answer.json()

        stated = {"size": "1", "root": right.hex()}
        confirmed = {"size": 1, "root": right.hex(), "outcome": "CONFIRMED"}
        assert await post(data=stated) == (200, confirmed)
        assert await post(json={"size": 1, "root": right.hex()}) == (200, confirmed)
        assert (await post(data={"size": "1", "root": "ab" * 32}))[0] == 409
        assert [(await post(json=wrong))[0] for wrong in ({}, [], {"size": "x"})] == [400] * 3
        assert (await post(content=b"x" * 9000))[0] == 400
        anonymous = await client.post(path, data=stated)
        assert (anonymous.status_code, anonymous.json()["code"]) == (401, "UNAUTHENTICATED")
    assert (await platform.row()).lag == "OTHER_LOG"


async def operator(world: World, *words: str) -> tuple[int | None, str]:
    """What the operator's command prints, and its exit status."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "infra.cli", "log", "consumers", world.code, *words),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}"},
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode()


async def test_the_operator_sees_who_keeps_a_copy_and_whose_is_stale(
    desk: Desk, platform: Platform, work: Work
) -> None:
    await desk.served()
    await work()
    await platform.states(1, await root(desk.world, 1))
    current = await operator(desk.world)
    await platform.states(1, bytes(32))
    stale = await operator(desk.world, "--stale")

    assert current[0] == 0
    assert "示例信用平台" in current[1]
    assert current[1].endswith("0 of 1 stale\n")
    assert stale[0] == 1
    assert "OTHER_LOG since" in stale[1]
