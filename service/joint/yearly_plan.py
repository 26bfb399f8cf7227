"""A body's yearly plan as a workbook: the template, and its rows as demands or as errors.

Everything is checked before anything is written, and every error names its row and column, so
that a clerk mends the whole file at once.  A file with one error changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

from service import audit, clock, outbox
from service.errors import Forbidden, Invalid
from service.ids import new_id
from service.joint.library import in_force
from service.joint.records import InspectionDemand, InspectionItem
from service.joint.rules import DemandKind, DemandTerms, check_terms
from service.late import Late
from service.register.records import Premises
from tenants.records import Body
from tenants.wall import current

if TYPE_CHECKING:
    import python_calamine
else:
    python_calamine = Late("python_calamine")

COLUMNS = (
    "信用代码或旧照号",
    "场所名称",
    "事项编码",
    "检查类型",
    "开始日期",
    "截止日期",
    "时长（分钟）",
    "风险（1至4）",
    "是否必检",
    "依据",
)
KINDS = {"日常": DemandKind.ROUTINE, "专项": DemandKind.SPECIAL}
MOST_ROWS = 8000
MOST_ERRORS = 200
MOST_BYTES = 750_000


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong where; rows count from 1 as in the workbook, the header is row 1."""

    row: int
    column: str
    problem: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows read, demands made (none in a dry run or with errors), and the errors."""

    rows: int
    made: int
    errors: Sequence[RowError]


class _Wrong(Exception):
    def __init__(self, column: int, problem: str) -> None:
        super().__init__(problem)
        self.column = column
        self.problem = problem


def template() -> bytes:
    """An empty workbook with the columns, an example and lists to choose from."""
    import xlsxwriter  # 15 MiB that only a process which writes tables needs

    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("年度检查计划")
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "text_wrap": True})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(COLUMNS) - 1, 18)
        for number, title in enumerate(COLUMNS):
            sheet.write(0, number, title, bold)
        sheet.data_validation(1, 3, MOST_ROWS, 3, {"validate": "list", "source": list(KINDS)})
        sheet.data_validation(1, 8, MOST_ROWS, 8, {"validate": "list", "source": ["是", "否"]})
        notes = book.add_worksheet("填写说明")
        for number, line in enumerate(
            (
                "每行一个场所的一次检查需求。",
                "场所名称：企业只有一个场所时可以不填。",
                "事项编码：本单位已公布的事项，多个用逗号分开。",
                "日期写作 2026-03-01，或用表格的日期格式。",
                "同一文件有任何错误时，全部不导入。",
            )
        ):
            notes.write(number, 0, line)
    return buffer.getvalue()


async def import_plan(body_id: UUID | None, workbook: bytes, *, dry_run: bool) -> Outcome:
    """Read a yearly plan into demands of one body; in a dry run only its errors.

    Raises:
        Forbidden: the caller speaks for no enforcement body.
        Invalid: this is no workbook of the template, or it is too large.
    """
    body = await Body.get_or_none(id=body_id) if body_id else None
    if body is None:
        raise Forbidden("only an enforcement body has a plan of inspections")
    rows = read_rows(workbook)
    known = await _known(body, rows)
    today = clock.legal_day(clock.now())
    made: list[InspectionDemand] = []
    errors: list[RowError] = []
    for number, cells in rows:
        try:
            made.append(_demand(body, cells, known, today))
        except _Wrong as wrong:
            errors.append(RowError(number, COLUMNS[wrong.column], wrong.problem))
    errors += _repeats(rows, made) if not errors else []
    if errors or dry_run:
        return Outcome(len(rows), 0, errors[:MOST_ERRORS])
    await InspectionDemand.bulk_create(made, batch_size=1000)
    towns = {row.tenant_id: row.owner for row in made}
    for tenant_id in sorted(towns):
        count = sum(row.tenant_id == tenant_id for row in made)
        await audit.record("joint.plan_imported", towns[tenant_id], "Body", body.id, demands=count)
        await outbox.emit(
            "joint.plan_imported", towns[tenant_id], {"body": str(body.id), "demands": count}
        )
    return Outcome(len(rows), len(made), [])


def read_rows(workbook: bytes) -> list[tuple[int, list[Any]]]:
    """The filled rows with their numbers.

    Raises:
        Invalid: too large, no workbook, other columns, or too many rows.
    """
    path = ("input", "workbook")
    if len(workbook) > MOST_BYTES:
        raise Invalid(f"a file has at most {MOST_BYTES} bytes; split it", path=path)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(workbook))
        table = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, ValueError, IndexError) as error:
        raise Invalid("this is no workbook that can be read", path=path) from error
    header = [str(cell).strip() for cell in table[0]] if table else []
    if header[: len(COLUMNS)] != list(COLUMNS):
        raise Invalid("the first row must hold the columns of the template", path=path)
    rows = [
        (number, [*cells, *[""] * len(COLUMNS)][: len(COLUMNS)])
        for number, cells in enumerate(table[1:], start=2)
        if any(str(cell).strip() for cell in cells)
    ]
    if not 1 <= len(rows) <= MOST_ROWS:
        raise Invalid(f"a file holds 1 to {MOST_ROWS} rows; split it", path=path)
    return rows


@dataclass(frozen=True, slots=True)
class _Known:
    enterprises: Mapping[str, UUID]
    premises: Mapping[UUID, Sequence[Premises]]
    items: Mapping[str, InspectionItem]


async def _known(body: Body, rows: Sequence[tuple[int, list[Any]]]) -> _Known:
    """Everything that the rows name, in three statements."""
    codes = sorted({_text(cells[0]) for _, cells in rows})
    found = await current().fetch(
        "select id, credit_code, alternate_id from enterprises"
        " where credit_code = any ($1) or alternate_id = any ($1)",
        codes,
    )
    enterprises = {
        code: row["id"]
        for row in found
        for code in (row["credit_code"], row["alternate_id"])
        if code
    }
    premises: dict[UUID, list[Premises]] = {}
    ids = sorted(set(enterprises.values()))
    for row in await Premises.filter(enterprise_id__in=ids, status="OPERATING"):
        premises.setdefault(row.enterprise_id, []).append(row)
    items = {code for _, cells in rows for code in _codes(cells[2])}
    today = clock.legal_day(clock.now())
    return _Known(enterprises, premises, await in_force(body.id, today, items))


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _codes(cell: Any) -> list[str]:
    parts = _text(cell).replace("，", ",").replace("、", ",").split(",")
    return [part.strip() for part in parts if part.strip()]


def _place(cells: list[Any], known: _Known) -> Premises:
    enterprise = known.enterprises.get(_text(cells[0]))
    if enterprise is None:
        raise _Wrong(0, "没有这个企业，或不在本单位辖区")
    name = _text(cells[1])
    fits = [p for p in known.premises.get(enterprise, ()) if not name or p.name == name]
    if not fits:
        raise _Wrong(1, "该企业没有这个营业中的场所")
    if len(fits) > 1:
        raise _Wrong(1, "该企业有多个场所，请填写场所名称")
    return fits[0]


def _day(cell: Any, column: int) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return date.fromisoformat(_text(cell).replace("/", "-"))
    except ValueError as error:
        raise _Wrong(column, "日期写作 2026-03-01") from error


def _number(cell: Any, column: int) -> int:
    text = _text(cell)
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise _Wrong(column, "填写整数")
    return int(text)


_COLUMN_OF = {"items": 2, "dueOn": 5, "minutes": 6, "risk": 7, "basis": 9, "intervalDays": 2}


def _demand(body: Body, cells: list[Any], known: _Known, today: date) -> InspectionDemand:
    place = _place(cells, known)
    codes = _codes(cells[2])
    missing = [code for code in codes if code not in known.items]
    if not codes or missing:
        raise _Wrong(
            2, f"本单位没有公布的事项: {'、'.join(missing)}" if missing else "填写事项编码"
        )
    kind = KINDS.get(_text(cells[3]))
    if kind is None:
        raise _Wrong(3, f"填写 {'、'.join(KINDS)}")
    if _text(cells[8]) not in ("是", "否"):
        raise _Wrong(8, "填写 是 或 否")
    try:
        terms = check_terms(
            DemandTerms(
                kind,
                codes,
                _day(cells[4], 4),
                _day(cells[5], 5),
                _number(cells[6], 6),
                _number(cells[7], 7),
                _text(cells[8]) == "是",
                _text(cells[9])[:400],
                interval_days=max(known.items[code].interval_days for code in codes),
            ),
            today,
        )
    except Invalid as refusal:
        field = refusal.path[-1] if refusal.path else ""
        raise _Wrong(_COLUMN_OF.get(field, 0), refusal.message) from refusal
    return InspectionDemand(
        id=new_id(),
        tenant_id=place.tenant_id,
        district_id=place.district_id,
        premises_id=place.id,
        enterprise_id=place.enterprise_id,
        body_id=body.id,
        kind=terms.kind.value,
        items=list(terms.items),
        skill=known.items[codes[0]].skill,
        release_on=terms.release_on,
        due_on=terms.due_on,
        minutes=terms.minutes,
        risk=terms.risk,
        mandatory=terms.mandatory,
        basis=terms.basis,
        interval_days=terms.interval_days,
        submitted_by=current().scope.actor,
        created_at=clock.now(),
    )


def _repeats(
    rows: Sequence[tuple[int, list[Any]]], made: Sequence[InspectionDemand]
) -> list[RowError]:
    """Rows that ask for an item of premises twice in overlapping windows."""
    seen: dict[tuple[UUID, str], list[tuple[date, date, int]]] = {}
    errors: list[RowError] = []
    for (number, _), demand in zip(rows, made, strict=True):
        for item in demand.items:
            spans = seen.setdefault((demand.premises_id, item), [])
            for first, last, other in spans:
                if demand.release_on <= last and first <= demand.due_on:
                    problem = f"与第 {other} 行重复: 同一场所同一事项的时间重叠"
                    errors.append(RowError(number, COLUMNS[2], problem))
                    break
            spans.append((demand.release_on, demand.due_on, number))
    return errors
