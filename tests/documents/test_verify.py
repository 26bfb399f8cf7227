"""The public page: what it says, what it never says, how small and how guarded it is."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from service.documents import commands
from service.documents.kinds import DocumentKind
from service.documents.records import Document
from service.identity.rate_limit import limiter
from service.storage import Bucket, store
from tenants.wall import tenant_transaction
from tests.conftest import Work
from tests.documents.conftest import Office

K = DocumentKind


@pytest.fixture
async def client(database: None) -> AsyncIterator[httpx2.AsyncClient]:
    from api import verify
    from api.app import create_app
    from service.identity.queries import authenticate

    await limiter().forget(verify.ADDRESS, "127.0.0.1")
    transport = httpx2.ASGITransport(create_app(authenticate))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as one:
        yield one


async def issued(office: Office, work: Work, kind: DocumentKind = K.PENALTY_DECISION) -> Document:
    row = await office.issue(kind)
    await work()
    return await office.read(row.id)


async def test_it_says_that_the_document_was_issued_and_nothing_of_the_party(
    office: Office, work: Work, client: httpx2.AsyncClient
) -> None:
    row = await issued(office, work)
    answer = await client.get(f"/verify/{row.verify_code}")

    assert answer.status_code == 200
    for shown in (row.number, row.issuer, str(row.issued_on), row.sha256[:16], "行政处罚决定书"):
        assert shown in answer.text
    assert "有效" in answer.text
    assert "示例" not in answer.text
    assert row.sha256 not in answer.text
    assert str(row.id) not in answer.text


async def test_it_is_small_has_no_script_and_a_strict_policy(
    office: Office, work: Work, client: httpx2.AsyncClient
) -> None:
    row = await issued(office, work)
    answer = await client.get(f"/verify/{row.verify_code.lower()}")

    assert answer.status_code == 200
    assert len(answer.content) <= 15_000
    assert 'lang="zh-CN"' in answer.text
    assert not re.search(r"<script|javascript:|\son\w+=|https?://", answer.text)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_voided_and_a_superseded_document_are_said_to_be_so(
    office: Office, work: Work, client: httpx2.AsyncClient
) -> None:
    first = await issued(office, work, K.PLATE)
    async with tenant_transaction(office.scope):
        second = await commands.replace(first.id, first.content, "更正联系电话")
    async with tenant_transaction(office.scope):
        await commands.void(second.id, "企业已注销")

    assert "已被新版本替代" in (await client.get(f"/verify/{first.verify_code}")).text
    voided = (await client.get(f"/verify/{second.verify_code}")).text
    assert "已作废" in voided
    assert "第2版" in voided
    assert "企业已注销" not in voided


async def test_a_file_in_hand_is_compared(
    office: Office, work: Work, client: httpx2.AsyncClient
) -> None:
    row = await issued(office, work)
    pdf, _ = await store().get(Bucket.SEALED, row.key)
    url = f"/verify/{row.verify_code}"

    async def compare(**form: object) -> str:
        answer = await client.post(url, **form)  # type: ignore[arg-type]
        assert answer.status_code == 200
        return answer.text

    file = ("文书.pdf", pdf, "application/pdf")
    flipped = ("文书.pdf", pdf[:-1] + bytes([pdf[-1] ^ 1]), "application/pdf")
    assert ">一致：" in await compare(files={"file": file})
    assert ">不一致：" in await compare(files={"file": flipped})
    assert ">一致：" in await compare(files={"sha256": (None, row.sha256.upper())})
    assert ">不一致：" in await compare(files={"sha256": (None, "0" * 64)})
    assert "请选择文件" in await compare(files={"sha256": (None, "<b>x")})
    large = await client.post(url, files={"file": ("x", b"0" * (9 << 20), "application/pdf")})
    assert large.status_code == 413


@pytest.mark.parametrize("code", ["A" * 26, "x", "A" * 25 + "'", "0" * 26, "%00" * 3])
async def test_an_unknown_code_is_said_to_be_unknown(client: httpx2.AsyncClient, code: str) -> None:
    answer = await client.get(f"/verify/{code}")

    assert answer.status_code == 404
    assert "没有查到" in answer.text
    assert "content-security-policy" in answer.headers


async def test_guessing_is_slowed_down(client: httpx2.AsyncClient) -> None:
    answers = [(await client.get(f"/verify/{'B' * 26}")).status_code for _ in range(65)]

    assert answers[:60] == [404] * 60
    assert answers[60:] == [429] * 5
    refused = await client.get(f"/verify/{'B' * 26}")
    assert int(refused.headers["retry-after"]) >= 1
