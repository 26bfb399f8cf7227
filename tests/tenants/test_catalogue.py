"""The catalogue of divisions: what ships, what changed, and what was where on a day."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.catalogue import (
    EDITION,
    Catalogue,
    Change,
    ChangeKind,
    DivisionKind,
    UnknownDivision,
    catalogue,
    division,
    kind_of,
    parent_of,
    read_changes,
    search,
    towns_of,
)

YUBEI, JIANGBEI, BEIBEI, LIANGJIANG = "500112", "500105", "500109", "5001X1"
BEFORE, AFTER = date(2025, 11, 5), date(2025, 11, 6)


def changed(*changes: Change) -> Catalogue:
    names = {"90": "省", "9001": "市", "900101": "甲区", "900102": "乙区"}
    towns = {"900101001": "东街道", "900101100": "西镇", "900102200": "南乡"}
    return Catalogue(names | towns, changes)


def test_the_edition_has_every_division() -> None:
    assert len(catalogue()) == 31 + 342 + 2978 + 41352
    assert len(catalogue().children("")) == 31
    assert len(towns_of("")) == 41352


def test_kinds_are_told_by_the_seventh_digit() -> None:
    digits = Counter(town.code[6] for town in towns_of(""))
    kinds = Counter(town.kind for town in towns_of(""))

    assert digits == {"0": 9067, "1": 21377, "2": 8147, "3": 51, "4": 2128, "5": 582}
    assert kinds == {
        DivisionKind.STREET: 9067,
        DivisionKind.TOWN: 21377,
        DivisionKind.TOWNSHIP: 8147 + 51,
        DivisionKind.UNIT: 2128 + 582,
    }


def test_yubei_has_nineteen_streets_and_eleven_towns() -> None:
    kinds = Counter(town.kind for town in towns_of(YUBEI))

    assert kinds == {DivisionKind.STREET: 19, DivisionKind.TOWN: 11}
    assert division("500112002").name == "双龙湖街道"
    assert [part.name for part in catalogue().path("500112002")] == [
        "重庆市",
        "市辖区",
        "渝北区",
        "双龙湖街道",
    ]


def test_chongqing_has_1031_towns_and_streets() -> None:
    assert len(towns_of("50")) == 1031
    assert len({town.code for town in towns_of("50")}) == 1031


def test_every_division_hangs_under_one_that_exists() -> None:
    known = catalogue()
    orphans = [
        town.code for town in towns_of("") if known.division(town.parent).kind.value != "COUNTY"
    ]
    assert orphans == []


def test_a_town_is_unique_by_name_in_its_county() -> None:
    pairs = Counter((town.parent, town.name) for town in towns_of(""))
    assert pairs.most_common(1)[0][1] == 1


def test_liangjiang_as_announced() -> None:
    """31 streets and 11 towns there, 6 and 11 in Beibei: the figures of the announcement."""
    known = catalogue()

    assert Counter(town.kind for town in known.towns_of(LIANGJIANG, AFTER)) == {
        DivisionKind.STREET: 31,
        DivisionKind.TOWN: 11,
    }
    assert Counter(town.kind for town in known.towns_of(BEIBEI, AFTER)) == {
        DivisionKind.STREET: 6,
        DivisionKind.TOWN: 11,
    }
    assert [d.code for d in known.successors(YUBEI)] == [LIANGJIANG]
    assert [d.code for d in known.successors(JIANGBEI)] == [LIANGJIANG]


def test_no_town_of_chongqing_is_lost_or_doubled_by_the_change() -> None:
    before = [town.code for town in towns_of("50", BEFORE)]
    after = [town.code for town in towns_of("50", AFTER)]

    assert before == after
    assert len(after) == 1031


def test_yubei_ends_on_the_day_of_the_change() -> None:
    assert division(YUBEI, BEFORE).valid_to == AFTER
    with pytest.raises(UnknownDivision, match="no division '500112' on 2025-11-06"):
        division(YUBEI, AFTER)
    with pytest.raises(UnknownDivision):
        towns_of(YUBEI, AFTER)
    with pytest.raises(UnknownDivision):
        division(LIANGJIANG, BEFORE)


def test_a_moved_town_keeps_its_history() -> None:
    first, second = catalogue().versions("500112133")

    assert (first.parent, first.valid_from, first.valid_to) == (YUBEI, None, AFTER)
    assert (second.parent, second.valid_from, second.valid_to) == (BEIBEI, AFTER, None)
    assert first.name == second.name == "统景镇"


def test_search_ranks_equal_before_beginning_before_the_rest() -> None:
    names = [hit.name for hit in search("龙溪", within="50")]
    assert names[0].startswith("龙溪")
    assert all("龙溪" in name for name in names)

    equal = search("洛碛镇")
    assert [hit.code for hit in equal] == ["500112144"]


def test_search_narrows_by_the_words_before() -> None:
    assert [hit.code for hit in search("渝北 龙溪街道")] == ["500112011"]
    assert len(search("城关镇", limit=100)) == 88
    assert search("   ") == ()
    assert search("渝北区 没有这个镇") == ()


def test_search_on_a_day_knows_what_is_open() -> None:
    assert [hit.code for hit in search("两江新区", on=AFTER)] == [LIANGJIANG]
    assert search("两江新区", on=BEFORE) == ()
    assert search("渝北区", on=AFTER) == ()


def test_limit_is_kept() -> None:
    assert len(search("镇", limit=7)) == 7


@pytest.mark.parametrize("code", ["", "5", "500", "50011", "5001120", "500112902", "5001120020"])
def test_no_kind_without_a_standard_code(code: str) -> None:
    with pytest.raises(UnknownDivision):
        kind_of(code)


def test_parents_are_prefixes() -> None:
    assert [parent_of(code) for code in ("500112002", "500112", "5001", "50")] == [
        "500112",
        "5001",
        "50",
        "",
    ]


def test_unknown_code() -> None:
    assert catalogue().versions("999999999") == ()
    with pytest.raises(UnknownDivision):
        division("999999999")


def test_open_close_move_rename() -> None:
    day = date(2024, 3, 1)
    known = changed(
        Change(day, ChangeKind.OPENED, "900103", "丙区", "9001", ("900101", "900102")),
        Change(day, ChangeKind.MOVED, "900101001", parent="900103"),
        Change(day, ChangeKind.RENAMED, "900101100", name="新西镇"),
        Change(day, ChangeKind.CLOSED, "900102200"),
    )
    eve = day - timedelta(days=1)

    assert [d.name for d in known.towns_of("9001", eve)] == ["东街道", "西镇", "南乡"]
    assert [d.name for d in known.towns_of("9001", day)] == ["东街道", "新西镇"]
    assert [d.name for d in known.towns_of("900103", day)] == ["东街道"]
    assert [d.name for d in known.children("9001", day)] == ["甲区", "乙区", "丙区"]
    assert known.division("900103", day).successor_of == ("900101", "900102")


def test_a_division_may_open_again_after_it_closed() -> None:
    known = changed(
        Change(date(2024, 1, 1), ChangeKind.CLOSED, "900102200"),
        Change(date(2025, 1, 1), ChangeKind.OPENED, "900102200", "南乡", "900102"),
    )

    open_on = [
        known.division("900102200", day).valid_from
        for day in (date(2023, 12, 31), date(2025, 1, 1))
    ]
    assert open_on == [None, date(2025, 1, 1)]
    with pytest.raises(UnknownDivision):
        known.division("900102200", date(2024, 6, 1))


@pytest.mark.parametrize(
    "change",
    [
        Change(date(2024, 1, 1), ChangeKind.OPENED, "900101", "又一甲区", "9001"),
        Change(date(2024, 1, 1), ChangeKind.CLOSED, "900199"),
        Change(date(2024, 1, 1), ChangeKind.MOVED, "900199001", parent="900101"),
    ],
)
def test_a_change_that_cannot_be_is_refused(change: Change) -> None:
    with pytest.raises(ValueError, match=change.code):
        changed(change)


def test_a_closed_division_changes_no_more() -> None:
    with pytest.raises(ValueError, match="not open"):
        changed(
            Change(date(2024, 1, 1), ChangeKind.CLOSED, "900102200"),
            Change(date(2024, 2, 1), ChangeKind.RENAMED, "900102200", name="北乡"),
        )


def test_changes_are_read_in_order_of_days() -> None:
    text = (
        "day,change,code,name,parent,successor_of,source\n"
        "2025-02-01,CLOSED,900102,,,,gazette\n"
        "2024-02-01,OPENED,900103,丙区,9001,900101 900102,gazette\n"
    )
    assert read_changes(text) == (
        Change(date(2024, 2, 1), ChangeKind.OPENED, "900103", "丙区", "9001", ("900101", "900102")),
        Change(date(2025, 2, 1), ChangeKind.CLOSED, "900102"),
    )


def test_an_operator_can_bring_other_changes(tmp_path: Path) -> None:
    other = tmp_path / "changes.csv"
    other.write_text(
        "day,change,code,name,parent,successor_of,source\n"
        "2030-01-01,RENAMED,500112133,统景新镇,,,an example\n",
        encoding="utf-8",
    )
    known = catalogue(other)

    assert known.division("500112133", date(2030, 1, 1)).name == "统景新镇"
    assert known.division(YUBEI, AFTER).name == "渝北区"


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31)))
def test_on_every_day_each_town_has_exactly_one_parent(day: date) -> None:
    known = catalogue()
    for code in ("500112133", "500112002", "500105001", "500109006"):
        assert sum(version.valid_on(day) for version in known.versions(code)) == 1


def test_the_edition_is_the_default_day() -> None:
    assert division(YUBEI) == division(YUBEI, EDITION)
