"""What can be done about powers: enter one as published, and end it."""

from datetime import date
from typing import Any
from uuid import UUID

from service import audit, outbox
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.ids import new_id
from service.powers.records import BodyPower
from service.powers.rules import Power
from tenants.records import Body, owned
from tenants.scope import Owner
from tenants.wall import current


async def grant(
    owner: Owner,
    body_id: UUID,
    power: Power,
    *,
    basis: str,
    document: str,
    valid_from: date,
    published_on: date,
    item_group: str = "",
) -> BodyPower:
    """Enter a power of a body of the tenant; from the first entry on, entries alone decide.

    Raises:
        NotFound: the tenant has no such body.
        Invalid: no basis or no document.
    """
    body = await Body.get_or_none(tenant_id=owner.tenant_id, id=body_id)
    if body is None:
        raise NotFound("your tenant has no such body", path=("input", "bodyId"))
    for name, value, most in (("basis", basis, 300), ("document", document, 120)):
        if not 2 <= len(value.strip()) <= most:
            raise Invalid(f"name the {name} in 2 to {most} characters", path=("input", name))
    row = await BodyPower.create(
        id=new_id(),
        **owned(owner),
        body_id=body.id,
        power=power.value,
        item_group=item_group.strip()[:80],
        basis=basis.strip(),
        document=document.strip(),
        valid_from=valid_from,
        published_on=published_on,
    )
    await audit.record("powers.granted", owner, "BodyPower", row.id, power=power.value)
    await outbox.emit("powers.granted", owner, {"power": str(row.id)})
    return row


async def enter(acting: UUID | None, body_id: UUID, power: Power, **said: Any) -> BodyPower:
    """Enter a power for another body, as a department of the district; see `grant`.

    No body gives itself a power: a town has that to penalise from its province alone (art. 24).

    Raises:
        Forbidden: the caller speaks for the body itself, or its tenant writes in no other.
        NotFound, Invalid: see `grant`.
    """
    body = await Body.get_or_none(id=body_id)
    if body is None:
        raise NotFound("no such body", path=("input", "bodyId"))
    _check_other(acting, body)
    return await grant(body.owner, body_id, power, **said)


async def revoke(acting: UUID | None, power_id: UUID, on: date) -> BodyPower:
    """End a power of another body, as a department of the district; see `end`.

    Raises:
        Forbidden: as for `enter`.
        NotFound, Conflict: see `end`.
    """
    row = await BodyPower.get_or_none(id=power_id)
    body = await Body.get_or_none(id=row.body_id) if row is not None else None
    if row is None or body is None:
        raise NotFound("no such power", path=("input", "powerId"))
    _check_other(acting, body)
    return await end(row.owner, power_id, on)


def _check_other(acting: UUID | None, body: Body) -> None:
    writable = current().scope.writable
    if len(writable) < 2 or body.tenant_id not in writable:
        raise Forbidden("a town reads its powers: the district or the operator enters them")
    if body.id == acting:
        raise Forbidden("no body enters its own powers; the operator does, from the document")


async def end(owner: Owner, power_id: UUID, on: date) -> BodyPower:
    """End a power on a day, which is its first day no longer in force.

    Raises:
        NotFound: the tenant has no such power.
        Conflict: it ended already, or would end before it began.
    """
    row = await BodyPower.get_or_none(tenant_id=owner.tenant_id, id=power_id)
    if row is None:
        raise NotFound("your tenant has no such power", path=("input", "powerId"))
    if row.valid_to is not None or on <= row.valid_from:
        raise Conflict("the power has ended, or began later", path=("input", "on"))
    row.valid_to = on
    await row.save(update_fields=["valid_to"])
    await audit.record("powers.ended", owner, "BodyPower", row.id, on=on)
    await outbox.emit("powers.ended", owner, {"power": str(row.id)})
    return row
