"""A town's clerk lets an application hear of the town, sees what was sent, and sends it again."""

from uuid import uuid4

from playwright.async_api import Locator, expect

from tests.console.conftest import Visit, accessible, choose, still


async def press(rows: Locator, name: str, confirm: str) -> None:
    """Press the button of an act in the first of the rows that has it, and confirm it."""
    await rows.get_by_role("button", name=name, exact=True).first.click()
    dialog = rows.page.locator(".ant-modal:visible")
    await expect(dialog).to_be_visible()
    await still(rows.page)
    await dialog.get_by_role("button", name=confirm, exact=True).click()
    await expect(dialog).to_have_count(0)


async def test_an_address_is_registered_tested_and_turned_off(visit: Visit) -> None:
    page = await visit("town-admin", "apps?tab=hooks")
    name = f"物联网平台{uuid4().hex[:6]}"

    await page.get_by_role("button", name="登记回调地址").click()
    form = page.get_by_role("dialog", name="登记回调地址")
    await choose(form, "应用")
    await form.get_by_label("名称").fill(name)
    await form.get_by_label("回调地址").fill("http://iot.invalid/hook")
    await form.get_by_role("combobox", name="事件").fill("hazard.closed")
    await form.get_by_role("combobox", name="事件").press("Enter")
    await form.get_by_label("名称").click()
    await form.get_by_role("button", name="提交").click()
    await expect(form.get_by_role("alert").get_by_text("填写有误").first).to_be_visible()
    await expect(form.locator("#url_help")).to_contain_text("填写有误")  # plain http
    await form.get_by_label("回调地址").fill(f"https://iot.invalid/{uuid4().hex[:6]}")
    await form.get_by_role("button", name="提交").click()

    shown = page.get_by_role("dialog", name="签名密钥")
    await expect(shown.get_by_text("whsec_", exact=False)).to_be_visible()
    await accessible(page)
    await shown.get_by_role("button", name="我已保存").click()
    await expect(page.get_by_text("whsec_", exact=False)).to_have_count(0)

    own = page.get_by_role("row").filter(has_text=name)
    row = own.filter(has_text="启用")
    await expect(row).to_be_visible()
    await press(own, "测试", "发送")
    log = page.get_by_role("region", name="发送记录")
    sent = log.get_by_role("row").filter(has_text=name)
    await expect(sent).to_contain_text("webhook.ping")
    await accessible(page)

    await press(own, "停用", "停用")
    await expect(own.get_by_text("人工停用")).to_be_visible()
    await expect(sent).to_contain_text("暂存")

    await press(own, "启用", "启用")
    await press(own, "重发", "发送")
    await expect(sent.get_by_text("等待发送")).to_be_visible()
