"""The table that a town fills in: its columns, and what each cell may hold, in zh-CN.

One row is one place of one enterprise; an enterprise with several places has several rows.  An
empty cell says nothing: what the register has stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.register import credit_code as codes
from service.register.industry import industries
from service.register.rules import LATITUDE, LONGITUDE
from service.register.sheet import Table, UnreadableSheet

RISKS = {"红": "RED", "橙": "ORANGE", "黄": "YELLOW", "蓝": "BLUE"}
SCALES = {"大型": "LARGE", "中型": "MEDIUM", "小型": "SMALL", "微型": "MICRO"}
ESCAPED = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet program takes for a formula; written with an apostrophe before."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell; `column` is its index in the file, None for the whole row."""

    row: int
    column: int | None
    header: str
    message: str


@dataclass(slots=True)
class Row:
    """One row of a file: what it says, by field, and what is wrong with it."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, the field that it fills, and how a cell is read."""

    header: str
    field: str
    read: Callable[[str], Any]
    example: str
    note: str
    choices: tuple[str, ...] = ()
    place: bool = False
    """Whether it tells of the premises rather than of the enterprise."""


def _line(longest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > longest:
            raise ValueError(f"不得超过{longest}个字符")
        if not text.isprintable():
            raise ValueError("含有换行或不可见字符")
        return text

    return read


def _code(text: str) -> str:
    wrong = codes.fault(text)
    if wrong is None:
        return text
    meant = codes.suggestion(text)
    hint = f"；是否应为 {meant}？" if meant else "，请对照营业执照"
    raise ValueError(_in_chinese(text) + hint)


def _in_chinese(text: str) -> str:
    if len(text) != codes.LENGTH:
        return f"统一社会信用代码应为{codes.LENGTH}位，此处为{len(text)}位"
    for position, letter in enumerate(text, start=1):
        if letter not in codes.ALPHABET:
            return f"统一社会信用代码第{position}位“{letter}”不是标准字符"
    return "统一社会信用代码校验位不符"


def _industry(text: str) -> str:
    if text not in industries():
        raise ValueError("不是GB/T 4754-2017商贸类（51、52、59、61、62）的小类代码")
    return text


def _choice(choices: dict[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            return choices[text]
        except KeyError:
            raise ValueError(f"只能填写：{'、'.join(choices)}") from None

    return read


def _degrees(name: str, bounds: tuple[float, float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{name}应为数字（度）") from None
        if not bounds[0] <= value <= bounds[1]:
            raise ValueError(f"{name}应在{bounds[0]:g}至{bounds[1]:g}度之间，请检查经纬度是否填反")
        return value

    return read


COLUMNS: tuple[Column, ...] = (
    Column("企业名称", "name", _line(200), "安商示例超市", "必填，与营业执照一致"),
    Column(
        "统一社会信用代码", "credit_code", _code, "91990112MA0000000X", "18位；没有的填原注册号"
    ),
    Column("原注册号", "alternate_id", _line(60), "", "没有统一社会信用代码时必填"),
    Column("行业代码", "industry_code", _industry, "5212", "GB/T 4754-2017小类，4位"),
    Column("企业规模", "scale", _choice(SCALES), "小型", "大型、中型、小型、微型", tuple(SCALES)),
    Column("风险等级", "risk", _choice(RISKS), "蓝", "红、橙、黄、蓝", tuple(RISKS)),
    Column("主要负责人", "principal_name", _line(100), "示例", "安全生产主要负责人"),
    Column("联系人", "contact_name", _line(100), "示例", ""),
    Column("联系电话", "contact_phone", _line(40), "12350", ""),
    Column(
        "场所名称", "place_name", _line(200), "安商示例超市总店", "不填则与企业同名", place=True
    ),
    Column("场所地址", "address", _line(200), "示例路1号", "填写时须填经纬度", place=True),
    Column("纬度", "latitude", _degrees("纬度", LATITUDE), "29.7180", "WGS 84，度", place=True),
    Column("经度", "longitude", _degrees("经度", LONGITUDE), "106.6310", "WGS 84，度", place=True),
)
HEADERS = {column.header: column for column in COLUMNS}


def rows_of(table: Table) -> list[Row]:
    """What every row says, and what is wrong with it.

    Raises:
        UnreadableSheet: the headings are not those of the template; the message names them.
    """
    order = _order(table.header)
    found = [_row(number, cells, order, table) for number, cells in table.rows]
    _check_together(found, {c.field: i for i, c in enumerate(order) if c})
    return found


def _order(header: Sequence[str]) -> list[Column | None]:
    """The columns in the order of the file; a mark of obligation after a heading is let pass."""
    plain = [one.replace("*", "").replace("＊", "").strip() for one in header]
    unknown = [one for one in plain if one and one not in HEADERS]
    twice = {one for one in plain if one and plain.count(one) > 1}
    missing = [] if "企业名称" in plain else ["企业名称"]
    if not {"统一社会信用代码", "原注册号"} & set(plain):
        missing.append("统一社会信用代码")
    said = [
        (unknown, "有模板以外的列"),
        (sorted(twice), "有重复的列"),
        (missing, "缺少列"),
    ]
    wrong = [f"{what}：{'、'.join(names)}" for names, what in said if names]
    if wrong:
        raise UnreadableSheet("表头与模板不符，" + "；".join(wrong))
    return [HEADERS.get(one) for one in plain]


def _row(number: int, cells: list[str], order: list[Column | None], table: Table) -> Row:
    row = Row(number)
    for index, text in enumerate(cells):
        column = order[index] if index < len(order) else None
        if (number, index) in table.formulas:
            header = column.header if column else ""
            row.faults.append(Fault(number, index, header, "是公式，请粘贴为数值"))
            continue
        if column is None:
            if text:
                row.faults.append(Fault(number, index, "", "此列没有表头"))
            continue
        if text:
            try:
                row.values[column.field] = column.read(unescaped(text))
            except ValueError as error:
                row.faults.append(Fault(number, index, column.header, str(error)))
    return row


def escaped(text: str) -> str:
    """The text such that no spreadsheet program takes it for a formula."""
    return "'" + text if text.startswith(ESCAPED) else text


def unescaped(text: str) -> str:
    """The text that was escaped, so that an export can be imported as it is."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(ESCAPED) else text


def _check_together(rows: list[Row], index: dict[str, int]) -> None:
    """What no cell shows by itself: needed cells, rows that contradict or repeat one another."""

    def fault(row: Row, name: str, message: str) -> None:
        header = next(column.header for column in COLUMNS if column.field == name)
        row.faults.append(Fault(row.number, index.get(name), header, message))

    first: dict[tuple[str, str], Row] = {}
    places: dict[tuple[str, str, str], int] = {}
    for row in rows:
        wrong = {one.column for one in row.faults}
        if "name" not in row.values and index.get("name") not in wrong:
            fault(row, "name", "不能为空")
        key = identity(row.values)
        if key is None:
            if not {index.get("credit_code"), index.get("alternate_id")} & (wrong - {None}):
                name = "credit_code" if "credit_code" in index else "alternate_id"
                fault(row, name, "统一社会信用代码和原注册号至少填写一项")
            continue
        _check_place(row, fault, wrong, index)
        before = first.setdefault(key, row)
        for column in COLUMNS:
            name = column.field
            if column.place or name not in row.values:
                continue
            if before.values.setdefault(name, row.values[name]) != row.values[name]:
                fault(row, name, f"与第{before.number}行同一企业的内容不一致")
        if address := row.values.get("address"):
            known = places.setdefault((*key, address), row.number)
            if known != row.number:
                fault(row, "address", f"与第{known}行重复（同一企业、同一地址）")
        elif before is not row:
            fault(row, "name", f"与第{before.number}行重复（同一企业）")


def _check_place(
    row: Row,
    fault: Callable[[Row, str, str], None],
    wrong: set[int | None],
    index: dict[str, int],
) -> None:
    given = {name for name in ("address", "latitude", "longitude") if name in row.values}
    if not given and "place_name" in row.values:
        fault(row, "address", "填写了场所名称，须填写场所地址和经纬度")
    for name in ("address", "latitude", "longitude"):
        at = index.get(name)
        if given and name not in given and (at is None or at not in wrong):
            fault(row, name, "场所地址、纬度、经度须同时填写")


def identity(values: dict[str, Any]) -> tuple[str, str] | None:
    """What tells an enterprise of a town from all others: its code, else its old number."""
    for name in ("credit_code", "alternate_id"):
        if values.get(name):
            return name, values[name]
    return None
