"""Enterprises sign in too, each for its own entry in the register."""

from collections.abc import Callable
from typing import Any

import pytest

from service.errors import Conflict
from service.identity import queries, sessions
from service.register.commands import enrol_enterprise
from tenants.rights import Role
from tenants.wall import tenant_transaction

PASSWORD = "correct horse battery staple"


async def test_an_enterprise_signs_in_for_its_own_register_entry(
    world: Any, hire: Callable[..., Any]
) -> None:
    first, second = world.towns[:2]
    async with tenant_transaction(first.scope()):
        shop = await enrol_enterprise(first.owner, name="百货商店", alternate_id="A1")

    account = await hire(first.owner, Role.ENTERPRISE, enterprise_id=shop.id)
    with pytest.raises(Conflict):
        await hire(second.owner, Role.ENTERPRISE, enterprise_id=shop.id)

    principal = await queries.authenticate(
        (await sessions.sign_in(account.login, PASSWORD, "192.0.2.7")).token
    )
    assert (principal.role, principal.enterprise_id) == (Role.ENTERPRISE, shop.id)
    assert principal.grants == frozenset()
