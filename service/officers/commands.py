"""What can be done about officers: from their appointment to the day they leave office.

A body answers for who goes out in its name: two officers with valid cards (行政处罚法 art. 42) who
show them (安全生产法 art. 67).  Whoever changes that says so in an event; the visits that were
announced with the officer are looked at anew then (`service.joint.teams`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.errors import Conflict, Forbidden, NotFound
from service.ids import new_id
from service.officers.records import Officer
from service.officers.rules import check_base, check_card, check_skills
from service.texts import bounded
from service.versions import check_version
from tenants.records import Body, Tenant, owned
from tenants.scope import Owner
from tenants.wall import current

_MOST = {"name": 60, "cardNo": 40, "reason": 400}


@dataclass(frozen=True, slots=True)
class Employer:
    """Who acts: a tenant for all its bodies or, with `body_id`, one body for itself alone."""

    owner: Owner
    body_id: UUID | None = None


async def appoint_officer(
    owner: Owner,
    *,
    body_code: str,
    name: str,
    card_no: str,
    card_valid_to: date,
    skills: Sequence[str],
    base_latitude: float,
    base_longitude: float,
    body_id: UUID | None = None,
) -> Officer:
    """Enter an officer of a body with the enforcement card (执法证).

    With `body_id` the body of that id acts, and appoints for itself only.

    Raises:
        NotFound: the tenant has no such body.
        Forbidden: the body is another one.
        Invalid: an unknown skill, a card that is over, a base that is no place.
        Conflict: the card number is that of another officer in office.
    """
    body = await _body(owner, body_code)
    if body_id not in (None, body.id):
        raise Forbidden("a body appoints its own officers")
    latitude, longitude = check_base(base_latitude, base_longitude)
    row = Officer(
        id=new_id(),
        **owned(owner),
        body_id=body.id,
        name=_text(name, "name"),
        card_no=_text(card_no, "cardNo"),
        card_valid_to=check_card(card_valid_to, _today()),
        skills=check_skills(list(skills)),
        base_latitude=latitude,
        base_longitude=longitude,
        created_at=clock.now(),
    )
    await _write(row, force=True)
    await _tell("officers.appointed", row)
    return row


async def renew_card(
    employer: Employer,
    officer_id: UUID,
    *,
    card_valid_to: date,
    card_no: str | None = None,
    expected: int | None = None,
) -> Officer:
    """Note the last day of the officer's card anew, and its number where it got another.

    Raises:
        NotFound, Forbidden, Conflict: see `_in_office`; or another officer in office holds it.
        Invalid: the card is over.
    """
    row = await _in_office(employer, officer_id, expected)
    row.card_valid_to = check_card(card_valid_to, _today())
    if card_no is not None:
        row.card_no = _text(card_no, "cardNo")
    await _change(row, "officers.card_renewed", "card_valid_to", "card_no")
    return row


async def change_skills(
    employer: Employer, officer_id: UUID, skills: Sequence[str], *, expected: int | None = None
) -> Officer:
    """Note what the officer masters now.

    Raises:
        NotFound, Forbidden, Conflict: see `_in_office`.
        Invalid: an unknown skill.
    """
    row = await _in_office(employer, officer_id, expected)
    row.skills = check_skills(list(skills))
    await _change(row, "officers.skills_changed", "skills")
    return row


async def transfer(
    employer: Employer,
    officer_id: UUID,
    *,
    to: UUID,
    body_code: str,
    reason: str,
    base: tuple[float, float] | None = None,
    expected: int | None = None,
) -> Officer:
    """Give the officer to another body, of this tenant or of the tenant `to`.

    In another tenant the officer is entered anew: what was done here stays with this tenant, where
    the officer counts as having left today.  Card and skills go along.

    Raises:
        NotFound, Forbidden, Conflict: see `_in_office`; or the other tenant is not the caller's
            to write, or has no such body, or the officer serves there already.
        Invalid: no reason, or a base that is no place.
    """
    why = _text(reason, "reason")
    row = await _in_office(employer, officer_id, expected)
    place = check_base(*base) if base else (row.base_latitude, row.base_longitude)
    target = await _tenant(to) if to != row.tenant_id else row.owner
    body = await _body(target, body_code)
    if body.id == row.body_id:
        raise Conflict("the officer serves this body already", path=("input", "bodyCode"))
    if target.tenant_id == row.tenant_id:
        row.body_id, row.reason = body.id, why
        row.base_latitude, row.base_longitude = place
        await _change(
            row, "officers.transferred", "body_id", "reason", "base_latitude", "base_longitude"
        )
        return row
    new = Officer(
        id=new_id(),
        **owned(target),
        body_id=body.id,
        account_id=row.account_id,
        name=row.name,
        card_no=row.card_no,
        card_valid_to=row.card_valid_to,
        skills=row.skills,
        base_latitude=place[0],
        base_longitude=place[1],
        came_from=row.id,
        created_at=clock.now(),
    )
    _leave(row, why)
    row.version += 1
    await _write(row, "active", "left_on", "reason", "version")
    await _write(new, force=True)
    acts = [("officers.dismissed", row), ("officers.appointed", new)]
    for act, one in sorted(acts, key=lambda entry: entry[1].tenant_id):
        await _tell(act, one)
    return new


async def dismiss(
    employer: Employer, officer_id: UUID, reason: str, *, expected: int | None = None
) -> Officer:
    """Let the officer leave office today; what was done in it stays.

    Raises:
        NotFound, Forbidden, Conflict: see `_in_office`.
        Invalid: no reason.
    """
    why = _text(reason, "reason")
    row = await _in_office(employer, officer_id, expected)
    _leave(row, why)
    await _change(row, "officers.dismissed", "active", "left_on", "reason")
    return row


def _leave(row: Officer, why: str) -> None:
    row.active, row.left_on, row.reason = False, _today(), why


async def _in_office(employer: Employer, officer_id: UUID, expected: int | None) -> Officer:
    """The officer, held until the transaction ends.

    Raises:
        NotFound: no such officer in scope.
        Forbidden: another body's officer, or another tenant's.
        Conflict: has left office, or was changed since `expected` was read.
    """
    row = await Officer.filter(id=officer_id).select_for_update().get_or_none()
    if row is None:
        raise NotFound("no such officer", path=("input", "officerId"))
    if row.tenant_id != employer.owner.tenant_id or employer.body_id not in (None, row.body_id):
        raise Forbidden("a body answers for its own officers only")
    if not row.active:
        raise Conflict(
            f"this officer left office on {row.left_on}; appoint anew", path=("input", "officerId")
        )
    check_version(row.version, expected)
    return row


async def _change(row: Officer, act: str, *changed: str) -> None:
    row.version += 1
    await _write(row, *changed, "version")
    await _tell(act, row)


async def _write(row: Officer, *changed: str, force: bool = False) -> None:
    try:
        if force:
            await row.save(force_create=True)
        else:
            await row.save(update_fields=changed)
    except IntegrityError as error:
        raise Conflict(
            "another officer in office holds this card number", path=("input", "cardNo")
        ) from error


async def _tell(act: str, row: Officer) -> None:
    await audit.record(act, row.owner, "Officer", row.id, version=row.version)
    await outbox.emit(act, row.owner, {"officer": str(row.id)})


async def _body(owner: Owner, code: str) -> Body:
    body = await Body.get_or_none(tenant_id=owner.tenant_id, code=code)
    if body is None:
        raise NotFound(f"no enforcement body {code}", path=("input", "bodyCode"))
    return body


async def _tenant(tenant_id: UUID) -> Owner:
    """Another tenant that the caller may write.

    Raises:
        NotFound: no such tenant in sight.
        Forbidden: not the caller's to write.
    """
    row = await Tenant.get_or_none(id=tenant_id)
    if row is None:
        raise NotFound("no such town or office", path=("input", "tenantId"))
    if row.id not in current().scope.writable:
        raise Forbidden(
            "only a department of the district transfers between towns; dismiss here and let the "
            "other town appoint"
        )
    return row.owner


def _text(text: str, field: str) -> str:
    return bounded(text, field, _MOST[field], 1)


def _today() -> date:
    return clock.legal_day(clock.now())
