"""`anshang token`: people's accounts and sessions, applications and their secrets."""

import asyncio
import json as jsonlib
import secrets
from collections.abc import Awaitable, Callable
from getpass import getpass
from typing import Annotated, Any, TypeVar

from cyclopts import App, Parameter

from service.database import database
from service.errors import Invalid, NotFound
from service.identity import apps, commands, sessions
from service.identity.oidc import subject_key
from service.settings import settings
from tenants.directory import UnknownTenant, owner_of
from tenants.rights import Role
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

app = App(name="token", help="Make and revoke access: people, sessions, applications.")

ACTOR = "operator"
Result = TypeVar("Result")
Tenant = Annotated[str, Parameter(name="--tenant", help="Division code of the town or district")]
Scopes = Annotated[list[str], Parameter(name="--scope", help="Scope; repeat for several")]
Ask = Annotated[bool, Parameter(name="--ask", help="Ask for the password instead of making one")]


def _run(work: Callable[[], Awaitable[Result]]) -> Result:
    async def opened() -> Result:
        async with database():
            return await work()

    return asyncio.run(opened())


async def _owner(code: str) -> Owner:
    try:
        return await owner_of(code)
    except UnknownTenant as error:
        raise NotFound(f"{error}; see `anshang tenant list`") from error


def _show(**fields: Any) -> None:
    print(jsonlib.dumps(fields, ensure_ascii=False, default=str))


def _password(ask: bool) -> str:
    if not ask:
        return secrets.token_urlsafe(15)
    first = getpass("Password: ")
    if first != getpass("Again: "):
        raise Invalid("the two passwords differ")
    return first


@app.command
def person(
    login: str,
    *,
    name: str,
    role: Role,
    tenant: Tenant,
    body: Annotated[str, Parameter(help="Code of the enforcement body, such as fire")] = "",
    subject: Annotated[str, Parameter(help="Subject at the identity provider")] = "",
    ask: Ask = False,
) -> None:
    """Make an account that works for a town; prints its password once.

    With --subject the person signs in through the identity provider and has no password.
    """
    password = None if subject else _password(ask)
    linked = subject_key(settings().oidc_issuer, subject) if subject else None

    async def work() -> None:
        owner = await _owner(tenant)
        async with tenant_transaction(commands.enrolment_scope(owner, ACTOR)):
            account = await commands.create_account(
                login, name=name, password=password, oidc_subject=linked
            )
            await commands.add_member(owner, account, role, body_code=body or None)

    _run(work)
    _show(login=login, role=role.value, tenant=tenant, password=password)


@app.command
def member(
    login: str,
    *,
    role: Role,
    tenant: Tenant,
    body: Annotated[str, Parameter(help="Code of the enforcement body")] = "",
) -> None:
    """Let an account that exists work for one more town, or in one more role."""

    async def work() -> None:
        owner = await _owner(tenant)
        async with tenant_transaction(commands.enrolment_scope(owner, ACTOR)):
            account = await commands.account_of(login)
            await commands.add_member(owner, account, role, body_code=body or None)

    _run(work)
    _show(login=login, role=role.value, tenant=tenant)


@app.command
def issue(login: str) -> None:
    """Open a session for an account and print its bearer token."""
    signed_in = _run(lambda: sessions.sign_in_as(login))
    _show(token=signed_in.token, expires_at=signed_in.expires_at.isoformat())


@app.command
def revoke(login: str) -> None:
    """End every session of an account."""
    _show(login=login, ended=_run(lambda: sessions.revoke_sessions(login, ACTOR)))


@app.command
def password(login: str, *, ask: Ask = False) -> None:
    """Give an account a new password, print it once and end all its sessions."""
    chosen = _password(ask)

    async def work() -> None:
        async with tenant_transaction(Scope.of_platform(ACTOR)):
            await commands.set_password(login, chosen)

    _run(work)
    _show(login=login, password=chosen)


@app.command
def suspend(
    who: Annotated[str, Parameter(help="Login of a person or client id of an application")],
    *,
    undo: Annotated[bool, Parameter(name="--undo", help="Let them in again")] = False,
) -> None:
    """Keep a person or an application out and end what is open."""

    async def work() -> str:
        async with tenant_transaction(Scope.of_platform(ACTOR)):
            if who.startswith("app_"):
                return (await apps.suspend_app(who, suspended=not undo)).status
            return (await commands.suspend_account(who, suspended=not undo)).status

    _show(who=who, status=_run(work))


@app.command(name="app")
def application(name: str, *, scope: Scopes) -> None:
    """Register an application with the scopes it may ever ask for; prints its secret once."""

    async def work() -> tuple[str, str]:
        async with tenant_transaction(Scope.of_platform(ACTOR)):
            row, secret = await apps.register_app(name, scope)
            return row.client_id, secret

    client_id, secret = _run(work)
    _show(client_id=client_id, client_secret=secret, scopes=scope)


@app.command
def rotate(client_id: str) -> None:
    """Give an application a new secret; the one before works for a day."""

    async def work() -> str:
        async with tenant_transaction(Scope.of_platform(ACTOR)):
            return await apps.rotate_secret(client_id)

    _show(client_id=client_id, client_secret=_run(work))


@app.command
def request(client_id: str, *, tenant: Tenant, scope: Scopes) -> None:
    """Ask a town to let an application in; its administrator answers."""

    async def work() -> tuple[str, str]:
        owner = await _owner(tenant)
        async with tenant_transaction(commands.enrolment_scope(owner, ACTOR)):
            row = await apps.request_app_grant(client_id, owner, scope)
            return str(row.id), row.state

    grant, state = _run(work)
    _show(grant=grant, state=state, tenant=tenant)
