"""The routes of sign-in, as programs, browsers and applications use them."""

import base64
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from api import sign_in
from api.app import create_app
from service.identity import oidc, queries
from service.identity.oidc import subject_key
from service.settings import settings
from tests.identity.local_provider import CLIENT, LocalProvider

PASSWORD = "correct horse battery staple"
ORIGIN = "http://anshang.test"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Make = Callable[..., Any]
_hosts = count(1)


@pytest.fixture
async def browser(database: None) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of its own address."""
    host = next(_hosts)
    transport = httpx2.ASGITransport(
        app=create_app(queries.authenticate), client=(f"203.0.113.{host % 250}", 40000)
    )
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


async def viewer(client: httpx2.AsyncClient, **headers: str) -> httpx2.Response:
    return await client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)


async def test_a_program_signs_in_with_json_and_uses_the_token(
    world: Any, hire: Make, browser: httpx2.AsyncClient
) -> None:
    account = await hire(world.towns[0].owner)

    answer = await browser.post("/sign-in", json={"login": account.login, "password": PASSWORD})

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    body = answer.json()
    assert body["account"] == {
        "name": "王安",
        "role": "TENANT_ADMIN",
        "tenant": {"code": world.towns[0].code, "name": world.towns[0].name},
    }
    assert body["expiresAt"].endswith("+00:00")
    bearer = {"Authorization": f"Bearer {body['token']}"}
    assert (await viewer(browser, **bearer)).status_code == 200
    assert (await browser.post("/sign-out", headers=bearer)).json() == {"ended": 1}
    refused = await viewer(browser, **bearer)
    assert refused.status_code == 401
    assert refused.json()["errors"][0]["extensions"]["code"] == "TOKEN_REVOKED"
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_a_browser_signs_in_with_a_form_and_gets_a_cookie(
    world: Any, hire: Make, browser: httpx2.AsyncClient
) -> None:
    account = await hire(world.towns[0].owner)
    form = {"login": account.login, "password": PASSWORD, "next": "/explorer"}

    answer = await browser.post("/sign-in", data=form, headers={"Origin": ORIGIN})

    assert (answer.status_code, answer.headers["location"]) == (303, "/explorer")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("anshang_session=ans_s_")
    assert {"httponly", "samesite=lax", "path=/"} <= set(cookie.split("; "))
    assert "secure" not in cookie
    assert (await viewer(browser)).status_code == 200
    left = await browser.post("/sign-out", data={"everywhere": "on"}, headers={"Origin": ORIGIN})
    assert left.status_code == 303
    assert browser.cookies.get("anshang_session") is None


async def test_the_cookie_is_secure_where_the_platform_has_tls(
    world: Any, hire: Make, browser: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "public_url", "https://anshang.example")
    account = await hire(world.towns[0].owner)

    answer = await browser.post("/sign-in", data={"login": account.login, "password": PASSWORD})

    assert "Secure" in answer.headers["set-cookie"].split("; ")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"}, {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    ],
)  # fmt: skip
async def test_a_form_of_another_site_signs_nobody_in_or_out(
    world: Any, hire: Make, browser: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    account = await hire(world.towns[0].owner)
    form = {"login": account.login, "password": PASSWORD}
    refused = await browser.post("/sign-in", data=form, headers=headers)
    assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
    await browser.post("/sign-in", data=form)

    for kwargs in ({"data": {"x": ""}}, {}):
        assert (await browser.post("/sign-out", headers=headers, **kwargs)).status_code == 403

    assert (await viewer(browser)).status_code == 200


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_a_form_leads_nowhere_else(
    world: Any, hire: Make, browser: httpx2.AsyncClient, path: str
) -> None:
    account = await hire(world.towns[0].owner)
    form = {"login": account.login, "password": PASSWORD, "next": path}

    assert (await browser.post("/sign-in", data=form)).headers["location"] == "/"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {"Content-Type": "application/json"}, 400, "INVALID"),
        (b"[]", {"Content-Type": "application/json"}, 400, "INVALID"),
        (b"{}", {"Content-Type": "application/json"}, 400, "INVALID"),
        (b'{"login": 1, "password": 2}', {"Content-Type": "application/json"}, 400, "INVALID"),
        (b'{"login": "a", "password": ""}', {"Content-Type": "application/json"}, 400, "INVALID"),
        (b'{"login":"a","password":"b"}', {"Content-Type": "text/plain"}, 400, "INVALID"),
        (b'{"login":"a","password":"b"}', {}, 400, "INVALID"),
        (b"login=a&login=b&password=c", FORM, 400, "INVALID"),
        (b"\xff\xfe", FORM, 400, "INVALID"),
        (b"&".join(b"a%d=1" % i for i in range(30)), FORM, 400, "INVALID"),
        (b"x" * 20_000, {"Content-Type": "application/json"}, 400, "INVALID"),
        (
            b'{"login":"nobody-here","password":"wrong"}',
            {"Content-Type": "application/json; charset=utf-8"},
            401,
            "SIGN_IN_FAILED",
        ),
        (
            b'{"login":"\\u0000","password":"\\u0000"}',
            {"Content-Type": "application/json"},
            401,
            "SIGN_IN_FAILED",
        ),
    ],
)
async def test_what_is_wrong_with_a_request_is_said(
    browser: httpx2.AsyncClient, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await browser.post("/sign-in", content=body, headers=headers)

    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["requestId"] == answer.headers["x-request-id"]


async def test_too_many_attempts_are_told_when_to_come_back(
    world: Any, hire: Make, browser: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.identity.sessions.FAILURE_SECONDS", 0.0)
    account = await hire(world.towns[0].owner)
    guess = {"login": account.login, "password": "wrong horse battery staple"}
    statuses = [(await browser.post("/sign-in", json=guess)).status_code for _ in range(10)]

    answer = await browser.post("/sign-in", json=guess | {"password": PASSWORD})

    assert statuses == [401] * 10
    assert answer.status_code == 429
    assert 800 < int(answer.headers["retry-after"]) <= 900
    assert answer.json()["error"]["code"] == "RATE_LIMITED"


async def test_signing_out_needs_a_session(browser: httpx2.AsyncClient) -> None:
    assert (await browser.post("/sign-out")).status_code == 401
    forged = {"Authorization": "Bearer forged"}
    answer = await browser.post("/sign-out", headers=forged)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "TOKEN_MALFORMED")


async def test_a_dead_cookie_is_taken_away(browser: httpx2.AsyncClient) -> None:
    browser.cookies.set("anshang_session", "ans_s_" + "A" * 43)

    answer = await browser.post("/sign-out", data={"x": ""}, headers={"Origin": ORIGIN})

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "TOKEN_UNKNOWN")
    assert answer.headers["set-cookie"].startswith('anshang_session=""; ')
    assert "Max-Age=0" in answer.headers["set-cookie"]


async def ask(client: httpx2.AsyncClient, app: Any, secret: str, **form: str) -> httpx2.Response:
    asked = {"grant_type": "client_credentials", **form}
    return await client.post("/oauth/token", data=asked, auth=(app.client_id, secret))


async def test_an_application_gets_a_token_by_basic_or_by_form(
    world: Any, register: Make, grant: Make, browser: httpx2.AsyncClient
) -> None:
    app, secret = await register("hazard:read", "register:read")
    await grant(app, world.towns[0].owner)

    first = await ask(browser, app, secret, scope="register:read")
    second = await browser.post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials",
            "client_id": app.client_id,
            "client_secret": secret,
        },
    )

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.headers["cache-control"] == "no-store"
    assert 3590 <= first.json()["expires_in"] <= 3600
    assert first.json()["token_type"] == "Bearer"
    assert first.json()["scope"] == "register:read"
    assert second.json()["scope"] == "hazard:read register:read"
    bearer = {"Authorization": f"Bearer {first.json()['access_token']}"}
    assert (await viewer(browser, **bearer)).status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"scope": "everything"}, 400, "invalid_scope"),
        ({"scope": "hazard:read register:read"}, 400, "invalid_scope"),
        ({"client_secret": "x"}, 400, "invalid_request"),
    ],
)
async def test_errors_of_the_token_endpoint(
    register: Make, browser: httpx2.AsyncClient, form: dict[str, str], status: int, error: str
) -> None:
    app, secret = await register("hazard:read")

    answer = await ask(browser, app, secret, **form)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "authorization",
    [
        None, "Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "Basic " + base64.b64encode(b"app_0:wrong").decode(), "Bearer x",
        "Basic " + base64.b64encode(b"no-colon").decode(),
    ],
)  # fmt: skip
async def test_a_client_that_does_not_prove_itself(
    browser: httpx2.AsyncClient, authorization: str | None
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = await browser.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers=headers
    )

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"] == 'Basic realm="anshang"'


async def test_the_token_endpoint_takes_forms_only(browser: httpx2.AsyncClient) -> None:
    for path in ("/oauth/token", "/oauth/revoke"):
        answer = await browser.post(path, json={"grant_type": "client_credentials"})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        twice = await browser.post(path, content=b"a=1&a=2", headers=FORM)
        assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
        assert (await browser.get(path)).status_code == 405


async def test_an_application_gives_a_token_back(
    register: Make, browser: httpx2.AsyncClient
) -> None:
    app, secret = await register()
    token = (await ask(browser, app, secret)).json()["access_token"]
    auth = (app.client_id, secret)

    for given in (token, token, "unknown"):
        answer = await browser.post("/oauth/revoke", data={"token": given}, auth=auth)
        assert (answer.status_code, answer.text) == (200, "")

    bearer = {"Authorization": f"Bearer {token}"}
    assert (await viewer(browser, **bearer)).status_code == 401
    assert (await browser.post("/oauth/revoke", data={}, auth=auth)).status_code == 400
    wrong = await browser.post("/oauth/revoke", data={"token": token}, auth=(app.client_id, "x"))
    assert wrong.json()["error"] == "invalid_client"


async def test_an_applications_token_signs_nobody_out(
    register: Make, browser: httpx2.AsyncClient
) -> None:
    app, secret = await register()
    token = (await ask(browser, app, secret)).json()["access_token"]

    answer = await browser.post("/sign-out", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 404
    assert "/oauth/revoke" in answer.json()["error"]["message"]


@pytest.fixture
def idp(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalProvider]:
    server = LocalProvider()
    server.start()
    monkeypatch.setattr(settings(), "oidc_issuer", server.issuer)
    monkeypatch.setattr(settings(), "oidc_client_id", CLIENT[0])
    monkeypatch.setattr(settings(), "oidc_client_secret", SecretStr(CLIENT[1]))
    monkeypatch.setattr(settings(), "public_url", ORIGIN)
    yield server
    server.stop()


async def test_a_browser_signs_in_through_the_provider(
    world: Any, hire: Make, browser: httpx2.AsyncClient, idp: LocalProvider
) -> None:
    await hire(world.towns[0].owner, oidc_subject=subject_key(idp.issuer, idp.subject))

    away = await browser.get("/oidc/start", params={"next": "/explorer"})
    assert away.status_code == 302
    assert away.headers["location"].startswith(f"{idp.issuer}/authorize?")
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    assert asked["redirect_uri"] == [f"{ORIGIN}/oidc/callback"]
    assert "HttpOnly" in away.headers["set-cookie"]
    code, state = idp.log_in(away.headers["location"])
    back = await browser.get("/oidc/callback", params={"code": code, "state": state})

    assert (back.status_code, back.headers["location"]) == (303, "/explorer")
    assert (await viewer(browser)).status_code == 200
    again = await browser.get("/oidc/callback", params={"code": code, "state": state})
    assert (again.status_code, again.json()["error"]["code"]) == (401, "OIDC_FAILED")


async def test_the_answer_in_another_browser_opens_nothing(
    world: Any, hire: Make, browser: httpx2.AsyncClient, idp: LocalProvider
) -> None:
    await hire(world.towns[0].owner, oidc_subject=subject_key(idp.issuer, idp.subject))
    away = await browser.get("/oidc/start")
    code, state = idp.log_in(away.headers["location"])
    browser.cookies.clear()

    back = await browser.get("/oidc/callback", params={"code": code, "state": state})

    assert (back.status_code, "set-cookie" in back.headers) == (401, False)


@pytest.mark.parametrize(
    "params",
    [{}, {"error": "access_denied", "state": "x"}, {"code": "x"}, {"state": "x"},
     {"code": "x", "state": "\x00"}],
)  # fmt: skip
async def test_an_answer_that_is_none(
    browser: httpx2.AsyncClient, idp: LocalProvider, params: dict[str, str]
) -> None:
    answer = await browser.get("/oidc/callback", params=params)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "OIDC_FAILED")


async def test_without_a_provider_the_password_is_the_way(browser: httpx2.AsyncClient) -> None:
    assert oidc.provider() is None

    answer = await browser.get("/oidc/start")

    assert answer.status_code == 404
    assert "sign in by password" in answer.json()["error"]["message"]


def test_every_route_is_named_once() -> None:
    assert sorted(route.path for route in sign_in.routes) == [
        "/oauth/revoke", "/oauth/token", "/oidc/callback", "/oidc/start", "/sign-in", "/sign-out",
    ]  # fmt: skip
