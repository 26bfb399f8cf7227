"""A later deadline: asked for with a reason before the last day is over, answered by another."""

from datetime import date
from uuid import UUID

from service import clock
from service.administration.queries import setting
from service.errors import Conflict
from service.hazards.records import Hazard, HazardExtension
from service.hazards.rules import (
    NothingAsked,
    State,
    Step,
    TooLate,
    check_extension,
    check_second,
    step,
)
from service.hazards.steps import locked, take
from service.ids import new_id
from service.texts import filled
from tenants.records import owned
from tenants.wall import current


async def ask(hazard_id: UUID, until: date, reason: str, party: UUID | None = None) -> Hazard:
    """Ask for a later deadline; the old one holds until the answer.

    Raises:
        TooLate, TooOften, Invalid: see `rules.check_extension`.
        Conflict: a request waits for its answer already.
    """
    hazard = await locked(hazard_id, party)
    step(State(hazard.state), Step.ASK_EXTENSION)
    assert hazard.due_on is not None
    today = clock.legal_day(clock.now())
    most = await setting(hazard.owner, "hazard.extensions_max", today)
    assert isinstance(most, int)
    check_extension(hazard.due_on, until, today, hazard.extensions, most)
    if await _open(hazard) is not None:
        raise Conflict("a request for this hazard waits for its answer already")
    await HazardExtension.create(
        id=new_id(),
        **owned(hazard.owner),
        hazard_id=hazard.id,
        due_on=hazard.due_on,
        until=until,
        reason=filled(reason, "reason", 400),
        asked_at=clock.now(),
        asked_by=current().scope.actor,
    )
    return await take(hazard, Step.ASK_EXTENSION, party=party, until=until.isoformat())


async def answer(hazard_id: UUID, *, granted: bool, why: str) -> Hazard:
    """Grant or deny the open request.

    Raises:
        NothingAsked: none is open.
        SamePerson: whoever asked answers.
        TooLate: the day asked for is over; deny it.
    """
    hazard = await locked(hazard_id)
    taken = Step.EXTEND if granted else Step.DENY_EXTENSION
    asked = await _open(hazard)
    if asked is None:
        raise NothingAsked("nobody asks for a later deadline of this hazard")
    step(State(hazard.state), taken)
    check_second(asked.asked_by, current().scope.actor)
    if granted and asked.until < clock.legal_day(clock.now()):
        raise TooLate("the day asked for is over; deny the request")
    asked.granted, asked.answer = granted, filled(why, "answer", 400)
    asked.answered_at, asked.answered_by = clock.now(), current().scope.actor
    await asked.save()
    changes = {}
    if granted:
        changes = {
            "due_on": asked.until,
            "extensions": hazard.extensions + 1,
            "overdue_since": None,
        }
    return await take(hazard, taken, changes=changes, until=asked.until.isoformat())


async def _open(hazard: Hazard) -> HazardExtension | None:
    return await HazardExtension.get_or_none(
        tenant_id=hazard.tenant_id, hazard_id=hazard.id, granted=None
    )
