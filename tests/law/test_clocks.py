"""The clock table: what every limit of the law does over real holidays, whatever the day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from chinese_calendar import constants
from hypothesis import given
from hypothesis import strategies as st

from service.law.packs import shipped
from service.law.rules import Rule, RuleBook, Unit
from service.workdays.rules import WorkCalendar, due

YEARS = frozenset(range(2019, 2027))
CALENDAR = WorkCalendar(
    YEARS,
    {
        **{day: False for day in constants.holidays if day.year in YEARS},
        **{day: True for day in constants.workdays if day.year in YEARS},
    },
)
TIMED = {Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.MONTHS, Unit.YEARS}
IN_DAYS = [one for one in shipped() if one.unit is Unit.WORKING_DAYS]
LIMITS = [one for one in shipped() if one.unit in TIMED]
DAYS = st.dates(date(2019, 1, 1), date(2026, 10, 31))
BOOK = RuleBook.of(shipped())


@given(st.sampled_from(IN_DAYS), DAYS)
def test_no_deadline_in_working_days_ends_on_a_day_off(rule: Rule, day: date) -> None:
    assert CALENDAR.is_working(due(day, rule.limit, CALENDAR))


@given(st.sampled_from(LIMITS), DAYS, st.integers(1, 30))
def test_moving_an_event_across_a_holiday_never_shortens_the_limit(
    rule: Rule, day: date, shift: int
) -> None:
    later = min(day + timedelta(days=shift), date(2026, 10, 31))

    assert due(later, rule.limit, CALENDAR) >= due(day, rule.limit, CALENDAR)


@given(st.sampled_from(IN_DAYS), DAYS)
def test_a_holiday_more_never_brings_a_deadline_forward(rule: Rule, day: date) -> None:
    off = WorkCalendar(YEARS, {**CALENDAR.exceptions, day + timedelta(days=1): False})

    assert due(day, rule.limit, off) >= due(day, rule.limit, CALENDAR)


@given(st.sampled_from(shipped()), st.dates(date(2019, 1, 1), date(2026, 12, 31)), st.data())
def test_two_versions_differ_only_where_the_law_changed(
    rule: Rule, change: date, data: st.DataObject
) -> None:
    # The change ends the row of that time, as an amendment does, and says something else.
    if not rule.holds(change) or change == rule.valid_from:
        return
    new = replace(rule, valid_from=change, article="a later law")
    old = replace(rule, valid_to=change)
    amended = RuleBook.of([*(one for one in BOOK.rules if one != rule), old, new])

    asked = data.draw(st.sampled_from(shipped()))
    day = data.draw(st.dates(date(2019, 1, 1), date(2027, 12, 31)))
    before, after = answer(BOOK, asked, day), answer(amended, asked, day)

    touched = (asked.id, asked.topic) == (rule.id, rule.topic) and new.holds(day)
    assert (before != after) is touched


def answer(book: RuleBook, asked: Rule, day: date) -> tuple[object, ...] | None:
    found = [one for one in book.on(day) if (one.id, one.topic) == (asked.id, asked.topic)]
    return max(((r.amount, r.text, r.article, r.source) for r in found), default=None)


DAY = timedelta(days=1)
CHANGES = [
    # Order 375 in Chongqing, NDRC Order 36, Order 11, and the two laws of 2021.
    ("ORDER_375_TEAM", "", date(2025, 9, 20), None, 2),
    ("CREDIT_MAX", "GENERAL", date(2026, 4, 1), (3, Unit.YEARS), 1),
    ("CREDIT_MIN", "SERIOUS", date(2026, 4, 1), None, 1),
    ("LIST_TERM", "", date(2023, 10, 1), None, 3),
    ("PUB_PENALTY", "", date(2021, 9, 1), None, 7),
    ("HEAR_REQ", "", date(2021, 7, 15), None, 5),
    ("DRILL_TOWN", "", date(2019, 4, 1), None, 2),
]


@pytest.mark.parametrize(("rule", "topic", "first", "before", "amount"), CHANGES)
def test_one_day_before_and_after_each_change(
    rule: str, topic: str, first: date, before: tuple[int, Unit] | None, amount: int
) -> None:
    eve = [r for r in BOOK.on(first - DAY) if (r.id, r.topic) == (rule, topic)]

    assert [(r.number, r.unit) for r in eve] == ([before] if before else [])
    assert BOOK.rule(rule, first, topic).number == amount
    assert BOOK.rule(rule, first + DAY, topic).number == amount


@pytest.mark.parametrize(
    ("rule", "start", "last"),
    [
        # The National Day of 2025 runs from 1 to 8 October, 28 September and 11 October are worked.
        ("PUB_PENALTY", date(2025, 9, 26), date(2025, 10, 13)),
        ("WITHDRAW", date(2025, 9, 26), date(2025, 9, 30)),
        ("NO_CODE_FILE", date(2025, 9, 30), date(2025, 10, 11)),
        ("DECIDE", date(2025, 9, 26), date(2025, 12, 25)),
        ("LIST_EARLY", date(2024, 2, 29), date(2025, 2, 28)),
        ("LIST_TERM", date(2024, 2, 29), date(2027, 2, 28)),
        ("REPORT_HANDLE", date(2026, 1, 1), date(2026, 3, 2)),
    ],
)
def test_golden_deadlines(rule: str, start: date, last: date) -> None:
    assert due(start, BOOK.rule(rule, start).limit, CALENDAR) == last


def test_what_the_domain_left_open_is_unconfirmed() -> None:
    unsure = {one.id for one in shipped() if not one.confirmed}

    assert {"LIST_ENTRY", "LIST_PUBLISH", "REPAIR_ACCEPT", "REPAIR_DECIDE", "PLATE_PUBLISH",
            "REWARD_INSIDER", "REPORT_HANDLE"} <= unsure  # fmt: skip
    assert not {"PUB_PENALTY", "WITHDRAW", "DECIDE", "LIST_TERM", "DRILL_TOWN"} & unsure
