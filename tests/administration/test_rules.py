"""Settings over time, and what a tenant may undergo."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.administration.rules import (
    Difference,
    TenantKind,
    TenantStatus,
    Version,
    body_name,
    check_changes,
    check_effective,
    check_move,
    check_note,
    check_restorable,
    check_status,
    days_of_change,
    difference,
    effective,
    tenant_kind,
)
from service.administration.setting_schema import (
    DEFAULTS,
    SCHEMA,
    SettingKind,
    check_value,
    read_settings,
)
from service.errors import Conflict, Invalid
from tenants.catalogue import division, towns_of

D = date(2026, 11, 23)
GAP, CAP = "inspection.min_gap_days", "inspection.max_visits_per_year"


def later(days: int) -> date:
    return D + timedelta(days=days)


def test_without_versions_the_defaults_hold() -> None:
    assert effective([], D) == dict(DEFAULTS)


def test_every_default_keeps_its_own_schema() -> None:
    for key, setting in SCHEMA.items():
        assert check_value(key, setting.default) == setting.default


def test_every_setting_says_where_it_comes_from_or_is_a_matter_of_taste() -> None:
    silent = {s.key for s in SCHEMA.values() if not s.source}
    assert silent == {"contact.office", "display.language", "evidence.scan_required"}


@pytest.mark.parametrize(
    ("key", "good", "kept"),
    [
        (GAP, 0, 0),
        (GAP, 366, 366),
        ("evidence.scan_required", True, True),
        ("contact.office", "  应急办 ", "应急办"),
        ("display.language", "en", "en"),
        ("certificate.warning_days", [30, 90, 30], (90, 30)),
        (GAP, None, None),
    ],
)
def test_good_values(key: str, good: object, kept: object) -> None:
    assert check_value(key, good) == kept


@pytest.mark.parametrize(
    ("key", "bad", "says"),
    [
        (GAP, -1, "a whole number from 0 to 366 calendar days"),
        (GAP, 367, "a whole number from 0 to 366"),
        (GAP, "14", "a whole number"),
        (GAP, True, "a whole number"),
        (GAP, 1.5, "a whole number"),
        ("evidence.scan_required", 1, "true or false"),
        ("contact.office", "长" * 101, "a text of at most 100 characters"),
        ("contact.office", "a\u0000b", "a text"),
        ("contact.office", 5, "a text"),
        ("display.language", "fr", "one of zh-CN, en"),
        ("certificate.warning_days", [], "1 to 10 whole numbers"),
        ("certificate.warning_days", "90", "1 to 10 whole numbers"),
        ("certificate.warning_days", [90, "30"], "1 to 10 whole numbers"),
        ("certificate.warning_days", list(range(1, 12)), "1 to 10 whole numbers"),
    ],
)
def test_bad_values(key: str, bad: object, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_value(key, bad)
    assert says in caught.value.message
    assert caught.value.path == ("input", "changes", key)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(Invalid, match="there is no setting 'colour'"):
        check_value("colour", "red")


def test_a_version_counts_from_its_day() -> None:
    versions = [Version(1, later(10), {GAP: 30})]

    assert effective(versions, later(9))[GAP] == 14
    assert effective(versions, later(10))[GAP] == 30


def test_a_change_for_next_year_stays_when_another_comes_before_it() -> None:
    versions = [Version(1, later(100), {GAP: 30}), Version(2, later(10), {GAP: 7, CAP: 6})]

    assert [effective(versions, later(n))[GAP] for n in (9, 10, 99, 100)] == [14, 7, 7, 30]
    assert effective(versions, later(100))[CAP] == 6


def test_of_two_versions_of_one_day_the_later_number_wins() -> None:
    versions = [Version(2, D, {GAP: 7}), Version(1, D, {GAP: 30})]
    assert effective(versions, D)[GAP] == 7


def test_none_returns_to_the_default() -> None:
    versions = [Version(1, D, {GAP: 30}), Version(2, later(1), {GAP: None})]
    assert effective(versions, later(1))[GAP] == DEFAULTS[GAP]


def test_a_key_that_was_dropped_means_nothing() -> None:
    assert effective([Version(1, D, {"gone.setting": 3})], D) == dict(DEFAULTS)


def test_restoring_undoes_what_came_between_also_what_was_scheduled() -> None:
    versions = [
        Version(1, D, {GAP: 30}),
        Version(2, later(1), {GAP: 7}),
        Version(3, later(50), {CAP: 9}),
        Version(4, later(5), restores=1),
    ]

    assert effective(versions, later(4))[GAP] == 7
    assert effective(versions, later(5))[GAP] == 30
    assert effective(versions, later(60))[CAP] == DEFAULTS[CAP]


def test_a_restoring_may_itself_be_undone() -> None:
    versions = [
        Version(1, D, {GAP: 30}),
        Version(2, D, {GAP: 7}),
        Version(3, D, restores=1),
        Version(4, D, restores=2),
    ]
    assert effective(versions, D)[GAP] == 7


def test_restoring_version_nought_returns_to_the_defaults() -> None:
    versions = [Version(1, D, {GAP: 30, CAP: 9}), Version(2, D, restores=0)]
    assert effective(versions, D) == dict(DEFAULTS)


def test_difference_and_days_of_change() -> None:
    versions = [
        Version(1, later(3), {GAP: 30}),
        Version(2, later(5), {GAP: 30}),
        Version(3, later(9), {CAP: 9}),
    ]

    assert difference(effective(versions, D), effective(versions, later(9))) == (
        Difference(CAP, 4, 9),
        Difference(GAP, 14, 30),
    )
    assert days_of_change(versions, D) == (later(3), later(9))
    assert days_of_change(versions, later(3)) == (later(9),)


changes = st.dictionaries(
    st.sampled_from([GAP, CAP, "report.handle_days"]), st.integers(1, 100), max_size=3
)


@st.composite
def histories(draw: Any) -> list[Version]:
    made: list[Version] = []
    for number in range(1, draw(st.integers(1, 7))):
        day = later(draw(st.integers(0, 20)))
        if number > 1 and draw(st.booleans()):
            made.append(Version(number, day, restores=draw(st.integers(0, number - 2))))
        else:
            made.append(Version(number, day, draw(changes)))
    return made


@given(histories(), st.integers(0, 25))
def test_restoring_gives_exactly_the_state_restored(versions: list[Version], day: int) -> None:
    last = max((version.number for version in versions), default=0)
    for number in range(last):
        kept = [version for version in versions if version.number <= number]
        restored = [*versions, Version(last + 1, D, restores=number)]
        assert effective(restored, later(day)) == effective(kept, later(day))


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_versions_are_read_does_not_matter(
    versions: list[Version], shuffler: Any
) -> None:
    mixed = list(versions)
    shuffler.shuffle(mixed)
    assert effective(mixed, later(30)) == effective(versions, later(30))


def test_what_can_be_restored() -> None:
    versions = [Version(1, D, {GAP: 3}), Version(2, D, {GAP: 4})]

    check_restorable(versions, 0)
    check_restorable(versions, 1)
    with pytest.raises(Conflict, match="version 2 is the last one"):
        check_restorable(versions, 2)
    with pytest.raises(Invalid, match="no version 3"):
        check_restorable(versions, 3)
    with pytest.raises(Conflict):
        check_restorable([], 0)


def test_changes_are_checked_together() -> None:
    assert check_changes({GAP: 3, CAP: None}) == {CAP: None, GAP: 3}
    with pytest.raises(Invalid, match="at least one"):
        check_changes({})
    with pytest.raises(Invalid, match="at most 100"):
        check_changes({f"k{n}": 1 for n in range(101)})


def test_the_past_does_not_change() -> None:
    check_effective(D, D)
    check_effective(later(1), D)
    with pytest.raises(Invalid, match="before today"):
        check_effective(later(-1), D)


def test_notes_are_short() -> None:
    assert check_note("  因复工复产  ") == "因复工复产"
    with pytest.raises(Invalid):
        check_note("长" * 401)


def test_status_changes_once() -> None:
    check_status(TenantStatus.ACTIVE, TenantStatus.SUSPENDED)
    check_status(TenantStatus.SUSPENDED, TenantStatus.ACTIVE)
    for status in TenantStatus:
        with pytest.raises(Conflict, match="already"):
            check_status(status, status)


@pytest.mark.parametrize(
    ("kind", "target", "day", "says"),
    [
        (TenantKind.DISTRICT, "500109", D, "does not move"),
        (TenantKind.TOWN, "500112", D, "belongs to district 500112 already"),
        (TenantKind.TOWN, "500109", later(1), "takes effect when it is entered"),
    ],
)
def test_moves_that_cannot_be(kind: TenantKind, target: str, day: date, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        check_move(kind, "500112", target, day, D)


def test_moves_that_can_be() -> None:
    for day in (D, later(-30)):
        for kind in (TenantKind.TOWN, TenantKind.STREET):
            check_move(kind, "500112", "500109", day, D)


def test_tenant_kinds_and_bodies_of_divisions() -> None:
    kinds = {tenant_kind(town) for town in towns_of("500112")}

    assert kinds == {TenantKind.TOWN, TenantKind.STREET}
    assert body_name(division("500112011")) == "龙溪街道办事处"
    assert body_name(division("500112133")) == "统景镇人民政府"
    unit = next(town for town in towns_of("") if town.code[6] in "45")
    assert body_name(unit) == unit.name
    assert tenant_kind(unit) is TenantKind.TOWN
    with pytest.raises(Invalid, match="is no town or street"):
        tenant_kind(division("500112"))


def test_kinds_of_settings_are_all_in_use() -> None:
    assert {setting.kind for setting in SCHEMA.values()} == set(SettingKind)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("a.days,INTEGER,9,days,1,5,,,practice,Days", "a whole number from 1 to 5 days"),
        ("a.days,INTEGER,soon,days,1,5,,,practice,Days", "soon"),
        ("a.days,NUMBER,3,days,1,5,,,practice,Days", "NUMBER"),
        ("a.named,BOOLEAN,true,,,,,,practice,Named", "true"),
        ("a.often,CHOICE,DAY,,,,MONTH|YEAR,,practice,How often", "one of MONTH, YEAR"),
    ],
)
def test_a_line_that_is_no_setting_is_named(tmp_path: Path, line: str, fault: str) -> None:
    file = tmp_path / "settings.csv"
    head = "key,kind,default,unit,low,high,choices,contains,source,description"
    file.write_text(f"{head}\n{line}\n", encoding="utf-8")

    with pytest.raises(ValueError, match=f"line 2 of settings.csv is no setting.*{fault}"):
        read_settings(file)
