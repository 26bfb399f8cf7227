"""What can be done to the register: enrol an enterprise, add its premises."""

from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.errors import Conflict, NotFound
from service.ids import new_id
from service.register import credit_code as codes
from service.register import grids, indexing, pairing
from service.register.history import difference, note, snapshot
from service.register.industry import industry
from service.register.records import Enterprise, Premises
from service.register.rules import (
    Act,
    Opening,
    RiskColour,
    Scale,
    check_identified,
    check_name,
    check_optional,
    check_place,
)
from service.versions import check_version
from tenants.records import owned
from tenants.scope import Owner


async def enrol_enterprise(
    owner: Owner,
    *,
    name: str,
    credit_code: str | None = None,
    alternate_id: str | None = None,
    industry_code: str = "",
    above_quota: bool = False,
    risk: RiskColour = RiskColour.BLUE,
    scale: Scale | None = None,
    principal_name: str = "",
    contact_name: str = "",
    contact_phone: str = "",
) -> Enterprise:
    """Enter an enterprise into the register of a town.

    Businesses without a unified social credit code (统一社会信用代码) give the number of their
    old licence as `alternate_id`.

    Raises:
        Invalid: an empty name, neither identifier, a class that is none of GB/T 4754, or a wrong
            credit code, with a suggestion.
        Conflict: the town has an enterprise with this code or old licence already.
    """
    code = codes.validate(credit_code) if credit_code else None
    alternate = check_identified(code, alternate_id)
    at = clock.now()
    try:
        row = await Enterprise.create(
            id=new_id(),
            **owned(owner),
            credit_code=code,
            alternate_id=alternate,
            name=check_name(name),
            industry_code=check_industry(industry_code),
            above_quota=above_quota,
            risk=risk.value,
            scale=scale.value if scale else None,
            principal_name=check_optional(principal_name, "principalName", 100),
            contact_name=check_optional(contact_name, "contactName", 100),
            contact_phone=check_optional(contact_phone, "contactPhone", 40),
            created_at=at,
            updated_at=at,
        )
    except IntegrityError as error:
        field = "creditCode" if code else "alternateId"
        what = "credit code" if code else "number of an old licence"
        raise Conflict(
            f"this town has an enterprise with this {what} already", path=("input", field)
        ) from error
    await indexing.index(owner, [row.id])
    await audit.record("register.enterprise_enrolled", owner, "Enterprise", row.id)
    await outbox.emit("register.enterprise_enrolled", owner, {"enterprise": str(row.id)})
    return row


def check_industry(code: str) -> str:
    """The class, if it is one in scope; empty stays empty, since it may be found out later.

    Raises:
        Invalid: no class of GB/T 4754-2017 in scope, with the nearest ones.
    """
    return industry(code.strip()).code if code.strip() else ""


async def add_premises(
    enterprise_id: UUID,
    *,
    name: str,
    address: str,
    latitude: float,
    longitude: float,
    opening: Opening | None = None,
) -> Premises:
    """Add a place where the enterprise trades, in the enterprise's own town.

    It falls to the grid whose cell it lies in.

    Raises:
        NotFound: no such enterprise in this scope.
        Invalid: an empty name or address, or a place outside China.
        Conflict: the enterprise is closed, or has premises at this address already.
    """
    enterprise = await Enterprise.get_or_none(id=enterprise_id)
    if enterprise is None:
        raise NotFound("no such enterprise", path=("input", "enterpriseId"))
    check_place(latitude, longitude)
    cell = grids.cell_of(latitude, longitude)
    try:
        row = await Premises.create(
            id=new_id(),
            **owned(enterprise.owner),
            enterprise_id=enterprise.id,
            name=check_name(name),
            address=check_name(address, "address"),
            latitude=latitude,
            longitude=longitude,
            open_from=opening.start if opening else None,
            open_to=opening.end if opening else None,
            cell=cell,
            grid_id=await grids.grid_of(enterprise.tenant_id, cell),
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict(
            "the enterprise has premises at this address already", path=("input", "address")
        ) from error
    await indexing.index(enterprise.owner, [enterprise.id])
    await audit.record("register.premises_added", row.owner, "Premises", row.id)
    await outbox.emit("register.premises_added", row.owner, {"premises": str(row.id)})
    return row


async def locked_enterprise(enterprise_id: UUID, expected: int | None = None) -> Enterprise:
    """The enterprise, held until the transaction ends.

    Raises:
        NotFound: no such enterprise in this scope.
        Conflict: `expected` is given and the entry has another version by now.
    """
    row = await Enterprise.filter(id=enterprise_id).select_for_update().get_or_none()
    if row is None:
        raise NotFound("no such enterprise", path=("input", "enterpriseId"))
    check_version(row.version, expected)
    return row


async def locked_premises(premises_id: UUID, expected: int | None = None) -> Premises:
    """The premises, held until the transaction ends.

    Raises:
        NotFound: no such premises in this scope.
        Conflict: `expected` is given and the entry has another version by now.
    """
    row = await Premises.filter(id=premises_id).select_for_update().get_or_none()
    if row is None:
        raise NotFound("no such premises", path=("input", "premisesId"))
    check_version(row.version, expected)
    return row


async def save(
    row: Enterprise | Premises, act: Act, before: dict[str, object], reason: str = ""
) -> None:
    """Write a changed row with its history; a row that did not change stays as it is.

    Raises:
        Conflict: another entry of the town has that code, or these premises that address.
    """
    old, new = difference(before, snapshot(row))
    if not new:
        return
    row.version += 1
    if isinstance(row, Enterprise):
        row.updated_at = clock.now()
    try:
        await row.save()
    except IntegrityError as error:
        raise Conflict("another entry of this town has this code or address") from error
    if {"name", "credit_code", "alternate_id", "address"} & set(new):
        await indexing.index(row.owner, [_enterprise_of(row)])
    elif {"principal_name", "contact_phone", "status"} & set(new):
        await pairing.refresh(row.owner, [_enterprise_of(row)])
    await note(row, act, before=old, after=new, reason=reason)


def _enterprise_of(row: Enterprise | Premises) -> UUID:
    return row.id if isinstance(row, Enterprise) else row.enterprise_id
