"""What can be done with training: entered with who attended, withdrawn; and cards warned of."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import setting
from service.errors import Invalid, NotFound
from service.ids import new_id
from service.officers.records import Officer
from service.register.records import Enterprise
from service.training.records import CardWarning, TrainingAttendance, TrainingSession
from service.training.rules import (
    Attendee,
    Audience,
    Withdrawn,
    check_attendees,
    check_session,
    warning_step,
)
from tenants.directory import owners
from tenants.records import owned
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

ACTOR = "task:training.warn_cards"


async def hold(
    owner: Owner,
    audience: Audience,
    *,
    title: str,
    held_on: date,
    minutes: int,
    attendees: Sequence[Attendee],
) -> TrainingSession:
    """Enter a session that was held, with everybody who attended.

    Raises:
        Invalid: see `rules.check_session` and `rules.check_attendees`.
        NotFound: an officer or enterprise that is not of this tenant.
    """
    name = title.strip()
    check_session(name, held_on, minutes, clock.legal_day(clock.now()))
    check_attendees(attendees, audience, minutes)
    names = await _names(owner, attendees)
    row = await TrainingSession.create(
        id=new_id(),
        **owned(owner),
        audience=audience.value,
        title=name,
        held_on=held_on,
        minutes=minutes,
        created_at=clock.now(),
        actor=current().scope.actor,
    )
    for one in attendees:
        await TrainingAttendance.create(
            id=new_id(),
            **owned(owner),
            session_id=row.id,
            officer_id=one.officer_id,
            enterprise_id=one.enterprise_id,
            attendee=names[one.officer_id] if one.officer_id else one.name.strip(),
            minutes=minutes if one.minutes is None else one.minutes,
        )
    await audit.record("training.held", owner, "TrainingSession", row.id, attendees=len(attendees))
    await outbox.emit("training.held", owner, {"session": str(row.id)})
    return row


async def withdraw(session_id: UUID, reason: str) -> TrainingSession:
    """Take a session back that was entered by mistake; it stays readable and counts no more.

    Raises:
        NotFound: no such session in this scope.
        Withdrawn: it was withdrawn already.
        Invalid: no reason.
    """
    row = await TrainingSession.filter(id=session_id).select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such session", path=("input", "sessionId"))
    if row.withdrawn_on is not None:
        raise Withdrawn(f"this was withdrawn on {row.withdrawn_on}", path=("input", "sessionId"))
    why = reason.strip()
    if not 1 <= len(why) <= 200:
        raise Invalid("say why in 1 to 200 characters", path=("input", "reason"))
    row.withdrawn_on, row.withdrawal = clock.legal_day(clock.now()), why
    await row.save(update_fields=["withdrawn_on", "withdrawal"])
    await audit.record("training.withdrawn", row.owner, "TrainingSession", row.id)
    await outbox.emit("training.withdrawn", row.owner, {"session": str(row.id)})
    return row


async def warn_cards(owner: Owner, today: date) -> int:
    """Warn of the cards of a tenant's officers that run out, once a step; how many warnings.

    A run that was missed is made up by the next; only the nearest step is warned of.
    """
    steps = await setting(owner, "training.card_warning_days", today)
    assert isinstance(steps, tuple)
    given = 0
    for officer in await Officer.filter(tenant_id=owner.tenant_id, active=True).order_by("id"):
        step = warning_step(officer.card_valid_to, today, steps)
        if step is not None and await _note(owner, officer, step, today):
            given += 1
    return given


async def warn_everywhere() -> None:
    """Warn in every town and office, one transaction each."""
    today = clock.legal_day(clock.now())
    for owner in await owners(ACTOR):
        async with tenant_transaction(Scope.of_tenant(owner, ACTOR)):
            await warn_cards(owner, today)


async def _note(owner: Owner, officer: Officer, step: int, today: date) -> bool:
    """Whether the warning is the first of its step, which is then kept and announced."""
    known = CardWarning.filter(
        tenant_id=owner.tenant_id, officer_id=officer.id, card_valid_to=officer.card_valid_to
    )
    if await known.filter(step__lte=step).exists():
        return False
    await CardWarning.create(
        id=new_id(),
        **owned(owner),
        officer_id=officer.id,
        card_valid_to=officer.card_valid_to,
        step=step,
        warned_on=today,
    )
    left = (officer.card_valid_to - today).days
    await audit.record("training.card_expiring", owner, "Officer", officer.id, days_left=left)
    await outbox.emit(
        "training.card_expiring",
        owner,
        {
            "officer": str(officer.id),
            "validTo": officer.card_valid_to.isoformat(),
            "daysLeft": left,
        },
    )
    return True


async def _names(owner: Owner, attendees: Sequence[Attendee]) -> dict[UUID, str]:
    officers = [one.officer_id for one in attendees if one.officer_id]
    enterprises = {one.enterprise_id for one in attendees if one.enterprise_id}
    names = {
        row.id: row.name for row in await Officer.filter(tenant_id=owner.tenant_id, id__in=officers)
    }
    known = await Enterprise.filter(
        tenant_id=owner.tenant_id, id__in=list(enterprises)
    ).values_list("id", flat=True)
    if set(officers) - names.keys() or enterprises - set(known):
        raise NotFound("no such officer or enterprise", path=("input", "attendees"))
    return names
