"""What time does to certificates: warnings before the end, and the end itself.

Both are looked for in the rows, so that a run that was missed is made up by the next.
"""

from datetime import date

from service import audit, clock, outbox
from service.administration.queries import setting
from service.standardisation.commands import expire
from service.standardisation.records import Certificate
from service.standardisation.rules import State, warning_step
from tenants.directory import owners
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

ACTOR = "task:standardisation.follow"


async def warn(owner: Owner, today: date) -> int:
    """Warn of the certificates of a town that end soon, once a step; how many warnings."""
    steps = await setting(owner, "certificate.warning_days", today)
    assert isinstance(steps, tuple)
    given = 0
    held = Certificate.filter(tenant_id=owner.tenant_id, state=State.GRANTED.value)
    for row in await held.order_by("id").select_for_update():
        assert row.valid_to is not None
        step = warning_step(row.valid_to, today, steps, row.warned_step)
        if step is None:
            continue
        row.warned_step = step
        await row.save(update_fields=["warned_step"])
        left = (row.valid_to - today).days
        await audit.record(
            "standardisation.expiring", owner, "StandardisationCert", row.id, days_left=left
        )
        said = {"certificate": str(row.id), "validTo": row.valid_to.isoformat(), "daysLeft": left}
        await outbox.emit("standardisation.expiring", owner, said)
        given += 1
    return given


async def follow(owner: Owner, today: date) -> tuple[int, int]:
    """Let the certificates of a town end whose time is over, then warn; how many of each."""
    over = Certificate.filter(
        tenant_id=owner.tenant_id, state=State.GRANTED.value, valid_to__lte=today
    )
    ended = 0
    for row in await over.order_by("id"):
        ended += await expire(row.id, today)
    return ended, await warn(owner, today)


async def follow_everywhere() -> None:
    """The same in every town, one transaction each."""
    today = clock.legal_day(clock.now())
    for owner in await owners(ACTOR):
        async with tenant_transaction(Scope.of_tenant(owner, ACTOR)):
            await follow(owner, today)
