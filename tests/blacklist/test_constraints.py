"""Nothing is public without a served decision and a last day, whatever the application does."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError

from service.blacklist.records import BlacklistCase
from service.blacklist.rules import PublicationClass, State
from service.outbox import OutboxEvent
from service.storage import store
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import DAY, Desk, at
from tests.conftest import Work, World


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    await store().create_buckets()
    yield Desk(world)
    async with tenant_transaction(world.department_scope()):
        await OutboxEvent.filter(district_id=world.district_id).delete()


@pytest.mark.parametrize("state", [State.PUBLISHED, State.CORRECTED, State.REPAIRED, State.EXPIRED])
async def test_a_case_that_was_never_published_cannot_be_in_a_public_state(
    desk: Desk, state: State
) -> None:
    case = await desk.propose()

    with pytest.raises((IntegrityError, asyncpg.CheckViolationError)):
        async with tenant_transaction(desk.scope):
            await BlacklistCase.filter(id=case.id).update(state=state.value)
    assert (await desk.reload(case)).state == "PROPOSED"


@pytest.mark.parametrize(
    "missing",
    [
        {"decided_on": None},
        {"served_on": None},
        {"classified": False},
        {"notice_served_on": None},
        {"published_until": None},
        {"first_published_at": None},
        {"published_until": date(2020, 1, 1)},
        {"published_on": None},
    ],
)
async def test_a_published_case_keeps_what_it_rests_on(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch, missing: dict[str, Any]
) -> None:
    at(monkeypatch, DAY)
    case = await desk.served(publication=PublicationClass.SERIOUS_DISHONESTY)
    await work()
    before = await desk.reload(case)
    assert before.state == "PUBLISHED"

    with pytest.raises((IntegrityError, asyncpg.CheckViolationError)):
        async with tenant_transaction(desk.scope):
            await BlacklistCase.filter(id=case.id).update(**missing)
    after = await desk.reload(case)
    assert {name: getattr(after, name) for name in missing} == {
        name: getattr(before, name) for name in missing
    }
