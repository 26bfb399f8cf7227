"""Rules are chosen by the day of the event: golden cases around each change of law."""

from datetime import date, timedelta

import pytest

from service.law.packs import read_pack, shipped
from service.law.rules import NoRule, Rule, RuleBook, Unit

DAY = timedelta(days=1)
BOOK = RuleBook.of(shipped())


def rule(amount: int, start: str, end: str | None = None, topic: str = "") -> Rule:
    last = date.fromisoformat(end) if end else None
    return Rule("R", topic, amount, Unit.COUNT, "", "a", "s", date.fromisoformat(start), last, True)


def test_the_day_of_the_event_chooses_the_rule() -> None:
    book = RuleBook.of([rule(1, "2020-01-01", "2026-04-01"), rule(2, "2026-04-01")])

    assert book.rule("R", date(2026, 3, 31)).number == 1
    assert book.rule("R", date(2026, 4, 1)).number == 2
    with pytest.raises(NoRule):
        book.rule("R", date(2019, 12, 31))


def test_a_rule_for_the_very_topic_goes_before_one_for_all() -> None:
    book = RuleBook.of([rule(1, "2021-01-01"), rule(2, "2020-01-01", topic="FIRE")])

    assert book.rule("R", date(2022, 1, 1), "FIRE").number == 2
    assert book.rule("R", date(2022, 1, 1), "GAS").number == 1


@pytest.mark.parametrize("one", shipped(), ids=lambda one: f"{one.id}-{one.topic}")
def test_a_shipped_rule_holds_from_its_first_day_and_not_before(one: Rule) -> None:
    assert BOOK.rule(one.id, one.valid_from, one.topic) == one
    assert not one.holds(one.valid_from - DAY)
    if one.valid_to is not None:
        assert one.holds(one.valid_to - DAY)
        assert not one.holds(one.valid_to)


def test_no_rule_is_shipped_twice() -> None:
    keys = [(one.id, one.topic, one.valid_from) for one in shipped()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    "line",
    [
        "A,,,COUNT,t,art,src,2020-01-01,,yes",
        "A,,1,TEXT,t,art,src,2020-01-01,,yes",
        "A,,1,COUNT,t,,src,2020-01-01,,yes",
        "A,,1,COUNT,t,art,src,2020-13-01,,yes",
        "A,,1,COUNT,t,art,src,2020-01-01,,perhaps",
    ],
)
def test_a_line_that_is_no_rule_is_named(tmp_path, line: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "pack.csv"
    path.write_text(
        "id,topic,amount,unit,text,article,source,valid_from,valid_to,confirmed\n" + line + "\n"
    )

    with pytest.raises(ValueError, match="line 2"):
        read_pack(path)
