"""Listings through the schema and on the public page: who decides, who reads, what is shown."""

from typing import Any

import httpx2
import pytest
from strawberry.relay import to_base64

from api.app import create_app
from service.administration.commands import change_settings
from service.identity.queries import authenticate
from service.register.records import Enterprise
from service.supervision.records import SupervisionOrder
from tenants.principal import PUBLIC
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import Execute
from tests.hazards.conftest import member
from tests.supervision.conftest import Desk

LIST = """{ supervisionOrders { totalCount edges { node { id state level publishBy hazardId
  enterprise { name } history { step } possibleSteps } } } }"""
COUNTS = """{ supervisionCounts(since: "2026-01-01", until: "2026-12-31") { town { name } level
  listed delisted onTimeDelist { numerator denominator value } overdueDays } }"""


async def act(execute: Execute, who: Any, name: str, **given: Any) -> Any:
    kind = name[0].upper() + name[1:]
    answer = await execute(
        who,
        f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ order {{ id state }}"
        " errors { code path } } }",
        {"input": given},
    )
    assert answer["errors"] == []
    payload = answer["data"][name]
    return payload["order"] or [one["code"] for one in payload["errors"]]


async def test_a_listing_through_the_schema(desk: Desk, execute: Execute) -> None:
    world = desk.world
    inspector = member(world, Role.INSPECTOR, "account:inspector")
    admin = member(world, Role.TENANT_ADMIN, "account:admin")
    party = member(world, Role.ENTERPRISE, "account:p", enterprise_id=desk.shop.enterprise_id)
    hazard = to_base64("Hazard", str((await desk.hazard()).id))

    refused = [
        await act(execute, who, "proposeSupervision", hazardId=hazard, level="KE", reason="久拖")
        for who in (world.committee(), party)
    ]
    made = await act(
        execute, inspector, "proposeSupervision", hazardId=hazard, level="KE", reason="久拖"
    )
    order = {"orderId": made["id"]}
    denied = await act(execute, inspector, "approveSupervision", **order)
    other = await act(execute, world.department("gas"), "approveSupervision", **order)
    approved = await act(execute, admin, "approveSupervision", **order)
    words = {"official": "李示例", "summary": "疏散通道长期堵塞", "number": "1号"}
    wrong = await act(execute, admin, "listSupervision", **order, **words, deadline="2026-05-01")
    listed = await act(execute, admin, "listSupervision", **order, **words, deadline="2026-06-30")
    asked = await act(
        execute, party, "requestSupervisionExtension", **order, until="2026-07-31", reason="备件"
    )
    answered = await act(
        execute, admin, "answerSupervisionExtension", **order, granted=False, answer="备件已到"
    )
    seen = [await execute(who, LIST) for who in (admin, world.committee(), world.department("gas"))]
    counts = await execute(world.committee(), COUNTS)

    assert refused == [["FORBIDDEN"], ["FORBIDDEN"]]
    assert (denied, other, wrong) == (["FORBIDDEN"], ["NOT_FOUND"], ["INVALID"])
    assert [one["state"] for one in (approved, listed, asked, answered)] == [
        "APPROVED", "LISTED", "EXTENSION_REQUESTED", "RECTIFYING",
    ]  # fmt: skip
    (edge,) = seen[0]["data"]["supervisionOrders"]["edges"]
    assert edge["node"]["publishBy"] == "2026-03-09"
    assert edge["node"]["hazardId"] == hazard
    assert [one["data"]["supervisionOrders"]["totalCount"] for one in seen] == [1, 1, 0]
    assert counts["data"]["supervisionCounts"] == [
        {
            "town": {"name": "测试镇0"},
            "level": "KE",
            "listed": 1,
            "delisted": 0,
            "onTimeDelist": {"numerator": 0, "denominator": 1, "value": 0.0},
            "overdueDays": 0,
        }
    ]
    for who in (PUBLIC, member(world, Role.APP, "app:x")):
        assert len((await execute(who, LIST))["errors"]) == 1


@pytest.fixture
async def browse(database: None) -> Any:
    app = create_app(authenticate)

    async def get(path: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://t") as client:
            return await client.get(path)

    return get


async def test_the_public_reads_what_is_listed_and_nobodys_name(desk: Desk, browse: Any) -> None:
    await desk.proposed()
    order = await desk.listed()
    path = f"/supervision/{desk.world.code}"
    page, one = await browse(path), await browse(f"{path}/{order.id}")
    async with tenant_transaction(desk.world.towns[0].scope()):
        await Enterprise.filter(id=desk.shop.enterprise_id).update(credit_code="91990112MA00000001")
    async with tenant_transaction(desk.world.department_scope()):
        await change_settings(desk.world.office, {"supervision.officials_named": True})
    named = await browse(f"{path}/{order.id}")

    assert (page.status_code, one.status_code) == (200, 200)
    assert page.text.count("<li>") == 1
    assert "示督〔2026〕1号" in page.text
    assert "科级 · 已挂牌" in page.text
    for text in (page.text, one.text):
        for hidden in ("李示例", "张某", "周示例", "安商甲店", "<script", "久拖不改"):
            assert hidden not in text
        assert len(text.encode()) < 15_000
        assert '<html lang="zh-CN">' in text
    assert "疏散通道长期堵塞" in one.text
    assert "李示例" in named.text
    assert "安商甲店" in named.text
    policy = one.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy


async def test_a_full_page_stays_small_and_leads_to_the_next(desk: Desk, browse: Any) -> None:
    first = await desk.listed()
    for number in range(2, 33):
        await desk.listed(f"示督〔2026〕{number}号")
    path = f"/supervision/{desk.world.code}"

    page, rest = await browse(path), await browse(f"{path}?page=1")

    assert (page.text.count("<li>"), rest.text.count("<li>")) == (30, 2)
    assert len(page.content) < 15_000
    assert "?page=1" in page.text
    assert "下一页" not in rest.text
    assert str(first.id) in rest.text


async def test_what_is_not_public_is_not_found(desk: Desk, browse: Any) -> None:
    proposed = await desk.proposed()
    order = await desk.listed()
    code = desk.world.code
    async with tenant_transaction(desk.world.towns[0].scope()):
        await SupervisionOrder.filter(id=order.id).update(
            state="DELISTED", delisted_on=desk.shop.created_at.date().replace(year=2025)
        )

    for path in (
        f"/supervision/{code}/{proposed.id}",
        f"/supervision/{code}/{order.id}",
        f"/supervision/{code}/nothing",
        "/supervision/nosuch",
        f"/supervision/{code}?page=x",
        f"/supervision/nosuch/{order.id}",
    ):
        assert (await browse(path)).status_code == 404, path
