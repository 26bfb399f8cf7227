"""Conformity at three levels (企业达标、专业达标、岗位达标): items, and their assessments.

An enterprise conforms once everything that is required of it does: its disciplines, its posts,
and what is required of it as a whole.  Where no discipline and no post is required yet, nothing
can be said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from uuid import UUID

from tortoise.queryset import QuerySet

from service import audit, clock, outbox
from service.errors import Conflict, Invalid, NotFound
from service.hazards.indicators import Ratio
from service.ids import new_id
from service.register.records import Enterprise
from service.standardisation.records import ConformityAssessment, ConformityItem
from service.standardisation.rules import check_past
from tenants.records import owned
from tenants.wall import current

ITEMS_MAX = 100


class Level(Enum):
    """What an item is about."""

    ENTERPRISE = "ENTERPRISE"  # 企业达标
    DISCIPLINE = "DISCIPLINE"  # 专业达标
    POST = "POST"  # 岗位达标


class Ended(Conflict):
    """The item is no longer kept."""

    code = "ENDED"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item as somebody wants it."""

    level: Level
    name: str
    required: bool = True


def conforms(items: Sequence[ConformityItem]) -> bool | None:
    """Whether an enterprise does, by its items that are kept; None where nothing can be said."""
    needed = [item for item in items if item.required and item.ended_on is None]
    if all(item.level == Level.ENTERPRISE.value for item in needed):
        return None
    return all(item.passed is True for item in needed)


async def keep(enterprise_id: UUID, wanted: Sequence[Wanted]) -> list[ConformityItem]:
    """Keep items of an enterprise; one that is kept already becomes required, or not, as said.

    Raises:
        NotFound: no such enterprise that this scope may write.
        Invalid: none or too many, a name twice at a level, or no name.
        Conflict: the enterprise is closed.
    """
    where = ("input", "items")
    keys = [(one.level.value, one.name.strip()) for one in wanted]
    if not 1 <= len(keys) <= ITEMS_MAX or len(set(keys)) < len(keys):
        raise Invalid(f"name 1 to {ITEMS_MAX} items, each once", path=where)
    if not all(1 <= len(name) <= 100 for _, name in keys):
        raise Invalid("name each item in 1 to 100 characters", path=where)
    # The enterprise is held, so that two clerks do not keep the same item twice.
    shop = await Enterprise.filter(id=enterprise_id).select_for_update().get_or_none()
    if shop is None or shop.tenant_id not in current().scope.writable:
        raise NotFound("no such enterprise", path=("input", "enterpriseId"))
    if shop.status == "CLOSED":
        raise Conflict("the enterprise is closed", path=("input", "enterpriseId"))
    known = {(row.level, row.name): row for row in (await items_of([shop.id]))[shop.id]}
    at = clock.now()
    for one, (level, name) in zip(wanted, keys, strict=True):
        row = known.get((level, name))
        if row is None:
            await ConformityItem.create(
                id=new_id(),
                **owned(shop.owner),
                enterprise_id=shop.id,
                level=level,
                name=name,
                required=one.required,
                added_on=clock.legal_day(at),
                created_at=at,
            )
        elif row.required is not one.required:
            row.required = one.required
            await row.save(update_fields=["required"])
    await audit.record(
        "standardisation.items_kept", shop.owner, "Enterprise", shop.id, items=len(keys)
    )
    await outbox.emit("standardisation.items_kept", shop.owner, {"enterprise": str(shop.id)})
    return (await items_of([shop.id]))[shop.id]


async def assess(
    item_id: UUID, *, passed: bool, assessed_on: date, note: str = ""
) -> ConformityItem:
    """Enter whether an item conforms; the latest assessment counts, all of them are kept.

    Raises:
        NotFound: no such item that this scope may write.
        Ended: it is no longer kept.
        Invalid: a day in the future or before the last assessment, or too long a note.
    """
    row = await _locked(item_id)
    check_past(assessed_on, clock.legal_day(clock.now()), row.assessed_on, "assessedOn")
    if len(note.strip()) > 400:
        raise Invalid("a note has at most 400 characters", path=("input", "note"))
    before = ConformityAssessment.filter(tenant_id=row.tenant_id, item_id=row.id)
    await ConformityAssessment.create(
        id=new_id(),
        **owned(row.owner),
        item_id=row.id,
        number=await before.count() + 1,
        passed=passed,
        assessed_on=assessed_on,
        note=note.strip(),
        actor=current().scope.actor,
        at=clock.now(),
    )
    row.passed, row.assessed_on = passed, assessed_on
    await row.save(update_fields=["passed", "assessed_on"])
    await _announce(row, "standardisation.item_assessed", passed=passed)
    return row


async def end(item_id: UUID) -> ConformityItem:
    """Keep an item no longer, as where a post was given up; it counts no more from today on.

    Raises:
        NotFound: no such item that this scope may write.
        Ended: it ended before.
    """
    row = await _locked(item_id)
    row.ended_on = clock.legal_day(clock.now())
    await row.save(update_fields=["ended_on"])
    await _announce(row, "standardisation.item_ended")
    return row


async def items_of(enterprise_ids: Iterable[UUID]) -> dict[UUID, list[ConformityItem]]:
    """Items that are kept by enterprise, by level and name, in one statement."""
    wanted = list(enterprise_ids)
    found: dict[UUID, list[ConformityItem]] = {one: [] for one in wanted}
    rows = ConformityItem.filter(enterprise_id__in=wanted, ended_on__isnull=True)
    for row in await rows.order_by("level", "name", "id"):
        found[row.enterprise_id].append(row)
    return found


def items(*, level: Level | None = None, passed: bool | None = None) -> QuerySet[ConformityItem]:
    """Items in scope that are kept; `passed` False are those that failed or wait to be assessed."""
    found = ConformityItem.filter(ended_on__isnull=True)
    if level is not None:
        found = found.filter(level=level.value)
    if passed is not None:
        found = found.filter(passed=True) if passed else found.exclude(passed=True)
    return found


_COUNTS = """
with kept as (
    select tenant_id, enterprise_id, level, coalesce(passed, false) as passed
    from conformity_items where required and ended_on is null),
whole as (
    select tenant_id, enterprise_id, bool_and(passed) as passed from kept
    group by tenant_id, enterprise_id having bool_or(level <> 'ENTERPRISE'))
select tenant_id, 'ENTERPRISE' as level, count(*) filter (where passed)::int as passed,
    count(*)::int as of
from whole group by tenant_id
union all
select tenant_id, level, count(*) filter (where passed)::int, count(*)::int
from kept where level <> 'ENTERPRISE' group by tenant_id, level
"""


async def counts() -> dict[UUID, dict[Level, Ratio]]:
    """Enterprises, disciplines and posts that conform, of those required, by tenant, as of now."""
    found: dict[UUID, dict[Level, Ratio]] = {}
    for row in await current().fetch(_COUNTS):
        levels = found.setdefault(row["tenant_id"], {})
        levels[Level(row["level"])] = Ratio(row["passed"], row["of"])
    return found


async def _locked(item_id: UUID) -> ConformityItem:
    row = await ConformityItem.filter(id=item_id).select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such item", path=("input", "itemId"))
    if row.ended_on is not None:
        raise Ended(f"this item ended on {row.ended_on}", path=("input", "itemId"))
    return row


async def _announce(row: ConformityItem, event: str, **detail: bool) -> None:
    await audit.record(event, row.owner, "ConformityItem", row.id, **detail)
    await outbox.emit(event, row.owner, {"item": str(row.id)})
