"""The console's files: what is served, how long it may be kept, and what its pages may load."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from api import console
from service.settings import settings


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A build of two pages and one script, with a secret beside it."""
    folder = tmp_path / "dist"
    for name, text in {
        "index.html": '<meta nonce="__NONCE__"><meta name="oidc" content="__OIDC__">desk',
        "phone/index.html": "phone",
        "phone/worker.js": "worker",
        "assets/app-1a2b3c.js": "app" * 1000,
        "manifest.json": "{}",
        "built.txt": "digest",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "assets/app-1a2b3c.js.gz").write_bytes(gzip.compress(b"app" * 1000))
    (tmp_path / "secret.js").write_text("secret")
    monkeypatch.setenv("ANSHANG_CONSOLE_DIR", str(folder))
    monkeypatch.setenv("ANSHANG_S3_PUBLIC_ENDPOINT", "https://store.example:9000/path")
    settings.cache_clear()
    yield folder
    settings.cache_clear()


@pytest.fixture
def client() -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=Starlette(routes=console.routes))
    return httpx2.AsyncClient(transport=transport, base_url="http://anshang")


@pytest.mark.parametrize("path", ["", "enterprises", "hazards/board"])
async def test_every_address_of_the_console_shows_its_page(
    build: Path, client: httpx2.AsyncClient, path: str
) -> None:
    answer = await client.get(f"/console/{path}")

    assert answer.status_code == 200
    assert answer.text.endswith("desk")
    assert answer.headers["cache-control"] == "no-store"


async def test_the_phone_has_a_page_of_its_own(build: Path, client: httpx2.AsyncClient) -> None:
    assert (await client.get("/console/phone/")).text == "phone"


async def test_each_answer_carries_a_nonce_of_its_own(
    build: Path, client: httpx2.AsyncClient
) -> None:
    answers = [await client.get("/console/") for _ in range(2)]

    nonces = [re.findall(r'nonce="([^"]+)"', answer.text)[0] for answer in answers]
    assert nonces[0] != nonces[1]
    for nonce, answer in zip(nonces, answers, strict=True):
        assert f"style-src 'self' 'nonce-{nonce}'" in answer.headers["content-security-policy"]


async def test_a_page_may_load_from_us_and_from_the_store_alone(
    build: Path, client: httpx2.AsyncClient
) -> None:
    policy = (await client.get("/console/")).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert set(re.findall(r"https?://[^ ;]+", policy)) == {"https://store.example:9000"}


async def test_the_page_says_whether_an_identity_provider_signs_in(
    build: Path, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'content="no"' in (await client.get("/console/")).text

    monkeypatch.setenv("ANSHANG_OIDC_ISSUER", "https://issuer.example")
    settings.cache_clear()

    assert 'content="yes"' in (await client.get("/console/")).text


async def test_files_named_by_their_digest_are_kept_for_ever_and_others_asked_for(
    build: Path, client: httpx2.AsyncClient
) -> None:
    script = await client.get("/console/assets/app-1a2b3c.js")
    worker = await client.get("/console/phone/worker.js")

    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert worker.headers["cache-control"] == "no-cache"
    assert worker.headers["content-type"].startswith("text/javascript")


async def test_a_file_goes_compressed_to_those_who_may_have_it(
    build: Path, client: httpx2.AsyncClient
) -> None:
    path = "/console/assets/app-1a2b3c.js"
    small = await client.get(path, headers={"accept-encoding": "gzip"})
    plain = await client.get(path, headers={"accept-encoding": "identity"})

    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert small.text == plain.text == "app" * 1000
    assert small.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    ["../secret.js", "assets/%2e%2e/%2e%2e/secret.js", "manifest.json", "built.txt", "assets/a.js"],
)
async def test_nothing_else_is_served(build: Path, client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(f"/console/{path}")

    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_without_a_build_the_page_says_how_to_get_one(
    client: httpx2.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSHANG_CONSOLE_DIR", str(tmp_path / "nothing"))
    settings.cache_clear()

    answer = await client.get("/console/enterprises")

    settings.cache_clear()
    assert answer.status_code == 503
    assert "make console" in answer.text
