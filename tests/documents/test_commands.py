"""Issuing, numbering, replacing, voiding, and the file that follows."""

import asyncio
import os
import signal
from dataclasses import replace as changed
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from tortoise.exceptions import OperationalError

from service import audit, clock
from service.documents import commands, press, queries
from service.documents.kinds import DocumentKind
from service.documents.press import PressFailed
from service.documents.records import Document, DocumentCheck, DocumentCounter
from service.documents.rules import FieldsMissing, canonical
from service.documents.wording import sample
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.outbox import OutboxDelivery, OutboxEvent
from service.storage import Bucket, store
from tenants.wall import tenant_transaction
from tests.conftest import Work
from tests.documents.conftest import SUBJECT, Office

K = DocumentKind
DAY = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: DAY)


async def test_a_document_has_its_number_its_hash_and_its_traces(office: Office) -> None:
    row = await office.issue()

    assert row.number == "（测试镇0）安责改〔2026〕1号"
    assert row.content_sha256 == sha256(canonical(row.content)).hexdigest()
    assert (row.state, row.standing, row.version) == ("ISSUED", "VALID", 1)
    assert len(row.verify_code) == 26
    assert row.verify_url.endswith(f"/verify/{row.verify_code}")
    async with tenant_transaction(office.scope, read_only=True):
        entry = await audit.AuditEntry.filter(act="documents.issued").get()
        event = await OutboxEvent.filter(event="documents.issued").get()
    assert entry.subject == f"Document:{row.id}"
    assert event.payload["subject"] == f"Hazard:{SUBJECT}"


async def test_numbers_run_by_body_kind_and_year(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fire = office.world.departments["fire"]
    scope = office.world.department_scope()

    async def number(kind: DocumentKind, **by: Any) -> str:
        return (await changed(office, scope=scope).issue(kind, **by)).number

    assert await number(K.PLATE) == "（测试镇0）安公示〔2026〕1号"
    assert await number(K.PLATE) == "（测试镇0）安公示〔2026〕2号"
    assert await number(K.CASE_FILING) == "（测试镇0）安立案〔2026〕1号"
    assert await number(K.PLATE, body_id=fire) == "（测试镇0）消公示〔2026〕1号"
    # New Year in Shanghai comes while it is still the old year in UTC.
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
    assert await number(K.PLATE) == "（测试镇0）安公示〔2027〕1号"


async def test_a_refused_document_takes_no_number(office: Office) -> None:
    fields = {k: v for k, v in sample(K.PENALTY_DECISION).items() if k != "remedies"}
    async with tenant_transaction(office.scope):
        with pytest.raises(FieldsMissing) as refusal:
            await commands.issue(
                office.owner, K.PENALTY_DECISION, subject="Case", subject_id=SUBJECT, fields=fields
            )

    assert refusal.value.path == ("input", "fields", "remedies")
    async with tenant_transaction(office.scope, read_only=True):
        assert await Document.all().count() == 0
        assert await DocumentCounter.all().count() == 0
    with pytest.raises(NotFound):
        await office.issue(body_id=new_id())
    assert (await office.issue(K.PENALTY_DECISION)).sequence == 1


async def test_sixteen_issuers_with_kills_leave_no_gap_and_no_twin(office: Office) -> None:
    async def one(index: int) -> None:
        async with tenant_transaction(office.scope):
            await commands.issue(
                office.owner, K.PLATE, subject="Hazard", subject_id=SUBJECT, fields=sample(K.PLATE)
            )
            if index % 5 == 0:
                raise RuntimeError("killed")

    tasks = [asyncio.create_task(one(index)) for index in range(48)]
    await asyncio.sleep(0.05)
    for index, task in enumerate(tasks):
        if index % 7 == 0:
            task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)

    async with tenant_transaction(office.scope, read_only=True):
        given = await Document.all().order_by("sequence").values_list("sequence", flat=True)
    assert len(given) == sum(1 for end in ended if end is None)
    assert 20 <= len(given) <= 38
    assert list(given) == list(range(1, len(given) + 1))


async def test_what_was_issued_cannot_be_rewritten(office: Office) -> None:
    row = await office.issue()

    for change in ("content = '{}'", "number = 'x'", "issued_on = now()", "verify_code = 'x'"):
        async with tenant_transaction(office.scope) as transaction:
            with pytest.raises(OperationalError, match="permission denied"):
                await transaction.fetch(f"update documents set {change} returning id")
            transaction.refuse()
    assert (await office.read(row.id)).content == row.content


async def test_the_file_is_sealed_and_its_hash_recorded(office: Office, work: Work) -> None:
    row = await office.issue(K.INSPECTION_RECORD)
    assert "documents.render" in await work()

    done = await office.read(row.id)
    pdf, head = await store().get(Bucket.SEALED, done.key)
    assert (done.state, done.sha256) == ("RENDERED", sha256(pdf).hexdigest())
    assert (done.byte_length, done.fell_back) == (head.size, False)
    text = PdfReader(BytesIO(pdf)).pages[0].extract_text()
    assert done.verify_code in text.replace("\n", "")
    check = await queries.check(done.verify_code)
    assert check is not None
    assert (check.sha256, check.number, check.standing) == (done.sha256, done.number, "VALID")
    assert await queries.check("A" * 26) is None


async def test_a_killed_press_makes_the_file_again(
    office: Office, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await office.issue()
    honest = press.subprocess.run

    def kill(arguments: list[str], **options: Any) -> Any:
        child = press.subprocess.Popen(arguments, stdin=press.subprocess.PIPE,
                                       stderr=press.subprocess.PIPE)  # fmt: skip
        os.kill(child.pid, signal.SIGKILL)
        _, said = child.communicate()
        return press.subprocess.CompletedProcess(arguments, child.returncode, b"", said)

    monkeypatch.setattr(press.subprocess, "run", kill)
    with pytest.raises(PressFailed):
        await work()
    assert (await office.read(row.id)).state == "ISSUED"

    monkeypatch.setattr(press.subprocess, "run", honest)
    async with tenant_transaction(office.scope):
        await OutboxDelivery.all().update(state="PENDING", sent_at=None)
    await work()
    assert (await office.read(row.id)).state == "RENDERED"


async def test_a_second_run_after_the_write_adopts_the_same_file(
    office: Office, work: Work
) -> None:
    row = await office.issue()
    data = await office.read(row.id)
    from service.documents.rendering import _sheet, render

    sheet = await _sheet(data, "", {})
    assert await store().put_if_absent(Bucket.SEALED, row.key, sheet.pdf, "application/pdf")

    assert await render(office.scope, row.id) == "RENDERED"
    assert await render(office.scope, row.id) == "RENDERED"
    assert (await office.read(row.id)).sha256 == sha256(sheet.pdf).hexdigest()


async def test_a_new_version_supersedes_and_the_old_one_stays(office: Office, work: Work) -> None:
    first = await office.issue()
    async with tenant_transaction(office.scope):
        second = await commands.replace(
            first.id, {**sample(K.CORRECTION_ORDER), "requirement": "限期更换"}, "期限写错"
        )
    await work()

    assert (second.number, second.version, second.replaces) == (first.number, 2, first.id)
    assert second.verify_code != first.verify_code
    old = await office.read(first.id)
    assert (old.standing, old.state, old.content) == ("SUPERSEDED", "RENDERED", first.content)
    check = await queries.check(first.verify_code)
    assert check is not None
    assert (check.standing, str(check.ended_on)) == ("SUPERSEDED", "2026-03-05")
    async with tenant_transaction(office.scope):
        with pytest.raises(Conflict):
            await commands.replace(first.id, sample(K.CORRECTION_ORDER), "再次更正")


async def test_voiding_needs_a_reason_and_happens_once(office: Office) -> None:
    row = await office.issue()
    async with tenant_transaction(office.scope):
        with pytest.raises(Invalid):
            await commands.void(row.id, " ")
    assert (await office.read(row.id)).standing == "VALID"

    async with tenant_transaction(office.scope):
        await commands.void(row.id, "填写对象错误")
    async with tenant_transaction(office.scope):
        with pytest.raises(Conflict):
            await commands.void(row.id, "填写对象错误")
    assert (await office.read(row.id)).void_reason == "填写对象错误"
    assert (await office.issue()).sequence == 2


async def test_another_town_neither_reads_nor_voids(office: Office) -> None:
    row = await office.issue()
    other = office.world.towns[1].scope()

    async with tenant_transaction(other):
        assert await Document.all().count() == 0
        assert await DocumentCheck.all().count() == 0
        with pytest.raises(NotFound):
            await commands.void(row.id, "不是我的")
