"""The schema explorer: everything from our own host, nothing but what is listed."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from api import explorer
from service.settings import settings


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages that holds each asset, its own path for a content."""
    for path in explorer.ASSETS.values():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    (tmp_path / "secret.js").write_text("secret")
    monkeypatch.setenv("ANSHANG_EXPLORER_DIR", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def client() -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=Starlette(routes=explorer.routes))
    return httpx2.AsyncClient(transport=transport, base_url="http://anshang")


async def test_page_loads_nothing_from_elsewhere(
    packages: Path, client: httpx2.AsyncClient
) -> None:
    answer = await client.get("/explorer")

    assert answer.status_code == 200
    assert re.findall(r'(?:src|href)="([^"]*)"', answer.text) == [
        "/explorer/graphiql.css",
        "/explorer/react.js",
        "/explorer/react-dom.js",
        "/explorer/graphiql.js",
    ]
    assert not re.search(r"https?://", answer.text)


async def test_policy_admits_only_what_carries_the_nonce_of_this_answer(
    packages: Path, client: httpx2.AsyncClient
) -> None:
    first = await client.get("/explorer")
    second = await client.get("/explorer")

    nonces = set(re.findall(r'nonce="([^"]+)"', first.text))
    assert len(nonces) == 1
    policy = first.headers["content-security-policy"]
    assert f"script-src 'nonce-{nonces.pop()}';" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert policy != second.headers["content-security-policy"]
    tags = re.findall(r"<(?:script|style|link)[^>]*>", first.text)
    assert len(tags) == 6
    assert all("nonce=" in tag for tag in tags)


async def test_assets_are_served_with_their_types(
    packages: Path, client: httpx2.AsyncClient
) -> None:
    for name, path in explorer.ASSETS.items():
        answer = await client.get(f"/explorer/{name}")

        assert answer.status_code == 200
        assert answer.text == path
        assert answer.headers["content-type"].startswith(
            "text/css" if name.endswith(".css") else "text/javascript"
        )
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["secret.js", "..%2fsecret.js", "%2e%2e/secret.js", "react/umd", "", "%2fetc%2fpasswd"]
)
async def test_nothing_else_in_the_folder_can_be_fetched(
    packages: Path, client: httpx2.AsyncClient, name: str
) -> None:
    answer = await client.get(f"/explorer/{name}")

    assert answer.status_code in {307, 404}
    assert "secret" not in answer.text


async def test_without_its_scripts_the_page_says_how_to_install_them(
    packages: Path, client: httpx2.AsyncClient
) -> None:
    (packages / explorer.ASSETS["react.js"]).unlink()

    page = await client.get("/explorer")
    script = await client.get("/explorer/react.js")

    assert page.status_code == 503
    assert "npm ci --prefix infra/explorer" in page.text
    assert "<script" not in page.text
    assert script.status_code == 404


def test_the_lock_names_versions_and_hashes_but_no_registry() -> None:
    lock = (Path(explorer.__file__).parents[2] / "infra/explorer/package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert lock.count('"integrity"') > 50
