"""The library of inspection items (检查事项清单): what is not published may not be inspected.

国办发〔2024〕54号: a body inspects the items that it has published, and no others.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.ids import new_id
from service.joint.records import InspectionItem
from service.joint.rules import MAX_MINUTES
from service.officers.rules import SKILLS
from tenants.records import owned
from tenants.scope import Owner


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """What a body publishes about an item; `interval_days` is the least time between two looks."""

    code: str
    title: str
    basis: str
    skill: str
    minutes: int
    interval_days: int


def check_item(terms: ItemTerms) -> None:
    """Refuse terms that are out of range.

    Raises:
        Invalid: names the field at fault.
    """
    for field, value, low, high in (
        ("code", terms.code, 1, 80),
        ("title", terms.title, 2, 200),
        ("basis", terms.basis, 2, 300),
    ):
        if not low <= len(value.strip()) <= high:
            raise Invalid(f"give {field} in {low} to {high} characters", path=("input", field))
    if terms.code.strip() == "*" or "," in terms.code:
        raise Invalid("a code is neither * nor holds commas", path=("input", "code"))
    if terms.skill not in SKILLS:
        raise Invalid(f"unknown skill {terms.skill}", path=("input", "skill"))
    if not 5 <= terms.minutes <= MAX_MINUTES:
        raise Invalid(f"minutes must be 5 to {MAX_MINUTES}", path=("input", "minutes"))
    if not 0 <= terms.interval_days <= 366:
        raise Invalid("the interval must be 0 to 366 days", path=("input", "intervalDays"))


async def publish_item(owner: Owner, body_id: UUID | None, terms: ItemTerms) -> InspectionItem:
    """Publish an item from today on.

    Raises:
        Forbidden: the caller speaks for no enforcement body.
        Invalid: see `check_item`.
        Conflict: the body has an item of this code in force.
    """
    if body_id is None:
        raise Forbidden("an enforcement body publishes its items")
    check_item(terms)
    try:
        row = await InspectionItem.create(
            id=new_id(),
            **owned(owner),
            body_id=body_id,
            code=terms.code.strip(),
            title=terms.title.strip(),
            basis=terms.basis.strip(),
            skill=terms.skill,
            minutes=terms.minutes,
            interval_days=terms.interval_days,
            published_on=clock.legal_day(clock.now()),
        )
    except IntegrityError as error:
        raise Conflict(
            "an item of this code is in force; withdraw it first", path=("input", "code")
        ) from error
    await audit.record("joint.item_published", owner, "InspectionItem", row.id, code=row.code)
    return row


async def withdraw_item(body_id: UUID | None, item_id: UUID) -> InspectionItem:
    """Take an item back; demands that stand keep it.

    Raises:
        NotFound: the body has no such item.
        Conflict: it was withdrawn already, or published today.
    """
    row = await InspectionItem.get_or_none(id=item_id, body_id=body_id)
    if row is None:
        raise NotFound("your body has no such item", path=("input", "itemId"))
    today = clock.legal_day(clock.now())
    if row.withdrawn_on is not None:
        raise Conflict("it was withdrawn already", path=("input", "itemId"))
    if today <= row.published_on:
        raise Conflict("what was published today stays for the day", path=("input", "itemId"))
    row.withdrawn_on = today
    await row.save(update_fields=["withdrawn_on"])
    await audit.record("joint.item_withdrawn", row.owner, "InspectionItem", row.id)
    return row


async def in_force(body_id: UUID, day: date, codes: Collection[str]) -> dict[str, InspectionItem]:
    """Items of a body that are in force on a day, of these codes."""
    rows = await InspectionItem.filter(
        body_id=body_id, code__in=list(codes), published_on__lte=day
    ).order_by("published_on")
    return {row.code: row for row in rows if row.withdrawn_on is None or row.withdrawn_on > day}


async def check_published(
    body_id: UUID, day: date, codes: Collection[str]
) -> dict[str, InspectionItem]:
    """The items by code.

    Raises:
        Invalid: an item is not published by the body on that day.
    """
    found = await in_force(body_id, day, codes)
    missing = sorted(set(codes) - set(found))
    if missing:
        raise Invalid(
            f"not published by your body: {', '.join(missing)}; publish an item before inspecting"
            " it (国办发〔2024〕54号)",
            path=("input", "items"),
        )
    return found
