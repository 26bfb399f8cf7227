"""What can be done once a decision is served: publish, correct, suspend, repair, end."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from service import clock, outbox
from service.blacklist.deadlines import published_until, repair_from
from service.blacklist.records import BlacklistCase
from service.blacklist.rules import (
    LISTED,
    BodyId,
    CreditClass,
    PublicationClass,
    State,
    Step,
)
from service.blacklist.steps import locked, take
from service.errors import Conflict, Invalid
from service.law.queries import rule_book
from service.publication.events import EventKind
from service.workdays.queries import calendar
from tenants.directory import caretaker_scope, districts
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

ORDER_MAX = 120  # characters of an order's author, and of its number


class RepairTooEarly(Conflict):
    """The shortest time of publication has not passed."""

    code = "REPAIR_TOO_EARLY"


async def publish(scope: Scope, case_id: UUID) -> None:
    """Make a served decision public, in a transaction of its own.  Safe to run twice."""
    async with tenant_transaction(scope):
        case = await locked(case_id)
        if State(case.state) is State.SERVED:
            at = clock.now()
            today = clock.legal_day(at)
            until = published_until(
                PublicationClass(case.publication),
                today,
                await rule_book(),
                await calendar(),
                CreditClass(case.severity),
            )
            changes = {
                "published_on": today,
                "published_until": until,
                "first_published_at": at,
            }
            await take(case, Step.PUBLISH, changes=changes)
        await outbox.settle()


async def note_logged(scope: Scope, places: Iterable[tuple[UUID, str, int]]) -> None:
    """Remember the places of the newest events of many cases in the log.  Safe to run twice.

    A penalty's publicity that was withdrawn has left the public by now, and its case is told.
    """
    newest: dict[UUID, tuple[int, str]] = {}
    for case_id, kind, leaf_index in places:
        newest[case_id] = max((leaf_index, kind), newest.get(case_id, (-1, "")))
    async with tenant_transaction(scope) as transaction:
        rows = await transaction.fetch(
            "update blacklist_cases c set leaf_index = n.place, logged_at = $3"
            " from unnest($1::uuid[], $2::bigint[]) as n (id, place)"
            " where c.id = n.id and (c.leaf_index is null or c.leaf_index < n.place)"
            " returning c.id, c.tenant_id, c.district_id, c.publication, c.penalty_body_id,"
            " c.penalty_number",
            list(newest),
            [leaf_index for leaf_index, _ in newest.values()],
            clock.now(),
        )
        told: dict[Owner, list[str]] = defaultdict(list)
        for row in rows:
            owner = Owner(row["tenant_id"], row["district_id"])
            told[owner].append(str(row["id"]))
            withdrawn = newest[row["id"]][1] == EventKind.WITHDRAW.value
            if withdrawn and row["publication"] == PublicationClass.PENALTY_PUBLICITY.value:
                penalty = {"body": str(row["penalty_body_id"]), "number": row["penalty_number"]}
                await outbox.emit("blacklist.penalty_withdrawn", owner, penalty)
        for owner, cases in told.items():
            await outbox.emit("blacklist.logged", owner, {"cases": cases})
        await outbox.settle()


async def correct(
    case_id: UUID, acting: BodyId | None, *, reason: str, cause: str | None, basis: str | None
) -> BlacklistCase:
    """Correct what is public on evidence; the former text stays in the log's commitment only.

    Raises:
        Invalid: nothing is corrected, or no reason is given.
    """
    case = await locked(case_id)
    changes: dict[str, Any] = {
        name: text.strip()
        for name, text in (("cause", cause), ("basis", basis))
        if text is not None and text.strip()
    }
    if not changes:
        raise Invalid("give the corrected cause or basis", path=("input", "cause"))
    return await take(case, Step.CORRECT, acting=acting, changes=changes, reason=_reason(reason))


async def suspend(
    case_id: UUID, acting: BodyId | None, reason: str, *, ordered_by: str, document: str
) -> BlacklistCase:
    """Take the entry out of sight for a time, by order of a court or of a superior body.

    `document` is the number of the order (行政诉讼法 art. 56, 行政复议法 art. 42); joint measures
    are lifted with it and ordered anew when the entry is shown again.

    Raises:
        Invalid: no reason, or an order without its author or number.
    """
    changes = {
        "reason": _reason(reason),
        "suspended_by": _named(ordered_by, "orderedBy"),
        "suspension_document": _named(document, "document"),
    }
    return await take(
        await locked(case_id),
        Step.SUSPEND,
        acting=acting,
        changes=changes,
        ordered_by=changes["suspended_by"],
        document=changes["suspension_document"],
    )


async def resume(case_id: UUID, acting: BodyId | None) -> BlacklistCase:
    """Show a suspended entry again."""
    changes = {"reason": "", "suspended_by": "", "suspension_document": ""}
    return await take(await locked(case_id), Step.RESUME, acting=acting, changes=changes)


async def withdraw(case_id: UUID, acting: BodyId | None, reason: str) -> BlacklistCase:
    """Withdraw since the decision was changed or annulled (行政处罚法 art. 48: 3 working days).

    The name leaves every public place; a tombstone states the reason.
    """
    changes = {"reason": _reason(reason)}
    return await take(await locked(case_id), Step.WITHDRAW, acting=acting, changes=changes)


async def request_repair(case_id: UUID) -> BlacklistCase:
    """The party asks for credit repair (信用修复).

    Raises:
        RepairTooEarly: with the first day on which it may.
    """
    case, today = await locked(case_id), clock.legal_day(clock.now())
    if case.published_on is not None:
        publication = PublicationClass(case.publication)
        first = repair_from(
            publication,
            case.published_on,
            await rule_book(),
            await calendar(),
            CreditClass(case.severity),
        )
        if today < first:
            raise RepairTooEarly(f"repair may be asked for from {first} on")
    return await take(case, Step.REQUEST_REPAIR, changes={"repair_requested_on": today})


async def accept_repair(case_id: UUID, acting: BodyId | None) -> BlacklistCase:
    """Take the request up; the time to decide begins."""
    changes = {"repair_accepted_on": clock.legal_day(clock.now())}
    return await take(await locked(case_id), Step.ACCEPT_REPAIR, acting=acting, changes=changes)


async def refuse_repair(case_id: UUID, acting: BodyId | None, reason: str) -> BlacklistCase:
    """Refuse the request; the entry stays."""
    text = _reason(reason)
    return await take(await locked(case_id), Step.REFUSE_REPAIR, acting=acting, reason=text)


async def repair(case_id: UUID, acting: BodyId | None) -> BlacklistCase:
    """Grant the repair: publication and joint measures end at once (NDRC Order 36)."""
    changes = {"reason": "信用修复"}
    return await take(await locked(case_id), Step.REPAIR, acting=acting, changes=changes)


async def reinstate(case_id: UUID, acting: BodyId | None, reason: str) -> BlacklistCase:
    """Restore the listing, since the repair was obtained by a false application (Order 11)."""
    changes = {"ended_on": None, "reason": ""}
    return await take(
        await locked(case_id),
        Step.REINSTATE,
        acting=acting,
        changes=changes,
        reason=_reason(reason),
    )


async def expire_due(district_id: UUID, today: date) -> list[UUID]:
    """End every listing of a district whose last day is over, one transaction each.

    Raises nothing for a case that somebody else ended meanwhile; returns the cases it ended.
    """
    scope = await caretaker_scope(district_id, "task:blacklist.expire_due")
    async with tenant_transaction(scope, read_only=True):
        late = await BlacklistCase.filter(
            district_id=district_id,
            published_until__lt=today,
            state__in=[state.value for state in LISTED],
        ).order_by("id")
    ended = []
    for found in late:
        async with tenant_transaction(scope):
            case = await locked(found.id)
            if State(case.state) in LISTED:
                await take(case, Step.EXPIRE, changes={"reason": "公示期满"})
                ended.append(case.id)
    return ended


async def expire_everywhere() -> None:
    """End what is over in every district."""
    today = clock.legal_day(clock.now())
    for district_id in await districts("task:blacklist.expire_due"):
        await expire_due(district_id, today)


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid("give the reason", path=("input", "reason"))
    return text.strip()


def _named(text: str, field: str) -> str:
    if not 2 <= len(text.strip()) <= ORDER_MAX:
        raise Invalid(
            f"name who ordered it and the number of the order, 2 to {ORDER_MAX} characters each",
            path=("input", field),
        )
    return text.strip()
