"""Every kind typesets to a PDF/A that says what it must, and hostile templates end."""

import re
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
import segno
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from service.documents import press
from service.documents.kinds import FORMS, DocumentKind
from service.documents.press import Limits, TemplateRefused, qr, shipped, typeset
from service.documents.rendering import sheet_data
from service.documents.rules import check_fields, mandatory
from service.documents.wording import BLOCKS, sample

K = DocumentKind
NUMBER = "（渝北）应急检记〔2026〕12号"
URL = "https://example.test/verify/ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ISSUED = datetime(2026, 3, 5, 6, 30, tzinfo=UTC)
TIGHT = Limits(memory_bytes=1 << 30, cpu_seconds=2, wall_seconds=8)


def data(kind: DocumentKind, **changed: Any) -> dict[str, Any]:
    head = {
        "number": NUMBER,
        "version": 1,
        "issuer": "测试镇人民政府",
        "issued_on": "2026-03-05",
        "verify_url": URL,
    }
    return sheet_data(kind, check_fields(kind, {**sample(kind), **changed}), {}, **head)


async def print_out(kind: DocumentKind, source: str = "", **changed: Any) -> press.Sheet:
    return await typeset(
        source or shipped(kind), data(kind, **changed), verify_url=URL, issued_at=ISSUED
    )


def words(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(p.extract_text() for p in PdfReader(BytesIO(pdf)).pages))


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, str) and not value[:4].isdigit():
        yield value


@pytest.mark.parametrize("kind", list(K), ids=lambda kind: kind.value)
async def test_every_kind_says_all_that_it_must(kind: DocumentKind) -> None:
    sheet = await print_out(kind)

    said = words(sheet.pdf)
    assert FORMS[kind].title in said
    assert NUMBER in said
    assert "第1页共" in said
    assert URL in said
    fields = {name: sample(kind)[name] for name in mandatory(kind)}
    assert [text for text in leaves(fields) if text not in said] == []
    assert set(mandatory(kind)) | {"foot"} <= sheet.marks
    assert "2026年3月5日" in said


async def test_the_file_is_pdf_a_with_its_font_inside() -> None:
    sheet = await print_out(K.PENALTY_DECISION)

    reader = PdfReader(BytesIO(sheet.pdf))
    assert reader.xmp_metadata is not None
    xmp = reader.xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert reader.metadata is not None
    assert reader.metadata.title == f"行政处罚决定书 {NUMBER}"
    assert reader.metadata.creation_date == ISSUED
    fonts = [
        one.get_object()
        for one in reader.pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
    ]
    assert fonts
    for font in fonts:
        inner = font["/DescendantFonts"][0].get_object()
        assert "NotoSansCJK" in inner["/BaseFont"]
        assert isinstance(inner["/FontDescriptor"].raw_get("/FontFile3"), IndirectObject)


async def test_the_same_fields_give_the_same_bytes_and_others_do_not() -> None:
    first, again = await print_out(K.CORRECTION_ORDER), await print_out(K.CORRECTION_ORDER)
    other = await print_out(K.CORRECTION_ORDER, requirement="立即停止使用")

    assert first.pdf == again.pdf
    assert other.pdf != first.pdf


def test_the_qr_code_is_the_address_of_the_check() -> None:
    drawn = qr(URL)

    code = segno.make(URL, error="m", micro=False)
    assert f'width="{len(code.matrix)}"' in drawn
    assert drawn == qr(URL)
    assert drawn != qr(URL[:-1] + "A")
    # The path of the drawing, followed back to dark and light modules.
    assert modules(drawn, len(code.matrix)) == [[bool(m) for m in row] for row in code.matrix]


def modules(svg: str, size: int) -> list[list[bool]]:
    """Dark modules of segno's SVG: moves in x and y, then runs of dark modules."""
    grid = [[False] * size for _ in range(size)]
    path = re.search(r' d="([^"]+)"', svg)
    assert path is not None
    x, y = 0.0, 0.0
    for step, arguments in re.findall(r"([MmhH])([^MmhH]*)", path.group(1)):
        numbers = [float(one) for one in re.findall(r"-?[\d.]+", arguments)]
        if step == "M":
            x, y = numbers
        elif step == "m":
            x, y = x + numbers[0], y + numbers[1]
        else:
            for column in range(round(x), round(x + numbers[0])):
                grid[int(y)][column] = True
            x += numbers[0]
    return grid


async def test_what_an_applicant_writes_is_text_and_never_a_command() -> None:
    trap = '#panic("x") $ * _ ` <a> @b // ] } \\ {requirement} #read("/etc/passwd")'
    sheet = await print_out(K.CORRECTION_ORDER, requirement=trap)

    assert re.sub(r"\s", "", trap) in words(sheet.pdf)


HOSTILE = {
    "an endless loop": "#{ let n = 0; while true { n = calc.rem(n + 1, 7) } }",
    "bottomless recursion": "#let f(n) = f(n + 1) + 1\n#f(0)",
    "a file of the machine": '#read("/etc/passwd")',
    "a file above the root": '#read("../../../etc/passwd")',
    "a picture of the machine": '#image("/proc/self/environ")',
    "a package from the network": '#import "@preview/cetz:0.3.4": canvas',
    "a plug-in": '#plugin("/tmp/x.wasm")',
    "a string without end": '#{ let s = "x"; while true { s = s + s } }',
    "pages without end": "#for i in range(100000000) { pagebreak() }",
    "no document": "#set",
}


@pytest.mark.parametrize("source", list(HOSTILE.values()), ids=list(HOSTILE))
async def test_a_hostile_template_ends_in_a_refusal_within_its_limits(source: str) -> None:
    started = datetime.now(UTC)

    with pytest.raises(TemplateRefused):
        await typeset(source, data(K.CASE_FILING), verify_url=URL, issued_at=ISSUED, limits=TIGHT)

    assert (datetime.now(UTC) - started).total_seconds() < TIGHT.wall_seconds + 2


def bomb(side: int) -> bytes:
    """A PNG of a few hundred kilobytes that decodes to `side` × `side` × 4 bytes of nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    length, piece = side * (4 * side + 1), 1 << 20
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = raw.compress(bytes(piece)) + raw.flush(zlib.Z_FULL_FLUSH)
    rest = raw.compress(bytes(length % piece)) + raw.flush()
    adler = struct.pack(">I", (length % 65521) << 16 | 1)
    packed = b"\x78\x9c" + block * (length // piece) + rest + adler
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


async def test_a_huge_picture_ends_in_a_refusal() -> None:
    numbers = ",".join(map(str, bomb(20_000)))

    with pytest.raises(TemplateRefused):
        await typeset(
            f"#image(bytes(({numbers})))", data(K.PLATE), verify_url=URL, issued_at=ISSUED,
            limits=TIGHT,
        )  # fmt: skip


async def test_a_template_learns_nothing_of_the_process_around_it() -> None:
    sheet = await print_out(K.CASE_FILING, "#par[#repr(sys.inputs.keys().sorted())]")

    assert words(sheet.pdf).count('("data","qr")') == 1


def test_every_block_of_every_kind_stands_on_its_form() -> None:
    for kind, blocks in BLOCKS.items():
        for name in blocks:
            assert f'block-text("{name}")' in shipped(kind)
    assert set(BLOCKS) == set(K)
