"""What can be done to the rules, by the platform's operator only.

These run in a platform scope; every other scope reads the rules and cannot write them.
"""

from typing import Any

from service.law.packs import shipped
from service.law.records import LawRule
from tenants.ids import new_id


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
