"""What can be asked of the law."""

from service.law.records import LawRule
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
