"""Work that a clerk and an officer do from beginning to end, in the browser."""

import io
from typing import Any
from uuid import uuid4

from PIL import Image
from playwright.async_api import Page, expect

from tests.console.conftest import Visit, accessible, choose, still


def photo(colour: str) -> bytes:
    """A small JPEG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


async def ask(page: Page, query: str, **variables: Any) -> dict[str, Any]:
    """An answer of the API to the person who is signed in on the page."""
    answer = await page.context.request.post(
        "/graphql", data={"query": query, "variables": variables}
    )
    body: dict[str, Any] = await answer.json()
    assert "errors" not in body, body["errors"]
    data: dict[str, Any] = body["data"]
    return data


async def test_a_hazard_goes_from_its_report_to_the_closure_with_a_photo(visit: Visit) -> None:
    page = await visit("inspector", "hazards")
    what = f"配电箱前堆放纸箱，影响紧急断电 {uuid4().hex[:6]}"

    await page.get_by_role("button", name="报告隐患").click()
    form = page.get_by_role("dialog", name="报告隐患")
    await choose(form, "经营场所")
    await choose(form, "类别", "用电")
    await form.get_by_label("隐患描述").fill(what)
    await form.get_by_role("button", name="提交").click()

    drawer = page.get_by_role("dialog", name="隐患详情")
    await expect(drawer.get_by_text(what)).to_be_visible()
    await drawer.get_by_role("tab", name="证据").click()
    await drawer.get_by_test_id("evidence-file").set_input_files(
        {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo(f"#{uuid4().hex[:6]}")}
    )
    await expect(drawer.get_by_role("tab", name="证据 1")).to_be_visible()

    await act(page, "定级", {"一般隐患": None})
    await act(page, "交办", {"整改责任人": "周示例"})
    await act(page, "整改方案", {"措施": "清理通道，划线并张贴警示"})
    await act(page, "报告整改完成", {"整改结果": "已清理"})
    await expect(drawer.get_by_text("待复核").first).to_be_visible()
    await accessible(page)

    other = await visit("town-admin", f"hazards?{page.url.split('?')[1]}")
    await act(other, "复核通过", {"复核意见": "现场核实，通道畅通"})
    await act(other, "销号", {})
    await expect(
        other.get_by_role("dialog", name="隐患详情").get_by_text("已销号").first
    ).to_be_visible()


async def act(
    page: Page,
    name: str,
    given: dict[str, str | None],
    where: str = "隐患详情",
    confirm: str = "提交",
) -> None:
    """Press a step's button, fill its form, send it."""
    drawer = page.get_by_role("dialog", name=where)
    await drawer.get_by_role("button", name=name, exact=True).click()
    form = page.locator(".ant-modal:visible")
    for label, value in given.items():
        if value is None:
            await form.get_by_label(label, exact=True).check()
        else:
            await form.get_by_label(label).fill(value)
    await still(page)
    await form.get_by_role("button", name=confirm, exact=True).click()
    try:
        await expect(form).to_have_count(0)
    except AssertionError as error:
        raise AssertionError(await form.inner_text()) from error


CASES = """{ penaltyCases(where: {state: LEGAL_REVIEW}, first: 1) {
  edges { node { id number } }
} }"""


async def test_a_case_shows_its_clocks_and_is_reviewed_by_another_person(visit: Visit) -> None:
    page = await visit("emergency-legal", "cases")
    (found,) = (await ask(page, CASES))["penaltyCases"]["edges"]
    await page.goto(f"/console/cases?id={found['node']['id']}")
    drawer = page.get_by_role("dialog", name="案件详情")
    now = drawer.get_by_role("list", name="办案程序").locator("li[aria-current=step]")
    await expect(now).to_contain_text("法制审核")
    await expect(
        drawer.get_by_text("行政处罚法 (2021) 第六十条").or_(drawer.get_by_text("60"))
    ).not_to_have_count(0)

    await act(page, "法制审核", {"通过": None, "审核意见": "事实清楚，程序合法"}, "案件详情")

    await expect(drawer.get_by_role("heading", name=found["node"]["number"])).to_contain_text(
        "已审核"
    )
    await expect(now).to_contain_text("事先告知")
    await accessible(page)
