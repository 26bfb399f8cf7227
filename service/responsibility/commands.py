"""What can be done about responsible persons and plates."""

from collections.abc import Sequence
from datetime import date
from secrets import token_urlsafe
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.register.records import Enterprise
from service.responsibility import queries
from service.responsibility.queries import Selection
from service.responsibility.records import PlatePage, ResponsibilityPlate, ResponsiblePerson
from service.responsibility.rules import (
    Change,
    Heads,
    Outcome,
    OutOfOffice,
    Place,
    PlateState,
    PlateStep,
    Slot,
    change,
    check_official,
    check_size,
    check_term,
    step,
)
from service.texts import filled
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current

TOKEN_BYTES = 16  # 128 bits: nobody finds a plate that they were not shown


async def enter_person(
    owner: Owner,
    *,
    name: str,
    office: str,
    organisation: str,
    in_office_from: date,
    enterprise_id: UUID | None = None,
) -> ResponsiblePerson:
    """Enter a person in an office; `enterprise_id` for a person of an enterprise (企业责任人).

    A person who takes another office is entered anew, so that old plates keep what they said.

    Raises:
        Invalid: an empty name, office or organisation.
        NotFound: no such enterprise in the town.
    """
    if enterprise_id is not None:
        known = Enterprise.filter(tenant_id=owner.tenant_id, id=enterprise_id)
        if not await known.exists():
            raise NotFound("no such enterprise in this town", path=("input", "enterpriseId"))
    row = await ResponsiblePerson.create(
        id=new_id(),
        **owned(owner),
        name=filled(name, "name", 60),
        office=filled(office, "office", 60),
        organisation=filled(organisation, "organisation", 100),
        enterprise_id=enterprise_id,
        in_office_from=in_office_from,
        created_at=clock.now(),
    )
    await audit.record("responsibility.person_entered", owner, "ResponsiblePerson", row.id)
    await outbox.emit("responsibility.person_entered", owner, {"person": str(row.id)})
    return row


async def leave_office(person_id: UUID, left_on: date) -> ResponsiblePerson:
    """Keep that a person left office: `left_on` is the first day no longer in office.

    Plates that name the person become holes until somebody takes the place.

    Raises:
        NotFound: no such person in this scope.
        Conflict: the person has left already.
        Invalid: before the term began.
    """
    person = await _locked_person(person_id, "personId")
    if person.in_office_to is not None:
        raise Conflict(f"the person left on {person.in_office_to}", path=("input", "personId"))
    check_term(person.in_office_from, left_on)
    await _leave(person, left_on)
    return person


async def _leave(person: ResponsiblePerson, left_on: date) -> None:
    person.in_office_to = left_on
    await person.save(update_fields=["in_office_to"])
    await audit.record(
        "responsibility.person_left",
        person.owner,
        "ResponsiblePerson",
        person.id,
        left_on=left_on.isoformat(),
    )
    await outbox.emit("responsibility.person_left", person.owner, {"person": str(person.id)})


async def assign_plates(
    owner: Owner, chosen: Selection, wish: Heads, reason: str = ""
) -> list[Change]:
    """Give every chosen premises the wished heads; each change makes and publishes a new version.

    Premises for which one of the three persons is unknown are left alone and come back as
    INCOMPLETE, those that say so already as UNCHANGED.

    Raises:
        Invalid: nothing chosen or wished for, or too much chosen.
        NotFound: no such person in the town.
        OutOfOffice, WrongPerson: somebody who cannot stand on a plate.
    """
    changes = await plan_assignment(owner, chosen, wish, lock=True)
    await _issue(owner, changes, filled(reason, "reason", 200, empty=True))
    return changes


async def plan_assignment(
    owner: Owner, chosen: Selection, wish: Heads, *, lock: bool = False
) -> list[Change]:
    """What `assign_plates` would do, without doing it.

    Raises:
        Invalid, NotFound, OutOfOffice, WrongPerson: as `assign_plates`.
    """
    if wish == Heads():
        raise Invalid("name at least one person", path=("input", "adminHeadId"))
    trader = await _check_heads(owner, wish)
    places = await queries.places(owner, chosen, lock=lock)
    narrowed = chosen.industry or chosen.grid_id
    if len(places) < len(chosen.premises_ids or ()) and not narrowed:
        raise NotFound(
            "some of these are no operating premises of this town, or are named twice",
            path=("input", "premisesIds"),
        )
    check_size([one.premises_id for one in places])
    return [change(place, _fitting(wish, place, trader)) for place in places]


async def _check_heads(owner: Owner, wish: Heads) -> UUID | None:
    """Refuse whoever cannot stand on a plate; the enterprise of the wished person of one."""
    today = clock.legal_day(clock.now())
    persons = await queries.persons_by_id(owner, [one for one in wish.all() if one])
    for slot, one in zip(Slot, wish.all(), strict=True):
        if one is None:
            continue
        field = {Slot.ADMIN_HEAD: "adminHeadId", Slot.INDUSTRY_HEAD: "industryHeadId"}.get(
            slot, "enterpriseHeadId"
        )
        person = persons.get(one)
        if person is None:
            raise NotFound("no such person in this town", path=("input", field))
        check_official(person.enterprise_id, slot)
        if not person.term.holds(today):
            raise OutOfOffice(f"{person.name} is not in office today", path=("input", field))
    return persons[wish.enterprise].enterprise_id if wish.enterprise else None


def _fitting(wish: Heads, place: Place, trader: UUID | None) -> Heads:
    """The wish; a person of one enterprise is wished for on its own premises only."""
    return wish if place.enterprise_id == trader else Heads(wish.admin, wish.industry)


async def replace_person(person_id: UUID, successor_id: UUID) -> list[Change]:
    """Put the successor on every current plate that names the person, who leaves office today.

    Raises:
        NotFound: no such person in this scope.
        Conflict: the same person.
        OutOfOffice, WrongPerson: the successor cannot take the place.
    """
    person = await _locked_person(person_id, "personId")
    successor = await _locked_person(successor_id, "successorId")
    if person.id == successor.id:
        raise Conflict("name somebody else", path=("input", "successorId"))
    today = clock.legal_day(clock.now())
    if not successor.term.holds(today):
        raise OutOfOffice(f"{successor.name} is not in office today", path=("input", "successorId"))
    if successor.enterprise_id != person.enterprise_id:
        check_official(
            successor.enterprise_id,
            Slot.ENTERPRISE_HEAD if person.enterprise_id else Slot.ADMIN_HEAD,
        )
        raise Conflict("the successor is of another enterprise", path=("input", "successorId"))
    places = await queries.places(
        person.owner, Selection(person_id=person.id), lock=True, operating=False
    )
    changes = [
        change(place, (place.current or Heads()).replaced(person.id, successor.id))
        for place in places
    ]
    await _issue(person.owner, changes, "人员调整")
    if person.in_office_to is None or person.in_office_to > today:
        await _leave(person, max(today, person.in_office_from))
    return changes


async def withdraw_plate(plate_id: UUID, reason: str) -> ResponsibilityPlate:
    """Take the current version down without another in its place.

    Raises:
        NotFound: no such plate in this scope.
        Conflict: the version has ended.
        Invalid: no reason.
    """
    row = await ResponsibilityPlate.filter(id=plate_id).select_for_update().get_or_none()
    if row is None:
        raise NotFound("no such plate", path=("input", "plateId"))
    step(PlateState(row.state), PlateStep.WITHDRAW)
    why = filled(reason, "reason", 200)
    await _end([row], PlateState.WITHDRAWN)
    await audit.record(
        "responsibility.plate_withdrawn", row.owner, "ResponsibilityPlate", row.id, reason=why
    )
    await outbox.emit(
        "responsibility.plate_withdrawn",
        row.owner,
        {"plate": str(row.id), "premises": str(row.premises_id)},
    )
    return row


async def _issue(owner: Owner, changes: Sequence[Change], reason: str) -> None:
    """Write the new versions of one batch: one audit entry, one event, whatever its size."""
    made = [one for one in changes if one.outcome in (Outcome.NEW, Outcome.CHANGED)]
    if not made:
        return
    at, batch = clock.now(), new_id()
    wanted = [one.place.premises_id for one in made]
    ended = await ResponsibilityPlate.filter(
        tenant_id=owner.tenant_id, premises_id__in=wanted, state=PlateState.CURRENT.value
    )
    await _end(ended, PlateState.SUPERSEDED)
    try:
        await ResponsibilityPlate.bulk_create(
            [_version(owner, one, batch, reason) for one in made], batch_size=500
        )
        await _open_pages(owner, wanted)
    except IntegrityError as error:
        raise Conflict("somebody else has just changed one of these plates; look again") from error
    await audit.record(
        "responsibility.plates_issued",
        owner,
        "PlateBatch",
        batch,
        plates=len(made),
        superseded=len(ended),
        reason=reason,
        at=at.isoformat(),
    )
    await outbox.emit(
        "responsibility.plates_issued", owner, {"batch": str(batch), "plates": len(made)}
    )


def _version(owner: Owner, made: Change, batch: UUID, reason: str) -> ResponsibilityPlate:
    at = clock.now()
    admin, industry, enterprise = made.heads.all()
    assert admin is not None
    assert industry is not None
    assert enterprise is not None
    return ResponsibilityPlate(
        id=new_id(),
        **owned(owner),
        premises_id=made.place.premises_id,
        enterprise_id=made.place.enterprise_id,
        version=made.place.version + 1,
        state=PlateState.CURRENT.value,
        admin_head_id=admin,
        industry_head_id=industry,
        enterprise_head_id=enterprise,
        reason=reason,
        batch_id=batch,
        valid_from=clock.legal_day(at),
        published_at=at,
    )


async def _end(rows: Sequence[ResponsibilityPlate], state: PlateState) -> None:
    at = clock.now()
    for row in rows:
        row.state, row.ended_at, row.valid_to = state.value, at, clock.legal_day(at)
    if rows:
        await ResponsibilityPlate.filter(
            tenant_id=rows[0].tenant_id, id__in=[row.id for row in rows]
        ).update(state=state.value, ended_at=at, valid_to=clock.legal_day(at))


async def _open_pages(owner: Owner, premises: Sequence[UUID]) -> None:
    known = await PlatePage.filter(
        tenant_id=owner.tenant_id, premises_id__in=list(premises)
    ).values_list("premises_id", flat=True)
    await PlatePage.bulk_create(
        [
            PlatePage(
                id=new_id(),
                **owned(owner),
                premises_id=one,
                token=token_urlsafe(TOKEN_BYTES),
                created_at=clock.now(),
            )
            for one in sorted(set(premises).difference(set(known)))
        ],
        batch_size=500,
    )


async def withdraw_closed(owner: Owner) -> int:
    """Take down every current plate of premises that have closed; returns how many."""
    rows = await queries.plates_of_closed(owner)
    for row in rows:
        await withdraw_plate(row.id, "场所已停止经营")
    return len(rows)


async def _locked_person(person_id: UUID, field: str) -> ResponsiblePerson:
    person = await ResponsiblePerson.filter(id=person_id).select_for_update().get_or_none()
    if person is None or person.tenant_id not in current().scope.writable:
        raise NotFound("no such person in this town", path=("input", field))
    return person
