"""No token but one that was issued here and still holds opens anything."""

import asyncio
import base64
import json
import secrets
import string
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from service.identity import oauth, queries, sessions
from service.identity.rules import TokenExpired, TokenMalformed, TokenRevoked, TokenUnknown
from service.identity.tokens import TokenKind, fingerprint, kind_of, mint, same
from tenants.wall import tenant_transaction

Make = Callable[..., Any]
PASSWORD = "correct horse battery staple"
B = "A" * 43


def jot(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=")
             for p in (header, claims)]  # fmt: skip
    return ".".join([*parts, signature])


CLAIMS = {"sub": "admin", "role": "OPERATOR", "exp": 4102444800}
RSA = RSAKey.generate_key(2048)
MALFORMED = [
    "", " ", "null", "undefined", "Bearer", "ans_", "ans__", "ans_s_", "ans_a_", "ans_k_",
    "ans_s_" + "A" * 42, "ans_s_" + "A" * 44, "ans_s_" + "A" * 4096, "ans_x_" + B, "ANS_S_" + B,
    "ans-s-" + B, "ans_S_" + B, " ans_s_" + B, "ans_s_" + B + " ", "ans_s_" + B + "\n",
    "\tans_s_" + B, "ans_s_" + "A" * 42 + "=", "ans_s_" + "A" * 42 + "+",
    "ans_s_" + "A" * 42 + "/",
    "ans_s_" + "A" * 42 + "\x00", "ans_s_\x00" + "A" * 42, "ans_s_" + "А" * 43,
    "ans_s_" + "安" * 43,
    "ans_s_" + "Ａ" * 43, "ans_s_" + "A" * 42 + "%", "ans_s_" + "A" * 42 + "'",
    "ans_s_' or '1'='1' --" + "A" * 28, "ans_s_" + "../" * 14 + "A",
    "ans_s_${jndi:ldap://a}" + B[:26],
    "account:" + B, "app:" + B, "operator", "public", "0", "-1", "true", "[]", "{}", "*", "%",
    secrets.token_hex(32), secrets.token_urlsafe(32), "0" * 64, "f" * 64,
    jot({"alg": "none"}, CLAIMS), jot({"alg": "None"}, CLAIMS), jot({"alg": "nOnE"}, CLAIMS, "x"),
    jot({"alg": "HS256"}, CLAIMS, "c2ln"),
    jot({"alg": "RS256", "jku": "http://127.0.0.1/"}, CLAIMS, "x"),
    jwt.encode({"alg": "HS256"}, CLAIMS, OctKey.import_key("anshang-anshang-anshang-anshang-1")),
    jwt.encode({"alg": "RS256", "jwk": RSA.as_dict(private=False)}, CLAIMS, RSA),
    "v4.public." + B, "ghp_" + "A" * 36, "sk_live_" + "A" * 24,
    "ans_k_" + B,
]  # fmt: skip


@pytest.mark.parametrize("token", MALFORMED, ids=range(len(MALFORMED)))
async def test_a_malformed_token_is_refused_before_the_database_is_asked(token: str) -> None:
    with pytest.raises(TokenMalformed) as caught:
        await queries.authenticate(token)

    assert caught.value.code == "TOKEN_MALFORMED"
    assert len(caught.value.message) < 100


@pytest.fixture
async def genuine(world: Any, hire: Make, register: Make) -> dict[str, str]:
    account = await hire(world.towns[0].owner)
    app, secret = await register()
    return {
        "session": (await sessions.sign_in(account.login, PASSWORD, "192.0.2.50")).token,
        "app": (await oauth.issue_app_token(app.client_id, secret, None, "192.0.2.50")).token,
    }


def forgeries(token: str) -> list[str]:
    """Tokens in perfect form that were never issued, most of them near a genuine one."""
    head, body = token[:6], token[6:]
    other = "ans_a_" if head == "ans_s_" else "ans_s_"
    near = [
        head + body[:i] + ("B" if body[i] != "B" else "C") + body[i + 1 :] for i in range(0, 43, 3)
    ]
    return [
        *near, other + body, head + body[::-1], head + body.swapcase(), head + body[1:] + body[0],
        head + "A" * 43, head + "_" * 43, head + "-" * 43, head + queries.hash_of(token)[:43],
        *(mint(TokenKind(head[4])) for _ in range(10)),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["session", "app"])
async def test_a_forged_token_is_unknown(genuine: dict[str, str], kind: str) -> None:
    forged = forgeries(genuine[kind])
    assert len(set(forged)) == len(forged) >= 30

    for token in forged:
        with pytest.raises(TokenUnknown, match="not known here; sign in again"):
            await queries.authenticate(token)

    assert (await queries.authenticate(genuine[kind])).anonymous is False


async def test_the_stored_hash_opens_nothing(genuine: dict[str, str]) -> None:
    for token in genuine.values():
        with pytest.raises(TokenMalformed):
            await queries.authenticate(queries.hash_of(token))


async def test_another_pepper_knows_no_token(
    genuine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_pepper", lambda: b"p" * 32)

    for token in genuine.values():
        with pytest.raises(TokenUnknown):
            await queries.authenticate(token)


async def test_expired_and_revoked_tokens_say_so(
    genuine: dict[str, str], later: Callable[[timedelta], None]
) -> None:
    await sessions.sign_out(genuine["session"])
    with pytest.raises(TokenRevoked, match="revoked; sign in again"):
        await queries.authenticate(genuine["session"])

    later(timedelta(hours=1))
    with pytest.raises(TokenExpired, match=r"expired at 20\d\d-.*; sign in again"):
        await queries.authenticate(genuine["app"])


async def test_a_remembered_principal_never_outlives_its_token(
    genuine: dict[str, str], later: Callable[[timedelta], None]
) -> None:
    later(timedelta(minutes=59, seconds=59))
    await queries.authenticate(genuine["app"])

    (until, _), *_ = queries._cache.values()

    assert until - queries.time.monotonic() <= 1.0


async def test_the_memory_of_a_process_is_bounded(
    genuine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CACHE_LIMIT", 1)

    for token in genuine.values():
        await queries.authenticate(token)

    assert len(queries._cache) == 1


@given(st.text(alphabet=string.printable, max_size=80))
def test_no_text_passes_by_chance(text: str) -> None:
    with pytest.raises(TokenMalformed):
        kind_of(text)


@pytest.mark.parametrize("kind", TokenKind)
def test_minted_tokens_are_recognised_and_differ(kind: TokenKind) -> None:
    minted = {mint(kind) for _ in range(1000)}

    assert len(minted) == 1000
    assert {kind_of(token) for token in minted} == {kind}


def test_the_fingerprint_needs_the_whole_pepper() -> None:
    assert fingerprint("x", b"a" * 32) != fingerprint("x", b"b" * 32)
    assert same(fingerprint("x", b"a" * 32), fingerprint("x", b"a" * 32))
    assert not same("ab", "abc")
    for pepper in (b"", b"a" * 31, b"a" * 33):
        with pytest.raises(ValueError, match="64 hex digits"):
            fingerprint("x", pepper)


async def test_requests_that_come_together_look_their_token_up_once(
    genuine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    queries.forget()
    opened = []

    def counted(*args: Any, **named: Any) -> Any:
        opened.append(args)
        return tenant_transaction(*args, **named)

    monkeypatch.setattr(queries, "tenant_transaction", counted)
    asked = [asyncio.create_task(queries.authenticate(genuine["session"])) for _ in range(40)]
    await asyncio.sleep(0)
    asked[0].cancel()  # the one who asked first leaves; the others are answered
    found = await asyncio.gather(*asked, return_exceptions=True)

    assert len(opened) == 1
    assert isinstance(found[0], asyncio.CancelledError)
    assert {one.key for one in found[1:]} == {found[1].key}  # type: ignore[union-attr]


async def test_what_was_looked_up_during_a_revocation_is_nobody_elses_answer(
    genuine: dict[str, str],
) -> None:
    queries.forget()
    before = asyncio.create_task(queries.authenticate(genuine["session"]))
    await asyncio.sleep(0)

    await sessions.sign_out(genuine["session"])
    await asyncio.gather(before, return_exceptions=True)

    with pytest.raises(TokenRevoked):
        await queries.authenticate(genuine["session"])
