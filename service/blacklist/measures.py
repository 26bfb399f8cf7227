"""Joint measures (联合惩戒): ordered with a listing, executed and lifted by the bodies named.

When the listing ends or is suspended a lifting order goes out in the same transaction.  It stays
open, and falls overdue, until the executing body confirms it: a party that was repaired and is
still refused somewhere is the harm that this prevents (安全生产法 art. 78).
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from service import audit, clock, outbox
from service.blacklist import rule_packs as packs
from service.blacklist.deadlines import answer_by
from service.blacklist.records import BlacklistCase, BlacklistMeasure
from service.blacklist.rules import (
    BodyId,
    MeasureState,
    NotExecutingBody,
    PublicationClass,
    Step,
    WrongStep,
)
from service.errors import Invalid, NotFound
from service.ids import new_id
from service.law.queries import rule_book
from service.workdays.queries import calendar
from tenants.records import Body, District, owned

Measures = QuerySet[BlacklistMeasure]
TEXT_MAX = 300
NOTE_MAX = 400


async def order(
    case: BlacklistCase, measures: Sequence[tuple[str, UUID]], day: date, turn: int = 0
) -> None:
    """Order the measures of a case from `day` on; `turn` counts how often they were ordered.

    Raises:
        Invalid: a text is too long, or the body cannot see the cases of this town.
    """
    if not measures:
        return
    await _check_bodies(case, [body for _, body in measures])
    for number, (what, body) in enumerate(measures):
        if not 1 <= len(what) <= TEXT_MAX:
            raise Invalid(f"a measure has 1 to {TEXT_MAX} characters", path=("input", "measures"))
        await BlacklistMeasure.create(
            id=new_id(),
            **owned(case.owner),
            case_id=case.id,
            enterprise_id=case.enterprise_id,
            executing_body_id=body,
            round=turn,
            number=number,
            measure=what,
            from_day=day,
            created_at=clock.now(),
        )
    bodies = sorted({str(body) for _, body in measures})
    payload = {"case": str(case.id), "bodies": bodies}
    await outbox.emit("blacklist.measures_ordered", case.owner, payload)


async def in_force(case: BlacklistCase) -> list[BlacklistMeasure]:
    """Measures of a case whose lifting was not ordered, in the order of the decision."""
    found = BlacklistMeasure.filter(
        tenant_id=case.tenant_id, case_id=case.id, lift_ordered_on__isnull=True
    )
    return await found.order_by("round", "number")


async def order_lifting(case: BlacklistCase, taken: Step, day: date) -> None:
    """Tell every executing body to lift: the listing has ended, or stands still."""
    rows = await in_force(case)
    if not rows:
        return
    publication = PublicationClass(case.publication)
    until = answer_by(packs.LIFT, publication, day, await rule_book(), await calendar())
    await BlacklistMeasure.filter(tenant_id=case.tenant_id, id__in=[row.id for row in rows]).update(
        lift_step=taken.value, lift_ordered_on=day, lift_due_on=until
    )
    bodies = sorted({str(row.executing_body_id) for row in rows})
    payload = {"case": str(case.id), "bodies": bodies, "due": until.isoformat() if until else None}
    await outbox.emit("blacklist.lifting_ordered", case.owner, payload)


async def renew(case: BlacklistCase, day: date) -> None:
    """Order the last measures anew, since the listing stands again."""
    rows = await BlacklistMeasure.filter(tenant_id=case.tenant_id, case_id=case.id).order_by(
        "-round", "number"
    )
    last = [row for row in rows if row.round == rows[0].round]
    if last:
        again = [(row.measure, row.executing_body_id) for row in last]
        await order(case, again, day, last[0].round + 1)


async def record_execution(
    measure_id: UUID, acting: BodyId | None, executed_on: date, note: str
) -> BlacklistMeasure:
    """The executing body says since when it applies the measure, and how.

    Raises:
        NotFound, NotExecutingBody: no such measure, or another body's.
        WrongStep: it was executed already, or is to be lifted.
        Invalid: the day is before the order or in the future, or the text has a wrong length.
    """
    row = await _locked(measure_id, acting)
    if state_of(row) is not MeasureState.ORDERED:
        raise WrongStep(f"this measure is {state_of(row).value}; nothing is to be executed")
    _check_day(executed_on, row.from_day, "executedOn")
    row.executed_on, row.execution = executed_on, _note(note)
    return await _keep(row, "blacklist.measure_executed")


async def confirm_lifting(
    measure_id: UUID, acting: BodyId | None, lifted_on: date, note: str
) -> BlacklistMeasure:
    """The executing body confirms that the measure is no longer applied.

    Raises:
        NotFound, NotExecutingBody: no such measure, or another body's.
        WrongStep: no lifting was ordered, or it was confirmed already.
        Invalid: the day is before the order or in the future, or the text has a wrong length.
    """
    row = await _locked(measure_id, acting)
    if state_of(row) is not MeasureState.LIFTING or row.lift_ordered_on is None:
        raise WrongStep(f"this measure is {state_of(row).value}; no lifting is to be confirmed")
    _check_day(lifted_on, row.lift_ordered_on, "liftedOn")
    row.lifted_on, row.lifting = lifted_on, _note(note)
    return await _keep(row, "blacklist.measure_lifted")


def state_of(row: BlacklistMeasure) -> MeasureState:
    """Where a measure stands."""
    if row.lifted_on is not None:
        return MeasureState.LIFTED
    if row.lift_ordered_on is not None:
        return MeasureState.LIFTING
    return MeasureState.ORDERED if row.executed_on is None else MeasureState.EXECUTED


def standing(found: Measures, state: MeasureState) -> Measures:
    """Those of the measures that stand so."""
    match state:
        case MeasureState.LIFTED:
            return found.filter(lifted_on__isnull=False)
        case MeasureState.LIFTING:
            return found.filter(lift_ordered_on__isnull=False, lifted_on__isnull=True)
        case MeasureState.EXECUTED:
            return found.filter(lift_ordered_on__isnull=True, executed_on__isnull=False)
        case MeasureState.ORDERED:
            return found.filter(lift_ordered_on__isnull=True, executed_on__isnull=True)


def overdue(found: Measures, today: date, late: bool = True) -> Measures:
    """Those of the measures whose lifting should have been confirmed before `today`, or not."""
    owed = Q(lift_due_on__lt=today, lifted_on__isnull=True)
    return (
        found.filter(owed)
        if late
        else found.filter(
            Q(lift_due_on__isnull=True) | Q(lift_due_on__gte=today) | Q(lifted_on__isnull=False)
        )
    )


async def _locked(measure_id: UUID, acting: BodyId | None) -> BlacklistMeasure:
    row = await BlacklistMeasure.filter(id=measure_id).select_for_update().get_or_none()
    if row is None:
        raise NotFound("no such measure", path=("input", "measureId"))
    if acting is None or acting != row.executing_body_id:
        raise NotExecutingBody("only the body that executes this measure reports about it")
    return row


async def _keep(row: BlacklistMeasure, event: str) -> BlacklistMeasure:
    await row.save()
    await audit.record(event, row.owner, "BlacklistMeasure", row.id, state=state_of(row).value)
    payload = {"case": str(row.case_id), "measure": str(row.id)}
    await outbox.emit(event, row.owner, payload)
    return row


async def _check_bodies(case: BlacklistCase, wanted: Sequence[UUID]) -> None:
    """A measure is executed by the town's own body or one of the district, which see the case."""
    district = await District.get(id=case.district_id)
    seen = await Body.filter(
        id__in=list(wanted), tenant_id__in=[case.tenant_id, district.office_id]
    ).count()
    if seen != len(set(wanted)):
        raise Invalid(
            "a measure is executed by a body of this town or of the district",
            path=("input", "measures"),
        )


def _check_day(day: date, first: date, field: str) -> None:
    today = clock.legal_day(clock.now())
    if not first <= day <= today:
        raise Invalid(f"give a day from {first} to {today}", path=("input", field))


def _note(text: str) -> str:
    if not 2 <= len(text.strip()) <= NOTE_MAX:
        raise Invalid(f"say what was done, in 2 to {NOTE_MAX} characters", path=("input", "note"))
    return text.strip()
