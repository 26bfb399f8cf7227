"""Every page that the menu offers a role: it answers, is accessible, and fits the screen."""

import pytest
from playwright.async_api import expect

from tests.console.conftest import Visit, accessible


@pytest.mark.parametrize(
    ("login", "width", "look"),
    [
        ("town-admin", "desktop", "light"),
        ("town-admin", "phone", "dark"),
        ("committee", "desktop", "dark"),
        ("committee", "phone", "light"),
        ("enterprise", "phone", "light"),
        ("emergency", "desktop", "light"),
    ],
)
async def test_everything_on_the_menu_works_for_whom_it_is_offered(
    visit: Visit, login: str, width: str, look: str
) -> None:
    page = await visit(login, width=width, look=look)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    if width == "phone":
        await page.get_by_role("button", name="打开菜单").click()
    links = page.get_by_role("navigation", name="主菜单").get_by_role("link")
    addresses = [await one.get_attribute("href") for one in await links.all()]
    assert len(addresses) >= 4

    for address in addresses:
        await page.goto(str(address))
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.get_by_role("status", name="载入中")).to_have_count(0)
        alerts = page.get_by_role("alert")
        assert await alerts.all_inner_texts() == [], address
        await accessible(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


async def test_pages_for_anybody_are_read_in_the_dark_and_on_a_phone(visit: Visit) -> None:
    page = await visit(None, width="phone", look="dark")
    for address in ("/", "/report/500112", "/report/track", "/feed/500112/", "/feed/500112/search"):
        await page.goto(address)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await accessible(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
