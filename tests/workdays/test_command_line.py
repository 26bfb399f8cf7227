"""Entering a year from the command line."""

from datetime import date
from pathlib import Path

import pytest

from infra.workdays import read_schedule
from service.errors import Invalid


def test_a_schedule_is_read_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "2027.csv"
    path.write_text("\ufeffday,working,name\n2027-01-01,no,元旦\n2027-01-03,yes,元旦补班\n")

    assert read_schedule(path) == {
        date(2027, 1, 1): (False, "元旦"),
        date(2027, 1, 3): (True, "元旦补班"),
    }


@pytest.mark.parametrize("line", ["2027-13-01,no,x", "2027-01-01,maybe,x", "2027-01-01", ",,"])
def test_a_line_that_is_no_day_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "2027.csv"
    path.write_text(f"day,working,name\n2027-01-01,no,元旦\n{line}\n")

    with pytest.raises(Invalid, match="line 3"):
        read_schedule(path)
