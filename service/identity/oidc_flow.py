"""The two ends of a sign-in through the identity provider: sending away and coming back."""

import secrets
from dataclasses import dataclass

from service import clock
from service.identity import queries
from service.identity.oidc import OidcFailed, Provider
from service.identity.rate_limit import limiter
from service.identity.records import OidcFlow
from service.identity.rules import OIDC_ADDRESS, OIDC_FLOW_LIFETIME
from service.identity.sessions import SignedIn, sign_in_subject
from service.ids import new_id
from tenants.scope import Scope
from tenants.wall import tenant_transaction


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes, and the secret that it must still hold when it returns."""

    url: str
    browser: str


async def begin(provider: Provider, next_path: str, address: str) -> Departure:
    """Start a sign-in that ends at `next_path` of this platform.

    Raises:
        RateLimited: too many from this address.
        OidcFailed: the provider cannot be used.
    """
    await limiter().hit([(OIDC_ADDRESS, address)])
    state, browser, nonce = (secrets.token_urlsafe(32) for _ in range(3))
    verifier = secrets.token_urlsafe(48)
    url = await provider.authorization_url(state, nonce, verifier)
    async with tenant_transaction(Scope.of_platform("oidc")):
        await OidcFlow.create(
            id=new_id(),
            state_hash=queries.hash_of(state),
            browser_hash=queries.hash_of(browser),
            nonce=nonce,
            verifier=verifier,
            next_path=local_path(next_path),
            expires_at=clock.now() + OIDC_FLOW_LIFETIME,
        )
    return Departure(url, browser)


async def finish(
    provider: Provider, state: str, code: str, browser: str, *, issuer: str = ""
) -> tuple[SignedIn, str]:
    """Take the browser back from the provider; returns the session and where to go.

    A state counts once, whatever comes of it.  `issuer` is the response's `iss` (RFC 9207).

    Raises:
        OidcFailed: state, browser, issuer or what the provider says does not fit.
        SignInFailed: no account is linked to the identity.
        AccountSuspended: the account may not sign in.
    """
    flow = await _take(state)
    if flow is None:
        raise OidcFailed("this sign-in is not under way here, or took too long; start it again")
    if flow.browser_hash != queries.hash_of(browser):
        raise OidcFailed("this sign-in was started in another browser; start it again")
    if issuer and issuer != provider.issuer:
        raise OidcFailed("the answer comes from another provider; start the sign-in again")
    now_seconds = int(clock.now().timestamp())
    subject = await provider.subject(code, flow.verifier, flow.nonce, now_seconds)
    return await sign_in_subject(subject), flow.next_path


async def _take(state: str) -> OidcFlow | None:
    """The flow of a state, removed so that nobody uses it again."""
    async with tenant_transaction(Scope.of_platform("oidc")):
        flow = await OidcFlow.filter(state_hash=queries.hash_of(state)).select_for_update().first()
        if flow is None:
            return None
        await flow.delete()
    return flow if flow.expires_at > clock.now() else None


def local_path(path: str) -> str:
    """The path when it stays on this platform, else `/`: no open redirect."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and len(path) <= 500
    return path if plain and path.isprintable() and "\\" not in path else "/"
