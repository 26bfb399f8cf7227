"""Dated rules: one day before and one day after each change of law."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from service.blacklist import rule_packs as packs
from service.blacklist.rules import PublicationClass
from service.law.packs import shipped
from service.law.rules import NoRule, RuleBook
from service.workdays.rules import Limit, Unit

P1, P2, P3 = PublicationClass
TODAY = date(2026, 11, 23)
BOOK = RuleBook.of(shipped())
rule = partial(packs.rule, book=BOOK)


@pytest.mark.parametrize(
    ("rule_id", "publication", "day", "limit"),
    [
        (packs.PUBLISH, P1, TODAY, Limit(7, Unit.WORKING_DAYS)),
        (packs.WITHDRAW, P2, TODAY, Limit(3, Unit.WORKING_DAYS)),
        (packs.TERM, P1, date(2026, 3, 31), Limit(3, Unit.YEARS)),
        (packs.TERM, P1, date(2026, 4, 1), Limit(1, Unit.YEARS)),
        (packs.TERM, P2, date(2023, 10, 1), Limit(3, Unit.YEARS)),
        (packs.REPAIR_AFTER, P2, TODAY, Limit(12, Unit.MONTHS)),
        (packs.REPAIR_AFTER, P1, TODAY, Limit(3, Unit.MONTHS)),
        (packs.REPAIR_ACCEPT, P2, TODAY, Limit(5, Unit.WORKING_DAYS)),
        (packs.REPAIR_DECIDE, P2, TODAY, Limit(20, Unit.WORKING_DAYS)),
        (packs.SERVE, P3, TODAY, Limit(7, Unit.WORKING_DAYS)),
    ],
)
def test_the_limit_of_the_day(
    rule_id: str, publication: PublicationClass, day: date, limit: Limit
) -> None:
    assert rule(rule_id, publication, day).limit == limit


@pytest.mark.parametrize(
    ("rule_id", "publication", "day"),
    [
        (packs.TERM, P2, date(2023, 9, 30)),
        (packs.PUBLISH, P1, date(2021, 8, 31)),
        (packs.ENTRY, P1, TODAY),
        (packs.DEFENCE, P1, TODAY),
    ],
)
def test_no_rule_is_invented(rule_id: str, publication: PublicationClass, day: date) -> None:
    with pytest.raises(NoRule):
        rule(rule_id, publication, day)


def test_what_is_unconfirmed_is_flagged() -> None:
    assert rule(packs.PUBLISH, P1, TODAY).confirmed
    assert rule(packs.WITHDRAW, P1, TODAY).confirmed
    assert not rule(packs.REPAIR_DECIDE, P2, TODAY).confirmed
    assert rule(packs.DEFENCE, P2, TODAY).citation == "行政处罚法 art. 64, by analogy"


def test_every_limit_names_a_rule_that_ships() -> None:
    known = {(one.id, one.topic) for one in shipped()}
    assert {law for limits in packs.GOVERNED.values() for law in limits.values()} <= known


@pytest.mark.parametrize("publication", PublicationClass)
@pytest.mark.parametrize("rule_id", [packs.PUBLISH, packs.TERM, packs.SERVE, packs.WITHDRAW])
def test_every_class_has_its_clock_today(rule_id: str, publication: PublicationClass) -> None:
    assert rule(rule_id, publication, TODAY).holds(TODAY)


def test_a_change_of_law_touches_only_what_it_changes() -> None:
    term = rule(packs.TERM, P2, TODAY)
    later = RuleBook.of([*BOOK.rules, replace(term, amount=2, valid_from=TODAY)])
    yesterday = TODAY - timedelta(days=1)

    for limit, classes in packs.GOVERNED.items():
        for publication in classes:
            for day in (yesterday, TODAY):
                changed = (limit, publication, day) == (packs.TERM, P2, TODAY)
                before = packs.rule(limit, publication, day, BOOK)
                after = packs.rule(limit, publication, day, later)
                assert (before != after) is changed
