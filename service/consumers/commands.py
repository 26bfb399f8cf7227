"""What consumers state, and how the office learns who lags."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.consumers.queries import consumers, limits_of, pending_of, standing
from service.consumers.records import LogAcknowledgement, LogConsumer
from service.consumers.rules import Outcome, check_statement, lag
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.identity.queries import granted_apps
from service.ids import new_id
from service.publication.past import root_at, signed_checkpoint
from tenants.directory import committee_scope, districts
from tenants.records import District, owned
from tenants.rights import Right, Subject, app_scope
from tenants.scope import Owner
from tenants.wall import current, tenant_transaction

ACTOR = "task:consumers.mark_stale"
NOTE_MAX = 4000  # characters of a signed checkpoint
SCOPE = app_scope(Subject.BLACKLIST, Right.ACKNOWLEDGE)
"""Scope of an application by which the office makes it a consumer."""


async def acknowledge(
    app_id: UUID, name: str, code: str, size: int, root: str, checkpoint: str = ""
) -> LogAcknowledgement:
    """Keep that an application processed a district's log up to `size` with `root`.

    The root is compared with the log's own of that size.  Another one is kept too and raises an
    alarm: the consumer erred, or somebody showed it another log.  `checkpoint` is the signed note
    it read, which makes the claim a proof.  The newest statement counts, so that a consumer that
    went back to an old copy owes its removals again.

    Raises:
        NotFound: no such district, or nothing was ever published there.
        Forbidden: its office did not let this application in.
        Invalid: the statement is malformed, or contradicts the checkpoint.
        Unavailable: the log cannot be read now.
    """
    size, stated = check_statement(size, root.strip().lower())
    office = await _office(code)
    signed = _checked(code, checkpoint, size, stated)
    past = await root_at(code, size)
    if past is None:
        raise NotFound("nothing was published there yet", path=("input", "district"))
    consumer = await _locked(office, app_id, name)
    outcome = Outcome.CONFIRMED
    if past.root != stated:
        outcome = Outcome.OTHER_LOG if signed else Outcome.OTHER_ROOT
    return await _keep(consumer, size, stated, outcome, checkpoint.strip())


async def _keep(
    consumer: LogConsumer, size: int, root: bytes, outcome: Outcome, checkpoint: str
) -> LogAcknowledgement:
    at, repeated = clock.now(), (consumer.size, consumer.root) == (size, root.hex())
    consumer.heard_at = at
    if outcome is Outcome.CONFIRMED:
        consumer.size, consumer.root, consumer.disputed_at = size, root.hex(), None
    else:
        consumer.disputed_at = consumer.disputed_at or at
    await consumer.save()
    if outcome is Outcome.CONFIRMED and repeated:
        known = (
            await LogAcknowledgement.filter(
                tenant_id=consumer.tenant_id,
                consumer_id=consumer.id,
                size=size,
                outcome=outcome.value,
            )
            .order_by("-at")
            .first()
        )
        if known is not None:  # a sign of life; the statement itself is kept already
            await _judge([consumer], at)
            return known
    row = await LogAcknowledgement.create(
        id=new_id(),
        **owned(consumer.owner),
        consumer_id=consumer.id,
        size=size,
        root=root.hex(),
        outcome=outcome.value,
        checkpoint=checkpoint if outcome is not Outcome.CONFIRMED else "",
        at=at,
    )
    await _tell("consumers.acknowledged", consumer, size=size, outcome=outcome.value)
    if outcome is not Outcome.CONFIRMED:
        await _tell("consumers.other_log_seen", consumer, size=size, outcome=outcome.value)
    await _judge([consumer], at)
    return row


async def mark_stale(district_id: UUID) -> list[UUID]:
    """Enlist whom the office let in, let go whom it did not, and warn once of each that lags.

    Returns the consumers that became stale now.
    """
    scope = await committee_scope(district_id, ACTOR)
    assert scope.home is not None
    async with tenant_transaction(scope):
        await _follow_grants(scope.home)
        rows = await consumers().filter(tenant_id=scope.home.tenant_id).order_by("id")
        return await _judge(await _held(rows), clock.now())


async def mark_everywhere() -> None:
    """The same in every district."""
    for district_id in await districts(ACTOR):
        await mark_stale(district_id)


async def _judge(rows: list[LogConsumer], now: datetime) -> list[UUID]:
    """Note who is stale at `now`, and tell each change once."""
    if not rows:
        return []
    limits, pending, fallen = await limits_of(rows[0].owner), await pending_of(rows), []
    for row in rows:
        found = lag(standing(row), pending[row.id], now, limits)
        named, before = found.value if found else "", row.lag
        if named == before:
            continue
        row.lag = named
        row.stale_since = (row.stale_since or now) if found else None
        await row.save(update_fields=["lag", "stale_since"])
        if found and not before:
            await _tell("consumers.stale", row, lag=named)
            fallen.append(row.id)
        elif before and not found:
            await _tell("consumers.recovered", row, lag=before)
    return fallen


async def _follow_grants(office: Owner) -> None:
    granted = await granted_apps(office, SCOPE)
    known = {row.app_id: row for row in await LogConsumer.filter(tenant_id=office.tenant_id)}
    for app_id, name in sorted(granted.items()):
        row = known.get(app_id)
        if row is None:
            await _enlist(office, app_id, name)
        elif row.ended_at is not None:
            await _let_in(row)
    for app_id, row in sorted(known.items()):
        if app_id not in granted and row.ended_at is None:
            row.ended_at, row.stale_since, row.lag = clock.now(), None, ""
            await row.save()
            await _tell("consumers.ended", row)


async def _let_in(row: LogConsumer) -> None:
    """Begin anew: it may have copied anything, or nothing, while it was out."""
    row.ended_at, row.since, row.heard_at = None, clock.now(), None
    row.size, row.root, row.disputed_at = 0, "", None
    await row.save()
    await _tell("consumers.enlisted", row)


async def _enlist(office: Owner, app_id: UUID, name: str) -> LogConsumer:
    row = await LogConsumer.create(
        id=new_id(), **owned(office), app_id=app_id, name=name[:100], since=clock.now()
    )
    await _tell("consumers.enlisted", row)
    return row


async def _locked(office: Owner, app_id: UUID, name: str) -> LogConsumer:
    found = LogConsumer.filter(tenant_id=office.tenant_id, app_id=app_id)
    row = await found.select_for_update().get_or_none()
    if row is None:
        try:
            return await _enlist(office, app_id, name)
        except IntegrityError as error:
            raise Conflict("another statement of yours is being kept; repeat it") from error
    if row.ended_at is not None:
        await _let_in(row)
    return row


async def _held(rows: list[LogConsumer]) -> list[LogConsumer]:
    return (
        await LogConsumer.filter(id__in=[row.id for row in rows]).order_by("id").select_for_update()
    )


async def _office(code: str) -> Owner:
    district = await District.get_or_none(code=code)
    if district is None or district.office_id is None:
        raise NotFound("no such district, or it did not let you in", path=("input", "district"))
    if district.office_id not in current().scope.writable:
        raise Forbidden(f"ask the office of this district to grant you {SCOPE}")
    return Owner(district.office_id, district.id)


def _checked(code: str, note: str, size: int, root: bytes) -> bool:
    """Whether the statement is that of a checkpoint which the log's own key signed."""
    if not note.strip():
        return False
    if len(note) > NOTE_MAX:
        raise Invalid("a checkpoint has a few lines", path=("input", "checkpoint"))
    signed = signed_checkpoint(code, note.strip("\r\n ") + "\n")
    if signed is None:
        raise Invalid("the log's key did not sign this checkpoint", path=("input", "checkpoint"))
    if (signed.size, signed.root) != (size, root):
        raise Invalid("the checkpoint states another size or root", path=("input", "checkpoint"))
    return True


async def _tell(event: str, row: LogConsumer, **detail: Any) -> None:
    await audit.record(event, row.owner, "LogConsumer", row.id, **detail)
    await outbox.emit(event, row.owner, {"consumer": str(row.id), **detail})
