"""Signing in and out.

These commands open their own transactions, since a password is checked between two of them:
no connection waits for argon2id.
"""

import asyncio
import time
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from service import audit, clock
from service.errors import NotFound
from service.identity import passwords, queries
from service.identity.commands import account_of, end_sessions, enrolment_scope
from service.identity.rate_limit import limiter
from service.identity.records import Account, Membership, Session
from service.identity.rules import (
    LOGIN,
    SESSION_LIFETIME,
    SIGN_IN_ACCOUNT,
    SIGN_IN_ADDRESS,
    SIGN_IN_PAIR,
    AccountStatus,
    AccountSuspended,
    SignInFailed,
    in_force,
)
from service.identity.tokens import TokenKind, mint
from service.ids import new_id
from tenants.records import Tenant
from tenants.rights import Role
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

FAILURE_SECONDS = 0.35  # no refusal comes sooner, so that its time tells nothing

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session; the token is shown once and never stored."""

    token: str
    expires_at: datetime
    name: str
    role: Role
    tenant_name: str
    tenant_code: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    account: Account
    membership: Membership
    tenant: Tenant


async def sign_in(
    login: str, password: str, address: str, *, tenant_code: str | None = None
) -> SignedIn:
    """Open a session for a login and password.

    With several memberships `tenant_code` says for which town; without it the oldest counts.

    Raises:
        RateLimited: too many attempts on the account or from the address.
        SignInFailed: whatever did not fit; which, and whether the login exists, is not told.
        AccountSuspended: the password is right, but the account may not sign in.
    """
    started = time.monotonic()
    name = unicodedata.normalize("NFKC", login[:200]).strip().lower()
    pair = f"{name}|{address}"
    await limiter().hit([(SIGN_IN_ADDRESS, address), (SIGN_IN_PAIR, pair), (SIGN_IN_ACCOUNT, name)])
    account, found = await _look_up(name, tenant_code)
    stored = account.password_hash if account else None
    if not await passwords.verify_password(stored, password) or account is None:
        await _failed(found, started)
    elif found is None or account.status != AccountStatus.ACTIVE.value:
        raise AccountSuspended(
            "this account is suspended or belongs to no active town; ask its administrator"
        )
    else:
        signed_in = await open_session(found, "PASSWORD", password=password)
        await limiter().forget(SIGN_IN_PAIR, pair)
        return signed_in
    raise SignInFailed("the login or the password is wrong")


async def sign_in_subject(subject: str) -> SignedIn:
    """Open a session for a subject that the identity provider has vouched for.

    Raises:
        SignInFailed: no account is linked to it.
        AccountSuspended: the account may not sign in.
    """
    async with tenant_transaction(Scope.of_platform("sign-in"), read_only=True):
        account = await Account.get_or_none(oidc_subject=subject)
        found = await _candidate(account, None) if account else None
    if account is None:
        raise SignInFailed("no account is linked to this identity; ask the operator to link it")
    if found is None or account.status != AccountStatus.ACTIVE.value:
        raise AccountSuspended("this account is suspended or belongs to no active town")
    return await open_session(found, "OIDC")


async def sign_in_as(login: str) -> SignedIn:
    """Open a session without a password, for the platform's command line.

    Raises:
        NotFound: no such account, or it belongs to no active town.
    """
    async with tenant_transaction(Scope.of_platform("operator"), read_only=True):
        account = await account_of(login)
        found = await _candidate(account, None)
    if found is None or account.status != AccountStatus.ACTIVE.value:
        raise NotFound(f"{login} is suspended or belongs to no active town")
    return await open_session(found, "OPERATOR")


async def open_session(found: _Candidate, method: str, *, password: str | None = None) -> SignedIn:
    """Write the session and its audit entry; renew an outdated hash while the password is known."""
    token, now = mint(TokenKind.SESSION), clock.now()
    renewed = None
    stored = found.account.password_hash
    if password is not None and stored is not None and passwords.outdated(stored):
        renewed = await passwords.hash_password(password)
    owner = found.tenant.owner
    actor = f"account:{found.account.id}"
    async with tenant_transaction(enrolment_scope(owner, actor)):
        session = await Session.create(
            id=new_id(),
            token_hash=queries.hash_of(token),
            account_id=found.account.id,
            membership_id=found.membership.id,
            method=method,
            created_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LIFETIME,
        )
        if renewed is not None:
            await Account.filter(id=found.account.id).update(password_hash=renewed)
        await audit.record("identity.signed_in", owner, "Session", session.id, method=method)
    return SignedIn(
        token,
        session.expires_at,
        found.account.name,
        Role(found.membership.role),
        found.tenant.name,
        found.tenant.division_code,
    )


async def sign_out(token: str, *, everywhere: bool = False) -> int:
    """End the session of a token, or all sessions of its account; returns how many ended.

    Raises:
        Unauthenticated: the token opens no session.
    """
    principal = await queries.authenticate(token)
    home = principal.scope.home
    if principal.role is Role.APP or home is None:
        raise NotFound("an application's token is revoked at /oauth/revoke")
    account_id = UUID(principal.key.removeprefix("account:"))
    async with tenant_transaction(enrolment_scope(home, principal.key)):
        if everywhere:
            ended = await end_sessions(account_id)
        else:
            ended = await Session.filter(token_hash=queries.hash_of(token), revoked_at=None).update(
                revoked_at=clock.now()
            )
        await audit.record(
            "identity.signed_out", home, "Account", account_id, everywhere=everywhere, ended=ended
        )
    queries.forget()
    return ended


async def revoke_sessions(login: str, actor: str) -> int:
    """End every session of an account and write it into the chain of each of its towns.

    Raises:
        NotFound: no such account.
    """
    async with tenant_transaction(Scope.of_platform(actor)):
        account = await account_of(login)
        ended = await end_sessions(account.id)
        owners = await _owners(account.id)
    for owner in owners:
        async with tenant_transaction(Scope.of_tenant(owner, actor)):
            await audit.record(
                "identity.sessions_revoked", owner, "Account", account.id, ended=ended
            )
    queries.forget()
    return ended


async def _look_up(login: str, tenant_code: str | None) -> tuple[Account | None, _Candidate | None]:
    if not LOGIN.fullmatch(login):
        return None, None
    async with tenant_transaction(Scope.of_platform("sign-in"), read_only=True):
        account = await Account.get_or_none(login=login)
        return account, await _candidate(account, tenant_code) if account else None


async def _candidate(account: Account, tenant_code: str | None) -> _Candidate | None:
    """The account's oldest membership in force in an active town, or in the one named."""
    today = clock.legal_day(clock.now())
    for row in await Membership.filter(account_id=account.id).order_by("created_at", "id"):
        if in_force(row.valid_from, row.valid_to, today):
            tenant = await Tenant.get(id=row.tenant_id)
            if tenant.status == "ACTIVE" and tenant_code in (None, "", tenant.division_code):
                return _Candidate(account, row, tenant)
    return None


async def _failed(found: _Candidate | None, started: float) -> None:
    """Record a failed attempt where there is a chain to record it in, and take equal time."""
    if found is not None:
        owner = found.tenant.owner
        async with tenant_transaction(Scope.of_tenant(owner, "sign-in")):
            await audit.record("identity.sign_in_failed", owner, "Account", found.account.id)
    else:
        log.info("sign-in failed", account="unknown")
    await asyncio.sleep(max(0.0, FAILURE_SECONDS - (time.monotonic() - started)))


async def _owners(account_id: UUID) -> list[Owner]:
    ids = {row.tenant_id for row in await Membership.filter(account_id=account_id)}
    return [tenant.owner for tenant in await Tenant.filter(id__in=ids).order_by("id")]
