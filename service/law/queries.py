"""What can be asked of the law."""

from datetime import date

from tortoise.expressions import Q

from service.law.records import LawAmendment, LawRule
from service.law.rules import Rule, RuleBook, Unit


async def rule_book() -> RuleBook:
    """All rules as data; a few hundred rows, one statement."""
    return RuleBook.of(
        Rule(
            row.rule,
            row.topic,
            row.amount,
            Unit(row.unit),
            row.text,
            row.article,
            row.source,
            row.valid_from,
            row.valid_to,
            row.confirmed,
        )
        for row in await LawRule.all()
    )


async def rows_on(
    day: date | None = None, rule: str | None = None, *, confirmed: bool | None = None
) -> list[LawRule]:
    """Rows of the law by id, topic and first day; those in force on a day where it is given."""
    found = LawRule.all()
    if rule is not None:
        found = found.filter(rule=rule)
    if confirmed is not None:
        found = found.filter(confirmed=confirmed)
    if day is not None:
        found = found.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)
    return await found.order_by("rule", "topic", "valid_from")


async def amendments(rules: list[str]) -> dict[str, list[LawAmendment]]:
    """What operators changed, by rule, oldest first; one statement for all of them."""
    found: dict[str, list[LawAmendment]] = {rule: [] for rule in rules}
    for row in await LawAmendment.filter(rule__in=rules).order_by("amended_at", "id"):
        found[row.rule].append(row)
    return found
