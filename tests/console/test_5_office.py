"""What a town's office does at its desk: the register, one enterprise, a report to 12350."""

import asyncio
import re
from datetime import timedelta
from random import Random
from urllib.parse import unquote
from uuid import uuid4

from playwright.async_api import Locator, Page, expect

from service import clock
from service.register.credit_code import generate
from tests.console.conftest import Visit, accessible, choose, still
from tests.console.test_3_work import act, ask, photo

ENROL = """mutation($e: EnrolEnterpriseInput!) {
  enrolEnterprise(input: $e) { enterprise { id } errors { code message } }
}"""
PLACE = """mutation($p: AddPremisesInput!) {
  addPremises(input: $p) { premises { id } errors { code message } }
}"""
STANDING = """query($id: ID!) { node(id: $id) { ... on Enterprise {
  tier identifiers { value } certificates { number state }
  conformity { conforms items { name passed } }
  premises { assets { edges { node { serial standing inspections { report } } } } }
} } }"""
PAGE = 50  # rows that the list asks for at once


async def shop(page: Page, name: str) -> str:
    """An enterprise above the quota with one place, made by whoever is signed in."""
    entry = {"name": name, "creditCode": generate(rng=Random()), "risk": "BLUE", "aboveQuota": True}
    made = (await ask(page, ENROL, e=entry))["enrolEnterprise"]
    assert made["errors"] == []
    identity: str = made["enterprise"]["id"]
    place = {"enterpriseId": identity, "name": "门店", "address": "示例路1号"}
    added = await ask(page, PLACE, p={**place, "latitude": 29.71, "longitude": 106.63})
    assert added["addPremises"]["errors"] == []
    return identity


async def on(form: Locator, label: str, day: str) -> None:
    """Type a day; the calendar is closed when this returns."""
    field = form.get_by_label(label)
    await field.fill(day)
    await field.press("Enter")
    await expect(form.page.locator(".ant-picker-dropdown:visible")).to_have_count(0)


async def send(form: Locator) -> None:
    """Send a form that the server accepts."""
    await still(form.page)
    await form.get_by_role("button", name="提交").click()
    await expect(form).to_have_count(0)


async def test_a_clerk_puts_an_enterprise_in_order_before_an_audit(visit: Visit) -> None:
    page = await visit("town-admin")
    mark = uuid4().hex[:6]
    number = f"演标 {mark}"
    identity = await shop(page, f"安商迎检{mark}商贸有限公司")
    await page.goto(f"/console/enterprises?id={identity}")
    drawer = page.get_by_role("dialog", name="企业详情")
    owed = drawer.get_by_role("region", name="需要处理")
    await expect(owed).to_contain_text("限额以上，没有有效的标准化证书")
    await expect(owed).to_contain_text("监管层级未确定")
    today = await page.evaluate(
        "new Intl.DateTimeFormat('en-CA', {timeZone: 'Asia/Shanghai'}).format()"
    )
    where = "企业详情"

    # The department that grants certificates enters one from before; the town sees it at once.
    other = await visit("emergency", f"enterprises?id={identity}&part=standard")
    granting = other.get_by_role("dialog", name="企业详情")
    await granting.get_by_role("button", name="登记已有证书").click()
    form = other.get_by_role("dialog", name="登记已有证书")
    await form.get_by_label("证书编号").fill(number)
    await on(form, "发证日期", today)
    await send(form)
    await expect(granting.get_by_text(number)).to_be_visible()
    await page.reload()
    await expect(owed).to_contain_text("监管层级未确定")
    await expect(owed).not_to_contain_text("没有有效的标准化证书")

    await drawer.get_by_role("tab", name="标准化").click()
    await drawer.get_by_role("button", name="规定达标项目").click()
    form = page.get_by_role("dialog", name="规定达标项目")
    await form.get_by_label("岗位").check()
    await form.get_by_label("名称").fill("叉车司机")
    await send(form)
    await expect(drawer.get_by_text("叉车司机")).to_be_visible()
    await act(page, "评定", {"达标": None}, where)
    await expect(drawer.get_by_text("必须达标的项目全部达标")).to_be_visible()

    await drawer.get_by_role("tab", name="设备").click()
    await drawer.get_by_role("button", name="登记设备").click()
    form = page.get_by_role("dialog", name="登记设备")
    await choose(form, "设备种类")
    await form.get_by_label("设备名称").fill("1 号客梯")
    await form.get_by_label("编号").fill("演梯 7")
    await on(form, "上次检验日期", "2020-01-06")
    await send(form)
    await expect(drawer.get_by_text("超期未检")).to_be_visible()
    await act(page, "登记检验", {"检验机构": "示例检验所", "报告编号": "演检 9"}, where)
    await expect(drawer.get_by_text("在有效期内")).to_be_visible()
    await accessible(page)

    await act(page, "登记原有号码", {"其他号码": None, "原有号码": f"演号{mark.upper()}"}, where)
    await drawer.get_by_role("tab", name="限上与层级").click()
    await act(page, "确定监管层级", {"二级": None, "原因": "客流大"}, where)
    await expect(drawer.get_by_text("二级（分级表为")).to_be_visible()
    await drawer.get_by_role("tab", name="变更").click()
    await expect(drawer.get_by_text("登记原有号码", exact=False).last).to_be_visible()

    found = (await ask(page, STANDING, id=identity))["node"]
    (asset,) = [edge["node"] for one in found["premises"] for edge in one["assets"]["edges"]]
    assert found["tier"] == "SECOND"
    assert found["identifiers"] == [{"value": f"演号{mark.upper()}"}]
    assert found["certificates"] == [{"number": number, "state": "GRANTED"}]
    assert found["conformity"] == {
        "conforms": True,
        "items": [{"name": "叉车司机", "passed": True}],
    }
    assert asset == {
        "serial": "演梯 7",
        "standing": "IN_DATE",
        "inspections": [{"report": "演检 9"}],
    }


async def test_a_long_list_is_scrolled_sorted_and_searched_without_pages(visit: Visit) -> None:
    page = await visit("committee", "enterprises")
    table = page.get_by_role("table", name="企业")
    frame = page.get_by_role("region", name="企业列表")
    count = page.get_by_role("status").filter(has_text="已载入")
    await expect(count).to_contain_text(f"已载入 {PAGE} 条")
    total = int(str(await table.get_attribute("aria-rowcount"))) - 1
    assert total > PAGE

    last = table.locator(f"tr[aria-rowindex='{total + 1}']")
    async with asyncio.timeout(60):
        while not await last.is_visible():
            await frame.evaluate("at => at.scrollTo(0, at.scrollHeight)")
            await page.wait_for_timeout(50)
    await expect(count).to_have_count(0)
    assert await table.get_by_role("row").count() < PAGE  # those in view, not those loaded

    name = await last.get_by_role("button").inner_text()
    await page.get_by_role("searchbox", name="搜索").fill(name[2:7])
    await expect(table.get_by_role("button", name=name)).to_be_visible()
    await expect(page).to_have_url(re.compile("search="))
    await page.get_by_role("searchbox", name="搜索").fill("")
    await expect(table).to_have_attribute("aria-rowcount", str(total + 1))
    await table.get_by_role("button", name="名称").click()
    head = table.get_by_role("columnheader", name="名称")
    await expect(head).to_have_attribute("aria-sort", "ascending")
    await accessible(page)


async def test_a_report_goes_from_the_public_page_to_its_reward(visit: Visit) -> None:
    public = await visit(None)
    place = f"示例路口{uuid4().hex[:6]}"
    await public.goto("/report/500112")
    await public.get_by_label("镇街").select_option(label="龙溪街道")
    await public.get_by_label("类别").select_option(label="消防")
    await public.get_by_label("地点").fill(place)
    await public.get_by_label("情况").fill("安全出口上锁")
    chosen = public.get_by_label("照片")
    await chosen.set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    )
    await public.get_by_role("button", name="提交举报").click()
    await expect(public.get_by_role("alert")).to_contain_text("第 1 张照片不是 JPEG")
    await expect(public.get_by_label("情况")).to_have_value("安全出口上锁")
    await accessible(public)
    shot = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo("#883300")}
    await chosen.set_input_files(shot)
    await public.get_by_role("button", name="提交举报").click()
    code = await public.locator(".code").inner_text()

    desk = await visit("emergency", "reports")
    await desk.get_by_role("button", name=place).click()
    picture = desk.get_by_role("img", name="举报照片第 1 张")
    await expect(picture).to_have_js_property("naturalWidth", 64)
    await desk.get_by_role("button", name="第 1 张，放大").click()
    await accessible(desk)
    address = desk.url.split("/console/")[1]
    await act(desk, "受理", {}, "举报详情", "受理")
    await act(desk, "转属地镇街", {}, "举报详情")
    officer = await visit("inspector", address)
    await act(
        officer, "登记核查结果", {"属实": None, "核查情况": "现场两名执法人员核实"}, "举报详情"
    )
    town = await visit("town-admin", address)
    await act(town, "答复举报人", {"答复": "属实，已责令立即改正"}, "举报详情")
    await accessible(town)

    await desk.reload()
    await act(desk, "核算奖励", {"其他违法行为": None}, "举报详情")
    reward = desk.get_by_role("region", name="举报奖励")
    await expect(reward).to_contain_text("待批准")
    other = await visit("emergency-legal", address)
    await act(other, "批准奖励", {}, "举报详情", "批准")
    await desk.reload()
    await act(desk, "发放奖励", {"查询码": code}, "举报详情", "已发放")
    await expect(reward).to_contain_text("已发放")

    await public.goto("/report/track")
    await public.get_by_label("查询码").fill(code)
    await public.get_by_role("button").click()
    await expect(public.get_by_text("已领取")).to_be_visible()
    await expect(public.get_by_text("属实，已责令立即改正")).to_be_visible()


async def test_the_daily_work_of_a_town_is_entered_and_taken_back(visit: Visit) -> None:
    mark = uuid4().hex[:6]
    page = await visit("town-admin", "training")
    await page.get_by_role("button", name="登记培训").click()
    form = page.get_by_role("dialog", name="登记培训")
    await form.get_by_label("内容").fill(f"笔录规范 {mark}")
    await form.get_by_label("时长（分钟）").fill("90")
    await choose(form, "执法人员")
    await send(form)
    await page.get_by_role("button", name=f"笔录规范 {mark}").click()
    held = page.get_by_role("dialog", name="培训详情")
    await expect(held.get_by_text("90 分钟").last).to_be_visible()
    await act(page, "撤回", {"理由": "登错了日期"}, "培训详情")
    await expect(held.get_by_text("登错了日期")).to_be_visible()

    today = await page.evaluate(
        "new Intl.DateTimeFormat('en-CA', {timeZone: 'Asia/Shanghai'}).format()"
    )
    await page.goto("/console/accidents")
    await page.get_by_role("button", name="报告事故").click()
    form = page.get_by_role("dialog", name="报告事故")
    await choose(form, "经营场所")
    for label, hour in (("发生时间", "00:00"), ("单位负责人获知时间", "00:00")):
        await on(form, label, f"{today} {hour}")
    await form.get_by_label("简要经过").fill(f"货架倾倒 {mark}")
    await send(form)
    await page.locator(".row-link").first.wait_for()
    found = await ask(page, "{ accidents(first: 1) { edges { node { summary deaths level } } } }")
    assert found["accidents"]["edges"][0]["node"] == {
        "summary": f"货架倾倒 {mark}",
        "deaths": 0,
        "level": "ORDINARY",
    }

    await page.goto("/console/guidance")
    await page.get_by_role("tab", name="须到场的事项").click()
    await page.get_by_role("button", name="登记事项").click()
    form = page.get_by_role("dialog", name="登记须到场的事项")
    await choose(form, "种类", "重要节点")
    await form.get_by_label("名称").fill(f"促销活动 {mark}")
    await on(form, "时间", f"{today} 09:30")
    await send(form)
    await page.get_by_role("button", name=f"促销活动 {mark}").click()
    await act(page, "取消", {"理由": "活动改期"}, "事项详情")
    event = page.get_by_role("dialog", name="事项详情")
    await expect(event.get_by_role("rowheader", name="取消")).to_be_visible()
    await expect(event.get_by_role("button", name="取消", exact=True)).to_have_count(0)
    await accessible(page)


async def test_a_duty_a_post_and_an_export_are_taken_through_in_the_browser(visit: Visit) -> None:
    mark = uuid4().hex[:6]
    office = await visit("committee", "duties?tab=items")
    await office.get_by_role("button", name="增加职责").click()
    form = office.get_by_role("dialog", name="增加职责")
    await choose(form, "责任单位")
    await form.get_by_label("职责", exact=True).fill(f"检查夜间值守 {mark}")
    await form.get_by_label("依据").fill("职责清单第9项")
    await form.get_by_label("每月", exact=True).check()
    await form.get_by_label("照片", exact=True).check()
    await send(form)
    await office.get_by_role("button", name=f"检查夜间值守 {mark}").click()
    await act(office, "终止", {}, "职责详情")
    await expect(office.get_by_role("dialog", name="职责详情")).to_contain_text("终止")

    owner = await visit("enterprise", "posts?tab=posts")
    await owner.get_by_role("button", name="登记岗位").click()
    form = owner.get_by_role("dialog", name="登记岗位")
    await choose(form, "企业")
    await form.get_by_label("岗位", exact=True).fill(f"收银员 {mark}")
    await send(form)
    await owner.get_by_role("button", name=f"收银员 {mark}").click()
    card = {"操作卡": None, "内容（一行一条）": "断电后清场"}
    await act(owner, "编写清单或卡", card, "岗位详情")
    await accessible(owner)

    town = await visit("town-admin", "enterprises")
    await town.get_by_role("button", name="导出").click()
    await expect(town.get_by_text(re.compile("导出完成，共 [1-9]"))).to_be_visible()
    await town.goto("/console/jobs")
    exported = town.get_by_role("row").filter(has_text="导出企业台账").first
    await expect(exported).to_contain_text("完成")


PLANS = "{ jointPlans(first: 1) { edges { node { id version state } } } }"


async def test_a_plan_is_computed_in_view_objected_to_and_returned(visit: Visit) -> None:
    page = await visit("emergency", "joint")
    await page.get_by_role("button", name="编制计划").click()
    form = page.get_by_role("dialog", name="编制联合检查计划")
    await form.get_by_label("计算秒数").fill("1")
    await send(form)
    progress = page.get_by_role("status", name="进度")
    await expect(progress).to_contain_text(re.compile(r"完成 · 排出 \d+ 次联合检查"))
    await expect(progress.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    plan = (await ask(page, PLANS))["jointPlans"]["edges"][0]["node"]
    assert plan["state"] == "SOLVED"

    reason = f"日程与年货促销重叠 {uuid4().hex[:6]}"
    await page.get_by_role("button", name=f"第 {plan['version']} 版").click()
    drawer = page.get_by_role("dialog", name="联合检查计划", exact=True)
    await drawer.get_by_role("tab", name="异议与裁决").click()
    await drawer.get_by_role("button", name="提出异议").click()
    form = page.get_by_role("dialog", name="对计划提出异议")
    await form.get_by_label("理由").fill(reason)
    await send(form)
    await expect(drawer.get_by_role("row").filter(has_text=reason)).to_contain_text("待专委办裁决")
    await accessible(page)

    office = await visit("committee", f"joint?plan={plan['id']}")
    await office.get_by_role("tab", name="异议与裁决").click()
    await office.get_by_role("row").filter(has_text=reason).get_by_role("button").click()
    form = office.get_by_role("dialog", name="裁决异议")
    await form.get_by_label("计划退回重编", exact=True).check()
    await form.get_by_label("理由").fill("改到促销以后")
    await send(form)
    settled = office.get_by_role("row").filter(has_text=reason)
    await expect(settled).to_contain_text("计划退回重编：改到促销以后")
    plan = (await ask(page, PLANS))["jointPlans"]["edges"][0]["node"]
    assert plan["state"] == "RETURNED"


OFFICER = """query($id: ID!) { node(id: $id) { ... on Officer {
  name cardNo cardValidTo skills active leftOn reason version
} } }"""


async def test_an_officer_is_appointed_gets_a_new_card_and_leaves(visit: Visit) -> None:
    mark = uuid4().hex[:8].upper()
    name, where = f"演练 {mark}", "执法人员详情"
    today = clock.legal_day(clock.now())
    later = str(today + timedelta(days=700))
    page = await visit("town-admin", "officers?state=IN")
    await page.get_by_role("button", name="任命执法人员").click()
    form = page.get_by_role("dialog", name="任命执法人员")
    await form.get_by_label("姓名").fill(name)
    await form.get_by_label("执法证号").fill(f"演证 {mark}")
    await on(form, "执法证有效期至", str(today + timedelta(days=30)))
    skill = form.get_by_role("combobox", name="专业")
    await skill.fill("消防")
    await skill.press("Enter")
    await form.get_by_label("出发地点的纬度").fill("29.71")
    await form.get_by_label("出发地点的经度").fill("106.63")
    await send(form)
    row = page.get_by_role("row").filter(has_text=name)
    await expect(row).to_contain_text("还有 30 天到期")

    await row.get_by_role("button", name=name).click()
    drawer = page.get_by_role("dialog", name=where)
    await drawer.get_by_role("button", name="换证或延期").click()
    form = page.get_by_role("dialog", name="换证或延期")
    await on(form, "新的有效期至", later)
    await send(form)
    await expect(drawer.get_by_text(later)).to_be_visible()
    await accessible(page)
    await act(page, "离任", {"原因": "退休"}, where, "今天离任")
    await expect(drawer.get_by_role("heading", name=name)).to_contain_text("已离任")
    await expect(drawer.get_by_role("region", name="现在可以办理")).to_have_count(0)
    await expect(row).to_have_count(0)

    identity = page.url.split("id=")[1]
    assert (await ask(page, OFFICER, id=unquote(identity)))["node"] == {
        "name": name,
        "cardNo": f"演证 {mark}",
        "cardValidTo": later,
        "skills": ["fire"],
        "active": False,
        "leftOn": str(today),
        "reason": "退休",
        "version": 3,
    }
