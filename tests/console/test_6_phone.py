"""The phone of an officer below the ground: no network, a battery that dies, and work done once."""

import asyncio
import os
import random
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page, Route, async_playwright, expect

from tests.console.conftest import ARGUMENTS, CHROMIUM, PATIENCE, WIDTHS, Visit, accessible
from tests.console.test_3_work import ask
from tests.journeys.conftest import District

PLAN = """mutation($i: PlanInspectionInput!) {
  planInspection(input: $i) { inspection { id } errors { code message } }
}"""
APPROVE = """mutation($i: InspectionAct!) {
  approveInspection(input: $i) { errors { code message } }
}"""
CODE = """mutation($i: InspectionAct!) {
  issueEnforcementCode(input: $i) { errors { code message } }
}"""
STATE = """query($id: ID!) {
  node(id: $id) {
    ... on Inspection {
      state record { signedBy } checks { item result hazardId } history { step }
    }
  }
  evidenceList(where: {subjectKind: VISIT, subjectId: $id}, first: 100) {
    edges { node { id state filename sha256 createdAt } }
  }
}"""
LINK = """mutation($i: EvidenceLinkInput!) {
  evidenceLink(input: $i) { url errors { code message } }
}"""
PREMISES = "{ enterprises(first: 100) { edges { node { name premises { id } } } } }"


@pytest.fixture
async def planned(visit: Visit) -> tuple[str, re.Pattern[str]]:
    """A visit of today with its code: its id, and what is read on its card."""
    officer, admin = await visit("inspector"), await visit("town-admin")
    edges = (await ask(officer, PREMISES))["enterprises"]["edges"]
    # Another shop in each run, so that a test that is repeated does not meet its own first visit.
    shop = random.SystemRandom().choice(
        [edge["node"] for edge in edges if edge["node"]["premises"]]
    )
    today = await officer.evaluate(
        "new Intl.DateTimeFormat('en-CA', {timeZone: 'Asia/Shanghai'}).format()"
    )
    plan = {
        "premisesId": shop["premises"][0]["id"],
        "kind": "ROUTINE",
        "items": ["fire.equipment", "fire.evacuation"],
        "basis": "年度检查计划",
        "plannedOn": today,
    }
    made = (await ask(officer, PLAN, i=plan))["planInspection"]
    assert made["errors"] == []
    given = {"inspectionId": made["inspection"]["id"]}
    assert (await ask(admin, APPROVE, i=given))["approveInspection"]["errors"] == []
    assert (await ask(officer, CODE, i=given))["issueEnforcementCode"]["errors"] == []
    return given["inspectionId"], re.compile(f"{shop['name']}.* {today} · 日常检查 · 已赋执法码")


class Phone:
    """A browser with a profile on disk, which can lose its power and be switched on again."""

    def __init__(self, start: Callable[[], Awaitable[BrowserContext]], profile: Path) -> None:
        self._start, self._profile = start, profile
        self.page: Page

    async def switch_on(self, *, network: bool) -> Page:
        """Open the page as the network allows."""
        context = await self._start()
        context.set_default_timeout(PATIENCE)
        await context.set_offline(not network)
        self.page = context.pages[0]
        await self.page.goto("/console/phone/")
        return self.page

    async def lose_power(self) -> None:
        """Kill the browser with SIGKILL, which nothing of it can answer."""
        for number in self._processes():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        while self._processes():  # noqa: ASYNC110  the kernel has no event for it
            await asyncio.sleep(0.05)

    def _processes(self) -> list[int]:
        own = f"--user-data-dir={self._profile}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and own in (entry / "cmdline").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found


@pytest.fixture
async def phone(district: District, tmp_path: Path) -> AsyncIterator[Phone]:
    """The phone of the demo's inspector, signed in and opened this morning with network."""
    assert CHROMIUM is not None
    async with async_playwright() as playwright:

        async def start() -> BrowserContext:
            return await playwright.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=CHROMIUM,
                args=ARGUMENTS,
                viewport={"width": WIDTHS["phone"], "height": 900},
                locale="zh-CN",
                reduced_motion="reduce",
                base_url=district.url,
            )

        device = Phone(start, tmp_path / "profile")
        page = await device.switch_on(network=True)
        await page.get_by_label("账号").fill("inspector")
        await page.get_by_label("密码").fill(district.passwords["inspector"])
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_role("heading", name="今日检查")).to_be_visible()
        await page.evaluate("navigator.serviceWorker.ready")
        yield device
        await device.page.context.close()


def photos(folder: Path) -> dict[str, Path]:
    """Twenty different photos, by SHA-256 in the order in which they are taken."""
    made = {}
    for number in range(1, 21):
        path = folder / f"现场{number:02}.jpg"
        noise = random.Random(f"{folder}{number}").randbytes(240 * 320 * 3)
        Image.frombytes("RGB", (320, 240), noise).save(path, "JPEG", quality=90)
        made[sha256(path.read_bytes()).hexdigest()] = path
    assert len(made) == 20
    return made


DIE_AT_THE_FIFTH = """() => {
  const put = IDBObjectStore.prototype.put;
  let files = 0;
  IDBObjectStore.prototype.put = function (...given) {
    const asked = put.apply(this, given);
    if (this.name === "files" && (files += 1) === 5) {
      void die();
      for (;;);  // nothing more is written by this page
    }
    return asked;
  };
}"""


async def sign(page: Page) -> None:
    """Fill in the record and draw the signature."""
    await page.get_by_label("发现情况").fill("灭火器过期")
    await page.get_by_label("处理意见").fill("责令立即更换")
    await page.get_by_label("签字人姓名和职务").fill("周示例（店长）")
    paper = page.get_by_role("img", name="签名框")
    await paper.scroll_into_view_if_needed()
    box = await paper.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 20, box["y"] + 40)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 150, box["y"] + 90, steps=5)
    await page.mouse.up()
    await page.get_by_role("button", name="签字完成").click()


async def test_twenty_photos_of_a_basement_outlive_two_dead_batteries_and_arrive_once(
    planned: tuple[str, re.Pattern[str]], visit: Visit, phone: Phone, tmp_path: Path
) -> None:
    inspection, card = planned
    taken = photos(tmp_path)
    paths = list(taken.values())
    page = phone.page
    await page.reload()
    await expect(page.get_by_role("button", name=card)).to_be_visible()
    await accessible(page)
    await page.context.close()

    page = await phone.switch_on(network=False)
    status = page.get_by_role("status").first
    await expect(status).to_contain_text("离线")
    await page.get_by_role("button", name=card).click()
    ticks = page.get_by_role("group", name="到场执法人员").get_by_role("checkbox")
    await ticks.nth(0).check()
    await ticks.nth(1).check()
    await page.get_by_role("button", name="到场", exact=True).click()
    items = page.locator("form").filter(has_text="逐项检查").get_by_role("group")
    await items.nth(0).get_by_label("不符合").check()
    await items.nth(0).get_by_label("情况").fill("灭火器过期")
    await items.nth(1).get_by_label("符合", exact=True).check()
    await page.get_by_role("button", name="记录检查结果").click()
    await page.get_by_label("拍照或选择文件").set_input_files(paths[:12])
    await expect(status).to_contain_text("待传 14")

    dying = asyncio.Event()
    await page.expose_function("die", dying.set)
    await page.evaluate(DIE_AT_THE_FIFTH)
    choosing = asyncio.ensure_future(
        page.get_by_label("拍照或选择文件").set_input_files(paths[12:])
    )
    await asyncio.wait_for(dying.wait(), PATIENCE / 1000)
    await phone.lose_power()  # four of the second lot were handed to the disk
    with suppress(Exception):
        await choosing

    page = await phone.switch_on(network=False)
    status = page.get_by_role("status").first
    await expect(status).to_contain_text("离线 · 待传 14")
    await page.get_by_role("button", name=card).click()
    await page.get_by_label("拍照或选择文件").set_input_files(paths[12:])
    await expect(status).to_contain_text("待传 22")
    await sign(page)
    await expect(status).to_contain_text("待传 24")
    await accessible(page)

    handed_in, signed = 0, False

    async def lose_answers(route: Route) -> None:
        nonlocal handed_in, signed
        asked = route.request.post_data or ""
        handed_in += "mutation CompleteUpload" in asked
        if "mutation PhoneSign" in asked and not signed:
            signed = True
            await route.fetch()  # the server has done it
            await route.abort()
        elif handed_in == 9:
            await route.fetch()
            dying.set()
        else:
            await route.continue_()

    dying.clear()
    await page.route("**/graphql", lose_answers)
    await page.context.set_offline(False)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(status).to_contain_text("离线 · 待传 22")  # the answer to the signing was lost
    await page.evaluate("dispatchEvent(new Event('online'))")
    await asyncio.wait_for(dying.wait(), PATIENCE / 1000)
    await phone.lose_power()

    page = await phone.switch_on(network=True)
    await expect(page.get_by_role("status").first).to_have_text("在线")

    await everything_once(await visit("inspector"), inspection, taken)


async def everything_once(page: Page, inspection: str, taken: dict[str, Path]) -> None:
    """Assert that the visit has one record, one hazard and each file as it was made, in order."""
    seen = await sealed(page, inspection)
    assert seen["node"]["state"] == "RECORD_SIGNED"
    assert seen["node"]["record"]["signedBy"] == "周示例（店长）"
    steps = [one["step"] for one in seen["node"]["history"]]
    assert steps == ["APPROVE", "ISSUE_CODE", "CHECK_IN", "SIGN_RECORD"]
    checks = {one["item"]: one["result"] for one in seen["node"]["checks"]}
    assert checks == {"fire.equipment": "NOT_COMPLIANT", "fire.evacuation": "COMPLIANT"}
    files = sorted(
        (edge["node"] for edge in seen["evidenceList"]["edges"]),
        key=lambda one: datetime.fromisoformat(one["createdAt"]),
    )
    assert [one["filename"] for one in files] == [*(p.name for p in taken.values()), "签名.png"]
    assert [one["sha256"] for one in files[:-1]] == list(taken)
    async with httpx2.AsyncClient(timeout=30) as store:
        for one in files:
            given = {"evidenceId": one["id"], "purpose": "核对现场照片"}
            link = (await ask(page, LINK, i=given))["evidenceLink"]
            assert link["errors"] == []
            kept = (await store.get(link["url"])).raise_for_status().content
            assert sha256(kept).hexdigest() == one["sha256"]


async def sealed(page: Page, inspection: str) -> dict[str, Any]:
    """The visit once nothing of its evidence is on its way any more."""
    async with asyncio.timeout(120):
        while True:
            seen = await ask(page, STATE, id=inspection)
            states = {edge["node"]["state"] for edge in seen["evidenceList"]["edges"]}
            if states == {"SEALED"}:
                return seen
            assert not states & {"QUARANTINED", "ABANDONED"}, states
            await asyncio.sleep(0.3)
