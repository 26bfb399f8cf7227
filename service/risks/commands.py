"""What can be done with a risk point: identify, evaluate, grade, control, and let it fail.

`party` is the enterprise that acts, None where an officer does.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.administration.queries import setting
from service.errors import Conflict, Invalid, NotFound
from service.hazards import commands as hazards
from service.hazards.records import Hazard
from service.hazards.rules import ENDS, LINE, Category, Source
from service.ids import new_id
from service.register.records import Premises
from service.register.rules import RiskColour, check_name
from service.risks import methods
from service.risks.records import RiskControl, RiskControlFailure, RiskEvaluation, RiskPoint
from service.risks.rules import (
    REVIEWED,
    Control,
    State,
    Step,
    check_controls,
    requirements,
    review_is_due,
    step,
)
from service.risks.rules import grade as graded
from tenants.directory import caretaker_scope, districts
from tenants.records import owned
from tenants.wall import current, tenant_transaction

CONTROLS_MAX = 50
ACTOR = "task:risks.mark_review_due"


async def identify(
    premises_id: UUID,
    *,
    name: str,
    category: Category,
    description: str = "",
    party: UUID | None = None,
) -> RiskPoint:
    """Enter a risk point of premises; it belongs to the town of the premises.

    Raises:
        NotFound: no such premises in this scope, or not the party's own.
        Invalid: an empty name.
        Conflict: the premises have a risk point of this name.
    """
    found = Premises.filter(id=premises_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    premises = await found.get_or_none()
    if premises is None or premises.tenant_id not in current().scope.writable:
        raise NotFound("no such premises", path=("input", "premisesId"))
    at = clock.now()
    try:
        row = await RiskPoint.create(
            id=new_id(),
            **owned(premises.owner),
            enterprise_id=premises.enterprise_id,
            premises_id=premises.id,
            name=check_name(name),
            description=description.strip(),
            category=category.value,
            line=LINE[category],
            state=State.IDENTIFIED.value,
            created_at=at,
            updated_at=at,
        )
    except IntegrityError as error:
        raise Conflict(
            "the premises have a risk point of this name already", path=("input", "name")
        ) from error
    await audit.record("risks.identified", row.owner, "RiskPoint", row.id)
    await outbox.emit("risks.identified", row.owner, {"risk_point": str(row.id)})
    return row


async def evaluate(
    risk_point_id: UUID,
    method_id: str,
    inputs: Mapping[str, Decimal],
    party: UUID | None = None,
) -> RiskPoint:
    """Evaluate a risk point by a method in force today; every input is kept with the score.

    Raises:
        NoMethod: no such method in force.
        Invalid: inputs that the method does not know.
    """
    point = await locked(risk_point_id, party)
    at = clock.now()
    score = methods.evaluate(methods.method(method_id, clock.legal_day(at)), inputs)
    evaluation = await RiskEvaluation.create(
        id=new_id(),
        **owned(point.owner),
        risk_point_id=point.id,
        method_id=score.method_id,
        method_version=score.method_version,
        inputs={name: str(value) for name, value in score.inputs.items()},
        score=score.value,
        colour=score.colour.value,
        at=at,
        actor=current().scope.actor,
    )
    return await _take(point, Step.EVALUATE, {"evaluation_id": evaluation.id})


async def grade(
    risk_point_id: UUID,
    *,
    raised_to: RiskColour | None = None,
    reason: str = "",
    party: UUID | None = None,
) -> RiskPoint:
    """Give a risk point the colour of its evaluation, or a graver one with a reason.

    The assessment then holds for the tenant's `risk.review_days`.

    Raises:
        Invalid: a milder colour, or a graver one without a reason.
    """
    point = await locked(risk_point_id, party)
    step(State(point.state), Step.GRADE)
    evaluation = await RiskEvaluation.get(tenant_id=point.tenant_id, id=point.evaluation_id)
    colour = graded(RiskColour(evaluation.colour), raised_to, reason)
    today = clock.legal_day(clock.now())
    days = await setting(point.owner, "risk.review_days", today)
    assert isinstance(days, int)
    changes = {
        "colour": colour.value,
        "colour_reason": reason.strip()[:400],
        "graded_on": today,
        "review_due_on": today + timedelta(days=days),
    }
    return await _take(point, Step.GRADE, changes)


async def set_controls(
    risk_point_id: UUID, controls: Sequence[Control], party: UUID | None = None
) -> RiskPoint:
    """Replace the measures against a risk; each level that its colour asks for needs one.

    Raises:
        LevelMissing, TooSeldom, Invalid: see `rules.check_controls`.
    """
    point = await locked(risk_point_id, party)
    step(State(point.state), Step.CONTROL)
    if not 1 <= len(controls) <= CONTROLS_MAX:
        raise Invalid(f"give 1 to {CONTROLS_MAX} measures", path=("input", "controls"))
    colour = RiskColour(point.colour)
    days = await setting(point.owner, f"risk.control_days_{colour.value.lower()}")
    assert isinstance(days, tuple)
    check_controls(controls, requirements(days))
    at = clock.now()
    await RiskControl.filter(
        tenant_id=point.tenant_id, risk_point_id=point.id, replaced_at=None
    ).update(replaced_at=at)
    await RiskControl.bulk_create(
        RiskControl(
            id=new_id(),
            **owned(point.owner),
            risk_point_id=point.id,
            level=one.level.value,
            measure=one.measure.strip(),
            responsible=one.responsible.strip()[:100],
            interval_days=one.interval_days,
            set_at=at,
        )
        for one in controls
    )
    return await _take(point, Step.CONTROL, {})


async def record_failure(control_id: UUID, description: str, party: UUID | None = None) -> Hazard:
    """Record that a measure failed, which makes a hazard (隐患) of the premises.

    Raises:
        NotFound: no such measure in force in this scope.
        Conflict: the hazard of an earlier failure of this measure is still open.
    """
    control = await RiskControl.get_or_none(id=control_id, replaced_at=None)
    if control is None:
        raise NotFound("no such measure in force", path=("input", "controlId"))
    point = await locked(control.risk_point_id, party, "controlId")
    earlier = await RiskControlFailure.filter(
        tenant_id=point.tenant_id, control_id=control.id
    ).values_list("hazard_id", flat=True)
    still_open = Hazard.filter(id__in=list(earlier)).exclude(state__in=[one.value for one in ENDS])
    if await still_open.exists():
        raise Conflict("the hazard of its earlier failure is still open", path=("input",))
    hazard = await hazards.report(
        point.premises_id,
        category=Category(point.category),
        description=description,
        source=Source.CONTROL_FAILURE,
        party=party,
    )
    await RiskControlFailure.create(
        id=new_id(),
        **owned(point.owner),
        risk_point_id=point.id,
        control_id=control.id,
        hazard_id=hazard.id,
        at=clock.now(),
        actor=current().scope.actor,
    )
    await audit.record(
        "risks.control_failed", point.owner, "RiskPoint", point.id, hazard=str(hazard.id)
    )
    await outbox.emit(
        "risks.control_failed",
        point.owner,
        {"risk_point": str(point.id), "control": str(control.id), "hazard": str(hazard.id)},
    )
    return hazard


async def mark_review_due(district_id: UUID, today: date) -> list[UUID]:
    """Mark every risk point of a district whose assessment has run out; returns those marked."""
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        late = await RiskPoint.filter(
            district_id=district_id,
            review_due_on__lt=today,
            state__in=[state.value for state in REVIEWED],
        ).order_by("id")
    marked = []
    for found in late:
        async with tenant_transaction(scope):
            point = await locked(found.id)
            if review_is_due(State(point.state), point.review_due_on, today):
                await _take(point, Step.FALL_DUE, {})
                marked.append(point.id)
    return marked


async def mark_everywhere() -> None:
    """Mark what is due for review in every district."""
    today = clock.legal_day(clock.now())
    for district_id in await districts(ACTOR):
        await mark_review_due(district_id, today)


EVENTS = {
    Step.EVALUATE: "risks.evaluated",
    Step.GRADE: "risks.graded",
    Step.CONTROL: "risks.controlled",
    Step.FALL_DUE: "risks.review_due",
}
"""Outbox event and audit act of each step."""


async def locked(
    risk_point_id: UUID, party: UUID | None = None, field: str = "riskPointId"
) -> RiskPoint:
    """The risk point, held until the transaction ends.

    Raises:
        NotFound: no such risk point in this scope, or not the party's own.
    """
    found = RiskPoint.filter(id=risk_point_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    point = await found.select_for_update().get_or_none()
    if point is None:
        raise NotFound("no such risk point", path=("input", field))
    return point


async def _take(point: RiskPoint, taken: Step, changes: dict[str, Any]) -> RiskPoint:
    before = State(point.state)
    after = step(before, taken)
    for name, value in changes.items():
        setattr(point, name, value)
    point.state, point.updated_at = after.value, clock.now()
    await point.save()
    await audit.record(
        EVENTS[taken], point.owner, "RiskPoint", point.id, before=before.value, state=after.value
    )
    await outbox.emit(
        EVENTS[taken], point.owner, {"risk_point": str(point.id), "state": after.value}
    )
    return point
