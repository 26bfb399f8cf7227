"""What a clerk waits for in a browser, in a town whose register and hazards are long.

Asks the district that runs in `ANSHANG_DATA_DIR` (`make run`) as its town administrator, with the
Chromium of this machine and Playwright, which is among the packages for development.
"""

import asyncio
import json
import os
import shutil
import statistics
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.errors import Invalid

if TYPE_CHECKING:
    from playwright.async_api import Page

REPEATS = 9
LOGIN = "town-admin"
Press = Callable[["Page", int], Awaitable[None]]
After = Callable[["Page"], Awaitable[None]]
OPENED = "() => document.querySelector('.ant-drawer-body .ant-descriptions')"

# `start` is the browser's own time of the first event of an act, `paint` the longest that an event
# of it waited for the next frame, `answer` the end of the last request, `shown` the frame after
# the one in which the list or the detail had settled.
WATCH = """() => {
  window.watched = null;
  const paints = list => { for (const one of list.getEntries())
    if (watched && one.startTime >= watched.since)
      watched.paint = Math.max(watched.paint, one.duration);
  };
  new PerformanceObserver(paints).observe({type: 'event', durationThreshold: 16});
  for (const kind of ['pointerdown', 'keydown', 'beforeinput', 'wheel'])
    addEventListener(kind, event => { if (watched) watched.start ??= event.timeStamp; },
      {capture: true, passive: true});
}"""
# The policy of the page forbids to make a function of a text, so the text is put in beforehand.
ARM = """() => {
  const holds = SETTLED;
  watched = {since: performance.now(), start: null, paint: 0, shown: null};
  const asked = () => performance.getEntriesByType('resource').filter(one =>
    one.name.endsWith('/graphql') && one.startTime >= watched.since);
  const mine = watched;
  performance.clearResourceTimings();
  const look = () => {
    if (watched !== mine || mine.shown) return;
    if (mine.start && holds() && asked().length) {
      requestAnimationFrame(() => setTimeout(() => {
        const ended = asked().map(one => [one.responseEnd, one.responseEnd - one.requestStart]);
        mine.answer = Math.max(...ended.map(one => one[0]));
        mine.server = Math.max(...ended.map(one => one[1]));
        mine.shown = performance.now();
      }));
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
READ = """() => new Promise(done => setTimeout(() => done({
  whole: watched.shown - watched.start, screen: watched.shown - watched.answer,
  server: watched.server, paint: watched.paint}), 200))"""
LISTED = "document.querySelector('.rolling:not(.stale) tbody tr') && " + (
    "document.querySelector('section[aria-busy=false] .rolling')"
)


def _another(before: str) -> str:
    """The list has settled, and shows another number of rows or another order than before."""
    state = (
        "JSON.stringify([document.querySelector('.rolling table').ariaRowCount,"
        " document.querySelector('.rolling ~ .pager').textContent,"
        " document.querySelector('.rolling tr[aria-rowindex=\"2\"]')?.textContent ?? ''])"
    )
    return f"() => {LISTED} && {state} !== {json.dumps(before)}" if before else f"() => {state}"


def run(url: str = "http://127.0.0.1:8000") -> dict[str, Any]:
    """Medians and worst of `REPEATS` acts in ms: paint, server, screen, whole.

    `paint` passes from a press to the frame that answers it, `screen` from the server's answer to
    the frame that shows it.

    Raises:
        Invalid: no Chromium, no Playwright, or no demo accounts of a running district.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    accounts = Path(os.environ.get("ANSHANG_DATA_DIR", ".anshang")) / "demo-accounts.json"
    if chromium is None or not accounts.is_file():
        raise Invalid("start a district with `make run`, and install chromium")
    known = {one["account"]: one["password"] for one in json.loads(accounts.read_text())}
    return asyncio.run(_run(url.rstrip("/"), chromium, known[LOGIN]))


async def _run(url: str, chromium: str, password: str) -> dict[str, Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context(
            viewport={"width": 1280, "height": 900}, locale="zh-CN", base_url=url
        )
        answer = await context.request.post(
            "/sign-in",
            form={"login": LOGIN, "password": password},
            headers={"origin": url},
            max_redirects=0,
        )
        if answer.status != 303:
            raise Invalid(f"could not sign in: {answer.status}")
        page = await context.new_page()
        figures: dict[str, Any] = {"load": os.getloadavg()[0]}
        for path, heading in (("enterprises", "名称"), ("hazards", "整改期限")):
            figures[path] = await _page(page, path, heading)
        await browser.close()
        return figures


async def _page(page: "Page", path: str, heading: str) -> dict[str, Any]:
    await page.goto(f"/console/{path}")
    await page.wait_for_function(f"() => {LISTED}")
    await page.evaluate(WATCH)
    table = page.locator(".rolling table")
    figures: dict[str, Any] = {"rows": int(await table.get_attribute("aria-rowcount") or 1) - 1}
    if path == "enterprises":
        figures["search"] = await _measured(page, _type)
        await _clear(page)
    order = page.locator(".rolling th button")

    async def sort(_: "Page", __: int) -> None:
        await order.first.click()

    async def scroll(asked: "Page", _: int) -> None:
        await asked.locator(".rolling").hover()
        await asked.mouse.wheel(0, 2400)

    figures[f"sort by {heading}"] = await _measured(page, sort)
    if figures["rows"] > 1000:  # the rows of a shorter list are soon all there
        figures["scroll to the next rows"] = await _measured(page, scroll)
    figures["drawn"] = await page.locator(".rolling tbody tr").count()
    figures["open"] = await _measured(page, _open, OPENED, _close)
    return figures


async def _type(page: "Page", number: int) -> None:
    """One character that many names have, over what was searched before."""
    box = page.get_by_role("searchbox")
    await box.select_text()
    await box.press_sequentially("龙朝鸿嘉金锦永富天"[number % 9])


async def _clear(page: "Page") -> None:
    before = await page.evaluate(_another(""))
    await page.get_by_role("searchbox").fill("")
    await page.wait_for_function(_another(before))


async def _open(page: "Page", number: int) -> None:
    rows = page.locator(".rolling tbody .row-link")
    await rows.nth(await rows.count() // 2 + number % 4).click()


async def _close(page: "Page") -> None:
    await page.keyboard.press("Escape")
    await page.locator(".ant-drawer-body").wait_for(state="detached")


async def _measured(
    page: "Page", press: Press, settled: str = "", after: After | None = None
) -> dict[str, Any]:
    found: list[dict[str, float]] = []
    for number in range(REPEATS):
        before = await page.evaluate(_another(""))
        await page.evaluate(ARM.replace("SETTLED", settled or _another(before)))
        await press(page, number)
        await page.wait_for_function("() => watched.shown")
        found.append(await page.evaluate(READ))
        if after is not None:
            await after(page)
    return {
        name: {
            "median_ms": round(statistics.median(one[name] for one in found)),
            "worst_ms": round(max(one[name] for one in found)),
        }
        for name in ("paint", "server", "screen", "whole")
    }
