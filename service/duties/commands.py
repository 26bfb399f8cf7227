"""What can be done about duties: the list of the committee, and what bodies fill in."""

from datetime import date
from uuid import UUID

from service import audit, clock, outbox
from service.duties.records import DutyItem, DutyRecord
from service.duties.rules import (
    EvidenceKind,
    Frequency,
    NotYours,
    TooEarly,
    dues,
)
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.texts import filled
from tenants.directory import owners
from tenants.records import Body, owned
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

ACTOR = "task:duties.generate"


async def add_item(
    office: Owner,
    *,
    body_id: UUID,
    title: str,
    basis: str,
    frequency: Frequency,
    evidence_kind: EvidenceKind,
    valid_from: date,
) -> DutyItem:
    """Enter a duty of one body into the district's list; it is due from the next full period on.

    Raises:
        NotFound: no such body in the district.
        Invalid: an empty title or basis, or a first day in the past.
    """
    if not await Body.filter(id=body_id, district_id=office.district_id).exists():
        raise NotFound("no such body in this district", path=("input", "bodyId"))
    if valid_from < clock.legal_day(clock.now()):
        raise Invalid("a duty is not made for the past", path=("input", "validFrom"))
    row = await DutyItem.create(
        id=new_id(),
        **owned(office),
        body_id=body_id,
        title=filled(title, "title", 300),
        basis=filled(basis, "basis", 200),
        frequency=frequency.name,
        evidence_kind=evidence_kind.value,
        valid_from=valid_from,
        created_at=clock.now(),
    )
    await audit.record("duties.item_added", office, "DutyItem", row.id)
    await outbox.emit("duties.item_added", office, {"item": str(row.id)})
    return row


async def end_item(item_id: UUID, valid_to: date) -> DutyItem:
    """End a duty: `valid_to` is the first day on which it holds no more.

    Raises:
        NotFound: no such item that this scope may write.
        Conflict: it has ended already.
        Invalid: a day in the past, which would erase what was missed.
    """
    row = await DutyItem.filter(id=item_id).select_for_update().get_or_none()
    if row is None:
        raise NotFound("no such duty", path=("input", "itemId"))
    if row.valid_to is not None:
        raise Conflict(f"this duty ends on {row.valid_to}", path=("input", "itemId"))
    if valid_to < max(row.valid_from, clock.legal_day(clock.now())):
        raise Invalid("a duty is not ended for the past", path=("input", "validTo"))
    row.valid_to = valid_to
    await row.save(update_fields=["valid_to"])
    await audit.record("duties.item_ended", row.owner, "DutyItem", row.id)
    await outbox.emit("duties.item_ended", row.owner, {"item": str(row.id)})
    return row


async def fill(
    item_id: UUID, period_first: date, body_id: UUID | None, *, note: str, reference: str
) -> DutyRecord:
    """Fill in what a body did in a period, as of today; late stays late.

    The record is made here where the task has not made it yet.

    Raises:
        NotFound: no such duty in the district, or it was not due in this period.
        NotYours: it is the duty of another body.
        TooEarly: the period has not begun.
        Conflict: it was filled in already.
        Invalid: no note, or too long.
    """
    item = await DutyItem.get_or_none(id=item_id)
    if item is None:
        raise NotFound("no such duty", path=("input", "itemId"))
    if item.body_id != body_id:
        raise NotYours("this is the duty of another body", path=("input", "itemId"))
    today = clock.legal_day(clock.now())
    if period_first > today:
        raise TooEarly(f"the period begins on {period_first}", path=("input", "periodFirst"))
    body = await Body.get(id=item.body_id)
    await _make(body.owner, [item], today)
    record = (
        await DutyRecord.filter(
            tenant_id=body.tenant_id, item_id=item.id, period_first=period_first
        )
        .select_for_update()
        .get_or_none()
    )
    if record is None:
        raise NotFound("it is not due in a period that begins then", path=("input", "periodFirst"))
    if record.done_on is not None:
        raise Conflict("it was filled in already", path=("input", "periodFirst"))
    record.done_on, record.filled_by = today, current().scope.actor
    record.note = filled(note, "note", 2000)
    record.reference = filled(reference, "reference", 200, empty=True)
    await record.save(update_fields=["done_on", "note", "reference", "filled_by"])
    await audit.record("duties.filled", record.owner, "DutyRecord", record.id)
    await outbox.emit("duties.filled", record.owner, {"record": str(record.id)})
    return record


async def _make(owner: Owner, items: list[DutyItem], today: date) -> int:
    """Make the records that are due by today and not there yet; how many."""
    made = 0
    for item in items:
        for one in dues(Frequency[item.frequency], item.valid_from, item.valid_to, today):
            rows = await current().fetch(
                "insert into duty_records (id, tenant_id, district_id, item_id, body_id,"
                " period_first, due_on, note, reference, filled_by, created_at)"
                " values ($1, $2, $3, $4, $5, $6, $7, '', '', '', $8)"
                " on conflict do nothing returning id",
                new_id(),
                owner.tenant_id,
                owner.district_id,
                item.id,
                item.body_id,
                one.first,
                one.last,
                clock.now(),
            )
            made += len(rows)
    return made


async def generate(owner: Owner) -> int:
    """Make the records of a tenant's bodies that are due by today; runs that were missed included.

    What was missed is made too, and stays missed.
    """
    bodies = await Body.filter(tenant_id=owner.tenant_id).values_list("id", flat=True)
    items = await DutyItem.filter(body_id__in=list(bodies)).order_by("id")
    made = await _make(owner, items, clock.legal_day(clock.now()))
    if made:
        await audit.record("duties.generated", owner, "Tenant", owner.tenant_id, records=made)
        await outbox.emit("duties.generated", owner, {"records": made})
    return made


async def generate_everywhere() -> int:
    """Go through every tenant, one transaction each; how many records were made."""
    made = 0
    for owner in await owners(ACTOR):
        async with tenant_transaction(Scope.of_tenant(owner, ACTOR)):
            made += await generate(owner)
    return made
