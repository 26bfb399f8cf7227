"""Workbooks that we write: the template, the file handed back with its faults marked, exports.

Strings are written as strings, never as formulas or links, whatever they begin with.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from typing import Any

from service.register.columns import COLUMNS, Column, Fault, escaped
from service.register.sheet import Table

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
TEMPLATE_ROWS = 5_000  # rows of the template that offer choices
_WIDTH = 18
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def _book(out: BytesIO, options: dict[str, Any]) -> Any:
    import xlsxwriter  # 15 MiB that only a process which writes tables needs

    return xlsxwriter.Workbook(out, options)


def template() -> bytes:
    """The table to fill in: headings with notes, an example row, choices where there are few."""
    out = BytesIO()
    with _book(out, {"in_memory": True, **_PLAIN}) as book:
        sheet = book.add_worksheet("企业名单")
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        # Codes and telephone numbers are text: a number would lose its zeros.
        text = book.add_format({"num_format": "@"})
        for index, column in enumerate(COLUMNS):
            sheet.write_string(0, index, column.header, head)
            if column.note:
                sheet.write_comment(0, index, column.note)
            sheet.write_string(1, index, column.example, text)
            if column.choices:
                sheet.data_validation(1, index, TEMPLATE_ROWS, index, _choices(column))
        sheet.set_column(0, len(COLUMNS) - 1, _WIDTH, text)
        sheet.freeze_panes(1, 0)
        notes = book.add_worksheet("填写说明")
        notes.set_column(0, 1, 40)
        for row, (name, note) in enumerate(_notes()):
            notes.write_string(row, 0, name)
            notes.write_string(row, 1, note)
    return out.getvalue()


def _choices(column: Column) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": list(column.choices),
        "error_title": column.header,
        "error_message": f"只能填写：{'、'.join(column.choices)}",
    }


def _notes() -> list[tuple[str, str]]:
    return [
        ("每行一处经营场所", "同一企业有多处场所的，逐行填写，企业内容相同"),
        ("空白单元格", "不改变台账已有内容"),
        ("示例行", "第2行为示例，导入前请删除或覆盖"),
        *((column.header, column.note) for column in COLUMNS),
    ]


def annotated(table: Table, faults: Iterable[Fault]) -> bytes:
    """The table as it was uploaded, every faulty cell marked and commented on."""
    by_row: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for fault in faults:
        by_row[fault.row][fault.column or 0].append(
            fault.message if fault.column is not None else f"{fault.header}：{fault.message}"
        )
    out = BytesIO()
    with _book(out, {"in_memory": True, **_PLAIN}) as book:
        sheet = book.add_worksheet("导入结果")
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        bad = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
        note = len(table.header)
        for index, header in enumerate([*table.header, "问题"]):
            sheet.write_string(0, index, header, head)
        for number, cells in table.rows:
            marks = by_row.get(number, {})
            for index, text in enumerate(cells):
                sheet.write_string(number - 1, index, text, bad if index in marks else None)
            for index, messages in marks.items():
                if index >= len(cells):
                    sheet.write_blank(number - 1, index, None, bad)
                sheet.write_comment(number - 1, index, "\n".join(messages))
            if marks:
                said = "；".join(m for messages in marks.values() for m in messages)
                sheet.write_string(number - 1, note, said)
        sheet.set_column(0, note, _WIDTH)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def as_xlsx(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of one sheet, a row at a time in memory."""
    out = BytesIO()
    with _book(out, {"constant_memory": True, **_PLAIN}) as book:
        sheet = book.add_worksheet("企业名单")
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        for index, name in enumerate(header):
            sheet.write_string(0, index, name, head)
        for number, row in enumerate(rows, start=1):
            for index, text in enumerate(row):
                if text:
                    # Escaped here too: what is saved as csv by others stays harmless.
                    sheet.write_string(number, index, escaped(text))
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A csv in UTF-8 with the mark by which spreadsheet programs know it."""
    out = StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow(header)
    for row in rows:
        lines.writerow([escaped(text) for text in row])
    return out.getvalue().encode("utf-8-sig")
