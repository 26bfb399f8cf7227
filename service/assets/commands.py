"""What can be done with equipment: registered, inspected, retired; and what falls due."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.administration.queries import setting
from service.assets.records import Asset, AssetCheck
from service.assets.rules import OVERDUE, Retired, alarm_step, check_due, check_line, check_sticker
from service.errors import Conflict, Invalid, NotFound
from service.evidence.queries import evidence
from service.ids import new_id
from service.law.queries import rule_book
from service.law.rules import NoRule
from service.register.records import Premises
from service.workdays.rules import Unit, add_months
from tenants.directory import owners
from tenants.records import owned
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

ACTOR = "task:assets.follow"
RULE = "ASSET_INTERVAL"


@dataclass(frozen=True, slots=True)
class Report:
    """What the report of a testing body says; `next_due_on` as it states it, if it does."""

    checked_on: date
    passed: bool
    body: str
    number: str
    next_due_on: date | None = None
    evidence_id: UUID | None = None
    note: str = ""


async def register(
    premises_id: UUID,
    kind: str,
    *,
    name: str,
    serial: str,
    last_checked_on: date | None = None,
    next_due_on: date | None = None,
    party: UUID | None = None,
) -> Asset:
    """Enter a piece of equipment, due by its sticker or an interval after its last inspection.

    `party` is the enterprise that acts, None where an officer does.

    Raises:
        NotFound: no such premises that this scope may write, or not the party's.
        Invalid: no such kind, no name or number, neither day, or a day in the future.
        Conflict: equipment of this kind and number is there already, or the premises are closed.
    """
    place = await Premises.get_or_none(id=premises_id)
    if place is None or place.tenant_id not in current().scope.writable:
        raise NotFound("no such premises", path=("input", "premisesId"))
    if party not in (None, place.enterprise_id):
        raise NotFound("no such premises", path=("input", "premisesId"))
    if place.status == "CLOSED":
        raise Conflict("the premises are closed", path=("input", "premisesId"))
    today = clock.legal_day(clock.now())
    if last_checked_on is not None and last_checked_on > today:
        raise Invalid("enter an inspection once it was done", path=("input", "lastInspectedOn"))
    due = await interval_end(kind, last_checked_on or today)
    if next_due_on is not None and last_checked_on is not None:
        due = check_due(next_due_on, last_checked_on, "nextDueOn")
    elif next_due_on is not None:
        due = check_sticker(next_due_on, today, "nextDueOn")
    elif last_checked_on is None:
        raise Invalid("say when it was inspected, or when it is due", path=("input", "nextDueOn"))
    try:
        row = await Asset.create(
            id=new_id(),
            **owned(place.owner),
            enterprise_id=place.enterprise_id,
            premises_id=place.id,
            kind=kind,
            name=check_line(name, "name", 100),
            serial=check_line(serial, "serial", 60),
            registered_on=today,
            first_due_on=due,
            next_due_on=due,
            last_checked_on=last_checked_on,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict(
            "equipment of this kind and number is at the premises already",
            path=("input", "serial"),
        ) from error
    await _announce(row, "assets.registered")
    return row


async def inspect(asset_id: UUID, report: Report, party: UUID | None = None) -> Asset:
    """Enter the report of an inspection; equipment that failed is unfit and due at once.

    Raises:
        NotFound: no such equipment that this scope may write, or no such evidence, or not the
            party's.
        Retired: it is no longer in use.
        Invalid: a day in the future or before the last inspection, a next day that does not
            follow, no body or number, or no next day where no interval was in force.
    """
    row = await _locked(asset_id, party)
    if report.checked_on > clock.legal_day(clock.now()):
        raise Invalid("enter an inspection once it was done", path=("input", "inspectedOn"))
    if row.last_checked_on is not None and report.checked_on < row.last_checked_on:
        raise Invalid(
            f"the last inspection was on {row.last_checked_on}", path=("input", "inspectedOn")
        )
    due = await _due(row.kind, report)
    await _check_evidence(row, report.evidence_id, party)
    row.checks += 1
    await AssetCheck.create(
        id=new_id(),
        **owned(row.owner),
        asset_id=row.id,
        number=row.checks,
        checked_on=report.checked_on,
        passed=report.passed,
        next_due_on=due,
        body=check_line(report.body, "body", 100),
        report=check_line(report.number, "report", 60),
        evidence_id=report.evidence_id,
        note=check_line(report.note, "note", 400, empty=True),
        actor=current().scope.actor,
        at=clock.now(),
    )
    row.last_checked_on, row.next_due_on, row.fit = report.checked_on, due, report.passed
    row.alarmed_step = None
    await row.save()
    await _announce(row, "assets.inspected", passed=report.passed)
    return row


async def retire(asset_id: UUID, reason: str, party: UUID | None = None) -> Asset:
    """Enter that equipment is no longer in use; it counts no more and stays readable.

    Raises:
        NotFound, Retired: as above.
        Invalid: no reason.
    """
    row = await _locked(asset_id, party)
    row.retirement = check_line(reason, "reason", 200)
    row.retired_on = clock.legal_day(clock.now())
    await row.save(update_fields=["retired_on", "retirement"])
    await _announce(row, "assets.retired")
    return row


async def interval_end(kind: str, checked_on: date) -> date:
    """The last day on which equipment of a kind is in date by the law of the inspection's day.

    Raises:
        Invalid: no such kind on the day.
    """
    try:
        limit = (await rule_book()).rule(RULE, checked_on, kind).limit
    except NoRule as error:
        raise Invalid(f"{kind} is no kind of equipment", path=("input", "kind")) from error
    if limit.unit not in (Unit.MONTHS, Unit.YEARS):
        return checked_on + timedelta(days=limit.amount)
    return add_months(checked_on, limit.amount * (12 if limit.unit is Unit.YEARS else 1))


async def follow(owner: Owner, today: date) -> int:
    """Tell of a town's equipment that is due soon or overdue, once a step; how many times.

    A run that was missed is made up by the next, which tells of the nearest step only.
    """
    steps = await setting(owner, "asset.warning_days", today)
    assert isinstance(steps, tuple)
    shut = Premises.filter(tenant_id=owner.tenant_id, status="CLOSED").values_list("id", flat=True)
    near = Asset.filter(
        tenant_id=owner.tenant_id,
        retired_on__isnull=True,
        next_due_on__lte=today + timedelta(days=max(steps, default=0)),
    ).exclude(premises_id__in=await shut)
    told = 0
    for row in await near.order_by("id").select_for_update():
        step = alarm_step(row.next_due_on, today, steps, row.alarmed_step)
        if step is None:
            continue
        row.alarmed_step = step
        await row.save(update_fields=["alarmed_step"])
        event = "assets.overdue" if step == OVERDUE else "assets.due_soon"
        await _announce(row, event, days_left=(row.next_due_on - today).days)
        told += 1
    return told


async def follow_everywhere() -> None:
    """The same in every town, one transaction each."""
    today = clock.legal_day(clock.now())
    for owner in await owners(ACTOR):
        async with tenant_transaction(Scope.of_tenant(owner, ACTOR)):
            await follow(owner, today)


async def _due(kind: str, report: Report) -> date:
    if not report.passed:
        return report.checked_on
    if report.next_due_on is not None:
        return check_due(report.next_due_on, report.checked_on, "nextDueOn")
    return await interval_end(kind, report.checked_on)


async def _check_evidence(row: Asset, evidence_id: UUID | None, party: UUID | None) -> None:
    if evidence_id is None:
        return
    found = evidence(enterprise_id=party).filter(tenant_id=row.tenant_id, id=evidence_id)
    if not await found.exists():
        raise NotFound("no such evidence of this town", path=("input", "evidenceId"))


async def _locked(asset_id: UUID, party: UUID | None) -> Asset:
    row = await Asset.filter(id=asset_id).select_for_update().get_or_none()
    foreign = row is None or row.tenant_id not in current().scope.writable
    if row is None or foreign or party not in (None, row.enterprise_id):
        raise NotFound("no such equipment", path=("input", "assetId"))
    if row.retired_on is not None:
        raise Retired(f"it is out of use since {row.retired_on}", path=("input", "assetId"))
    return row


async def _announce(row: Asset, event: str, **detail: bool | int) -> None:
    await audit.record(event, row.owner, "Asset", row.id, **detail)
    said = {"asset": str(row.id), "nextDueOn": row.next_due_on.isoformat()}
    await outbox.emit(event, row.owner, said)
