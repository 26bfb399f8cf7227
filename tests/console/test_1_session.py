"""Signing in, what each role is shown, and how a dead session comes back without losing work."""

import json
from collections.abc import Callable

import pytest
from playwright.async_api import Route, expect

from tests.console.conftest import Visit, accessible


async def test_a_clerk_signs_in_and_finds_the_register_of_the_town(
    visit: Visit, password: Callable[[str], str]
) -> None:
    page = await visit(None)
    await accessible(page)

    await page.get_by_label("账号").fill("town-admin")
    await page.get_by_label("密码").fill("wrong")
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert")).to_contain_text("账号或密码不对")

    await page.get_by_label("密码").fill(password("town-admin"))
    await page.get_by_role("button", name="登录").click()
    await page.get_by_role("link", name="企业台账").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("企业台账")
    await expect(page.get_by_role("table").get_by_role("row").nth(1)).to_be_visible()
    assert await page.evaluate("document.cookie") == ""


async def test_a_session_that_ended_comes_back_with_what_was_filled_in(
    visit: Visit, password: Callable[[str], str]
) -> None:
    page = await visit("town-admin", "enterprises")
    await page.get_by_role("button", name="登记企业").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("名称").fill("安商测试商贸有限公司")
    await dialog.get_by_label("原注册号").fill("990112000099001")
    await page.context.clear_cookies()

    await dialog.get_by_role("button", name="提交").click()
    again = page.get_by_role("dialog", name="登录已过期")
    await again.get_by_label("账号").fill("town-admin")
    await again.get_by_label("密码").fill(password("town-admin"))
    await again.get_by_role("button", name="登录").click()

    await expect(page.get_by_role("heading", name="安商测试商贸有限公司")).to_be_visible()


async def test_a_refusal_stands_beside_its_field_and_nothing_is_lost(visit: Visit) -> None:
    page = await visit("town-admin", "enterprises")
    await page.get_by_role("button", name="登记企业").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("名称").fill("安商无码商贸有限公司")
    await dialog.get_by_label("统一社会信用代码").fill("91990112MA442TBR9X")
    await dialog.get_by_role("button", name="提交").click()

    await expect(dialog.get_by_text("校验位不对")).to_be_visible()
    await expect(dialog.get_by_label("名称")).to_have_value("安商无码商贸有限公司")


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", ["desktop", "phone"])
async def test_everybody_can_use_the_register(visit: Visit, width: str, look: str) -> None:
    page = await visit("town-admin", "enterprises", width=width, look=look)
    await expect(page.get_by_role("status").first).to_contain_text("共")

    await accessible(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_console_newer_than_the_server_sends_its_documents_whole(visit: Visit) -> None:
    page = await visit("town-admin")
    answers: list[tuple[bool, int]] = []

    async def make_unknown(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        known = body.get("extensions", {}).get("persistedQuery")
        if known:
            known["sha256Hash"] = "0" * 64
        answer = await route.fetch(post_data=json.dumps(body))
        answers.append((bool(known), answer.status))
        await route.fulfill(response=answer)

    await page.context.route("**/graphql", make_unknown)
    await page.goto("/console/enterprises")

    await expect(page.get_by_role("table").get_by_role("row").nth(1)).to_be_visible()
    # What is still under way would fail in the middle of another test.
    await page.context.unroute_all(behavior="wait")
    assert (True, 404) in answers
    assert (False, 200) in answers
