"""Applications: registered once, asked for in each town, let in by the town alone."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from service import audit
from service.errors import Conflict, Invalid, NotFound
from service.identity import apps, commands, oauth, queries
from service.identity.records import Application, AppToken
from service.identity.rules import AccountSuspended, GrantState, TokenExpired, TokenRevoked
from service.register.commands import enrol_enterprise
from service.register.records import Enterprise
from tenants.rights import Role
from tenants.scope import Scope
from tenants.wall import tenant_transaction

Make = Callable[..., Any]
Later = Callable[[timedelta], None]
ADDRESS = "192.0.2.30"


async def issue(app: Application, secret: str, *scopes: str) -> oauth.Issued:
    return await oauth.issue_app_token(app.client_id, secret, scopes or None, ADDRESS)


async def enterprises_seen(token: str) -> list[str]:
    principal = await queries.authenticate(token)
    async with tenant_transaction(principal.scope, read_only=True):
        return sorted([row.name for row in await Enterprise.all()])


async def two_shops(world: Any) -> None:
    for index, town in enumerate(world.towns):
        async with tenant_transaction(town.scope()):
            await enrol_enterprise(town.owner, name=f"商店{index}", alternate_id=f"A{index}")


async def test_without_a_grant_an_application_sees_nothing(world: Any, register: Make) -> None:
    await two_shops(world)
    app, secret = await register("register:read")

    issued = await issue(app, secret)
    principal = await queries.authenticate(issued.token)

    assert principal.role is Role.APP
    assert principal.key == f"app:{app.id}"
    assert principal.grants == {"register:read"}
    assert principal.scope == Scope(principal.key)
    assert await enterprises_seen(issued.token) == []


async def test_a_grant_opens_its_town_and_no_other(world: Any, register: Make, grant: Make) -> None:
    await two_shops(world)
    app, secret = await register("register:read")
    await grant(app, world.towns[0].owner)

    token = (await issue(app, secret)).token

    assert await enterprises_seen(token) == ["商店0"]
    assert (await queries.authenticate(token)).scope.writable == frozenset()
    await grant(app, world.towns[1].owner)
    queries.forget()
    assert await enterprises_seen(token) == ["商店0", "商店1"]


async def test_a_request_alone_opens_nothing(world: Any, register: Make) -> None:
    await two_shops(world)
    app, secret = await register("register:read")
    owner = world.towns[0].owner
    async with tenant_transaction(commands.enrolment_scope(owner, "operator")):
        await apps.request_app_grant(app.client_id, owner, ["register:read"])

    assert await enterprises_seen((await issue(app, secret)).token) == []


async def test_a_token_opens_only_towns_that_granted_all_it_carries(
    world: Any, register: Make, grant: Make
) -> None:
    await two_shops(world)
    app, secret = await register("register:read", "hazard:read")
    await grant(app, world.towns[0].owner, "register:read")
    await grant(app, world.towns[1].owner, "register:read", "hazard:read")

    broad = await issue(app, secret)
    narrow = await issue(app, secret, "register:read")

    assert broad.scopes == ["hazard:read", "register:read"]
    assert await enterprises_seen(broad.token) == ["商店1"]
    assert await enterprises_seen(narrow.token) == ["商店0", "商店1"]


async def test_only_a_writing_scope_makes_the_town_writable(
    world: Any, register: Make, grant: Make
) -> None:
    app, secret = await register("register:read", "routine_check:write")
    owner = world.towns[0].owner
    await grant(app, owner)

    reads = await queries.authenticate((await issue(app, secret, "register:read")).token)
    writes = await queries.authenticate((await issue(app, secret, "routine_check:write")).token)

    assert reads.scope.writable == frozenset()
    assert writes.scope.writable == {owner.tenant_id}
    assert writes.scope.home == owner
    assert not writes.scope.platform


async def test_a_revoked_grant_closes_the_town(world: Any, register: Make, grant: Make) -> None:
    await two_shops(world)
    app, secret = await register("register:read")
    town = world.towns[0]
    given = await grant(app, town.owner)
    token = (await issue(app, secret)).token
    assert await enterprises_seen(token) == ["商店0"]

    async with tenant_transaction(town.scope()):
        await apps.revoke_grant(given.id)
    queries.forget()

    assert await enterprises_seen(token) == []
    async with tenant_transaction(town.scope(), read_only=True):
        entries = await audit.AuditEntry.filter(subject=f"AppGrant:{given.id}").order_by("seq")
    assert [entry.act.removeprefix("identity.grant_") for entry in entries] == [
        "requested",
        "approved",
        "revoked",
    ]


@pytest.mark.parametrize("state", GrantState)
@pytest.mark.parametrize("step", ["approve_app_grant", "refuse_app_grant", "revoke_grant"])
async def test_every_step_in_every_state(
    world: Any, register: Make, state: GrantState, step: str
) -> None:
    town = world.towns[0]
    app, _ = await register()
    async with tenant_transaction(commands.enrolment_scope(town.owner, "operator")):
        row = await apps.request_app_grant(app.client_id, town.owner, ["hazard:read"])
    road = {
        GrantState.REQUESTED: [],
        GrantState.ACTIVE: [apps.approve_app_grant],
        GrantState.REFUSED: [apps.refuse_app_grant],
        GrantState.REVOKED: [apps.approve_app_grant, apps.revoke_grant],
    }
    async with tenant_transaction(town.scope()):
        for act in road[state]:
            await act(row.id)
    leads_to = {
        (GrantState.REQUESTED, "approve_app_grant"): "ACTIVE",
        (GrantState.REQUESTED, "refuse_app_grant"): "REFUSED",
        (GrantState.ACTIVE, "revoke_grant"): "REVOKED",
    }.get((state, step))

    async with tenant_transaction(town.scope()):
        if leads_to is None:
            with pytest.raises(Conflict):
                await getattr(apps, step)(row.id)
        else:
            assert (await getattr(apps, step)(row.id)).state == leads_to

    async with tenant_transaction(town.scope(), read_only=True):
        (kept,) = await queries.app_grants(town.principal())
    assert kept.state == (leads_to or state.value)


async def test_a_town_answers_for_itself_alone(world: Any, register: Make) -> None:
    first, second = world.towns[:2]
    app, _ = await register()
    async with tenant_transaction(commands.enrolment_scope(first.owner, "operator")):
        row = await apps.request_app_grant(app.client_id, first.owner, ["hazard:read"])

    async with tenant_transaction(second.scope()):
        assert await queries.app_grants(second.principal()) == []
        with pytest.raises(NotFound):
            await apps.approve_app_grant(row.id)
    async with tenant_transaction(first.scope(), read_only=True):
        assert [one.state for one in await queries.app_grants(first.principal())] == ["REQUESTED"]
        assert await Application.all().count() == 0


async def test_asking_again_after_a_refusal_and_not_before(world: Any, register: Make) -> None:
    town = world.towns[0]
    app, _ = await register("hazard:read", "demand:read")
    both = commands.enrolment_scope(town.owner, "operator")
    async with tenant_transaction(both):
        row = await apps.request_app_grant(app.client_id, town.owner, ["hazard:read"])
    async with tenant_transaction(both):
        with pytest.raises(Conflict):
            await apps.request_app_grant(app.client_id, town.owner, ["demand:read"])
    async with tenant_transaction(town.scope()):
        await apps.refuse_app_grant(row.id)

    async with tenant_transaction(both):
        again = await apps.request_app_grant(app.client_id, town.owner, ["demand:read"])

    assert (again.id, again.state, again.scopes, again.decided_at) == (
        row.id, "REQUESTED", ["demand:read"], None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("client", "scopes", "refusal"),
    [
        (None, [], Invalid),
        (None, ["register:read"], Invalid),
        (None, ["everything"], Invalid),
        ("app_000000000000000000000000", ["hazard:read"], NotFound),
    ],
)
async def test_what_cannot_be_asked_for(
    world: Any, register: Make, client: str | None, scopes: list[str], refusal: type[Exception]
) -> None:
    owner = world.towns[0].owner
    app, _ = await register("hazard:read")

    async with tenant_transaction(commands.enrolment_scope(owner, "operator")):
        with pytest.raises(refusal):
            await apps.request_app_grant(client or app.client_id, owner, scopes)


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [
        (None, "ans_k_" + "A" * 43),
        (None, ""),
        ("app_000000000000000000000000", None),
        ("", None),
        ("\x00", None),
        ("app_' or 1=1", None),
    ],
)
async def test_a_wrong_client_gets_no_token(
    database: None, register: Make, client_id: str | None, secret: str | None
) -> None:
    app, right = await register()

    with pytest.raises(oauth.OAuthError) as caught:
        await oauth.issue_app_token(
            app.client_id if client_id is None else client_id,
            right if secret is None else secret,
            None,
            ADDRESS,
        )

    assert (caught.value.code, caught.value.status) == ("invalid_client", 401)
    async with tenant_transaction(Scope.of_platform("test")):
        assert await AppToken.filter(app_id=app.id).count() == 0


async def test_the_secret_of_another_application_does_not_fit(register: Make) -> None:
    app, _ = await register()
    _, other = await register()

    with pytest.raises(oauth.OAuthError):
        await issue(app, other)


async def test_a_scope_beyond_the_registration_is_refused(register: Make) -> None:
    app, secret = await register("hazard:read")

    for scopes in (["hazard:read", "register:read"], ["everything"]):
        with pytest.raises(oauth.OAuthError) as caught:
            await issue(app, secret, *scopes)
        assert caught.value.code == "invalid_scope"


async def test_both_secrets_work_for_a_day_after_a_rotation(register: Make, later: Later) -> None:
    app, old = await register()
    async with tenant_transaction(Scope.of_platform("operator")):
        new = await apps.rotate_secret(app.client_id)

    assert new != old
    await issue(app, old)
    await issue(app, new)
    later(timedelta(hours=24, seconds=1))
    await issue(app, new)
    with pytest.raises(oauth.OAuthError):
        await issue(app, old)


async def test_a_token_lives_an_hour(register: Make, later: Later) -> None:
    app, secret = await register()
    token = (await issue(app, secret)).token
    later(timedelta(minutes=59, seconds=55))
    await queries.authenticate(token)
    later(timedelta(seconds=6))

    with pytest.raises(TokenExpired, match="expired at"):
        await queries.authenticate(token)


async def test_an_application_revokes_its_own_tokens_only(register: Make) -> None:
    app, secret = await register()
    other, others_secret = await register()
    token = (await issue(app, secret)).token

    assert not await oauth.revoke_token(other.client_id, others_secret, token, ADDRESS)
    await queries.authenticate(token)
    assert await oauth.revoke_token(app.client_id, secret, token, ADDRESS)
    assert not await oauth.revoke_token(app.client_id, secret, token, ADDRESS)

    with pytest.raises(TokenRevoked):
        await queries.authenticate(token)


async def test_a_suspended_application_is_out_at_once(register: Make) -> None:
    app, secret = await register()
    token = (await issue(app, secret)).token
    async with tenant_transaction(Scope.of_platform("operator")):
        await apps.suspend_app(app.client_id)
    queries.forget()

    with pytest.raises(TokenRevoked):
        await queries.authenticate(token)
    with pytest.raises(oauth.OAuthError):
        await issue(app, secret)
    async with tenant_transaction(Scope.of_platform("operator")):
        await apps.suspend_app(app.client_id, suspended=False)
        await AppToken.filter(app_id=app.id).update(revoked_at=None)
        await Application.filter(id=app.id).update(status="SUSPENDED")
    with pytest.raises(AccountSuspended):
        await queries.authenticate(token)


@pytest.mark.parametrize(("name", "scopes"), [("", []), ("x" * 101, []), ("x", ["admin"])])
async def test_what_cannot_be_registered(database: None, name: str, scopes: list[str]) -> None:
    async with tenant_transaction(Scope.of_platform("operator")):
        with pytest.raises(Invalid):
            await apps.register_app(name, scopes)


async def test_two_towns_deciding_at_once_do_not_disturb_each_other(
    world: Any, register: Make, grant: Make
) -> None:
    app, secret = await register("register:read")

    await asyncio.gather(*(grant(app, town.owner) for town in world.towns))

    principal = await queries.authenticate((await issue(app, secret)).token)
    assert principal.scope.readable == {town.owner.tenant_id for town in world.towns}
    assert principal.scope.home is None


async def test_one_grant_is_decided_once_however_many_try(world: Any, register: Make) -> None:
    town = world.towns[0]
    app, _ = await register()
    async with tenant_transaction(commands.enrolment_scope(town.owner, "operator")):
        row = await apps.request_app_grant(app.client_id, town.owner, ["hazard:read"])

    async def decide(act: Any) -> bool:
        try:
            async with tenant_transaction(town.scope()):
                await act(row.id)
        except Conflict:
            return False
        return True

    done = await asyncio.gather(
        *(decide(act) for act in [apps.approve_app_grant, apps.refuse_app_grant] * 4)
    )

    assert sum(done) == 1


async def test_what_ended_long_ago_is_dropped(register: Make, later: Later) -> None:
    app, secret = await register()
    await issue(app, secret)
    await oauth.purge_expired()
    async with tenant_transaction(Scope.of_platform("test")):
        assert await AppToken.filter(app_id=app.id).count() == 1

    later(timedelta(days=31, hours=2))

    assert await oauth.purge_expired() >= 1
    async with tenant_transaction(Scope.of_platform("test")):
        assert await AppToken.filter(app_id=app.id).count() == 0
