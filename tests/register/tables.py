"""Files as clerks make them: good ones, and every kind of bad one."""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from random import Random
from typing import Any

import xlsxwriter

from service.register.columns import COLUMNS
from service.register.credit_code import generate

HEADER = [column.header for column in COLUMNS]


def line(seed: int, **changes: str) -> list[str]:
    """A sound row; `changes` by field."""
    values = {
        "name": f"安商示例商行{seed}",
        "credit_code": generate(rng=Random(seed)),
        "industry_code": "5212",
        "scale": "小型",
        "risk": "蓝",
        "principal_name": "示例",
        "place_name": f"示例店{seed}",
        "address": f"示例路{seed}号",
        "latitude": "29.7180",
        "longitude": "106.6310",
        **changes,
    }
    return [values.get(column.field, "") for column in COLUMNS]


def xlsx(
    rows: Sequence[Sequence[str]],
    header: Sequence[str] = HEADER,
    formula: tuple[int, int] | None = None,
    merge: str = "",
) -> bytes:
    """A workbook of these rows."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for index, text in enumerate(header):
            sheet.write_string(0, index, text)
        for number, cells in enumerate(rows, start=1):
            for index, text in enumerate(cells):
                if text:
                    sheet.write_string(number, index, text)
        if formula:
            sheet.write_formula(*formula, '=HYPERLINK("http://x")', None, "值")
        if merge:
            sheet.merge_range(merge, "合并")
    return out.getvalue()


def text(rows: Sequence[Sequence[str]], encoding: str, mark: str = ",") -> bytes:
    """A csv of these rows."""
    return "\r\n".join(mark.join(cells) for cells in [HEADER, *rows]).encode(encoding)


def bomb(megabytes: int) -> bytes:
    """A workbook of a few kilobytes whose sheet unpacks to many megabytes."""
    out = BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
    ):
        for _ in range(megabytes):
            sheet.write(b"0" * (1 << 20))
    return out.getvalue()


def cells(data: bytes) -> list[list[Any]]:
    """What a workbook shows."""
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()
