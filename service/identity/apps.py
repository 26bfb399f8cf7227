"""What can be done about applications and the towns that let them in.

A town is asked first (`request_app_grant`) and answers for itself; each runs in the transaction
of its caller, under `enrolment_scope` where the platform's tables are read.
"""

import secrets
from collections.abc import Iterable
from uuid import UUID

from service import audit, clock
from service.errors import Conflict, Invalid, NotFound
from service.identity import queries
from service.identity.records import AppGrant, Application, AppToken
from service.identity.rules import (
    SECRET_GRACE,
    AccountStatus,
    GrantState,
    check_grant_step,
    check_scopes,
)
from service.identity.tokens import TokenKind, mint
from service.ids import new_id
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current


async def register_app(name: str, scopes: Iterable[str]) -> tuple[Application, str]:
    """Register an application with the scopes that it may ever ask for.

    Returns it with its secret, which is shown once and never stored.

    Raises:
        Invalid: no name, or a scope nobody knows.
    """
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= 100:
        raise Invalid("an application's name has 1 to 100 characters", path=("name",))
    secret = mint(TokenKind.SECRET)
    row = await Application.create(
        id=new_id(),
        client_id=f"app_{secrets.token_hex(12)}",
        name=trimmed,
        scopes=check_scopes(scopes),
        secret_hash=queries.hash_of(secret),
        created_at=clock.now(),
    )
    return row, secret


async def rotate_secret(client_id: str) -> str:
    """Give an application a new secret; the one before works for `SECRET_GRACE` more.

    Raises:
        NotFound: no such application.
    """
    row = await app_of(client_id)
    secret = mint(TokenKind.SECRET)
    row.previous_secret_hash = row.secret_hash
    row.previous_secret_until = clock.now() + SECRET_GRACE
    row.secret_hash = queries.hash_of(secret)
    await row.save(update_fields=["secret_hash", "previous_secret_hash", "previous_secret_until"])
    return secret


async def suspend_app(client_id: str, *, suspended: bool = True) -> Application:
    """Refuse an application everything and revoke its tokens, or let it in again.

    Raises:
        NotFound: no such application.
    """
    row = await app_of(client_id)
    row.status = (AccountStatus.SUSPENDED if suspended else AccountStatus.ACTIVE).value
    await row.save(update_fields=["status"])
    if suspended:
        await AppToken.filter(app_id=row.id, revoked_at=None).update(revoked_at=clock.now())
    return row


async def request_app_grant(client_id: str, owner: Owner, scopes: Iterable[str]) -> AppGrant:
    """Ask a town to let an application act on its data; the town answers for itself.

    Asking again after a refusal or revocation opens the request anew; for other scopes the town
    first revokes what it granted.

    Raises:
        NotFound: no such application.
        Invalid: no scope, or one the application was not registered for.
        Conflict: the town has this request before it, or has granted all of it already.
    """
    app = await app_of(client_id)
    wanted = check_scopes(scopes, app.scopes)
    if not wanted:
        raise Invalid("ask for at least one scope", path=("scopes",))
    row = await AppGrant.get_or_none(tenant_id=owner.tenant_id, app_id=app.id)
    if row is None:
        row = await AppGrant.create(
            id=new_id(),
            **owned(owner),
            app_id=app.id,
            app_name=app.name,
            client_id=app.client_id,
            scopes=wanted,
            requested_at=clock.now(),
        )
    else:
        if row.state in (GrantState.REQUESTED.value, GrantState.ACTIVE.value):
            raise Conflict(f"the town has this application as {row.state} already")
        check_grant_step(GrantState(row.state), GrantState.REQUESTED)
        await AppGrant.filter(tenant_id=row.tenant_id, id=row.id).update(
            state=GrantState.REQUESTED.value,
            scopes=wanted,
            app_name=app.name,
            requested_at=clock.now(),
            decided_at=None,
            decided_by="",
        )
        row = await AppGrant.get(tenant_id=owner.tenant_id, app_id=app.id)
    await audit.record("identity.grant_requested", owner, "AppGrant", row.id, scopes=wanted)
    return row


async def approve_app_grant(grant_id: UUID) -> AppGrant:
    """Let the application in, with the scopes that it asked for.

    Raises:
        NotFound: no such request in scope.
        Conflict: it is not waiting for an answer.
    """
    return await _decide(grant_id, GrantState.ACTIVE, "identity.grant_approved")


async def refuse_app_grant(grant_id: UUID) -> AppGrant:
    """Keep the application out.

    Raises:
        NotFound: no such request in scope.
        Conflict: it is not waiting for an answer.
    """
    return await _decide(grant_id, GrantState.REFUSED, "identity.grant_refused")


async def revoke_grant(grant_id: UUID) -> AppGrant:
    """Take a grant back; its tokens stop seeing the town within two seconds.

    Raises:
        NotFound: no such grant in scope.
        Conflict: it is not active.
    """
    return await _decide(grant_id, GrantState.REVOKED, "identity.grant_revoked")


async def _decide(grant_id: UUID, state: GrantState, act: str) -> AppGrant:
    row = await AppGrant.filter(id=grant_id).select_for_update().first()
    if row is None:
        raise NotFound("no such grant", path=("input", "grantId"))
    check_grant_step(GrantState(row.state), state)
    at, by = clock.now(), current().scope.actor
    await AppGrant.filter(tenant_id=row.tenant_id, id=row.id).update(
        state=state.value, decided_at=at, decided_by=by
    )
    row.state, row.decided_at, row.decided_by = state.value, at, by
    await audit.record(act, row.owner, "AppGrant", row.id, scopes=row.scopes)
    return row


async def app_of(client_id: str) -> Application:
    """The application of that client id.

    Raises:
        NotFound: none.
    """
    row = await Application.get_or_none(client_id=client_id)
    if row is None:
        raise NotFound(f"no application {client_id[:40]}", path=("clientId",))
    return row
