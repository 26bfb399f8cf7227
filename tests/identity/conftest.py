"""People and applications of a test's district, and a clock that can be moved."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from service import clock
from service.identity import apps, commands, queries, sessions
from service.identity.records import Account, AppGrant, Application
from tenants.ids import new_id
from tenants.rights import Role
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

PASSWORD = "correct horse battery staple"
ADDRESS = "192.0.2.7"
_numbers = count(1)

Hire = Callable[..., Awaitable[Account]]
Register = Callable[..., Awaitable[tuple[Application, str]]]
Grant = Callable[..., Awaitable[AppGrant]]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    queries.forget()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Move the clock on."""
    real, moved = clock.now, [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + moved[0])

    def move(by: timedelta) -> None:
        moved[0] += by
        queries.forget()

    return move


@pytest.fixture
def hire(database: None) -> Hire:
    """An account with one membership; the login is fresh."""

    async def make(owner: Owner, role: Role = Role.TENANT_ADMIN, **fields: Any) -> Account:
        login = fields.pop("login", f"member-{next(_numbers)}-{new_id().hex[-8:]}")
        password = fields.pop("password", PASSWORD)
        subject = fields.pop("oidc_subject", None)
        async with tenant_transaction(commands.enrolment_scope(owner, "operator")):
            account = await commands.create_account(
                login, name="王安", password=password, oidc_subject=subject
            )
            await commands.add_member(owner, account, role, **fields)
        return account

    return make


@pytest.fixture
def register(database: None) -> Register:
    """An application and its secret."""

    async def make(*scopes: str) -> tuple[Application, str]:
        async with tenant_transaction(Scope.of_platform("operator")):
            return await apps.register_app("消防物联网", scopes or ("hazard:read",))

    return make


@pytest.fixture
def grant(database: None) -> Grant:
    """A town's approved grant."""

    async def make(app: Application, owner: Owner, *scopes: str) -> AppGrant:
        async with tenant_transaction(commands.enrolment_scope(owner, "operator")):
            asked = await apps.request_app_grant(app.client_id, owner, scopes or app.scopes)
        async with tenant_transaction(Scope.of_tenant(owner, "account:mayor")):
            return await apps.approve_app_grant(asked.id)

    return make


async def signed_in(account: Account, password: str = PASSWORD) -> sessions.SignedIn:
    """A session of the account."""
    return await sessions.sign_in(account.login, password, ADDRESS)
