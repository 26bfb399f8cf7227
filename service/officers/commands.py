"""What can be done about officers."""

from datetime import date

from tortoise.exceptions import IntegrityError

from service import audit, clock
from service.errors import Conflict, NotFound
from service.ids import new_id
from service.officers.records import Officer
from service.officers.rules import check_skills
from tenants.records import Body, owned
from tenants.scope import Owner


async def appoint_officer(
    owner: Owner,
    *,
    body_code: str,
    name: str,
    card_no: str,
    card_valid_to: date,
    skills: list[str],
    base_latitude: float,
    base_longitude: float,
) -> Officer:
    """Enter an officer of a body with the enforcement card (执法证).

    Raises:
        NotFound: the tenant has no such body.
        Invalid: an unknown skill.
        Conflict: the card number is taken.
    """
    body = await Body.get_or_none(tenant_id=owner.tenant_id, code=body_code)
    if body is None:
        raise NotFound(f"no enforcement body {body_code}", path=("input", "bodyCode"))
    try:
        row = await Officer.create(
            id=new_id(),
            **owned(owner),
            body_id=body.id,
            name=name.strip(),
            card_no=card_no.strip(),
            card_valid_to=card_valid_to,
            skills=check_skills(skills),
            base_latitude=base_latitude,
            base_longitude=base_longitude,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict("this card number is taken", path=("input", "cardNo")) from error
    await audit.record("officers.appointed", owner, "Officer", row.id)
    return row
