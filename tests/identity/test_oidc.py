"""Sign-in through an identity provider: the honest way works, every other way is refused."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from service.identity import oidc_flow, queries
from service.identity.oidc import OidcFailed, Provider, subject_key
from service.identity.records import OidcFlow
from service.identity.rules import AccountSuspended, SignInFailed
from tenants.scope import Scope
from tenants.wall import tenant_transaction
from tests.identity.local_provider import CLIENT, LocalProvider

Make = Callable[..., Any]
_hosts = cycle(range(1, 250))
Claims = dict[str, Any]


@pytest.fixture
def idp() -> Iterator[Any]:
    server = LocalProvider()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ours(idp: Any) -> Provider:
    return Provider(idp.issuer, *CLIENT, "http://127.0.0.1:8000/oidc/callback")


@pytest.fixture
async def linked(world: Any, hire: Make, idp: Any) -> Any:
    subject = subject_key(idp.issuer, idp.subject)
    return await hire(world.towns[0].owner, password=None, oidc_subject=subject)


async def round_trip(ours: Provider, idp: Any, **changed: str) -> Any:
    departure = await oidc_flow.begin(ours, "/explorer", f"192.0.2.{next(_hosts)}")
    code, state = idp.log_in(departure.url)
    given = {"state": state, "code": code, "browser": departure.browser, **changed}
    return await oidc_flow.finish(ours, **given)


async def flows() -> int:
    async with tenant_transaction(Scope.of_platform("test")):
        return await OidcFlow.all().count()


async def refused(ours: Provider, idp: Any, match: str, **changed: str) -> None:
    with pytest.raises(OidcFailed, match=match) as caught:
        await round_trip(ours, idp, **changed)
    assert caught.value.code == "OIDC_FAILED"
    assert "start" in caught.value.message


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_the_honest_way(linked: Any, ours: Provider, idp: Any, algorithm: str) -> None:
    idp.algorithm = algorithm
    before = await flows()

    signed_in, path = await round_trip(ours, idp)

    assert path == "/explorer"
    principal = await queries.authenticate(signed_in.token)
    assert principal.key == f"account:{linked.id}"
    assert await flows() == before


async def test_an_account_without_a_password_has_none(linked: Any) -> None:
    from service.identity import sessions

    for guess in ("", "None", "correct horse battery staple"):
        with pytest.raises(SignInFailed):
            await sessions.sign_in(linked.login, guess, "192.0.2.61")


async def test_an_identity_without_an_account_is_told_so(ours: Provider, idp: Any) -> None:
    idp.subject = "stranger"

    with pytest.raises(SignInFailed, match="no account is linked"):
        await round_trip(ours, idp)


async def test_the_same_subject_of_another_issuer_is_another_person(
    world: Any, hire: Make, ours: Provider, idp: Any
) -> None:
    await hire(
        world.towns[0].owner, oidc_subject=subject_key("https://elsewhere.example", idp.subject)
    )

    with pytest.raises(SignInFailed, match="no account is linked"):
        await round_trip(ours, idp)


async def test_a_suspended_account_stays_out(linked: Any, ours: Provider, idp: Any) -> None:
    from service.identity import commands

    async with tenant_transaction(Scope.of_platform("operator")):
        await commands.suspend_account(linked.login)

    with pytest.raises(AccountSuspended):
        await round_trip(ours, idp)


async def test_a_wrong_state_is_refused(linked: Any, ours: Provider, idp: Any) -> None:
    await refused(ours, idp, "not under way here", state="A" * 43)
    await refused(ours, idp, "not under way here", state="")


async def test_another_browser_is_refused_and_uses_the_state_up(
    linked: Any, ours: Provider, idp: Any
) -> None:
    departure = await oidc_flow.begin(ours, "/", f"192.0.2.{next(_hosts)}")
    code, state = idp.log_in(departure.url)
    for browser in ("", "A" * 43):
        with pytest.raises(OidcFailed):
            await oidc_flow.finish(ours, state, code, browser)

    with pytest.raises(OidcFailed, match="not under way"):
        await oidc_flow.finish(ours, state, code, departure.browser)
    assert "/token" not in idp.requests


async def test_a_state_counts_once(linked: Any, ours: Provider, idp: Any) -> None:
    departure = await oidc_flow.begin(ours, "/", f"192.0.2.{next(_hosts)}")
    code, state = idp.log_in(departure.url)
    await oidc_flow.finish(ours, state, code, departure.browser)

    with pytest.raises(OidcFailed, match="not under way"):
        await oidc_flow.finish(ours, state, code, departure.browser)


async def test_ten_minutes_are_the_limit(
    linked: Any, ours: Provider, idp: Any, later: Callable[[timedelta], None]
) -> None:
    departure = await oidc_flow.begin(ours, "/", f"192.0.2.{next(_hosts)}")
    code, state = idp.log_in(departure.url)
    later(timedelta(minutes=10, seconds=1))

    with pytest.raises(OidcFailed, match="took too long"):
        await oidc_flow.finish(ours, state, code, departure.browser)


async def test_a_verifier_that_does_not_fit_its_challenge_is_refused(
    linked: Any, ours: Provider, idp: Any
) -> None:
    departure = await oidc_flow.begin(ours, "/", f"192.0.2.{next(_hosts)}")
    code, state = idp.log_in(departure.url)
    async with tenant_transaction(Scope.of_platform("test")):
        await OidcFlow.filter(state_hash=queries.hash_of(state)).update(verifier="v" * 64)

    with pytest.raises(OidcFailed, match="refused the code"):
        await oidc_flow.finish(ours, state, code, departure.browser)


async def test_a_code_of_another_sign_in_is_refused(linked: Any, ours: Provider, idp: Any) -> None:
    other = await oidc_flow.begin(ours, "/", f"192.0.2.{next(_hosts)}")
    code, _ = idp.log_in(other.url)

    await refused(ours, idp, "refused the code", code=code)
    await refused(ours, idp, "refused the code", code="made-up")


async def test_an_answer_of_another_issuer_is_refused(
    linked: Any, ours: Provider, idp: Any
) -> None:
    await refused(ours, idp, "another provider", issuer="https://elsewhere.example")


async def test_our_wrong_secret_is_refused(linked: Any, idp: Any) -> None:
    wrong = Provider(idp.issuer, CLIENT[0], "wrong", "http://127.0.0.1:8000/oidc/callback")

    await refused(wrong, idp, "refused the code")


NOW = int(time.time())
LIES: dict[str, Callable[[Claims], Claims]] = {
    "other issuer": lambda c: c | {"iss": "https://elsewhere.example"},
    "no issuer": lambda c: {k: v for k, v in c.items() if k != "iss"},
    "issuer list": lambda c: c | {"iss": [c["iss"]]},
    "other audience": lambda c: c | {"aud": "another-client"},
    "no audience": lambda c: {k: v for k, v in c.items() if k != "aud"},
    "empty audience": lambda c: c | {"aud": []},
    "two audiences, no party": lambda c: c | {"aud": [CLIENT[0], "another"]},
    "other party": lambda c: c | {"azp": "another-client"},
    "expired": lambda c: c | {"exp": NOW - 61},
    "long expired": lambda c: c | {"exp": 0},
    "no expiry": lambda c: {k: v for k, v in c.items() if k != "exp"},
    "expiry a text": lambda c: c | {"exp": "tomorrow"},
    "expiry true": lambda c: c | {"exp": True},
    "from the future": lambda c: c | {"iat": c["iat"] + 3600},
    "no time of issue": lambda c: {k: v for k, v in c.items() if k != "iat"},
    "not yet valid": lambda c: c | {"nbf": c["iat"] + 3600},
    "other nonce": lambda c: c | {"nonce": "A" * 43},
    "no nonce": lambda c: {k: v for k, v in c.items() if k != "nonce"},
    "empty nonce": lambda c: c | {"nonce": ""},
    "no subject": lambda c: {k: v for k, v in c.items() if k != "sub"},
    "empty subject": lambda c: c | {"sub": ""},
    "subject a number": lambda c: c | {"sub": 1},
    "subject too long": lambda c: c | {"sub": "x" * 256},
}


@pytest.mark.parametrize("lie", LIES)
async def test_claims_that_do_not_hold(linked: Any, ours: Provider, idp: Any, lie: str) -> None:
    idp.tell = LIES[lie]

    with pytest.raises(OidcFailed):
        await round_trip(ours, idp)


STRANGER = RSAKey.generate_key(2048, {"kid": "r1"})
STRANGER_EC = ECKey.generate_key("P-256", {"kid": "e1"})
UNKNOWN = RSAKey.generate_key(2048, {"kid": "unknown"})


def public_pem(idp: Any) -> OctKey:
    return OctKey.import_key(idp.rsa.as_pem(private=False))


FORGERIES: dict[str, Callable[[Any, Claims], str]] = {
    "another key of the same name": lambda p, c: jwt.encode(
        {"alg": "RS256", "kid": "r1"}, c, STRANGER
    ),
    "another curve key of the same name": lambda p, c: jwt.encode(
        {"alg": "ES256", "kid": "e1"}, c, STRANGER_EC
    ),
    "an unknown key": lambda p, c: jwt.encode({"alg": "RS256", "kid": "unknown"}, c, UNKNOWN),
    "a key in its own header": lambda p, c: jwt.encode(
        {"alg": "RS256", "jwk": UNKNOWN.as_dict(private=False)}, c, UNKNOWN
    ),
    "an algorithm we do not take": lambda p, c: jwt.encode(
        {"alg": "RS512", "kid": "r1"}, c, p.rsa, algorithms=["RS512"]
    ),
    "padding we do not take": lambda p, c: jwt.encode(
        {"alg": "PS256", "kid": "r1"}, c, p.rsa, algorithms=["PS256"]
    ),
    "the public key as a shared secret": lambda p, c: jwt.encode(
        {"alg": "HS256", "kid": "r1"}, c, public_pem(p), algorithms=["HS256"]
    ),
    "the client secret as a shared secret": lambda p, c: jwt.encode(
        {"alg": "HS256"}, c, OctKey.import_key(CLIENT[1] * 2), algorithms=["HS256"]
    ),
    "no signature": lambda p, c: p.honest(c).rsplit(".", 1)[0] + ".",
    "algorithm none": lambda p, c: (
        "eyJhbGciOiJub25lIn0." + p.honest(c).split(".")[1] + "."
    ),
    "algorithm none with a signature": lambda p, c: (
        "eyJhbGciOiJub25lIn0." + ".".join(p.honest(c).split(".")[1:])
    ),
    "claims exchanged": lambda p, c: ".".join(
        [p.honest(c).split(".")[0], p.honest(c | {"sub": "admin"}).split(".")[1],
         p.honest(c).split(".")[2]]
    ),
    "signature of another curve": lambda p, c: p.honest(c)[:-8] + "AAAAAAAA",
    "two parts": lambda p, c: p.honest(c).rsplit(".", 1)[0],
    "five parts": lambda p, c: p.honest(c) + ".a.b",
    "no token": lambda p, c: "",
    "garbage": lambda p, c: "..",
    "not base64": lambda p, c: "!.!.!",
    "claims no object": lambda p, c: "eyJhbGciOiJSUzI1NiJ9.W10.c2ln",
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_forged_id_tokens(linked: Any, ours: Provider, idp: Any, forgery: str) -> None:
    idp.sign = lambda claims: FORGERIES[forgery](idp, claims)

    with pytest.raises(OidcFailed):
        await round_trip(ours, idp)


async def test_a_new_key_of_the_provider_is_fetched_but_not_on_demand_of_a_forger(
    linked: Any, ours: Provider, idp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await round_trip(ours, idp)
    idp.rsa = RSAKey.generate_key(2048, {"kid": "r2"})
    with pytest.raises(OidcFailed):
        await round_trip(ours, idp)
    with pytest.raises(OidcFailed):
        await round_trip(ours, idp)
    assert idp.requests.count("/jwks") == 1
    monkeypatch.setattr("service.identity.oidc.REFRESH_KEYS_SECONDS", 0.0)

    signed_in, _ = await round_trip(ours, idp)

    assert signed_in.token
    assert idp.requests.count("/jwks") == 2
    assert idp.requests.count("/.well-known/openid-configuration") == 1


DESCRIPTIONS: dict[str, Callable[[Claims], Claims]] = {
    "other issuer": lambda d: d | {"issuer": "https://elsewhere.example"},
    "issuer with a slash": lambda d: d | {"issuer": d["issuer"] + "/"},
    "no keys": lambda d: {k: v for k, v in d.items() if k != "jwks_uri"},
    "endpoint a number": lambda d: d | {"token_endpoint": 1},
    "token endpoint in clear": lambda d: d | {"token_endpoint": "http://192.0.2.1/token"},
    "keys from a file": lambda d: d | {"jwks_uri": "file:///etc/passwd"},
    "a list": lambda d: [d],  # type: ignore[list-item, return-value]
}


@pytest.mark.parametrize("lie", DESCRIPTIONS)
async def test_descriptions_that_do_not_hold(ours: Provider, idp: Any, lie: str) -> None:
    idp.describe = DESCRIPTIONS[lie]

    with pytest.raises(OidcFailed):
        await oidc_flow.begin(ours, "/", f"192.0.2.{next(_hosts)}")


async def test_a_provider_that_does_not_answer(database: None) -> None:
    silent = Provider("http://127.0.0.1:1", *CLIENT, "http://127.0.0.1:8000/oidc/callback")

    with pytest.raises(OidcFailed, match="does not answer"):
        await oidc_flow.begin(silent, "/", f"192.0.2.{next(_hosts)}")


async def test_a_provider_without_tls_is_for_this_machine_only(database: None) -> None:
    clear = Provider("http://login.example", *CLIENT, "http://127.0.0.1:8000/oidc/callback")

    with pytest.raises(OidcFailed, match="not https"):
        await oidc_flow.begin(clear, "/", f"192.0.2.{next(_hosts)}")


async def test_keys_that_cannot_be_read(linked: Any, ours: Provider, idp: Any) -> None:
    idp.keys = []
    idp.key_set = lambda: {"keys": [{"kty": "RSA", "n": "!", "e": "!"}]}

    with pytest.raises(OidcFailed):
        await round_trip(ours, idp)
