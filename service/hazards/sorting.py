"""What is sorted out of the hazards: false reports, duplicates, and those of another line."""

from uuid import UUID

from service import clock
from service.administration.queries import bodies
from service.errors import Conflict, Invalid
from service.hazards.records import Hazard, HazardEvidence
from service.hazards.rules import (
    Category,
    NothingAsked,
    State,
    Step,
    check_duplicates,
    check_second,
    step,
)
from service.hazards.steps import locked, take
from service.ids import new_id
from service.texts import filled
from tenants.records import owned
from tenants.wall import current


async def ask_dismissal(hazard_id: UUID, reason: str) -> Hazard:
    """Say why a hazard is none (误报); a second person decides.

    Raises:
        Conflict: that was said already and waits for the second person.
    """
    hazard = await locked(hazard_id)
    step(State(hazard.state), Step.ASK_DISMISSAL)
    if hazard.dismissal_by:
        raise Conflict("this waits for a second person already")
    changes = {
        "dismissal_reason": filled(reason, "reason", 400),
        "dismissal_by": current().scope.actor,
    }
    return await take(hazard, Step.ASK_DISMISSAL, changes=changes)


async def decide_dismissal(hazard_id: UUID, *, dismissed: bool) -> Hazard:
    """Dismiss a false report, or keep the hazard.

    Raises:
        NothingAsked: nobody said that it is none.
        SamePerson: whoever said so decides.
    """
    hazard = await locked(hazard_id)
    taken = Step.DISMISS if dismissed else Step.KEEP
    step(State(hazard.state), taken)
    if not hazard.dismissal_by:
        raise NothingAsked("nobody says that this is no hazard; ask for the dismissal first")
    check_second(hazard.dismissal_by, current().scope.actor)
    changes = {} if dismissed else {"dismissal_by": "", "dismissal_reason": ""}
    return await take(hazard, taken, changes=changes, reason=hazard.dismissal_reason)


async def merge(hazard_id: UUID, original_id: UUID) -> Hazard:
    """Merge a duplicate into the hazard that it repeats; its evidence goes along.

    Raises:
        Invalid: they differ in premises or category, or are one and the same.
        WrongStep: one of the two has ended or was put right.
    """
    if hazard_id == original_id:
        raise Invalid("a hazard is no duplicate of itself", path=("input", "originalId"))
    # Rows are locked in the order of their ids, so that two who merge at once do not lock up.
    rows = {one: await locked(one) for one in sorted((hazard_id, original_id))}
    hazard, original = rows[hazard_id], rows[original_id]
    step(State(hazard.state), Step.MERGE)
    check_duplicates(
        (hazard.premises_id, Category(hazard.category)),
        (original.premises_id, Category(original.category)),
        State(original.state),
    )
    await _carry_evidence(hazard, original)
    return await take(
        hazard, Step.MERGE, changes={"merged_into": original.id}, into=str(original.id)
    )


async def _carry_evidence(hazard: Hazard, original: Hazard) -> None:
    known = set(
        await HazardEvidence.filter(
            tenant_id=original.tenant_id, hazard_id=original.id
        ).values_list("evidence_id", "purpose")
    )
    for one in await HazardEvidence.filter(
        tenant_id=hazard.tenant_id, hazard_id=hazard.id
    ).order_by("id"):
        if (one.evidence_id, one.purpose) not in known:
            await HazardEvidence.create(
                id=new_id(),
                **owned(original.owner),
                hazard_id=original.id,
                evidence_id=one.evidence_id,
                purpose=one.purpose,
                at=clock.now(),
                actor=current().scope.actor,
            )


async def transfer(hazard_id: UUID, line: str, reason: str) -> Hazard:
    """Give a hazard to the line of another body, with the reason (移送).

    Raises:
        Invalid: no body of the district has this line, or the hazard is of it already.
    """
    hazard = await locked(hazard_id)
    step(State(hazard.state), Step.TRANSFER)
    if line == hazard.line:
        raise Invalid(f"the hazard is of the line {line} already", path=("input", "line"))
    if not line or not await bodies(line).filter(kind="DEPARTMENT").exists():
        raise Invalid("no department of the district has this line", path=("input", "line"))
    before = hazard.line
    return await take(
        hazard,
        Step.TRANSFER,
        changes={"line": line},
        origin=before,
        line=line,
        reason=filled(reason, "reason", 400),
    )
