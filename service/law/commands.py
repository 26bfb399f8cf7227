"""What can be done to the rules, by the platform's operator only.

These run in a platform scope; every other scope reads the rules and cannot write them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from service import clock
from service.errors import Conflict, Invalid, NotFound
from service.law.packs import shipped
from service.law.records import LawAmendment, LawRule
from service.law.rules import Unit
from tenants.ids import new_id

OPEN = {"DISCRETION_LEAST": Unit.FEN, "DISCRETION_MOST": Unit.FEN}
"""Families whose topics are entered as they are published, with what they count."""


async def import_shipped() -> int:
    """Enter or bring up to date the rules that ship with the product; returns how many changed.

    A rule is known by its id, topic and first day.  Those that an operator amended stay.
    """
    known = {(row.rule, row.topic, row.valid_from): row for row in await LawRule.all()}
    changed = 0
    for rule in shipped():
        values: dict[str, Any] = {
            "amount": rule.amount,
            "unit": rule.unit.value,
            "text": rule.text,
            "article": rule.article,
            "source": rule.source,
            "valid_to": rule.valid_to,
            "confirmed": rule.confirmed,
        }
        row = known.get((rule.id, rule.topic, rule.valid_from))
        if row is None:
            await LawRule.create(
                id=new_id(),
                rule=rule.id,
                topic=rule.topic,
                valid_from=rule.valid_from,
                **values,
            )
            changed += 1
        elif not row.amended and any(getattr(row, name) != new for name, new in values.items()):
            await row.update_from_dict(values).save()
            changed += 1
    return changed


@dataclass(frozen=True, slots=True)
class Amendment:
    """A new row of a known rule: what it says from which day on, and by which law."""

    valid_from: date
    amount: int | None
    text: str
    article: str
    source: str
    confirmed: bool


async def amend(rule: str, topic: str, new: Amendment, *, by: str, reason: str) -> LawRule:
    """Append a row that governs events from a future day on; the present one ends that day.

    What governs events of today and before is never changed.  Of an open family of rules, such as
    tables of discretion, a topic that nobody entered yet begins with this row.

    Raises:
        NotFound: no such rule and topic.
        Invalid: not a future day, no article, source or reason, or an amount that does not fit.
        Conflict: a row of that day or later exists already.
    """
    present = await _latest(rule, topic, begins=True)
    if new.valid_from <= clock.legal_day(clock.now()):
        raise Invalid("a rule is amended for a future day only", path=("valid_from",))
    begins = present.topic != topic
    if not begins and new.valid_from <= present.valid_from:
        raise Conflict(f"a row in force from {present.valid_from} exists", path=("valid_from",))
    if (present.unit == Unit.TEXT.value) != (new.amount is None) or (new.amount or 0) < 0:
        raise Invalid(f"{rule} counts {present.unit}", path=("amount",))
    if not (new.article.strip() and new.source.strip()):
        raise Invalid("name the article and the source", path=("article",))
    before = {} if begins else _as_data(present)
    if not begins and (present.valid_to is None or present.valid_to > new.valid_from):
        present.valid_to, present.amended = new.valid_from, True
        await present.save(update_fields=["valid_to", "amended"])
    row = await LawRule.create(
        id=new_id(),
        rule=rule,
        topic=topic,
        unit=present.unit,
        amount=new.amount,
        text=new.text or present.text,
        article=new.article.strip(),
        source=new.source.strip(),
        valid_from=new.valid_from,
        confirmed=new.confirmed,
        amended=True,
    )
    await _note(row, "APPEND", before, by, reason)
    return row


async def confirm(rule: str, topic: str, valid_from: date, *, by: str, reason: str) -> LawRule:
    """Mark a row as checked against the promulgated text.

    Raises:
        NotFound: no such row.
        Conflict: it is confirmed already.
        Invalid: no reason.
    """
    row = await LawRule.get_or_none(rule=rule, topic=topic, valid_from=valid_from)
    if row is None:
        raise NotFound(f"no rule {rule} {topic} from {valid_from}", path=("rule",))
    if row.confirmed:
        raise Conflict("the rule is confirmed already", path=("rule",))
    before = _as_data(row)
    row.confirmed = row.amended = True
    await row.save(update_fields=["confirmed", "amended"])
    await _note(row, "CONFIRM", before, by, reason)
    return row


async def _latest(rule: str, topic: str, *, begins: bool = False) -> LawRule:
    row = await LawRule.filter(rule=rule, topic=topic).order_by("-valid_from").first()
    if row is None and begins and rule in OPEN:
        return LawRule(rule=rule, topic="", unit=OPEN[rule].value, text="")
    if row is None:
        raise NotFound(f"no rule {rule} {topic}; see `anshang law list`", path=("rule",))
    return row


async def _note(row: LawRule, act: str, before: dict[str, Any], by: str, reason: str) -> None:
    why = reason.strip()
    if not 2 <= len(why) <= 400:
        raise Invalid("give a reason of 2 to 400 characters", path=("reason",))
    await LawAmendment.create(
        id=new_id(),
        rule=row.rule,
        topic=row.topic,
        valid_from=row.valid_from,
        act=act,
        before=before,
        after=_as_data(row),
        amended_by=by,
        amended_at=clock.now(),
        reason=why,
    )


def _as_data(row: LawRule) -> dict[str, Any]:
    return {
        "amount": row.amount,
        "unit": row.unit,
        "text": row.text,
        "article": row.article,
        "source": row.source,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "confirmed": row.confirmed,
    }
