"""People are entered, sign in, work in their scope, and are stopped."""

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from service import audit
from service.errors import Conflict, Invalid, NotFound
from service.identity import commands, passwords, queries, sessions
from service.identity.records import Account, Session
from service.identity.rules import (
    AccountSuspended,
    RateLimited,
    SignInFailed,
    TokenExpired,
    TokenRevoked,
)
from tenants.ids import new_id
from tenants.records import Tenant
from tenants.rights import Role
from tenants.scope import Scope
from tenants.wall import tenant_transaction

PASSWORD = "correct horse battery staple"
Hire = Callable[..., Any]
Later = Callable[[timedelta], None]


async def enter(account: Account, **fields: Any) -> sessions.SignedIn:
    return await sessions.sign_in(account.login, PASSWORD, "192.0.2.7", **fields)


async def acts(world: Any) -> list[str]:
    town = world.towns[0]
    async with tenant_transaction(town.scope(), read_only=True):
        entries = await audit.AuditEntry.filter(tenant_id=town.owner.tenant_id).order_by("seq")
        assert (await audit.verify(town.owner)).broken_at is None
    return [entry.act for entry in entries]


async def test_a_town_administrator_signs_in_and_acts_for_the_town(world: Any, hire: Hire) -> None:
    town = world.towns[0]
    account = await hire(town.owner)

    signed_in = await enter(account)
    principal = await queries.authenticate(signed_in.token)

    assert (signed_in.role, signed_in.tenant_code) == (Role.TENANT_ADMIN, town.code)
    assert principal.key == f"account:{account.id}"
    assert principal.name == "王安"
    assert principal.scope == Scope.of_tenant(town.owner, principal.key)
    assert await acts(world) == ["identity.member_added", "identity.signed_in"]


async def test_the_scope_is_that_of_the_role(world: Any, hire: Hire) -> None:
    office, district = world.office, frozenset({world.district_id})
    every = frozenset({office.tenant_id, *(town.owner.tenant_id for town in world.towns)})
    committee = await hire(office, Role.COMMITTEE)
    fire = await hire(office, Role.DEPARTMENT, body_code="fire")
    officer = await hire(office, Role.INSPECTOR, body_code="fire")
    admin = await hire(office, Role.TENANT_ADMIN)

    scopes = {
        name: (await queries.authenticate((await enter(account)).token)).scope
        for name, account in {
            "committee": committee, "fire": fire, "officer": officer, "admin": admin,
        }.items()
    }  # fmt: skip

    assert scopes["committee"].readable == every
    assert scopes["committee"].writable == {office.tenant_id}
    assert scopes["fire"].readable == scopes["fire"].writable == every
    assert scopes["officer"].writable == every
    assert scopes["admin"].readable == scopes["admin"].writable == {office.tenant_id}
    assert {scope.districts for scope in scopes.values()} == {district}
    assert not any(scope.platform for scope in scopes.values())


async def test_an_officer_carries_body_and_penalty_power(world: Any, hire: Hire) -> None:
    account = await hire(world.towns[0].owner, Role.INSPECTOR, body_code="town")

    principal = await queries.authenticate((await enter(account)).token)

    assert principal.body_id == world.towns[0].body_id
    assert principal.grants == {"can_penalise"}


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("nobody-here", PASSWORD),
        (None, "wrong horse battery staple"),
        (None, PASSWORD.upper()),
        (None, " " + PASSWORD),
        (None, "x" * 100_000),
        ("' or 1=1 --", PASSWORD),
        ("\x00", PASSWORD),
    ],
)
async def test_what_does_not_fit_is_refused_in_the_same_words(
    world: Any, hire: Hire, login: str | None, password: str
) -> None:
    account = await hire(world.towns[0].owner)

    with pytest.raises(SignInFailed) as caught:
        await sessions.sign_in(login or account.login, password, "192.0.2.1")

    assert caught.value.message == "the login or the password is wrong"
    async with tenant_transaction(Scope.of_platform("test")):
        assert await Session.filter(account_id=account.id).count() == 0


async def test_a_failed_attempt_stands_in_the_chain_of_the_town(world: Any, hire: Hire) -> None:
    account = await hire(world.towns[0].owner)

    with pytest.raises(SignInFailed):
        await sessions.sign_in(account.login, "wrong horse battery staple", "192.0.2.2")

    assert (await acts(world))[-1] == "identity.sign_in_failed"


@pytest.mark.serial
async def test_the_time_of_a_refusal_does_not_tell_whether_the_login_exists(
    world: Any, hire: Hire
) -> None:
    account = await hire(world.towns[0].owner)

    async def took(login: str, address: str) -> float:
        started = time.perf_counter()
        with pytest.raises(SignInFailed):
            await sessions.sign_in(login, "wrong horse battery staple", address)
        return time.perf_counter() - started

    known = [await took(account.login, f"192.0.2.{i}") for i in range(7)]
    unknown = [await took("nobody-here", f"192.0.2.{i}") for i in range(7)]

    assert min(known + unknown) >= sessions.FAILURE_SECONDS
    # The quickest of each, as whoever measures over a network would compare them.
    assert abs(min(known) - min(unknown)) < 0.1


async def test_passwords_are_stored_as_argon2id_only(world: Any, hire: Hire) -> None:
    account = await hire(world.towns[0].owner)

    assert account.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in account.password_hash


async def test_a_hash_of_older_parameters_is_renewed(world: Any, hire: Hire) -> None:
    account = await hire(world.towns[0].owner)
    old = passwords.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    async with tenant_transaction(Scope.of_platform("test")):
        await Account.filter(id=account.id).update(password_hash=old)

    await enter(account)

    async with tenant_transaction(Scope.of_platform("test")):
        renewed = (await Account.get(id=account.id)).password_hash
    assert renewed is not None
    assert renewed != old
    assert not passwords.outdated(renewed)
    await enter(account)


async def test_a_token_is_stored_as_a_keyed_hash_only(world: Any, hire: Hire) -> None:
    signed_in = await enter(account := await hire(world.towns[0].owner))

    async with tenant_transaction(Scope.of_platform("test")) as transaction:
        (row,) = await transaction.fetch(
            "select row_to_json(s)::text as text from sessions s where account_id = $1", account.id
        )

    assert signed_in.token not in row["text"]
    assert signed_in.token[6:] not in row["text"]
    assert queries.hash_of(signed_in.token) in row["text"]


async def test_a_session_ends_when_signed_out(world: Any, hire: Hire) -> None:
    signed_in = await enter(await hire(world.towns[0].owner))

    assert await sessions.sign_out(signed_in.token) == 1

    with pytest.raises(TokenRevoked, match="revoked; sign in again"):
        await queries.authenticate(signed_in.token)
    assert (await acts(world))[-1] == "identity.signed_out"


async def test_signing_out_everywhere_ends_the_other_sessions_too(world: Any, hire: Hire) -> None:
    account = await hire(world.towns[0].owner)
    tokens = [(await enter(account)).token for _ in range(3)]

    assert await sessions.sign_out(tokens[0], everywhere=True) == 3

    for token in tokens:
        with pytest.raises(TokenRevoked):
            await queries.authenticate(token)


async def test_a_revocation_elsewhere_takes_hold_within_two_seconds(
    world: Any, hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await hire(world.towns[0].owner)
    token = (await enter(account)).token
    passed = [0.0]
    monkeypatch.setattr(queries, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    await queries.authenticate(token)
    # Another process has no access to this one's memory.
    monkeypatch.setattr(queries, "forget", lambda: None)
    assert await sessions.revoke_sessions(account.login, "operator") == 1

    passed[0] = 2.0
    with pytest.raises(TokenRevoked):
        await queries.authenticate(token)


async def test_a_session_expires_with_a_clear_error(world: Any, hire: Hire, later: Later) -> None:
    token = (await enter(await hire(world.towns[0].owner))).token
    for _ in range(24):
        later(timedelta(minutes=29, seconds=50))
        await queries.authenticate(token)
    later(timedelta(minutes=5))

    with pytest.raises(TokenExpired, match=r"this token expired at 20.*Z; sign in again") as caught:
        await queries.authenticate(token)

    assert caught.value.code == "TOKEN_EXPIRED"


async def test_an_idle_session_ends(world: Any, hire: Hire, later: Later) -> None:
    token = (await enter(await hire(world.towns[0].owner))).token
    later(timedelta(minutes=59))
    await queries.authenticate(token)
    later(timedelta(minutes=59))
    await queries.authenticate(token)
    later(timedelta(minutes=61))

    with pytest.raises(TokenExpired, match="idle for too long"):
        await queries.authenticate(token)


async def test_a_suspended_account_neither_signs_in_nor_stays(world: Any, hire: Hire) -> None:
    account = await hire(world.towns[0].owner)
    token = (await enter(account)).token
    async with tenant_transaction(Scope.of_platform("operator")):
        await commands.suspend_account(account.login)
    queries.forget()

    with pytest.raises(TokenRevoked):
        await queries.authenticate(token)
    with pytest.raises(AccountSuspended):
        await enter(account)
    async with tenant_transaction(Scope.of_platform("operator")):
        await commands.suspend_account(account.login, suspended=False)
    assert (await enter(account)).role is Role.TENANT_ADMIN


async def test_a_suspended_town_signs_nobody_in(world: Any, hire: Hire) -> None:
    account = await hire(world.towns[0].owner)
    token = (await enter(account)).token
    async with tenant_transaction(Scope.of_platform("operator")):
        await Tenant.filter(id=world.towns[0].owner.tenant_id).update(status="SUSPENDED")
    queries.forget()

    with pytest.raises(AccountSuspended, match="town is suspended"):
        await queries.authenticate(token)
    with pytest.raises(AccountSuspended):
        await enter(account)


async def test_an_ended_membership_takes_its_sessions_with_it(world: Any, hire: Hire) -> None:
    account = await hire(world.towns[0].owner, Role.INSPECTOR, body_code="town")
    token = (await enter(account)).token
    async with tenant_transaction(world.towns[0].scope()):
        (row,) = await queries.members()
        await commands.end_membership(row.id)
    queries.forget()

    with pytest.raises(AccountSuspended, match="membership has ended"):
        await queries.authenticate(token)
    async with tenant_transaction(world.towns[0].scope()):
        with pytest.raises(Conflict):
            await commands.end_membership(row.id)
    assert (await acts(world))[-1] == "identity.membership_ended"


async def test_a_town_keeps_its_last_administrator(world: Any, hire: Hire) -> None:
    owner, scope = world.towns[0].owner, world.towns[0].scope()
    await hire(owner)
    async with tenant_transaction(scope):
        (only,) = await queries.members()
        with pytest.raises(Conflict, match="last administrator"):
            await commands.end_membership(only.id)
    await hire(owner)

    async with tenant_transaction(scope):
        ended = await commands.end_membership(only.id)

    assert ended.valid_to is not None


async def test_a_town_cannot_end_the_membership_of_another(world: Any, hire: Hire) -> None:
    await hire(world.towns[0].owner)
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        (row,) = await queries.members()

    async with tenant_transaction(world.towns[1].scope()):
        assert await queries.members() == []
        with pytest.raises(NotFound):
            await commands.end_membership(row.id)


async def test_with_several_towns_the_code_chooses(world: Any, hire: Hire) -> None:
    first, second = world.towns[:2]
    account = await hire(first.owner)
    async with tenant_transaction(commands.enrolment_scope(second.owner, "operator")):
        await commands.add_member(second.owner, account, Role.INSPECTOR, body_code="town")

    assert (await enter(account)).tenant_code == first.code
    chosen = await enter(account, tenant_code=second.code)
    assert (chosen.tenant_code, chosen.role) == (second.code, Role.INSPECTOR)
    principal = await queries.authenticate(chosen.token)
    assert principal.scope.readable == {second.owner.tenant_id}
    with pytest.raises(AccountSuspended):
        await enter(account, tenant_code="no-such-town")


async def test_a_new_password_ends_all_sessions(world: Any, hire: Hire) -> None:
    account = await hire(world.towns[0].owner)
    token = (await enter(account)).token
    async with tenant_transaction(Scope.of_platform("operator")):
        await commands.set_password(account.login, "another horse, another staple")
    queries.forget()

    with pytest.raises(TokenRevoked):
        await queries.authenticate(token)
    with pytest.raises(SignInFailed):
        await enter(account)
    await sessions.sign_in(account.login, "another horse, another staple", "192.0.2.7")


async def test_refused_accounts_leave_nothing_behind(world: Any, hire: Hire) -> None:
    owner = world.towns[0].owner
    taken = await hire(owner)
    for fields, refusal in (
        ({"login": taken.login}, Conflict),
        ({"login": "x"}, Invalid),
        ({"password": "short"}, Invalid),
        ({"role": Role.COMMITTEE}, Invalid),
        ({"role": Role.INSPECTOR}, Invalid),
        ({"role": Role.INSPECTOR, "body_code": "no-such-body"}, NotFound),
        ({"role": Role.ENTERPRISE}, Invalid),
        ({"role": Role.ENTERPRISE, "enterprise_id": new_id()}, Conflict),
        ({"role": Role.APP}, Invalid),
    ):
        role = fields.pop("role", Role.TENANT_ADMIN)
        with pytest.raises(refusal):
            await hire(owner, role, **fields)

    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        assert [row.account_id for row in await queries.members()] == [taken.id]
        assert await Account.all().count() == 0


async def test_one_person_holds_one_role_once_in_a_town(world: Any, hire: Hire) -> None:
    owner = world.towns[0].owner
    account = await hire(owner)

    with pytest.raises(Conflict):
        async with tenant_transaction(commands.enrolment_scope(owner, "operator")):
            await commands.add_member(owner, account, Role.TENANT_ADMIN)


async def test_guessing_is_stopped_and_a_success_starts_the_count_again(
    world: Any, hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "FAILURE_SECONDS", 0.0)
    account = await hire(world.towns[0].owner)
    address = "198.51.100.9"

    async def guess() -> None:
        with pytest.raises(SignInFailed):
            await sessions.sign_in(account.login, "wrong horse battery staple", address)

    for _ in range(9):
        await guess()
    await sessions.sign_in(account.login, PASSWORD, address)
    for _ in range(10):
        await guess()

    with pytest.raises(RateLimited, match=r"try again in \d+ s") as caught:
        await sessions.sign_in(account.login, PASSWORD, address)
    assert 800 < caught.value.retry_after_seconds <= 900
    assert (await sessions.sign_in(account.login, PASSWORD, "198.51.100.10")).token
