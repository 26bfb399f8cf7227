"""The processes that the fault test kills: a load, a relay and a worker, careful or naive.

Run as a script: `processes.py ROLE TENANT DISTRICT [ACKS]`.  The effect of every act is one audit
entry, so that counting entries tells how often each effect happened.
"""

import asyncio
import itertools
import signal
import sys
from datetime import date
from pathlib import Path
from uuid import UUID

import dramatiq

from service import audit, outbox
from service.database import database, migrate
from service.outbox import Event
from tasks import registry, relay, worker
from tasks.actors import answers
from tasks.broker import broker
from tenants.ids import new_id
from tenants.records import District, Tenant, TenantDistrict
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

registry.ROUTES["fault.accepted"] = ("fault.effect",)
RESEND_SECONDS = 4.0


@answers("fault.effect")
async def effect(event: Event) -> None:
    """The careful effect: its row and its mark commit together."""
    async with tenant_transaction(event.scope()):
        await audit.record("fault.effect", event.owner, "Act", event.payload["act"])
        await outbox.settle()


@dramatiq.actor(actor_name="fault.naive_effect", broker=broker, max_retries=5)
async def naive_effect(act: str, tenant: str, district: str) -> None:
    """The naive effect: whatever the queue delivers is done, again and again."""
    owner = Owner(UUID(tenant), UUID(district))
    async with tenant_transaction(Scope.of_tenant(owner, "task:naive")):
        await audit.record("fault.effect", owner, "Act", act)


async def load(owner: Owner, acks: Path, *, naive: bool) -> None:
    """Act as fast as the database allows; write down what was acknowledged, and nothing else."""
    scope = Scope.of_tenant(owner, "account:load")
    stem = f"{acks.stem}-{asyncio.get_running_loop().time():.6f}"
    async with database():
        with acks.open("a", buffering=1) as log:
            for number in itertools.count():
                act = f"{stem}-{number}"
                try:
                    async with asyncio.timeout(5), tenant_transaction(scope):
                        await audit.record("fault.accepted", owner, "Act", act)
                        if not naive:
                            await outbox.emit("fault.accepted", owner, {"act": act})
                except Exception:
                    await asyncio.sleep(0.1)
                    continue
                log.write(act + "\n")
                if naive:
                    send_naively(act, owner)
                await asyncio.sleep(0.002)


def send_naively(act: str, owner: Owner) -> None:
    """Commit, then send: what a queue that is away loses."""
    message = naive_effect.message(act, str(owner.tenant_id), str(owner.district_id))
    try:
        broker.enqueue(message)
    except Exception:
        return


async def carry() -> None:
    """The relay with a short patience, so that the test is short."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await relay.run(stop, RESEND_SECONDS)


async def provision(owner: Owner) -> None:
    """The schema and one town."""
    await migrate()
    async with database(), tenant_transaction(Scope.of_platform("test")):
        await District.create(id=owner.district_id, code="990112", name="测试区")
        await Tenant.create(
            id=owner.tenant_id,
            district_id=owner.district_id,
            division_code="990112001",
            name="测试街道",
            kind="STREET",
        )
        await TenantDistrict.create(
            id=new_id(),
            tenant_id=owner.tenant_id,
            district_id=owner.district_id,
            valid_from=date(2020, 1, 1),
        )


def main(role: str, tenant: str, district: str, acks: str = "") -> None:
    """Play one role until killed."""
    owner = Owner(UUID(tenant), UUID(district))
    if role == "worker":
        worker.main(threads=4)
    elif role == "relay":
        asyncio.run(carry())
    elif role == "provision":
        asyncio.run(provision(owner))
    else:
        asyncio.run(load(owner, Path(acks), naive=role == "naive-load"))


if __name__ == "__main__":
    main(*sys.argv[1:])
