"""What can be done with an order: proposed, decided, listed, extended, delisted, escalated.

How far the hazard is put right is not said here a second time: the order follows its hazard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.administration.queries import chosen_by, setting
from service.errors import Conflict, Invalid, NotFound
from service.hazards import commands as hazards
from service.hazards.queries import hazards as hazards_in_scope
from service.hazards.records import Hazard
from service.hazards.rules import State as HazardState
from service.hazards.rules import Step as HazardStep
from service.hazards.rules import step as hazard_step
from service.ids import new_id
from service.law.queries import rule_book
from service.law.rules import Unit
from service.supervision.records import SupervisionEvent, SupervisionOrder
from service.supervision.rules import (
    ENDS,
    TERMS,
    Level,
    SamePerson,
    State,
    Step,
    Terms,
    check_basis,
    check_deadline,
    check_decider,
    check_request,
    following,
    higher,
    step,
)
from service.workdays.queries import calendar
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current

EVENTS = {
    Step.APPROVE: "supervision.approved",
    Step.DECLINE: "supervision.declined",
    Step.LIST: "supervision.listed",
    Step.RECTIFY: "supervision.rectifying",
    Step.ASK_EXTENSION: "supervision.extension_asked",
    Step.EXTEND: "supervision.extended",
    Step.DENY_EXTENSION: "supervision.extension_denied",
    Step.SELF_ACCEPT: "supervision.self_accepted",
    Step.RETURN: "supervision.returned",
    Step.VERIFY: "supervision.verified",
    Step.DELIST: "supervision.delisted",
    Step.FALL_OVERDUE: "supervision.overdue",
    Step.ESCALATE: "supervision.escalated",
}
"""Outbox event and audit act of each step."""


@dataclass(frozen=True, slots=True)
class Decider:
    """The body that decides: a town about its own at the lowest level, else a department."""

    home: Owner
    body_id: UUID | None
    town: bool
    line: str | None = None
    """Line that confines a department; None for a town and for comprehensive supervision."""


async def propose(hazard_id: UUID, level: Level, reason: str) -> SupervisionOrder:
    """Propose to put a hazard under supervision; it must be assigned and not yet put right.

    Raises:
        NotFound: no such hazard in this scope.
        WrongStep: the hazard is not in a state that can be supervised.
        Conflict: an order about it is open already.
    """
    hazard = await hazards_in_scope().get_or_none(id=hazard_id)
    if hazard is None or hazard.tenant_id not in current().scope.writable:
        raise NotFound("no such hazard", path=("input", "hazardId"))
    hazard_step(HazardState(hazard.state), HazardStep.SUPERVISE)
    return await _open(hazard, level, _text(reason, "reason", 1000), None)


async def _open(hazard: Hazard, level: Level, reason: str, before: UUID | None) -> SupervisionOrder:
    at = clock.now()
    try:
        row = await SupervisionOrder.create(
            id=new_id(),
            **owned(hazard.owner),
            hazard_id=hazard.id,
            enterprise_id=hazard.enterprise_id,
            premises_id=hazard.premises_id,
            line=hazard.line,
            level=level.value,
            reason=reason,
            escalated_from=before,
            proposed_by=current().scope.actor,
            created_at=at,
            updated_at=at,
        )
    except IntegrityError as error:
        raise Conflict(
            "an order about this hazard is open already", path=("input", "hazardId")
        ) from error
    detail = {"hazard": str(hazard.id), "level": level.value}
    await audit.record("supervision.proposed", row.owner, "SupervisionOrder", row.id, **detail)
    await outbox.emit("supervision.proposed", row.owner, {"order": str(row.id), **detail})
    return row


async def approve(order_id: UUID, decider: Decider) -> SupervisionOrder:
    """Approve a proposal; the limits that the deciding body has today are kept with the order.

    Raises:
        NotTheDecider: another body decides at this level.
        SamePerson: whoever proposed approves.
    """
    row = await locked(order_id)
    step(State(row.state), Step.APPROVE)
    await _check_decider(row, decider)
    if row.proposed_by == current().scope.actor:
        raise SamePerson("another person than the one who proposed approves")
    terms = await _terms(decider.home)
    changes = {
        "approved_by": current().scope.actor,
        "body_id": decider.body_id,
        "publish_workdays": terms.publish,
        "ask_workdays": terms.ask,
        "answer_workdays": terms.answer,
        "term_months": terms.months,
    }
    return await _take(row, Step.APPROVE, changes)


async def _terms(home: Owner) -> Terms:
    """The limits of a body: its own settings first, then the rules in force today."""
    today = clock.legal_day(clock.now())
    chosen, book = await chosen_by(home, today), await rule_book()
    numbers: dict[str, int] = {}
    for name, (key, rule) in TERMS.items():
        own = chosen.get(key)
        found = book.rule(rule, today)
        years = found.unit is Unit.YEARS
        numbers[name] = own if isinstance(own, int) else found.number * (12 if years else 1)
    return Terms(**numbers)


async def decline(order_id: UUID, decider: Decider, reason: str) -> SupervisionOrder:
    """Decline a proposal, or give up an approved one before it is listed.

    Raises:
        NotTheDecider: another body decides at this level.
    """
    row = await locked(order_id)
    step(State(row.state), Step.DECLINE)
    await _check_decider(row, decider)
    return await _take(row, Step.DECLINE, {}, reason=_text(reason, "reason", 400))


@dataclass(frozen=True, slots=True)
class Plate:
    """What a listing says; `summary` is what the public reads, so it names nobody."""

    number: str
    deadline: date
    official: str
    summary: str
    basis: str = ""


async def list_order(order_id: UUID, decider: Decider, plate: Plate) -> SupervisionOrder:
    """List an approved order (挂牌); the hazard is under supervision by its number from now on.

    Raises:
        NotTheDecider: another body decides at this level.
        Invalid: no number, official or summary; a bad deadline; no basis at the highest level.
        Conflict: the town has an order of this number.
    """
    row = await locked(order_id)
    step(State(row.state), Step.LIST)
    await _check_decider(row, decider)
    check_basis(Level(row.level), plate.basis)
    today = clock.legal_day(clock.now())
    check_deadline(plate.deadline, today, today, _terms_of(row), await calendar())
    changes = {
        "plate_number": _text(plate.number, "number", 60),
        "deadline": plate.deadline,
        "official": _text(plate.official, "official", 100),
        "summary": _text(plate.summary, "summary", 300),
        "basis": plate.basis.strip()[:200],
        "listed_on": today,
    }
    await hazards.supervise(row.hazard_id, plate.number)
    try:
        return await _take(row, Step.LIST, changes, deadline=plate.deadline.isoformat())
    except IntegrityError as error:
        raise Conflict(
            "the town has an order of this number already", path=("input", "number")
        ) from error


async def ask_extension(
    order_id: UUID, until: date, reason: str, party: UUID | None = None
) -> SupervisionOrder:
    """Ask for a longer term, so many working days before it ends as the order says.

    Raises:
        TooLate, YearNotPublished: see `rules.check_request`.
        Invalid: a day that is not later, too far away, or a day off.
    """
    row = await locked(order_id, party)
    step(State(row.state), Step.ASK_EXTENSION)
    assert row.deadline is not None
    assert row.listed_on is not None
    today, work, terms = clock.legal_day(clock.now()), await calendar(), _terms_of(row)
    check_request(today, row.deadline, terms, work)
    check_deadline(until, row.listed_on, row.deadline, terms, work)
    changes = {
        "extension_until": until,
        "extension_reason": _text(reason, "reason", 400),
        "extension_asked_on": today,
    }
    return await _take(row, Step.ASK_EXTENSION, changes, until=until.isoformat())


async def answer_extension(
    order_id: UUID, decider: Decider, *, granted: bool, why: str
) -> SupervisionOrder:
    """Grant or deny the longer term that was asked for.

    Raises:
        NotTheDecider: another body decides at this level.
    """
    row = await locked(order_id)
    taken = Step.EXTEND if granted else Step.DENY_EXTENSION
    step(State(row.state), taken)
    await _check_decider(row, decider)
    until = row.extension_until
    assert until is not None
    changes: dict[str, Any] = {
        "extension_until": None,
        "extension_reason": "",
        "extension_asked_on": None,
    }
    if granted:
        changes |= {"deadline": until, "extensions": row.extensions + 1}
    answer = _text(why, "answer", 400)
    return await _take(row, taken, changes, until=until.isoformat(), answer=answer)


async def delist(order_id: UUID, decider: Decider, finding: str) -> SupervisionOrder:
    """Take a verified order off the list (摘牌).

    Raises:
        NotTheDecider: another body decides at this level.
    """
    row = await locked(order_id)
    step(State(row.state), Step.DELIST)
    await _check_decider(row, decider)
    changes = {"delisted_on": clock.legal_day(clock.now())}
    return await _take(row, Step.DELIST, changes, finding=_text(finding, "finding", 400))


async def escalate(order_id: UUID, reason: str) -> SupervisionOrder:
    """End an overdue order and propose one at the next level; returns the new order.

    Raises:
        NoHigherLevel: it is at the highest level.
    """
    row = await locked(order_id)
    step(State(row.state), Step.ESCALATE)
    level = higher(Level(row.level))
    hazard = await hazards_in_scope().get(id=row.hazard_id)
    await _take(row, Step.ESCALATE, {}, level=level.value)
    return await _open(hazard, level, _text(reason, "reason", 1000), row.id)


async def follow(hazard_id: UUID) -> None:
    """Bring the open order about a hazard to where the hazard stands; safe at any time."""
    order = await SupervisionOrder.filter(
        hazard_id=hazard_id, state__not_in=[one.value for one in ENDS]
    ).get_or_none()
    if order is None:
        return
    row = await locked(order.id)
    hazard = await hazards_in_scope().get(id=hazard_id)
    planned = bool(hazard.plan_measures)
    for taken in following(State(row.state), hazard.state, planned=planned):
        await _take(row, taken, {})


async def locked(order_id: UUID, party: UUID | None = None) -> SupervisionOrder:
    """The order, held until the transaction ends.

    Raises:
        NotFound: no such order in this scope, or not the party's own.
    """
    found = SupervisionOrder.filter(id=order_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    row = await found.select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such order", path=("input", "orderId"))
    return row


async def _check_decider(row: SupervisionOrder, decider: Decider) -> None:
    if decider.line not in (None, row.line):
        raise NotFound("no such order of this line", path=("input", "orderId"))
    own = await setting(row.owner, "supervision.town_lists")
    check_decider(Level(row.level), by_town=decider.town, town_decides=bool(own))


def _terms_of(row: SupervisionOrder) -> Terms:
    # An order has them from its approval on, which precedes every act that asks for them.
    return Terms(
        row.publish_workdays or 0,
        row.ask_workdays or 0,
        row.answer_workdays or 0,
        row.term_months or 0,
    )


async def _take(
    row: SupervisionOrder, taken: Step, changes: Mapping[str, Any], **detail: Any
) -> SupervisionOrder:
    """Take one step with a locked order: state, history, audit and outbox."""
    before, at = State(row.state), clock.now()
    after = step(before, taken)
    for name, value in changes.items():
        setattr(row, name, value)
    row.state, row.updated_at = after.value, at
    await row.save()
    await SupervisionEvent.create(
        id=new_id(),
        **owned(row.owner),
        order_id=row.id,
        step=taken.value,
        state=after.value,
        at=at,
        actor=current().scope.actor,
        detail=detail,
    )
    states = {"before": before.value, "state": after.value}
    await audit.record(EVENTS[taken], row.owner, "SupervisionOrder", row.id, **states)
    await outbox.emit(
        EVENTS[taken],
        row.owner,
        {"order": str(row.id), "hazard": str(row.hazard_id), "state": after.value},
    )
    return row


async def fall_overdue(row: SupervisionOrder, today: date) -> None:
    """Mark a locked order whose term has run out."""
    await _take(row, Step.FALL_OVERDUE, {"overdue_since": row.overdue_since or today})


def _text(text: str, field: str, longest: int) -> str:
    kept = text.strip()
    if not 1 <= len(kept) <= longest:
        raise Invalid(f"{field} has 1 to {longest} characters", path=("input", field))
    return kept
