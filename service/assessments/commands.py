"""What can be done about risk assessment sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import setting
from service.assessments.records import RiskOccasion, RiskSession, SessionAction
from service.assessments.rules import (
    Schedule,
    SessionState,
    SessionStep,
    Trigger,
    check_closing,
    due_of,
    slots,
    step,
)
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.texts import filled
from tenants.records import Tenant, owned
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

ACTOR = "task:assessments.plan"
ACTIONS_MAX = 50  # of one act


@dataclass(frozen=True, slots=True)
class Action:
    """What a session decided, who does it, and by when."""

    action: str
    responsible: str
    due_on: date


async def declare_occasion(
    owner: Owner, trigger: Trigger, title: str, first_day: date, last_day: date | None = None
) -> RiskSession:
    """Enter an occasion into the calendar; its session is planned with it.

    A session is due before a key period or major event begins, and within the tenant's
    `assessment.inducing_days` after an inducing factor changed.

    Raises:
        Invalid: a periodic trigger, no title, or an end before the beginning.
    """
    if last_day is not None and last_day < first_day:
        raise Invalid("it ends before it begins", path=("input", "lastDay"))
    days = await setting(owner, "assessment.inducing_days", clock.legal_day(clock.now()))
    assert isinstance(days, int)
    occasion = await RiskOccasion.create(
        id=new_id(),
        **owned(owner),
        trigger=trigger.value,
        title=filled(title, "title", 200),
        first_day=first_day,
        last_day=last_day,
        due_on=due_of(trigger, first_day, days),
        created_at=clock.now(),
    )
    session = await RiskSession.create(
        id=new_id(),
        **owned(owner),
        trigger=trigger.value,
        source=str(occasion.id),
        occasion_id=occasion.id,
        title=occasion.title,
        due_on=occasion.due_on,
        created_at=clock.now(),
    )
    await audit.record("assessments.planned", owner, "RiskSession", session.id, due=session.due_on)
    await outbox.emit("assessments.planned", owner, {"session": str(session.id)})
    return session


async def hold(
    session_id: UUID,
    held_on: date,
    scope: str,
    conclusions: Sequence[str],
    actions: Sequence[Action] = (),
) -> RiskSession:
    """Keep what a session concluded and decided; with actions they are open from now on.

    Raises:
        NotFound: no such session in this scope.
        WrongSessionStep: it was held already.
        Invalid: no conclusion, a day in the future, or a bad action.
    """
    session = await _locked(session_id)
    after = step(SessionState(session.state), SessionStep.HOLD)
    today = clock.legal_day(clock.now())
    if held_on > today:
        raise Invalid("this day lies in the future", path=("input", "heldOn"))
    if not 1 <= len(conclusions) <= ACTIONS_MAX:
        raise Invalid(f"give 1 to {ACTIONS_MAX} conclusions", path=("input", "conclusions"))
    session.held_on = held_on
    session.scope = filled(scope, "scope", 2000)
    session.conclusions = [filled(one, "conclusions", 2000) for one in conclusions]
    session.state = after.value
    await session.save()
    await _told(session, "assessments.held")
    return await _add(session, actions) if actions else session


async def add_actions(session_id: UUID, actions: Sequence[Action]) -> RiskSession:
    """Decide more actions of a session that was held.

    Raises:
        NotFound: no such session in this scope.
        WrongSessionStep: it is not held yet, or closed.
        Invalid: none, too many, or a bad one.
    """
    return await _add(await _locked(session_id), actions)


async def _add(session: RiskSession, actions: Sequence[Action]) -> RiskSession:
    after = step(SessionState(session.state), SessionStep.ADD_ACTION)
    if not 1 <= len(actions) <= ACTIONS_MAX:
        raise Invalid(f"give 1 to {ACTIONS_MAX} actions", path=("input", "actions"))
    assert session.held_on is not None
    for one in actions:
        if one.due_on < session.held_on:
            raise Invalid("an action is due after the session", path=("input", "actions"))
        await SessionAction.create(
            id=new_id(),
            **owned(session.owner),
            session_id=session.id,
            action=filled(one.action, "actions", 2000),
            responsible=filled(one.responsible, "actions", 100),
            due_on=one.due_on,
            created_at=clock.now(),
        )
    session.state = after.value
    await session.save(update_fields=["state"])
    await _told(session, "assessments.actions_added")
    return session


async def finish_action(action_id: UUID, result: str) -> SessionAction:
    """Keep that an action was done, as of today.

    Raises:
        NotFound: no such action in this scope.
        Conflict: it was done already.
        Invalid: no result.
    """
    action = await SessionAction.get_or_none(id=action_id)
    if action is None or action.tenant_id not in current().scope.writable:
        raise NotFound("no such action", path=("input", "actionId"))
    # The session first, as every act takes it, so that none closes it meanwhile.
    session = await _locked(action.session_id)
    await action.refresh_from_db()
    if action.done_on is not None:
        raise Conflict(f"it was done on {action.done_on}", path=("input", "actionId"))
    step(SessionState(session.state), SessionStep.FINISH_ACTION)
    action.done_on = clock.legal_day(clock.now())
    action.result = filled(result, "result", 2000)
    await action.save(update_fields=["done_on", "result"])
    await _told(session, "assessments.action_finished")
    return action


async def close(session_id: UUID) -> RiskSession:
    """Close a session whose actions are all done.

    Raises:
        NotFound: no such session in this scope.
        WrongSessionStep: it was not held, or is closed.
        ActionsOpen: actions are not done yet.
    """
    session = await _locked(session_id)
    after = step(SessionState(session.state), SessionStep.CLOSE)
    check_closing(
        await SessionAction.filter(
            tenant_id=session.tenant_id, session_id=session.id, done_on=None
        ).count()
    )
    session.state, session.closed_on = after.value, clock.legal_day(clock.now())
    await session.save(update_fields=["state", "closed_on"])
    await _told(session, "assessments.closed")
    return session


async def plan_periodic(tenant: Tenant) -> int:
    """Plan every periodic session of a tenant that has become due to be held; how many.

    A session whose period passed while no task ran is planned too, and stays missed.
    """
    today = clock.legal_day(clock.now())
    chosen = await setting(tenant.owner, "assessment.schedule", today)
    since = clock.legal_day(tenant.created_at)
    made = 0
    for slot in slots(Schedule[str(chosen)], since, today):
        rows = await current().fetch(
            "insert into risk_sessions (id, tenant_id, district_id, trigger, source, title, scope,"
            " state, due_on, conclusions, created_at)"
            " values ($1, $2, $3, 'PERIODIC', $4, '定期风险研判', '', 'PLANNED', $5, '[]', $6)"
            " on conflict do nothing returning id",
            new_id(),
            tenant.id,
            tenant.district_id,
            slot.source,
            slot.due_on,
            clock.now(),
        )
        for row in rows:
            made += 1
            await audit.record("assessments.planned", tenant.owner, "RiskSession", row["id"])
            await outbox.emit("assessments.planned", tenant.owner, {"session": str(row["id"])})
    return made


async def plan_everywhere() -> int:
    """Go through every tenant, one transaction each; how many sessions were planned."""
    async with tenant_transaction(Scope.of_platform(ACTOR), read_only=True):
        tenants = await Tenant.all().order_by("id")
    made = 0
    for tenant in tenants:
        async with tenant_transaction(Scope.of_tenant(tenant.owner, ACTOR)):
            made += await plan_periodic(tenant)
    return made


async def _locked(session_id: UUID) -> RiskSession:
    session = await RiskSession.filter(id=session_id).select_for_update().get_or_none()
    if session is None:
        raise NotFound("no such session", path=("input", "sessionId"))
    return session


async def _told(session: RiskSession, event: str) -> None:
    await audit.record(event, session.owner, "RiskSession", session.id, state=session.state)
    await outbox.emit(event, session.owner, {"session": str(session.id), "state": session.state})
