"""Whatever a clerk uploads is read, or refused in words that say what to do."""

import pytest

from service.register import sheet
from service.register.columns import COLUMNS, Row, escaped, rows_of, unescaped
from service.register.sheet import MAX_BYTES, UnreadableSheet, column_name, read
from service.register.workbook import annotated, as_csv, as_xlsx, template
from tests.register.tables import HEADER, bomb, cells, line, text, xlsx


def faults(rows: list[Row]) -> list[tuple[int, str, str]]:
    return [(one.row, one.header, one.message) for row in rows for one in row.faults]


@pytest.mark.parametrize(
    "data",
    [
        xlsx([line(1), line(2)]),
        text([line(1), line(2)], "utf-8"),
        text([line(1), line(2)], "utf-8-sig"),
        text([line(1), line(2)], "gbk"),
        text([line(1), line(2)], "gb18030", "\t"),
    ],
    ids=["xlsx", "utf-8", "utf-8 with mark", "gbk", "gb18030 with tabs"],
)
def test_a_table_is_read_whatever_its_format(data: bytes) -> None:
    rows = rows_of(read(data))

    assert [row.number for row in rows] == [2, 3]
    assert faults(rows) == []
    assert rows[0].values["name"] == "安商示例商行1"
    assert (rows[0].values["scale"], rows[0].values["latitude"]) == ("SMALL", 29.718)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "空的"),
        (xlsx([]), "没有数据"),
        (xlsx([], header=[]), "空的"),
        (b"PK\x03\x04 torn", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "xlsx"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\xff\xfe", "编码无法识别"),
        (b"0" * (MAX_BYTES + 1), "20MB"),
        (xlsx([line(1)], merge="A5:B6"), "合并单元格（首处在A5）"),
        (text([["a" * 5, '"torn']], "utf-8"), "引号不配对"),
        (text([["a", "b"]] * 50_001, "utf-8"), "超过50000行"),
    ],
    ids=[
        "nothing",
        "no rows",
        "no cells",
        "torn",
        "old format",
        "a picture",
        "too large",
        "merged",
        "quotes",
        "too long",
    ],
)
def test_what_is_no_table_is_refused_in_words(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableSheet, match=said):
        rows_of(read(data))


def test_a_small_file_that_unpacks_to_much_is_refused_before_it_is_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sheet, "MAX_UNPACKED", 4 << 20)

    with pytest.raises(UnreadableSheet, match="解压后过大"):
        read(bomb(5))


def test_other_headings_are_named() -> None:
    header = ["企业名", "统一社会信用代码", "统一社会信用代码"]

    with pytest.raises(UnreadableSheet) as refusal:
        rows_of(read(xlsx([["甲", "乙", "丙"]], header=header)))

    assert refusal.value.message == (
        "表头与模板不符，有模板以外的列：企业名；有重复的列：统一社会信用代码；缺少列：企业名称"
    )


def test_every_fault_names_its_row_and_column() -> None:
    rows = [
        line(1, credit_code="91150425MAOMX52N1X"),
        line(2, credit_code="9199"),
        line(3, name="", risk="紫"),
        line(4, latitude="106.6", longitude="29.7"),
        line(5, address=""),
        line(6, industry_code="9999"),
        line(7),
        line(7),
        line(7, address="别处", scale="大型"),
        line(8, credit_code=""),
    ]

    found = faults(rows_of(read(xlsx(rows))))

    assert found == [
        (
            2,
            "统一社会信用代码",
            "统一社会信用代码第11位“O”不是标准字符；是否应为 91150425MA0MX52N1X？",
        ),
        (3, "统一社会信用代码", "统一社会信用代码应为18位，此处为4位，请对照营业执照"),
        (4, "风险等级", "只能填写：红、橙、黄、蓝"),
        (4, "企业名称", "不能为空"),
        (5, "纬度", "纬度应在3至54度之间，请检查经纬度是否填反"),
        (5, "经度", "经度应在73至136度之间，请检查经纬度是否填反"),
        (6, "场所地址", "场所地址、纬度、经度须同时填写"),
        (7, "行业代码", "不是GB/T 4754-2017商贸类（51、52、59、61、62）的小类代码"),
        (9, "场所地址", "与第8行重复（同一企业、同一地址）"),
        (10, "企业规模", "与第8行同一企业的内容不一致"),
        (11, "统一社会信用代码", "统一社会信用代码和原注册号至少填写一项"),
    ]


def test_a_formula_is_a_fault_not_a_value() -> None:
    rows = rows_of(read(xlsx([line(1)], formula=(1, 0))))

    assert faults(rows) == [(2, "企业名称", "是公式，请粘贴为数值")]


def test_the_template_is_a_file_that_can_be_imported_but_for_its_example_code() -> None:
    shown = cells(template())

    assert shown[0] == HEADER
    assert {header for _, header, _ in faults(rows_of(read(template())))} == {"统一社会信用代码"}


def test_the_annotated_file_can_be_mended_and_sent_again() -> None:
    table = read(xlsx([line(1), line(2, credit_code="9199")]))
    wrong = [fault for row in rows_of(table) for fault in row.faults]

    marked = annotated(table, wrong)

    shown = cells(marked)
    assert shown[0] == [*HEADER, "问题"]
    assert shown[1][len(HEADER)] == ""
    assert "18位" in shown[2][len(HEADER)]
    with pytest.raises(UnreadableSheet, match="问题"):
        rows_of(read(marked))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "普通", "'=1"])
def test_what_looks_like_a_formula_is_written_as_text_and_read_back(text: str) -> None:
    assert not escaped(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unescaped(escaped(text)) in (text, text[1:])


def test_both_formats_hold_the_same_and_no_formula() -> None:
    rows = [["=cmd()", *[""] * (len(COLUMNS) - 1)]]

    assert cells(as_xlsx(HEADER, rows))[1][0] == "'=cmd()"
    assert "'=cmd()" in as_csv(HEADER, rows).decode("utf-8-sig")


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_columns_are_called_as_spreadsheets_call_them(index: int, name: str) -> None:
    assert column_name(index) == name
