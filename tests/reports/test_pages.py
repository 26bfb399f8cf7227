"""What somebody without an account does with a browser that runs no scripts."""

import re
from collections.abc import AsyncIterator
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from PIL import Image

from api.app import create_app
from service.identity.queries import authenticate
from service.reports import commands
from service.reports.records import Report, ReportPhoto
from service.storage import Store
from service.storage_types import StoreUnavailable
from tenants.wall import tenant_transaction
from tests.reports.conftest import Desk


@pytest.fixture
async def browser(database: None) -> AsyncIterator[httpx2.AsyncClient]:
    # An address of its own, for no test is to use up what another may send.
    transport = httpx2.ASGITransport(create_app(authenticate), client=(uuid4().hex, 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://t") as client:
        yield client


def filled(page: str, desk: Desk, **more: str) -> dict[str, str]:
    """The form as somebody fills it in."""
    nonce = re.search(r'name="nonce" value="([^"]+)"', page)
    assert nonce
    return {
        "nonce": nonce[1],
        "town": str(desk.world.towns[0].owner.tenant_id),
        "category": "FIRE",
        "place": "某路1号<script>",
        "description": "安全出口上锁\r\n夜间也锁",
        **more,
    }


async def reports(desk: Desk) -> list[Report]:
    async with tenant_transaction(desk.world.department_scope(), read_only=True):
        return await Report.all()


async def test_somebody_reports_and_follows_without_an_account(
    desk: Desk, browser: httpx2.AsyncClient
) -> None:
    path = f"/report/{desk.world.code}"
    form = await browser.get(path)
    given = filled(form.text, desk)
    sent = await browser.post(path, data=given)
    again = await browser.post(path, data=given)
    code = re.search(r'class="note code">([0-9A-Z-]{23})<', sent.text)
    assert code
    (report,) = await reports(desk)
    await desk.do(commands.accept, report.id)
    followed = await browser.post("/report/track", data={"code": code[1].replace("-", " ")})
    wrong = await browser.post("/report/track", data={"code": "WRONG"})

    assert (form.status_code, sent.status_code, again.status_code) == (200, 201, 201)
    assert code[1] in again.text
    assert report.description == "安全出口上锁\n夜间也锁"
    assert "已受理" in followed.text
    assert wrong.status_code == 404
    for page in (form, sent, followed, wrong):
        assert len(page.content) < 15_000
        assert "<script" not in page.text
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert code[1] not in str(page.url)


async def test_what_was_filled_in_is_kept_when_something_is_missing(
    desk: Desk, browser: httpx2.AsyncClient
) -> None:
    path = f"/report/{desk.world.code}"
    given = filled((await browser.get(path)).text, desk)
    for missing, told in (
        ({"town": ""}, "请选择镇街"),
        ({"category": "NONE"}, "请选择类别"),
        ({"place": " "}, "请填写地点"),
        ({"name": "王示例"}, "姓名和电话请同时填写"),
    ):
        answer = await browser.post(path, data={**given, **missing})
        assert answer.status_code == 422
        assert told in answer.text
        assert "夜间也锁" in answer.text
        assert given["nonce"] in answer.text
    assert await reports(desk) == []


def taken_with_a_phone(colour: str = "#884400") -> bytes:
    """A JPEG whose metadata names a place and a device."""
    out, exif = BytesIO(), Image.Exif()
    exif[0x0110] = "示例手机 SN-00042"
    exif.get_ifd(0x8825)[2] = (29.0, 43.0, 12.0)
    Image.new("RGB", (3000, 40), colour).save(out, "JPEG", exif=exif, comment=b"SN-00042")
    return out.getvalue()


def chosen(*photos: bytes) -> list[tuple[str, tuple[str, bytes, str]]]:
    """The photos as a browser sends them."""
    return [("photo", (f"{n}.jpg", body, "image/jpeg")) for n, body in enumerate(photos)]


async def photos(desk: Desk) -> list[ReportPhoto]:
    async with tenant_transaction(desk.world.department_scope(), read_only=True):
        return await ReportPhoto.all().order_by("number")


async def test_photos_of_a_report_lose_what_the_camera_wrote_and_are_seen_by_who_handles_it(
    desk: Desk, browser: httpx2.AsyncClient, execute: Any
) -> None:
    path = f"/report/{desk.world.code}"
    given = filled((await browser.get(path)).text, desk)
    sent = [taken_with_a_phone(), taken_with_a_phone("#004488")]
    answer = await browser.post(path, data=given, files=chosen(*sent))
    again = await browser.post(path, data=given, files=chosen(*sent))
    question = "{ reports { edges { node { photos { number sentSha256 sha256 scan url } } } } }"
    department = await execute(desk.world.department(), question)
    town = await execute(desk.world.towns[0].principal(), question)

    assert (answer.status_code, again.status_code) == (201, 201)
    assert b"SN-00042" in sent[0]
    (report,) = department["data"]["reports"]["edges"]
    shown = report["node"]["photos"]
    assert [one["number"] for one in shown] == [1, 2]
    assert [one["sentSha256"] for one in shown] == [sha256(one).hexdigest() for one in sent]
    assert town["data"]["reports"]["edges"] == []  # not handed to it yet
    for one in shown:
        async with httpx2.AsyncClient() as store:
            copy = (await store.get(one["url"])).raise_for_status().content
        assert sha256(copy).hexdigest() == one["sha256"]
        with Image.open(BytesIO(copy)) as image:
            assert (image.format, image.size) == ("JPEG", (2048, 27))
            assert not image.getexif()
            assert "comment" not in image.info
        assert b"SN-00042" not in copy


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ([b"GIF89a" + bytes(40)], "第 1 张照片不是 JPEG、PNG、HEIC 或 WebP"),
        ([b"%PDF-1.7 " + bytes(40)], "第 1 张照片不是 JPEG"),
        ([taken_with_a_phone(), taken_with_a_phone()[:-600]], "第 2 张照片已损坏"),
        ([taken_with_a_phone() + b"PK\x03\x04<html>"], "第 1 张照片里夹带了照片以外的内容"),
        ([taken_with_a_phone() + bytes(10 << 20)], "第 1 张照片超过 10 MB"),
        ([taken_with_a_phone()] * 4, "照片最多 3 张，您选择了 4 张"),
    ],
    ids=["gif", "pdf", "cut off", "polyglot", "too large", "too many"],
)
async def test_a_refused_photo_is_named_and_no_word_that_was_typed_is_lost(
    desk: Desk, browser: httpx2.AsyncClient, sent: list[bytes], told: str
) -> None:
    path = f"/report/{desk.world.code}"
    given = filled((await browser.get(path)).text, desk, name="王示例", phone="00000001234")

    answer = await browser.post(path, data=given, files=chosen(*sent))

    assert answer.status_code == 422
    assert told in answer.text
    assert "照片请重新选择" in answer.text
    for typed in ("某路1号&lt;script&gt;", "安全出口上锁\n夜间也锁", "王示例", "00000001234"):
        assert typed in answer.text
    assert given["nonce"] in answer.text
    assert await reports(desk) == []
    assert await photos(desk) == []
    assert (await browser.post(path, data=given, files=chosen(sent[0][:0]))).status_code == 201


async def test_without_the_store_a_report_with_photos_waits_and_one_without_goes_through(
    desk: Desk, browser: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/report/{desk.world.code}"
    given = filled((await browser.get(path)).text, desk)

    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("down")

    monkeypatch.setattr(Store, "put", away)
    refused = await browser.post(path, data=given, files=chosen(taken_with_a_phone()))
    assert (refused.status_code, await reports(desk), await photos(desk)) == (422, [], [])
    assert "照片暂时无法保存" in refused.text
    assert "夜间也锁" in refused.text
    assert (await browser.post(path, data=given)).status_code == 201


async def test_a_platform_gets_the_code_as_json(desk: Desk, browser: httpx2.AsyncClient) -> None:
    path = f"/report/{desk.world.code}"
    given = filled((await browser.get(path)).text, desk)

    answer = await browser.post(path, data=given, headers={"Accept": "application/json"})

    assert answer.status_code == 201
    assert re.fullmatch(r"[0-9A-Z-]{23}", answer.json()["trackingCode"])


async def test_other_districts_and_endless_texts_are_refused(
    desk: Desk, browser: httpx2.AsyncClient
) -> None:
    path = f"/report/{desk.world.code}"
    given = filled((await browser.get(path)).text, desk)

    assert (await browser.get("/report/nowhere")).status_code == 404
    assert (await browser.post(path, data={**given, "x": "y" * 70_000})).status_code == 413
    many = {f"f{number}": "x" for number in range(50)}
    assert (await browser.post(path, data={**given, **many})).status_code in (400, 413)
    assert await reports(desk) == []
