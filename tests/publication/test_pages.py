"""Anybody searches what stands published, without JavaScript, and checks what is found."""

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import date, timedelta
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from itertools import count

import httpx2
import pytest

from api import feed_pages
from api.app import create_app
from service.blacklist import listing
from service.blacklist.rules import PublicationClass
from service.identity.queries import authenticate
from service.identity.rules import RateRule
from service.publication import pages, tlog
from service.publication.pages import ROWS, fold
from service.storage import store
from tests.blacklist.procedure import NAME, Desk, at
from tests.conftest import MakeWorld, Work, World

LIMIT = 15_000  # bytes of a page
_hosts = count(1)


@pytest.fixture
async def desk(world: World) -> Desk:
    await store().create_buckets()
    return Desk(world)


@pytest.fixture
async def reader(database: None) -> AsyncIterator[httpx2.AsyncClient]:
    """A stranger with an address of its own."""
    transport = httpx2.ASGITransport(
        app=create_app(authenticate), client=(f"198.51.100.{next(_hosts)}", 40000)
    )
    async with httpx2.AsyncClient(transport=transport, base_url="http://anshang.test") as client:
        yield client


class Page(HTMLParser):
    """What a reader's tools see of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.codes: list[str] = []
        self.feed(html)
        self.codes = [unescape(one) for one in re.findall(r"<code>(.*?)</code>", html, re.DOTALL)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        if tag == "a" and (link := given.get("href")):
            self.links.append(link)
        assert not any(name.startswith("on") or name == "style" for name in given)
        if tag in ("input", "select"):
            self.tags.append(f"{tag}#{given['id']}")
        if tag == "label":
            self.tags.append(f"label for {given['for']}")


async def ask(reader: httpx2.AsyncClient, desk: Desk, **asked: str) -> tuple[list[str], str]:
    """Links to the entries found, and the page."""
    answer = await reader.get(f"/feed/{desk.world.code}/search", params=asked)
    assert answer.status_code == 200
    assert len(answer.content) <= LIMIT
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "no-store"
    page = Page(answer.text)
    assert "script" not in page.tags
    assert {"label for q", "input#q", "main", "h1"} <= set(page.tags)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    policy = answer.headers["content-security-policy"]
    digest = sha256(style[1].encode()).digest()
    assert f"'sha256-{b64encode(digest).decode()}'" in policy
    assert "unsafe" not in policy
    return [link for link in page.links if link.startswith("entries/")], answer.text


async def test_an_entry_is_found_by_name_code_and_number_whole_or_in_part(
    desk: Desk, work: Work, reader: httpx2.AsyncClient
) -> None:
    case = await desk.served(name="示例（朝阳）烟花商贸有限公司")
    await desk.served(name="另一家粮油店有限公司")
    await work()
    expected = [f"entries/{case.entry_id}"]
    code = case.party["credit_code"]

    for query in (
        "烟花",
        "示例(朝阳)",
        "示例 （朝阳）",
        code,
        code.lower(),
        case.penalty_number,
    ):
        assert (await ask(reader, desk, q=query))[0] == expected, query
    assert (await ask(reader, desk, q=code, match="exact"))[0] == expected
    assert (await ask(reader, desk, q="烟花", match="exact"))[0] == []
    assert len((await ask(reader, desk, q="有限公司"))[0]) == 2
    assert (await ask(reader, desk, q="花"))[0] == []
    assert "请输入2至60个字" in (await ask(reader, desk, q="花"))[1]


@pytest.mark.parametrize("way", ["withdraw", "expire", "over"])
async def test_what_left_the_list_is_found_by_nothing_and_its_page_names_nobody(
    desk: Desk,
    work: Work,
    reader: httpx2.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    at(monkeypatch, date(2026, 4, 2))
    case = await desk.served()
    await work()
    assert len((await ask(reader, desk, q="烟火"))[0]) == 1
    after = (await desk.reload(case)).published_until
    assert after is not None

    if way == "withdraw":
        await desk.do(listing.withdraw, case, "处罚决定被撤销")
        await work()
    else:
        at(monkeypatch, after + timedelta(days=1))
    if way == "expire":
        assert await listing.expire_due(desk.world.district_id, after + timedelta(days=1))
        await work()

    for query in ("烟火", NAME, case.party["credit_code"], case.penalty_number):
        assert (await ask(reader, desk, q=query))[0] == []
    page = await reader.get(f"/feed/{desk.world.code}/entries/{case.entry_id}")
    assert page.status_code == 200
    assert page.headers["x-robots-tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page.text
    for word in (NAME, case.party["credit_code"], "烟火"):
        assert word not in page.text


async def test_pages_stay_small_in_order_and_within_their_number(
    desk: Desk, work: Work, reader: httpx2.AsyncClient
) -> None:
    for number in range(ROWS + 3):
        await desk.served(name=f"示例第{number}商贸" + "长" * 100 + "有限公司")
    await work()

    first, html = await ask(reader, desk, q="商贸")
    second, _ = await ask(reader, desk, q="商贸", page="2")
    assert (len(first), len(second)) == (ROWS, 3)
    assert len({*first, *second}) == ROWS + 3
    assert 'rel="next" href="?q=%E5%95%86%E8%B4%B8&amp;match=contains&amp;page=2"' in html
    assert (await ask(reader, desk, q="商贸", page="999999999"))[0] == first
    assert (await ask(reader, desk, q="商贸", page="9"))[0] == []
    # What is found whole comes before what merely contains it.
    name = "示例第1商贸" + "长" * 100 + "有限公司"
    assert len(fold(name)) > 60


async def test_an_entrys_page_proves_itself_to_a_stranger(
    desk: Desk, work: Work, reader: httpx2.AsyncClient
) -> None:
    cases = [await desk.served(name=f"示例{n}商贸有限公司") for n in range(5)]
    await work()

    for case in cases:
        answer = await reader.get(f"/feed/{desk.world.code}/entries/{case.entry_id}")
        assert len(answer.content) <= LIMIT
        assert "x-robots-tag" not in answer.headers
        page = Page(answer.text)
        _, leaf, record, salt, path, note = page.codes
        said = json.loads(leaf)
        salted = b"anshang.record/1\0" + bytes.fromhex(salt) + record.encode()
        assert sha256(salted).hexdigest() == said["commitment"]
        size = int(note.split("\n")[1])
        stated = re.search(r"本条为第 (\d+) 条", answer.text)
        assert stated is not None
        proof = [bytes.fromhex(one) for one in path.split()]
        root = tlog.root_from_inclusion(tlog.leaf_hash(leaf.encode()), int(stated[1]), size, proof)
        assert b64encode(root).decode() == note.split("\n")[2]


async def test_a_lookup_across_districts_finds_whole_names_only(
    make_world: MakeWorld,
    work: Work,
    reader: httpx2.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The database of the tests holds more districts than one question may look into.
    both: list[tuple[str, str]] = []

    async def two() -> list[tuple[str, str]]:
        return both

    monkeypatch.setattr(pages, "districts", two)
    await store().create_buckets()
    one, other = Desk(await make_world()), Desk(await make_world())
    mark = one.world.code
    both += [(one.world.code, "甲区"), (other.world.code, "乙区")]
    case = await one.served(name="示例横断商贸有限公司")
    await other.served(name="另例横断商贸有限公司")
    await work()

    async def found(query: str) -> list[str]:
        answer = await reader.get("/feed/search", params={"q": query})
        assert answer.status_code == 200
        return [link for link in Page(answer.text).links if "/entries/" in link]

    assert await found("示例横断商贸有限公司") == [f"{mark}/entries/{case.entry_id}"]
    assert await found("横断") == []


async def test_a_natural_persons_penalty_is_found_by_its_number_and_not_by_name(
    desk: Desk, work: Work, reader: httpx2.AsyncClient
) -> None:
    case = await desk.served(
        party_kind="NATURAL_PERSON", publication=PublicationClass.SERIOUS_DISHONESTY
    )
    await work()

    links, html = await ask(reader, desk, q=case.penalty_number)
    assert links == [f"entries/{case.entry_id}"]
    assert NAME not in html
    assert (await ask(reader, desk, q=NAME))[0] == []


async def test_hostile_questions_are_text(
    desk: Desk, work: Work, reader: httpx2.AsyncClient
) -> None:
    await desk.served()
    await work()
    for query in (
        '"><script>alert(1)</script>',
        "'; drop table x --",
        "\x00\x00",
        "%",
        "__",
        "烟" * 900,
    ):
        _, html = await ask(reader, desk, q=query)
        assert "<script>" not in html
    assert (await reader.get("/feed/nowhere/search?q=ab")).status_code == 404


async def test_too_many_questions_are_refused(
    desk: Desk, work: Work, reader: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An hour, so that a slow machine asks no less than a fast one.
    monkeypatch.setattr(feed_pages, "SEARCH", RateRule("feed-search-of-this-test", 3, 3600))
    await desk.served()
    await work()

    path = f"/feed/{desk.world.code}/search?q=ab"
    answers = [await reader.get(path) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
