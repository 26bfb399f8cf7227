"""Reading tables that strangers upload: xlsx and csv, within bounds, with faults named in zh-CN.

Nothing of a file is believed: a workbook is unpacked once only to count its bytes, so that a small
file that unpacks to gigabytes (压缩炸弹) is refused before any parser sees it.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from service.errors import SafetyError
from service.late import Late

if TYPE_CHECKING:
    import python_calamine
else:
    python_calamine = Late("python_calamine")

MAX_BYTES = 20 << 20  # of an uploaded file
MAX_UNPACKED = 200 << 20  # of a workbook
MAX_ENTRIES = 2_000  # files within a workbook
MAX_ROWS = 50_000
MAX_COLUMNS = 60
MAX_CELL = 1_000  # characters
_PIECE = 1 << 20
_OVERLAP = 400  # bytes in which one cell's opening tags fit
_FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]{0,200}>\s{0,20}<f[ />]')


class UnreadableSheet(SafetyError):
    """The file is no table that can be read; the message is for the clerk, in Chinese."""

    code = "UNREADABLE_SHEET"


@dataclass(slots=True)
class Table:
    """A header and the rows below it, each with the number that a spreadsheet shows for it."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    formulas: set[tuple[int, int]] = field(default_factory=set)
    """Cells that hold formulas: row number and column index from 0."""
    format: str = "xlsx"


def read(data: bytes) -> Table:
    """The first sheet of a workbook, or a csv in UTF-8 or GB 18030.

    Raises:
        UnreadableSheet: too large, no table, empty, with merged cells, or packed beyond reason.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableSheet(f"文件超过{MAX_BYTES >> 20}MB，请拆分后分批导入")
    if not data.strip():
        raise UnreadableSheet("文件是空的")
    if data[:4] == b"PK\x03\x04":
        table = _workbook(data)
    elif data[:4] == b"\xd0\xcf\x11\xe0":
        raise UnreadableSheet("旧版xls文件或加密的工作簿无法读取，请另存为不加密的xlsx")
    else:
        table = _text(data)
    if not table.rows:
        raise UnreadableSheet("表中除表头外没有数据")
    return table


def _workbook(data: bytes) -> Table:
    formulas = _inspect(data)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(data))
        sheet = book.get_sheet_by_index(0)
        merged = sheet.merged_cell_ranges or []
    except (python_calamine.CalamineError, OSError, ValueError, IndexError) as error:
        raise UnreadableSheet("文件损坏或不是xlsx工作簿，请用表格软件另存后重试") from error
    if merged:
        (row, column), _ = merged[0]
        raise UnreadableSheet(
            f"表中有{len(merged)}处合并单元格（首处在{column_name(column)}{row + 1}），"
            "请取消合并并逐行填写"
        )
    if sheet.total_height > MAX_ROWS + 1 or sheet.total_width > MAX_COLUMNS:
        raise UnreadableSheet(f"表格超过{MAX_ROWS}行或{MAX_COLUMNS}列，请拆分后分批导入")
    lines = (
        (number, [_shown(value) for value in values])
        for number, values in enumerate(sheet.to_python(skip_empty_area=False), start=1)
    )
    return _table(lines, {_place(one) for one in formulas}, "xlsx")


def _inspect(data: bytes) -> set[str]:
    """Unpack the workbook piece by piece; returns the cells of its first sheet with formulas.

    Sizes that the archive declares are not taken on trust.
    """
    found: set[str] = set()
    total = 0
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise UnreadableSheet("工作簿结构异常，请另存后重试")
            for entry in entries:
                if entry.flag_bits & 1:
                    raise UnreadableSheet("工作簿已加密，请取消密码后重试")
                first = entry.filename == "xl/worksheets/sheet1.xml"
                tail = b""
                with archive.open(entry) as stream:
                    while piece := stream.read(_PIECE):
                        total += len(piece)
                        if total > MAX_UNPACKED:
                            raise UnreadableSheet("工作簿解压后过大，请只保留需要的数据后重试")
                        if first:
                            text = tail + piece
                            found |= {m.decode() for m in _FORMULA.findall(text)}
                            tail = text[-_OVERLAP:]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise UnreadableSheet("文件损坏或不是xlsx工作簿，请用表格软件另存后重试") from error
    return found


def _text(data: bytes) -> Table:
    text = _decoded(data)
    if "\0" in text:
        raise UnreadableSheet("文件不是xlsx工作簿，也不是文本表格（csv）")
    first = text.split("\n", 1)[0]
    mark = max(",\t;，", key=first.count)
    lines = csv.reader(StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        return _table(enumerate(lines, start=1), set(), "csv")
    except csv.Error as error:
        raise UnreadableSheet(f"第{lines.line_num}行引号不配对，请检查后重试") from error


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableSheet("文件编码无法识别，请以UTF-8或GBK保存为csv，或改用xlsx")


def _table(
    lines: Iterator[tuple[int, list[str]]], formulas: set[tuple[int, int]], kind: str
) -> Table:
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for number, values in lines:
        cells = [value.strip()[:MAX_CELL] for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if len(cells) > MAX_COLUMNS:
            raise UnreadableSheet(f"第{number}行超过{MAX_COLUMNS}列")
        if not header:
            header = cells
            continue
        rows.append((number, cells))
        if len(rows) > MAX_ROWS:
            raise UnreadableSheet(f"表格超过{MAX_ROWS}行，请拆分后分批导入")
    if not header:
        raise UnreadableSheet("表格是空的")
    return Table(header, rows, formulas, kind)


def _shown(value: object) -> str:
    """A cell as a person sees it: numbers without a tail of zeros, days as ISO dates."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return str(value)


def column_name(index: int) -> str:
    """The letters of a column from its index: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _place(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return int(reference[len(letters) :]), index - 1
