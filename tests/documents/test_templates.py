"""A town's own wording: tried before it counts, rolled back, and never able to stop a document."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from service import clock
from service.documents import templates
from service.documents.kinds import DocumentKind
from service.documents.press import TemplateRefused, shipped
from service.documents.records import Document, DocumentCounter, DocumentTemplate
from service.documents.rules import FieldsMissing
from service.errors import Invalid
from service.storage import Bucket, store
from tenants.wall import tenant_transaction
from tests.conftest import Work
from tests.documents.conftest import Office
from tests.documents.test_press import words

K = DocumentKind
KIND = K.CORRECTION_ORDER
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 2, 2, tzinfo=UTC))


async def save(office: Office, source: str = "", **more: object) -> DocumentTemplate:
    async with tenant_transaction(office.scope):
        return await templates.save(office.owner, KIND, source=source, **more)  # type: ignore[arg-type]


async def count(office: Office) -> int:
    async with tenant_transaction(office.scope, read_only=True):
        return await DocumentTemplate.all().count()


async def printed(office: Office, work: Work) -> str:
    row = await office.issue(KIND)
    await work()
    done = await office.read(row.id)
    assert done.state == "RENDERED"
    return words((await store().get(Bucket.SEALED, done.key))[0])


async def test_a_block_in_the_towns_own_words_is_printed(office: Office, work: Work) -> None:
    await save(office, blocks={"rights": "{enterprise_name}应当在{due_on}前来本所办理。"})

    said = await printed(office, work)
    assert "示例被责令单位应当在2026-03-05前来本所办理。" in said
    assert "如不服本指令" not in said


async def test_a_version_counts_from_its_day_and_is_rolled_back(
    office: Office, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    await save(office, blocks={"rights": "第一种说法"})
    await save(office, blocks={"rights": "第二种说法"}, effective_from=TUESDAY)

    assert "第一种说法" in await printed(office, work)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 3, 2, tzinfo=UTC))
    assert "第二种说法" in await printed(office, work)
    async with tenant_transaction(office.scope):
        back = await templates.restore(office.owner, KIND, 1)
    assert (back.number, back.restores) == (3, 1)
    assert "第一种说法" in await printed(office, work)
    async with tenant_transaction(office.scope):
        await templates.restore(office.owner, KIND, 0)
    assert "如不服本指令" in await printed(office, work)


async def test_a_whole_template_of_a_town_is_used(office: Office, work: Work) -> None:
    await save(office, shipped(KIND) + "\n#par[本镇另附：请到安监办领取宣传册。]")

    assert "本镇另附" in await printed(office, work)


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("#read(\"/etc/passwd\")", TemplateRefused),
        ("#while true {}", TemplateRefused),
        ("#set", TemplateRefused),
        ("#par[整改]", FieldsMissing),
        ("#set page(footer: none)\n" + shipped(KIND), FieldsMissing),
        (shipped(KIND) + "\n#set page(footer: none)\n#par[另页]", FieldsMissing),
        ("#if data.fields.address == none { panic() }\n" + shipped(KIND)
         + "\n#if data.fields.address == \"\" { panic() }", TemplateRefused),
        ("x" * 70_000, Invalid),
    ],
    ids=["reads a file", "never ends", "no typst", "says nothing", "no foot", "no foot on one page",
         "only with all fields", "too long"],
)  # fmt: skip
async def test_a_template_that_is_not_sound_is_not_kept(
    office: Office, source: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await save(office, source)

    assert await count(office) == 0


@pytest.mark.parametrize(
    "blocks", [{"nothing": "x"}, {"rights": " "}, {"rights": "{secret}"}, {"rights": "x" * 2001}]
)
async def test_only_declared_blocks_and_placeholders_are_adjusted(
    office: Office, blocks: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        await save(office, blocks=blocks)

    assert await count(office) == 0


async def test_a_block_is_text_and_never_a_command(office: Office, work: Work) -> None:
    trap = '#panic("停") *强* $x$ #read("/etc/passwd")'
    await save(office, blocks={"rights": trap})

    assert trap.replace(" ", "") in await printed(office, work)


async def test_a_template_that_fails_on_one_document_gives_way(office: Office, work: Work) -> None:
    # It passes every trial and breaks on what nobody tried.
    bomb = '#if data.fields.requirement == "拆除" { panic("boom") }\n'
    await save(office, bomb + shipped(KIND) + "\n#par[本镇版式]")

    row = await office.issue(KIND, fields={"requirement": "拆除"})
    await work()

    done = await office.read(row.id)
    assert (done.state, done.fell_back) == ("RENDERED", True)
    assert "boom" in done.failure
    text = words((await store().get(Bucket.SEALED, done.key))[0])
    assert "拆除" in text
    assert "本镇版式" not in text


async def test_a_preview_is_marked_as_a_sample_and_keeps_nothing(office: Office) -> None:
    async with tenant_transaction(office.scope):
        sheet = await templates.preview(office.owner, KIND, blocks={"rights": "试一试"})

    text = words(sheet.pdf)
    assert "样张" in text
    assert "试一试" in text
    assert len(PdfReader(BytesIO(sheet.pdf)).pages) == 1
    assert await count(office) == 0


async def test_a_form_does_not_change_the_past(office: Office) -> None:
    with pytest.raises(Invalid):
        await save(office, blocks={"rights": "昨天"}, effective_from=date(2026, 3, 1))


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("#par[一]\n#par[二]\n#foo(1)", "line 3, column 2: unknown variable: foo"),
        ("  #let x = (", "line 1, column 12: unclosed delimiter"),
        ('#said("no_such_field")', "line 1, column "),
    ],
    ids=["an unknown name", "a bracket left open", "a fault inside the frame"],
)
async def test_a_bad_template_is_told_by_line_and_column_and_nothing_is_kept(
    office: Office, source: str, place: str
) -> None:
    for act in (templates.preview, templates.save):
        with pytest.raises(TemplateRefused, match=place) as refusal:
            async with tenant_transaction(office.scope):
                await act(office.owner, KIND, source=source)
        assert refusal.value.path == ("input", "source")

    assert await count(office) == 0


async def test_a_sample_is_shown_as_pictures_without_number_or_trace(
    office: Office, work: Work
) -> None:
    async with tenant_transaction(office.scope):
        sheet = await templates.preview(office.owner, KIND, blocks={"rights": "本镇的说法"})

    said = words(sheet.pdf)
    assert "本镇的说法" in said
    assert "样张" in said
    assert "样张〔0000〕0号" in said
    assert [page[:8] for page in sheet.pictures] == [b"\x89PNG\r\n\x1a\n"] * len(
        PdfReader(BytesIO(sheet.pdf)).pages
    )
    async with tenant_transaction(office.scope, read_only=True):
        assert await Document.all().count() == 0
        assert await DocumentCounter.all().count() == 0
    assert await count(office) == 0
