"""The console in a real browser against a running district."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Request,
    async_playwright,
    expect,
)

from infra.embedded import console
from tests.journeys import conftest as journeys
from tests.journeys.conftest import District

district = journeys.district

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = console.PACKAGES / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000  # ms; a test that waits for a state fails by the state, not by the machine
TEST_SECONDS = 400  # s; the first test of a run waits for the district to be seeded, too
expect.set_options(timeout=PATIENCE)
WIDTHS = {"desktop": 1280, "phone": 390}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Visit = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests in a browser share one district, so one worker takes them all."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "visit" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("console"))
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))
            # A browser has clocks of its own; what failed once is told and must pass the next time.
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session", autouse=True)
def _serve_the_build() -> None:
    os.environ["ANSHANG_CONSOLE_DIR"] = str(console.BUILT)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests."""
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install chromium")
    if not (console.BUILT / "index.html").is_file():
        pytest.skip("the console is not built: make console")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def visit(browser: Browser, district: District) -> AsyncIterator[Visit]:
    """Open the console as a person of the demo; asks of other hosts and errors fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(asked: Request) -> None:
        parts = urlsplit(asked.url)
        if parts.scheme in ("http", "https", "ws") and parts.hostname != "127.0.0.1":
            complaints.append(f"asked {asked.url}")

    async def open_page(
        login: str | None, path: str = "", *, width: str = "desktop", look: str = "light"
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": WIDTHS[width], "height": 900},
            color_scheme="dark" if look == "dark" else "light",
            locale="zh-CN",
            # Nothing grows or fades for who asks for stillness: a press meets what it aims at.
            reduced_motion="reduce",
            base_url=district.url,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if login:
            answer = await context.request.post(
                "/sign-in",
                form={"login": login, "password": district.passwords[login]},
                headers={"origin": district.url},
                max_redirects=0,
            )
            assert answer.status == 303, await answer.text()
        page = await context.new_page()
        page.on("request", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Security Policy" in said.text else None,
        )
        await page.goto(f"/console/{path}")
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest.fixture
def password(district: District) -> Callable[[str], str]:
    """The password of a person of the demo."""
    return lambda login: district.passwords[login]


async def choose(form: Locator, label: str, option: str | None = None) -> None:
    """Pick an option of a list by its title, or the first; the list is closed when this returns.

    Only the list that belongs to the field is asked: another one may still be closing.
    """
    # A dialog that has just opened takes the focus to itself, which closes a list opened before.
    field = form.get_by_role("combobox", name=label)
    await expect(field).to_be_visible()
    await still(form.page)
    await field.click()
    await expect(field).to_have_attribute("aria-expanded", "true")
    own = await field.get_attribute("aria-controls")
    page = form.page
    lists = page.locator(".ant-select-dropdown").filter(has=page.locator(f"[id='{own}']"))
    offered = lists.locator(".ant-select-item-option")
    await expect(lists).to_be_in_viewport()
    if option is not None:
        offered = offered.filter(has=page.get_by_text(option, exact=True))
    await still(page)
    await offered.first.click()
    await expect(lists).to_be_hidden()


# A dialog that still grows into its place has buttons smaller than any finger.
STILL = """() => !document.querySelector(
    ':is([class*="-appear-active"], [class*="-enter-active"], [class*="-leave-active"])')
  && document.getAnimations().every(one => one.playState !== 'running'
    || one.effect.getComputedTiming().iterations === Infinity)"""


async def still(page: Page) -> None:
    """Wait until nothing moves any more: a press that begins on a button must end on it."""
    await page.wait_for_function(STILL)


async def accessible(page: Page) -> None:
    """Assert that axe finds nothing to complain of on the page as it stands."""
    await page.wait_for_load_state("networkidle")
    await still(page)
    await page.evaluate(AXE.read_text())
    found = await page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(r => r.violations.map("
        "v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)]))",
        RULES,
    )
    assert found == [], page.url
