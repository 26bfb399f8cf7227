"""What somebody without an account does with a browser that runs no scripts."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from api.app import create_app
from service.identity.queries import authenticate
from service.reports import commands
from service.reports.records import Report
from tenants.wall import tenant_transaction
from tests.reports.conftest import Desk


@pytest.fixture
async def browser(database: None) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(create_app(authenticate))
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
