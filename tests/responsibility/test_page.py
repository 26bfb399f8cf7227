"""The plate as the public reads it: without scripts, small, and only what is to be published."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image
from pypdf import PdfReader

from api.app import create_app
from service.administration.commands import change_settings
from service.responsibility import commands, plate_page
from service.responsibility.records import PlatePage
from tenants.wall import tenant_transaction
from tests.responsibility.conftest import TODAY, Hall


async def never(_token: str) -> Any:
    raise AssertionError("the page asks nobody who they are")


@pytest.fixture
async def public(database: None) -> Any:
    """Somebody with a phone and no account."""
    transport = httpx2.ASGITransport(app=create_app(never))
    async with httpx2.AsyncClient(transport=transport, base_url="http://plates.test") as client:
        yield client


async def token_of(hall: Hall, premises: Any) -> str:
    async with tenant_transaction(hall.world.towns[0].scope(), read_only=True):
        return (await PlatePage.get(premises_id=premises.id)).token


async def test_the_page_says_who_answers_and_whom_to_call(hall: Hall, public: Any) -> None:
    (shop,), (mayor, clerk) = await hall.plated()
    await hall.do(change_settings, hall.owner, {"contact.phone": "023-67000000"})
    token = await token_of(hall, shop)

    answer = await public.get(f"/plates/{token}")

    text = answer.text
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for words in (
        shop.name, shop.address, mayor.name, clerk.name, "副镇长", "商务办主任", "总经理",
        "行政负责人", "行业监管部门负责人", "企业责任人", "023-67000000", "测试镇0", "第 1 版",
        f"自 {TODAY.year}年{TODAY.month}月{TODAY.day}日 起", '<html lang="zh-CN">',
    ):  # fmt: skip
        assert words in text, words
    assert len(answer.content) <= 15_000
    assert "<script" not in text
    assert "已离任" not in text
    for hidden in (str(shop.id), str(shop.enterprise_id), str(mayor.id), "29.6", "旧照"):
        assert hidden not in text
    assert set(re.findall(r'(?:src|href)="([^"]+)"', text)) == {
        f"/plates/{token}/qr.svg", "tel:023-67000000",
    }  # fmt: skip
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert plate_page.STYLE in text


async def test_the_address_stays_through_all_versions(hall: Hall, public: Any) -> None:
    (shop,), (mayor, _) = await hall.plated()
    token = await token_of(hall, shop)
    successor = await hall.official("继任者", since=TODAY)
    await hall.do(commands.replace_person, mayor.id, successor.id)

    answer = await public.get(f"/plates/{token}")

    assert "继任者" in answer.text
    assert mayor.name not in answer.text
    assert "第 2 版" in answer.text
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)


async def test_who_left_office_is_marked_until_the_plate_is_mended(hall: Hall, public: Any) -> None:
    (shop,), (mayor, _) = await hall.plated()
    await hall.do(commands.leave_office, mayor.id, TODAY)

    assert "已离任" in (await public.get(f"/plates/{await token_of(hall, shop)}")).text


@pytest.mark.parametrize("form", ["svg", "png"])
async def test_the_code_leads_to_the_page(hall: Hall, public: Any, form: str) -> None:
    (shop,), _ = await hall.plated()
    token = await token_of(hall, shop)

    answer = await public.get(f"/plates/{token}/qr.{form}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == {"svg": "image/svg+xml", "png": "image/png"}[form]
    assert answer.content == (plate_page.qr_svg if form == "svg" else plate_page.qr_png)(token)
    assert plate_page.plate_url(token).endswith(f"/plates/{token}")
    assert (await public.get(f"/plates/{token}/qr.gif")).status_code == 404


async def test_what_is_not_there_is_said_in_words(hall: Hall, public: Any) -> None:
    (shop, closed), _ = await hall.plated(shops=2)
    token, gone = await token_of(hall, shop), await token_of(hall, closed)
    (row,) = await hall.versions(shop)
    await hall.do(commands.withdraw_plate, row.id, "撤牌")
    await hall.close(closed)

    for path, status, words in (
        (f"/plates/{'x' * 22}", 404, "未找到责任公示牌"),
        ("/plates/short", 404, "未找到责任公示牌"),
        ("/plates/%00", 404, "未找到责任公示牌"),
        (f"/plates/{'x' * 22}/qr.svg", 404, "未找到责任公示牌"),
        (f"/plates/{token}", 410, "责任公示牌已撤下"),
        (f"/plates/{token}/qr.png", 410, "责任公示牌已撤下"),
        (f"/plates/{gone}", 410, "责任公示牌已撤下"),
    ):
        answer = await public.get(path)
        assert (answer.status_code, words in answer.text) == (status, True), path
        assert "unsafe" not in answer.headers["content-security-policy"]


async def test_names_on_the_page_are_text_and_never_markup(hall: Hall, public: Any) -> None:
    shop = await hall.shop()
    mallory = await hall.official("<b>甲</b>", office='"><img src=x>')
    await hall.assign(shop, admin=mallory.id, industry=mallory.id)

    text = (await public.get(f"/plates/{await token_of(hall, shop)}")).text

    assert "<b>甲" not in text
    assert "<img src=x" not in text
    assert "&lt;b&gt;甲&lt;/b&gt;" in text


async def test_the_page_fits_one_sheet_of_paper(hall: Hall, public: Any, tmp_path: Path) -> None:
    """Looked at as a picture and as paper, where a browser is at hand."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    (shop,), _ = await hall.plated()
    token = await token_of(hall, shop)
    html = (await public.get(f"/plates/{token}")).text
    (tmp_path / "qr.svg").write_bytes(plate_page.qr_svg(token))
    page = tmp_path / "plate.html"
    page.write_text(html.replace(f"/plates/{token}/qr.svg", "qr.svg"), encoding="utf-8")
    browse(chromium, page, tmp_path)

    paper = PdfReader(tmp_path / "plate.pdf")
    assert len(paper.pages) == 1
    assert round(float(paper.pages[0].mediabox.width)) == 595  # points: A4
    with Image.open(tmp_path / "plate.png") as picture:
        assert len(picture.convert("L").getcolors() or []) > 8


def browse(chromium: str, page: Path, folder: Path) -> None:
    """Print the page and take a picture of it as a phone shows it."""
    common = [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}"]
    for words in (
        [f"--print-to-pdf={folder}/plate.pdf", "--no-pdf-header-footer"],
        [f"--screenshot={folder}/plate.png", "--window-size=390,844"],
    ):
        subprocess.run(
            [*common, *words, page.as_uri()], check=True, timeout=60, capture_output=True
        )
