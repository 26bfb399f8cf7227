"""Which law governs which limit of a publication: a table from our limits to the law's rules.

The numbers themselves, with article, source and days in force, are rows of `service.law`.
"""

from datetime import date

from service.blacklist.rules import CreditClass, PublicationClass
from service.law.rules import NoRule, Rule, RuleBook

P1 = PublicationClass.PENALTY_PUBLICITY
P2 = PublicationClass.SERIOUS_DISHONESTY
P3 = PublicationClass.MEDIA_EXPOSURE

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
OBJECTION = "OBJECTION"
LIFT = "LIFT"

GOVERNED: dict[str, dict[PublicationClass, tuple[str, str]]] = {
    PUBLISH: {P1: ("PUB_PENALTY", ""), P2: ("LIST_PUBLISH", ""), P3: ("EXPOSURE_PUBLISH", "")},
    ENTRY: {P2: ("LIST_ENTRY", "")},
    DEFENCE: dict.fromkeys((P2, P3), ("LIST_DEFENCE", "")),
    HEARING_NOTICE: dict.fromkeys((P2, P3), ("HEAR_NOTICE", "")),
    SERVE: dict.fromkeys(PublicationClass, ("SERVE", "")),
    WITHDRAW: dict.fromkeys(PublicationClass, ("WITHDRAW", "")),
    TERM: {P1: ("CREDIT_MAX", "GENERAL"), P2: ("LIST_TERM", ""), P3: ("EXPOSURE_TERM", "")},
    REPAIR_AFTER: {
        P1: ("CREDIT_MIN", "GENERAL"), P2: ("LIST_EARLY", ""), P3: ("EXPOSURE_REPAIR", ""),
    },
    REPAIR_ACCEPT: dict.fromkeys(PublicationClass, ("REPAIR_ACCEPT", "")),
    REPAIR_DECIDE: dict.fromkeys(PublicationClass, ("REPAIR_DECIDE", "")),
    OBJECTION: dict.fromkeys(PublicationClass, ("OBJECTION_ANSWER", "")),
    LIFT: dict.fromkeys(PublicationClass, ("MEASURE_LIFT", "")),
}  # fmt: skip
"""Rule and topic in the law by our limit and class of publication; absent where none exists."""


BY_CREDIT_CLASS = frozenset({TERM, REPAIR_AFTER})
"""Limits of penalty publicity that differ by the class of the act (NDRC Order 36)."""


def rule(
    rule_id: str,
    publication: PublicationClass,
    day: date,
    book: RuleBook,
    severity: CreditClass = CreditClass.GENERAL,
) -> Rule:
    """The rule of law that governs an event of `day`; of several the one that came last.

    A class that did not exist on that day has the one term of its time.

    Raises:
        NoRule: none was in force.
    """
    governed = GOVERNED[rule_id].get(publication)
    if governed is None:
        raise NoRule(f"the law sets no limit {rule_id} for {publication.value}")
    law, topic = governed
    if publication is P1 and rule_id in BY_CREDIT_CLASS:
        try:
            return book.rule(law, day, severity.value)
        except NoRule:
            return book.rule(law, day, topic)
    return book.rule(law, day, topic)
