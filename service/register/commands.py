"""What can be done to the register: enrol an enterprise, add its premises."""

from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.errors import Conflict, NotFound
from service.ids import new_id
from service.register import credit_code as codes
from service.register.records import Enterprise, Premises
from service.register.rules import (
    Opening,
    RiskColour,
    check_identified,
    check_name,
    check_place,
)
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
) -> Enterprise:
    """Enter an enterprise into the register of a town.

    Businesses without a unified social credit code (统一社会信用代码) give the number of their
    old licence as `alternate_id`.

    Raises:
        Invalid: an empty name, neither identifier, or a wrong credit code, with a suggestion.
        Conflict: the town has an enterprise with this code already.
    """
    code = codes.validate(credit_code) if credit_code else None
    try:
        row = await Enterprise.create(
            id=new_id(),
            **owned(owner),
            credit_code=code,
            alternate_id=check_identified(code, alternate_id),
            name=check_name(name),
            industry_code=industry_code,
            above_quota=above_quota,
            risk=risk.value,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict(
            "this town has an enterprise with this credit code already",
            path=("input", "creditCode"),
        ) from error
    await audit.record("register.enterprise_enrolled", owner, "Enterprise", row.id)
    await outbox.emit("register.enterprise_enrolled", owner, {"enterprise": str(row.id)})
    return row


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

    Raises:
        NotFound: no such enterprise in this scope.
        Invalid: an empty name or address, or a place outside China.
        Conflict: the enterprise has premises at this address already.
    """
    enterprise = await Enterprise.get_or_none(id=enterprise_id)
    if enterprise is None:
        raise NotFound("no such enterprise", path=("input", "enterpriseId"))
    check_place(latitude, longitude)
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
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict(
            "the enterprise has premises at this address already", path=("input", "address")
        ) from error
    await audit.record("register.premises_added", row.owner, "Premises", row.id)
    return row
