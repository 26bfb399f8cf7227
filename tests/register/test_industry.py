"""Trades: the classes in scope and the thresholds of above-quota units."""

from collections import Counter
from datetime import date

import pytest

from service.errors import Invalid
from service.register.industry import (
    DANGEROUS_STORAGE,
    FUEL,
    RECYCLING,
    Sector,
    Threshold,
    above_quota,
    in_scope,
    industries,
    industry,
    latest_basis_year,
    threshold,
)

MILLION_YUAN = 100_000_000  # fen


def test_classes_in_scope() -> None:
    sectors = Counter(item.sector for item in industries().values())

    assert sum(sectors.values()) == 155
    assert set(sectors) == set(Sector)
    assert all(len(code) == 4 and code.isdigit() for code in industries())


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("5162", "石油及制品批发"),
        ("5191", "再生物资回收与批发"),
        ("5211", "百货零售"),
        ("5212", "超级市场零售"),
        ("5213", "便利店零售"),
        ("5265", "机动车燃油零售"),
        ("5266", "机动车燃气零售"),
        ("5267", "机动车充电销售"),
        ("5296", "生活用燃料零售"),
        ("5941", "油气仓储"),
        ("6110", "旅游饭店"),
        ("6121", "经济型连锁酒店"),
        ("6210", "正餐服务"),
    ],
)
def test_names(code: str, name: str) -> None:
    assert industry(code).name == name


def test_marked_classes_exist() -> None:
    assert all(in_scope(code) for code in FUEL | RECYCLING | DANGEROUS_STORAGE)


@pytest.mark.parametrize("code", ["", "0111", "52", "5210", "52111", "F52", "六二一零"])
def test_out_of_scope_is_refused(code: str) -> None:
    assert not in_scope(code)
    with pytest.raises(Invalid) as caught:
        industry(code)
    assert caught.value.path == ("input", "industryCode")


def test_the_refusal_names_neighbours() -> None:
    with pytest.raises(Invalid, match="did you mean one of 5211, 5212, 5213, 5219"):
        industry("5210")


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        ("5111", 20 * MILLION_YUAN),
        ("5212", 5 * MILLION_YUAN),
        ("6110", 2 * MILLION_YUAN),
        ("6210", 2 * MILLION_YUAN),
    ],
)
def test_the_threshold_itself_is_above_quota(code: str, limit: int) -> None:
    assert above_quota(code, limit - 1, 2025) is False
    assert above_quota(code, limit, 2025) is True


def test_storage_knows_no_quota() -> None:
    assert above_quota("5941", 900 * MILLION_YUAN, 2025) is None
    assert threshold(Sector.STORAGE, 2025) is None


def test_a_later_threshold_counts_from_its_year() -> None:
    dated = (
        Threshold(Sector.RETAIL, 500, "old", to_year=2026),
        Threshold(Sector.RETAIL, 800, "new", from_year=2027),
    )

    assert above_quota("5212", 600, 2026, dated) is True
    assert above_quota("5212", 600, 2027, dated) is False


def test_an_open_old_threshold_yields_to_a_newer() -> None:
    dated = (
        Threshold(Sector.RETAIL, 800, "new", from_year=2027),
        Threshold(Sector.RETAIL, 500, "old"),
    )
    assert [above_quota("5212", 600, year, dated) for year in (2026, 2027)] == [True, False]


def test_negative_revenue_is_refused() -> None:
    with pytest.raises(Invalid, match="negative"):
        above_quota("5212", -1, 2025)


def test_basis_year_is_the_last_complete_one() -> None:
    assert latest_basis_year(date(2026, 1, 1)) == 2025
    assert latest_basis_year(date(2026, 12, 31)) == 2025
