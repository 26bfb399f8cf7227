"""Work items and their safety items (三同时): deployed, advanced and assessed together."""

from uuid import UUID

from service import audit, clock, outbox
from service.assessments.records import SafetyItem, WorkItem
from service.assessments.rules import Stage, advance
from service.errors import Invalid, NotFound
from service.ids import new_id
from tenants.records import owned
from tenants.scope import Owner


async def plan_work(owner: Owner, title: str, safety_title: str) -> WorkItem:
    """Enter a piece of business with its safety item; there is none without.

    Raises:
        Invalid: one of the titles is empty or too long.
    """
    at = clock.now()
    safety = await SafetyItem.create(
        id=new_id(),
        **owned(owner),
        title=_title(safety_title, "safetyTitle"),
        created_at=at,
        updated_at=at,
    )
    row = await WorkItem.create(
        id=new_id(),
        **owned(owner),
        title=_title(title, "title"),
        safety_item_id=safety.id,
        created_at=at,
        updated_at=at,
    )
    await audit.record("assessments.work_planned", owner, "WorkItem", row.id)
    await outbox.emit("assessments.work_planned", owner, {"work": str(row.id)})
    return row


async def advance_work(work_id: UUID) -> WorkItem:
    """Take the business one stage further; `paired_rate` shows where safety stays behind.

    Raises:
        NotFound: no such item that this scope may write.
        Conflict: it is assessed already.
    """
    work, _ = await _locked(work_id)
    await _move(work, advance(Stage[work.stage]))
    return work


async def advance_safety(work_id: UUID) -> WorkItem:
    """Take the safety item of a piece of business one stage further.

    Raises:
        NotFound: no such item that this scope may write.
        Conflict: it is assessed already.
    """
    work, safety = await _locked(work_id)
    await _move(safety, advance(Stage[safety.stage]))
    return work


async def _move(row: WorkItem | SafetyItem, stage: Stage) -> None:
    row.stage, row.updated_at = stage.name, clock.now()
    await row.save(update_fields=["stage", "updated_at"])
    kind = type(row).__name__
    await audit.record("assessments.work_advanced", row.owner, kind, row.id, stage=stage.name)
    await outbox.emit("assessments.work_advanced", row.owner, {"kind": kind, "id": str(row.id)})


async def _locked(work_id: UUID) -> tuple[WorkItem, SafetyItem]:
    work = await WorkItem.filter(id=work_id).select_for_update().get_or_none()
    if work is None:
        raise NotFound("no such work item", path=("input", "workId"))
    safety = SafetyItem.filter(tenant_id=work.tenant_id, id=work.safety_item_id)
    return work, await safety.select_for_update().get()


def _title(text: str, field: str) -> str:
    trimmed = text.strip()
    if not 1 <= len(trimmed) <= 200:
        raise Invalid(f"{field} has 1 to 200 characters", path=("input", field))
    return trimmed
