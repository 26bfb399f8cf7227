"""What happens to an entry of the register once it was made; each change keeps what was before."""

from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import clock
from service.errors import Conflict, NotFound
from service.ids import new_id
from service.register import credit_code as codes
from service.register import grids, indexing
from service.register.commands import check_industry, locked_enterprise, locked_premises, save
from service.register.history import note, snapshot
from service.register.records import Enterprise, Grid, Identifier, Premises
from service.register.rules import (
    Act,
    EnterpriseStatus,
    IdentifierKind,
    check_identified,
    check_identifier,
    check_name,
    check_optional,
    check_place,
    check_reason,
    check_step,
)
from tenants.records import owned

_TEXTS = {"principal_name": 100, "contact_name": 100, "contact_phone": 40}
_ACTS = {
    EnterpriseStatus.SUSPENDED: (Act.SUSPENDED, Act.PREMISES_SUSPENDED),
    EnterpriseStatus.OPERATING: (Act.REOPENED, Act.PREMISES_REOPENED),
    EnterpriseStatus.CLOSED: (Act.CLOSED, Act.PREMISES_CLOSED),
}


async def update_enterprise(
    enterprise_id: UUID, changes: dict[str, Any], *, reason: str = "", expected: int | None = None
) -> Enterprise:
    """Change what is written of an enterprise; names absent from `changes` stay.

    Raises:
        NotFound: no such enterprise in this scope.
        Invalid: a wrong value, or neither identifier would be left.
        Conflict: another enterprise has that code, or somebody changed the entry meanwhile.
    """
    row = await locked_enterprise(enterprise_id, expected)
    before = snapshot(row)
    for name, value in changes.items():
        setattr(row, name, _checked(name, value))
    row.alternate_id = check_identified(row.credit_code, row.alternate_id)
    await save(row, Act.UPDATED, before, reason.strip()[:400])
    return row


def _checked(name: str, value: Any) -> Any:
    if name == "name":
        return check_name(value)
    if name == "credit_code":
        return codes.validate(value) if value else None
    if name == "industry_code":
        return check_industry(value or "")
    if name in _TEXTS:
        first, *rest = name.split("_")
        return check_optional(value or "", first + "".join(map(str.title, rest)), _TEXTS[name])
    return value


async def set_status(enterprise_id: UUID, wanted: EnterpriseStatus, reason: str) -> Enterprise:
    """Suspend, reopen or close an enterprise; closing closes its premises with it.

    Raises:
        NotFound: no such enterprise in this scope.
        Invalid: no reason.
        Conflict: it has that status already, cannot get there, or was merged into another.
    """
    why = check_reason(reason)
    row = await locked_enterprise(enterprise_id)
    check_step(EnterpriseStatus(row.status), wanted)
    if row.merged_into is not None:
        raise Conflict("the entry was merged into another; answer that they differ first")
    before = snapshot(row)
    row.status = wanted.value
    await save(row, _ACTS[wanted][0], before, why)
    if wanted is EnterpriseStatus.CLOSED:
        places = Premises.filter(tenant_id=row.tenant_id, enterprise_id=row.id)
        for place in await places.exclude(status=wanted.value).order_by("id").select_for_update():
            was = snapshot(place)
            place.status = wanted.value
            await save(place, Act.PREMISES_CLOSED, was, why)
    return row


async def set_premises_status(premises_id: UUID, wanted: EnterpriseStatus, reason: str) -> Premises:
    """Suspend, reopen or close one place.

    Raises:
        NotFound: no such premises in this scope.
        Invalid: no reason.
        Conflict: they have that status already, or their enterprise is closed.
    """
    why = check_reason(reason)
    row = await locked_premises(premises_id)
    check_step(EnterpriseStatus(row.status), wanted)
    if wanted is not EnterpriseStatus.CLOSED:
        enterprise = await Enterprise.get(tenant_id=row.tenant_id, id=row.enterprise_id)
        if enterprise.status == EnterpriseStatus.CLOSED.value:
            raise Conflict("the enterprise is closed; reopen it first")
    before = snapshot(row)
    row.status = wanted.value
    await save(row, _ACTS[wanted][1], before, why)
    return row


async def update_premises(
    premises_id: UUID, changes: dict[str, Any], *, reason: str = "", expected: int | None = None
) -> Premises:
    """Change what is written of premises; where the place moves, its grid follows its cell.

    Raises:
        NotFound: no such premises in this scope.
        Invalid: a wrong value.
        Conflict: the enterprise has premises at that address, or somebody changed the entry.
    """
    row = await locked_premises(premises_id, expected)
    before = snapshot(row)
    for name, value in changes.items():
        text = name in ("name", "address")
        setattr(row, name, check_name(value, name) if text else value)
    check_place(row.latitude, row.longitude)
    row.cell = grids.cell_of(row.latitude, row.longitude)
    if not row.grid_decided:
        row.grid_id = await grids.grid_of(row.tenant_id, row.cell)
    await save(row, Act.PREMISES_UPDATED, before, reason.strip()[:400])
    return row


async def move_premises(premises_id: UUID, grid_id: UUID | None, reason: str) -> Premises:
    """Give premises to a grid by decision; None returns them to the grid of their cell.

    Raises:
        NotFound: no such premises or grid of this town.
        Invalid: no reason.
    """
    why = check_reason(reason)
    row = await locked_premises(premises_id)
    if grid_id and not await Grid.exists(tenant_id=row.tenant_id, id=grid_id):
        raise NotFound("no such grid of this town", path=("input", "gridId"))
    before = snapshot(row)
    row.grid_decided = grid_id is not None
    row.grid_id = grid_id or await grids.grid_of(row.tenant_id, row.cell)
    await save(row, Act.PREMISES_MOVED, before, why)
    return row


async def add_identifier(enterprise_id: UUID, kind: IdentifierKind, value: str) -> Enterprise:
    """Keep a number under which the enterprise was known before; it is found by it.

    Raises:
        NotFound: no such enterprise in this scope.
        Invalid: a number that cannot be one of its kind.
        Conflict: an enterprise of this town has it already.
    """
    row = await locked_enterprise(enterprise_id)
    number = check_identifier(kind, value)
    try:
        await Identifier.create(
            id=new_id(),
            **owned(row.owner),
            enterprise_id=row.id,
            kind=kind.value,
            value=number,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict(
            "an enterprise of this town has this number already", path=("input", "value")
        ) from error
    row.version += 1
    row.updated_at = clock.now()
    await row.save(update_fields=["version", "updated_at"])
    await indexing.index(row.owner, [row.id])
    await note(row, Act.IDENTIFIER_ADDED, before={}, after={"kind": kind.value, "value": number})
    return row
