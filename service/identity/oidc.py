"""Sign-in through an identity provider: OpenID Connect Core 1.0 code flow with PKCE (RFC 7636).

The one door to the provider.  What comes back is believed only when state, browser, nonce,
signature, issuer, audience and times all fit.
"""

import time
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import structlog

from service.identity.rules import SignInFailed
from service.late import Late
from service.settings import settings

if TYPE_CHECKING:
    import httpx2
    from authlib.common import errors as oauth
    from authlib.integrations import httpx_client
    from joserfc import errors, jwk, jwt
else:
    httpx2, oauth = Late("httpx2"), Late("authlib.common.errors")
    httpx_client = Late("authlib.integrations.httpx_client")
    errors, jwk, jwt = Late("joserfc.errors"), Late("joserfc.jwk"), Late("joserfc.jwt")

ALGORITHMS = ("RS256", "ES256")  # signatures we accept; never `none`, never a shared secret
TIMEOUT_SECONDS = 10.0
LEEWAY_SECONDS = 60  # how far the provider's clock may be off
KEEP_METADATA_SECONDS = 3600.0
REFRESH_KEYS_SECONDS = 60.0  # unknown key ids make us ask no more often than this
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")

log = structlog.get_logger()


class OidcFailed(SignInFailed):
    """The provider, or somebody in its place, gave an answer that does not hold."""

    code = "OIDC_FAILED"


class Provider:
    """One identity provider, as its discovery document describes it."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, redirect_uri: str) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self._secret = client_secret
        self._redirect_uri = redirect_uri
        self._metadata: dict[str, str] = {}
        self._metadata_until = 0.0
        self._keys: jwk.KeySet | None = None
        self._keys_at = 0.0

    async def authorization_url(self, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes to sign in.

        Raises:
            OidcFailed: the provider cannot be reached or describes itself wrongly.
        """
        metadata = await self._discover()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=state,
                nonce=nonce,
                code_verifier=verifier,
            )
        return str(url)

    async def subject(self, code: str, verifier: str, nonce: str, now_seconds: int) -> str:
        """Exchange the code and return `issuer subject` of who signed in.

        Raises:
            OidcFailed: the code or verifier was refused, or the id token does not hold.
        """
        metadata = await self._discover()
        try:
            async with self._client() as client:
                answer = await client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                )
        except (oauth.AuthlibBaseError, httpx2.HTTPError, ValueError, TypeError) as error:
            raise _refused("the provider refused the code", error) from error
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _refused("the provider sent no id token")
        claims = await self._verified(token, nonce, now_seconds)
        return subject_key(self.issuer, claims["sub"])

    async def _verified(self, token: str, nonce: str, now_seconds: int) -> dict[str, Any]:
        """The claims of an id token that holds (OpenID Connect Core 1.0 §3.1.3.7)."""
        try:
            claims = await self._decode(token)
            rules = jwt.JWTClaimsRegistry(
                now=now_seconds,
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            rules.validate(claims)
        except (errors.JoseError, ValueError, TypeError, KeyError) as error:
            raise _refused("the provider's id token does not hold", error) from error
        audience, party = claims["aud"], claims.get("azp")
        shared = isinstance(audience, list) and len(audience) > 1
        if (shared or party is not None) and party != self.client_id:
            raise _refused("the id token was made for another party")
        if len(claims["sub"]) > 255 - len(self.issuer) - 1:
            raise _refused("the subject is too long")
        return claims

    async def _decode(self, token: str) -> dict[str, Any]:
        """Claims with a good signature; a key we do not know yet is asked for once a minute."""
        keys = await self._key_set(renew=False)
        try:
            return jwt.decode(token, keys, list(ALGORITHMS)).claims
        except (errors.JoseError, ValueError):
            renewed = await self._key_set(renew=True)
            if renewed is keys:
                raise
            return jwt.decode(token, renewed, list(ALGORITHMS)).claims

    async def _discover(self) -> dict[str, str]:
        if time.monotonic() < self._metadata_until:
            return self._metadata
        document = await self._get(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if any(not isinstance(document.get(name), str) for name in NEEDED):
            raise _refused("the provider's description lacks an endpoint")
        if document["issuer"] != self.issuer:
            raise _refused("the provider describes itself as another issuer")
        for name in NEEDED:
            _require_safe(document[name])
        self._metadata = {name: document[name] for name in NEEDED}
        self._metadata_until = time.monotonic() + KEEP_METADATA_SECONDS
        return self._metadata

    async def _key_set(self, *, renew: bool) -> "jwk.KeySet":
        fresh = time.monotonic() - self._keys_at < REFRESH_KEYS_SECONDS
        if self._keys is not None and (not renew or fresh):
            return self._keys
        metadata = await self._discover()
        document = await self._get(metadata["jwks_uri"])
        try:
            self._keys = jwk.KeySet.import_key_set(cast(Any, document))
        except (errors.JoseError, ValueError, KeyError, TypeError) as error:
            raise _refused("the provider's keys cannot be read", error) from error
        self._keys_at = time.monotonic()
        return self._keys

    async def _get(self, url: str) -> dict[str, Any]:
        _require_safe(url)
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
                answer = await client.get(url, headers={"Accept": "application/json"})
                answer.raise_for_status()
                document = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise _refused("the identity provider does not answer as it should", error) from error
        if not isinstance(document, dict):
            raise _refused("the identity provider does not answer as it should")
        return document

    def _client(self) -> "httpx_client.AsyncOAuth2Client":
        return httpx_client.AsyncOAuth2Client(
            client_id=self.client_id,
            client_secret=self._secret or None,
            scope="openid",
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )


def subject_key(issuer: str, subject: str) -> str:
    """What an account is linked by: subjects are unique within their issuer only."""
    return f"{issuer} {subject}"


def _require_safe(url: str) -> None:
    """Endpoints speak TLS, except on this machine (OpenID Connect Discovery 1.0 §4)."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not local:
        raise _refused("an endpoint of the identity provider is not https")


def _refused(what: str, cause: Exception | None = None) -> OidcFailed:
    log.warning("oidc refused", reason=what, cause=type(cause).__name__ if cause else "")
    return OidcFailed(f"{what}; start the sign-in again")


_provider: dict[tuple[str, str, str], Provider] = {}


def provider() -> Provider | None:
    """The provider that the settings name, or none."""
    chosen = settings()
    if not chosen.oidc_issuer:
        return None
    key = (chosen.oidc_issuer, chosen.oidc_client_id, chosen.public_url)
    if key not in _provider:
        _provider[key] = Provider(
            chosen.oidc_issuer,
            chosen.oidc_client_id,
            chosen.oidc_client_secret.get_secret_value(),
            f"{chosen.public_url.rstrip('/')}/oidc/callback",
        )
    return _provider[key]
