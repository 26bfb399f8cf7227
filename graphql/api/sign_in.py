"""Signing in and out over plain HTTP: password, identity provider, and applications' tokens.

Programs post JSON and get a bearer token.  Browsers post a form and get a cookie that scripts
cannot read and that other sites' requests do not carry.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import orjson
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from service import clock
from service.correlation import correlated, correlation_id
from service.errors import Forbidden, Invalid, NotFound, SafetyError
from service.identity import oauth, oidc, oidc_flow, sessions
from service.identity.rules import OIDC_FLOW_LIFETIME, RateLimited, Unauthenticated
from service.settings import settings

COOKIE = "anshang_session"
OIDC_COOKIE = "anshang_oidc"
BODY_LIMIT = 16 * 1024  # bytes
FORM = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

Endpoint = Callable[[Request], Awaitable[Response]]


def token_of(connection: HTTPConnection) -> str | None:
    """The bearer token of a request, from its header or from the session cookie."""
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return connection.cookies.get(COOKIE)


async def sign_in(request: Request) -> Response:
    """POST /sign-in: login, password and, with several towns, the division code as `tenant`."""
    fields, form = await _fields(request)
    signed_in = await sessions.sign_in(
        _text(fields, "login"),
        _text(fields, "password"),
        _address(request),
        tenant_code=str(fields.get("tenant") or "") or None,
    )
    if form:
        response: Response = RedirectResponse(
            oidc_flow.local_path(str(fields.get("next") or "/")), 303
        )
        return _with_session(response, signed_in)
    return JSONResponse(_session(signed_in), headers=NO_STORE)


async def sign_out(request: Request) -> Response:
    """POST /sign-out: end this session, or with `everywhere` all of the account's."""
    fields, form = await _fields(request, may_be_empty=True)
    token = token_of(request)
    if token is None:
        raise Unauthenticated("there is no session to end: send the token or the cookie")
    everywhere = fields.get("everywhere") in (True, "true", "1", "on")
    try:
        ended = await sessions.sign_out(token, everywhere=everywhere)
    except Unauthenticated as error:
        # A dead cookie must go as well, or the browser would send it for ever.
        return _without_session(_refusal(error))
    response = RedirectResponse("/", 303) if form else JSONResponse({"ended": ended})
    return _without_session(response)


async def oidc_start(request: Request) -> Response:
    """GET /oidc/start: send the browser to the identity provider."""
    departure = await oidc_flow.begin(
        _provider(), request.query_params.get("next", "/"), _address(request)
    )
    response = RedirectResponse(departure.url, 302, headers=NO_STORE)
    response.set_cookie(
        OIDC_COOKIE,
        departure.browser,
        max_age=int(OIDC_FLOW_LIFETIME.total_seconds()),
        path="/oidc/",
        httponly=True,
        samesite="lax",
        secure=_secure(),
    )
    return response


async def oidc_callback(request: Request) -> Response:
    """GET /oidc/callback: take the browser back, signed in."""
    given = request.query_params
    if "error" in given or "code" not in given or "state" not in given:
        raise oidc.OidcFailed("the identity provider signed nobody in; start the sign-in again")
    signed_in, path = await oidc_flow.finish(
        _provider(),
        given["state"],
        given["code"],
        request.cookies.get(OIDC_COOKIE, ""),
        issuer=given.get("iss", ""),
    )
    response = _with_session(RedirectResponse(path, 303, headers=NO_STORE), signed_in)
    response.delete_cookie(OIDC_COOKIE, path="/oidc/")
    return response


async def oauth_token(request: Request) -> Response:
    """POST /oauth/token: client credentials (RFC 6749 §4.4)."""
    fields = await _oauth_form(request)
    if fields.get("grant_type") != "client_credentials":
        code = "unsupported_grant_type" if fields.get("grant_type") else "invalid_request"
        raise oauth.OAuthError(code, "grant_type must be client_credentials")
    client_id, secret = _client(request.headers, fields)
    asked = fields["scope"].split() if fields.get("scope", "").strip() else None
    issued = await oauth.issue_app_token(client_id, secret, asked, _address(request))
    return JSONResponse(
        {
            "access_token": issued.token,
            "token_type": "Bearer",
            "expires_in": int((issued.expires_at - clock.now()).total_seconds()),
            "scope": " ".join(issued.scopes),
        },
        headers=NO_STORE,
    )


async def oauth_revoke(request: Request) -> Response:
    """POST /oauth/revoke: an application gives one of its tokens back (RFC 7009)."""
    fields = await _oauth_form(request)
    client_id, secret = _client(request.headers, fields)
    if not fields.get("token"):
        raise oauth.OAuthError("invalid_request", "name the token to be revoked")
    await oauth.revoke_token(client_id, secret, fields["token"], _address(request))
    return Response(status_code=200, headers=NO_STORE)


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise Invalid(f"the body must not exceed {BODY_LIMIT} bytes")
    return body


async def _fields(request: Request, *, may_be_empty: bool = False) -> tuple[dict[str, Any], bool]:
    """The body's fields, and whether a browser's form sent them."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await _body(request)
    if kind == FORM:
        _same_origin(request)
        return dict(_form(body)), True
    if not body and may_be_empty:
        _same_origin(request)
        return {}, False
    if kind != "application/json":
        raise Invalid("send JSON, or a form from our own pages")
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid("the body is not JSON") from error
    if not isinstance(fields, dict):
        raise Invalid("the body must be a JSON object")
    return fields, False


def _form(body: bytes) -> dict[str, str]:
    """Fields of a form; a field may be given once (RFC 6749 §3.2).

    Raises:
        Invalid: not a form, or a field twice.
    """
    try:
        parsed = parse_qs(
            body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=20
        )
    except ValueError as error:
        raise Invalid("the body is not a form") from error
    if any(len(values) > 1 for values in parsed.values()):
        raise Invalid("a field is given more than once")
    return {name: values[0] for name, values in parsed.items()}


async def _oauth_form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise oauth.OAuthError("invalid_request", f"send {FORM}")
    try:
        return _form(await _body(request))
    except Invalid as error:
        raise oauth.OAuthError("invalid_request", error.message) from error


def _client(headers: Headers, fields: dict[str, str]) -> tuple[str, str]:
    """Client id and secret, by HTTP Basic or in the form, never both (RFC 6749 §2.3)."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        if "client_secret" in fields:
            raise oauth.OAuthError("invalid_request", "prove who you are in one way only")
        try:
            pair = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise oauth.OAuthError("invalid_client", "not HTTP Basic", 401) from error
        client_id, _, secret = pair.partition(":")
        return unquote_plus(client_id), unquote_plus(secret)
    return fields.get("client_id", ""), fields.get("client_secret", "")


def _same_origin(request: Request) -> None:
    """Refuse a form that another site's page sends: it would sign the visitor in as somebody else.

    Raises:
        Forbidden: the browser says that it comes from elsewhere.
    """
    site = request.headers.get("sec-fetch-site", "")
    origin = request.headers.get("origin", "")
    ours = (settings().public_url.rstrip("/"), f"{request.url.scheme}://{request.url.netloc}")
    if site not in ("", "same-origin", "none") or (origin and origin not in ours):
        raise Forbidden("sign in on our own page")


def _provider() -> oidc.Provider:
    found = oidc.provider()
    if found is None:
        raise NotFound("no identity provider is configured here; sign in by password")
    return found


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise Invalid(f"{name} is missing", path=(name,))
    return value


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _secure() -> bool:
    return settings().public_url.startswith("https://")


def _session(signed_in: sessions.SignedIn) -> dict[str, Any]:
    return {
        "token": signed_in.token,
        "expiresAt": signed_in.expires_at.isoformat(),
        "account": {
            "name": signed_in.name,
            "role": signed_in.role.value,
            "tenant": {"code": signed_in.tenant_code, "name": signed_in.tenant_name},
        },
    }


def _with_session(response: Response, signed_in: sessions.SignedIn) -> Response:
    left = signed_in.expires_at - clock.now()
    response.set_cookie(
        COOKIE,
        signed_in.token,
        max_age=int(left.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=_secure(),
    )
    return response


def _without_session(response: Response) -> Response:
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=_secure())
    return response


def _refusal(error: SafetyError) -> Response:
    """The refusal as JSON with the status that fits it."""
    headers = dict(NO_STORE)
    if isinstance(error, oauth.OAuthError):
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="anshang"'
        answer = {"error": error.code, "error_description": error.message}
        return JSONResponse(answer, error.status, headers=headers)
    status = 400
    if isinstance(error, RateLimited):
        status, headers["Retry-After"] = 429, str(error.retry_after_seconds)
    elif isinstance(error, Unauthenticated) or error.code in ("SIGN_IN_FAILED", "OIDC_FAILED"):
        status = 401
    elif isinstance(error, Forbidden | NotFound):
        status = 403 if isinstance(error, Forbidden) else 404
    body = {
        "error": {
            "code": error.code,
            "message": error.message,
            "path": list(error.path),
            "requestId": correlation_id(),
        }
    }
    return JSONResponse(body, status, headers=headers)


def _guarded(endpoint: Endpoint) -> Endpoint:
    async def answer(request: Request) -> Response:
        if correlation_id():
            return await attempted(request)
        with correlated():
            return await attempted(request)

    async def attempted(request: Request) -> Response:
        try:
            return await endpoint(request)
        except SafetyError as error:
            return _refusal(error)

    return answer


routes = [
    Route("/sign-in", _guarded(sign_in), methods=["POST"]),
    Route("/sign-out", _guarded(sign_out), methods=["POST"]),
    Route("/oidc/start", _guarded(oidc_start), methods=["GET"]),
    Route("/oidc/callback", _guarded(oidc_callback), methods=["GET"]),
    Route("/oauth/token", _guarded(oauth_token), methods=["POST"]),
    Route("/oauth/revoke", _guarded(oauth_revoke), methods=["POST"]),
]
"""What `api/app.py` mounts."""
