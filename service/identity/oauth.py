"""The token endpoint: client credentials (RFC 6749 §4.4) and revocation (RFC 7009)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from service import clock
from service.errors import Invalid, SafetyError
from service.identity import queries
from service.identity.rate_limit import limiter
from service.identity.records import Application, AppToken, OidcFlow, Session
from service.identity.rules import (
    APP_TOKEN_LIFETIME,
    CLIENT_ID,
    TOKEN_ADDRESS,
    TOKEN_APP,
    AccountStatus,
    check_scopes,
)
from service.identity.tokens import TokenKind, mint, same
from service.ids import new_id
from tenants.scope import Scope
from tenants.wall import tenant_transaction

KEEP_ENDED = timedelta(days=30)  # ended sessions and tokens stay this long, for questions
_NOBODY = "0" * 64


class OAuthError(SafetyError):
    """A refusal in the words of RFC 6749 §5.2; `code` is its `error`."""

    status = 400

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh access token, shown once and never stored."""

    token: str
    expires_at: datetime
    scopes: list[str]


async def issue_app_token(
    client_id: str, secret: str, scopes: Iterable[str] | None, address: str
) -> Issued:
    """A token for an application that proves itself by its secret.

    Without `scopes` it carries all that the application is registered for.  It opens only the
    towns that granted every scope it carries, so a narrow token opens more towns.

    Raises:
        RateLimited: too many requests of the application or from the address.
        OAuthError: `invalid_client` or `invalid_scope`.
    """
    await limiter().hit([(TOKEN_ADDRESS, address), (TOKEN_APP, f"{client_id[:100]}|{address}")])
    now = clock.now()
    async with tenant_transaction(Scope.of_platform("token-endpoint")):
        app = await _proven(client_id, secret, now)
        try:
            granted = check_scopes(app.scopes if scopes is None else scopes, app.scopes)
        except Invalid as error:
            raise OAuthError("invalid_scope", error.message) from error
        if not granted:
            raise OAuthError("invalid_scope", "this application is registered for no scope")
        token = mint(TokenKind.APP)
        row = await AppToken.create(
            id=new_id(),
            token_hash=queries.hash_of(token),
            app_id=app.id,
            scopes=granted,
            created_at=now,
            expires_at=now + APP_TOKEN_LIFETIME,
        )
    return Issued(token, row.expires_at, granted)


async def revoke_token(client_id: str, secret: str, token: str, address: str) -> bool:
    """Revoke one of the application's own tokens; an unknown one is no error (RFC 7009 §2.2).

    Returns whether a token ended.

    Raises:
        RateLimited: too many requests of the application or from the address.
        OAuthError: `invalid_client`.
    """
    await limiter().hit([(TOKEN_ADDRESS, address), (TOKEN_APP, f"{client_id[:100]}|{address}")])
    now = clock.now()
    async with tenant_transaction(Scope.of_platform("token-endpoint")):
        app = await _proven(client_id, secret, now)
        ended = await AppToken.filter(
            token_hash=queries.hash_of(token), app_id=app.id, revoked_at=None
        ).update(revoked_at=now)
    queries.forget()
    return ended > 0


async def purge_expired() -> int:
    """Drop sessions, tokens and sign-in attempts that ended long ago; returns how many."""
    now = clock.now()
    async with tenant_transaction(Scope.of_platform("task:identity.purge")):
        return (
            await Session.filter(expires_at__lt=now - KEEP_ENDED).delete()
            + await AppToken.filter(expires_at__lt=now - KEEP_ENDED).delete()
            + await OidcFlow.filter(expires_at__lt=now).delete()
        )


async def _proven(client_id: str, secret: str, now: datetime) -> Application:
    """The application, when the secret is its own; unknown ones cost the same comparisons."""
    known = CLIENT_ID.fullmatch(client_id)
    app = await Application.get_or_none(client_id=client_id) if known else None
    hashed = queries.hash_of(secret)
    fits = same(hashed, app.secret_hash if app else _NOBODY)
    grace = app is not None and (app.previous_secret_until or now) > now
    before = (app.previous_secret_hash if app and grace else None) or _NOBODY
    fits = same(hashed, before) or fits
    if app is None or not fits or app.status != AccountStatus.ACTIVE.value:
        raise OAuthError("invalid_client", "the client id or the secret is wrong", 401)
    return app
