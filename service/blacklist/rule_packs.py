"""Rules of publication as dated data: which limit holds on which day, and by which article.

`confirmed=False` marks what could not be checked against the promulgated text; an operator
should check such a rule before relying on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from service.blacklist.rules import PublicationClass
from service.errors import SafetyError
from service.workdays.rules import Limit, Unit

P1 = PublicationClass.PENALTY_PUBLICITY
P2 = PublicationClass.SERIOUS_DISHONESTY
P3 = PublicationClass.MEDIA_EXPOSURE
ALL = frozenset(PublicationClass)

PUBLISH = "PUBLISH"
DEFENCE = "DEFENCE"
HEARING_NOTICE = "HEARING_NOTICE"
SERVE = "SERVE"
ENTRY = "ENTRY"
TERM = "TERM"
REPAIR_AFTER = "REPAIR_AFTER"
REPAIR_ACCEPT = "REPAIR_ACCEPT"
REPAIR_DECIDE = "REPAIR_DECIDE"
WITHDRAW = "WITHDRAW"


class NoRule(SafetyError):
    """No rule of this id is in force for this class on this day."""

    code = "NO_RULE_IN_FORCE"


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit: what starts it is said by its id, who set it by its article.

    In force from `valid_from` up to the day before `valid_to`.
    """

    id: str
    classes: frozenset[PublicationClass]
    article: str
    limit: Limit
    valid_from: date
    valid_to: date | None = None
    confirmed: bool = True

    def holds(self, publication: PublicationClass, day: date) -> bool:
        """Whether the rule governs an event of this class on `day`."""
        return (
            publication in self.classes
            and self.valid_from <= day
            and (self.valid_to is None or day < self.valid_to)
        )


def _days(amount: int) -> Limit:
    return Limit(amount, Unit.WORKING_DAYS)


PENALTY_LAW = date(2021, 7, 15)  # 行政处罚法 (2021) in force
SAFETY_LAW = date(2021, 9, 1)  # 安全生产法 (2021) in force
ORDER_11 = date(2023, 10, 1)
REPAIR_TRIAL = date(2023, 5, 1)  # NDRC Order 58, the trial rule that Order 36 replaced
REPAIR_ORDER = date(2026, 4, 1)  # NDRC Order 36 in force

RULES: tuple[Rule, ...] = (
    Rule(PUBLISH, frozenset({P1}), "安全生产法 art. 78", _days(7), SAFETY_LAW),
    Rule(PUBLISH, frozenset({P2}), "Order 11 (article unsure)", _days(20), ORDER_11, None, False),
    Rule(PUBLISH, frozenset({P3}), "practice", _days(20), SAFETY_LAW, None, False),
    Rule(ENTRY, frozenset({P2}), "Order 11 (article unsure)", _days(3), ORDER_11, None, False),
    Rule(
        DEFENCE,
        frozenset({P2, P3}),
        "行政处罚法 art. 64, by analogy",
        _days(5),
        PENALTY_LAW,
        None,
        False,
    ),
    Rule(HEARING_NOTICE, frozenset({P2, P3}), "行政处罚法 art. 64", _days(7), PENALTY_LAW),
    Rule(SERVE, ALL, "行政处罚法 art. 61", _days(7), PENALTY_LAW),
    Rule(WITHDRAW, ALL, "行政处罚法 art. 48", _days(3), PENALTY_LAW),
    Rule(
        TERM,
        frozenset({P1}),
        "NDRC Order 58 (trial)",
        Limit(3, Unit.YEARS),
        REPAIR_TRIAL,
        REPAIR_ORDER,
        False,
    ),
    Rule(TERM, frozenset({P1}), "NDRC Order 36, general class", Limit(1, Unit.YEARS), REPAIR_ORDER),
    Rule(TERM, frozenset({P2}), "Order 11", Limit(3, Unit.YEARS), ORDER_11),
    Rule(TERM, frozenset({P3}), "practice", Limit(6, Unit.MONTHS), SAFETY_LAW, None, False),
    Rule(
        REPAIR_AFTER,
        frozenset({P1}),
        "NDRC Order 58 (trial)",
        Limit(3, Unit.MONTHS),
        REPAIR_TRIAL,
        REPAIR_ORDER,
        False,
    ),
    Rule(
        REPAIR_AFTER,
        frozenset({P1}),
        "NDRC Order 36, general class",
        Limit(3, Unit.MONTHS),
        REPAIR_ORDER,
    ),
    Rule(REPAIR_AFTER, frozenset({P2}), "Order 11", Limit(12, Unit.MONTHS), ORDER_11),
    Rule(REPAIR_AFTER, frozenset({P3}), "practice", Limit(0, Unit.MONTHS), SAFETY_LAW, None, False),
    Rule(REPAIR_ACCEPT, ALL, "Order 11 (article unsure)", _days(5), ORDER_11, None, False),
    Rule(REPAIR_DECIDE, ALL, "Order 11 (article unsure)", _days(20), ORDER_11, None, False),
)


def rule(
    rule_id: str,
    publication: PublicationClass,
    day: date,
    rules: Iterable[Rule] = RULES,
) -> Rule:
    """The rule that governs an event of `day`; of several the one that came last.

    Raises:
        NoRule: none was in force.
    """
    found = [one for one in rules if one.id == rule_id and one.holds(publication, day)]
    if not found:
        raise NoRule(
            f"no rule {rule_id} for {publication.value} is in force on {day}; choose a later day"
        )
    return max(found, key=lambda one: one.valid_from)
