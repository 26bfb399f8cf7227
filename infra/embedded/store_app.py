"""The emulator behind a guard that checks what it leaves unchecked.

Runs under the store's own Python, so its imports are unknown here.  The emulator accepts any
secret for its root key, lets everyone list buckets and has an unauthenticated reset; a page open
in a browser of this machine could use all three.  Here every header signature is verified,
pre-signed ones must name the configured key (the emulator verifies those), and its own paths
answer to nobody but health.
"""

import asyncio
import os
import resource
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from hypercorn.asyncio import serve  # type: ignore[import-not-found]
from hypercorn.config import Config  # type: ignore[import-not-found]
from ministack.app import app as emulator  # type: ignore[import-not-found]
from ministack.core import sigv4  # type: ignore[import-not-found]

KEY = os.environ["AWS_ACCESS_KEY_ID"]
SECRET = os.environ["AWS_SECRET_ACCESS_KEY"]
HEALTH = "/_ministack/health"

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


async def guarded(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Pass on what is allowed, refuse the rest as S3 refuses."""
    reason = refusal(scope) if scope["type"] == "http" else None
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
    elif reason is None:
        await emulator(scope, receive, send)
    else:
        body = f"<Error><Code>{reason}</Code><Message>Access Denied</Message></Error>".encode()
        headers = [(b"content-type", b"application/xml"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def refusal(scope: dict[str, Any]) -> str | None:
    """The S3 error code that answers this request; None when it may pass."""
    method, path = scope["method"], scope["path"]
    if path.startswith("/_"):
        return None if (method, path) == ("GET", HEALTH) else "AccessDenied"
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    signed_query = [n for n in query if n.lower().startswith(("x-amz-sig", "x-amz-cred"))]
    older = [n for n in query if n.lower() in ("awsaccesskeyid", "signature")]
    if "authorization" in headers and not signed_query and not older:
        return header_refusal(scope, headers, query)
    if signed_query and "authorization" not in headers and not older:
        named = query.get("X-Amz-Credential", [""])[0].split("/")
        algorithm, signature = query.get("X-Amz-Algorithm"), query.get("X-Amz-Signature", [""])[0]
        whole = algorithm == ["AWS4-HMAC-SHA256"] and bool(signature) and named[3:4] == ["s3"]
        return None if whole and named[0] == KEY else "InvalidAccessKeyId"
    unsigned = not (older or signed_query or "authorization" in headers)
    reading = method in ("GET", "HEAD") and path != "/"
    # Unsigned reads end in the bucket's policy, and a preflight carries no credentials.
    return None if unsigned and (reading or method == "OPTIONS") else "AccessDenied"


def header_refusal(
    scope: dict[str, Any], headers: dict[str, str], query: dict[str, list[str]]
) -> str | None:
    """Whether the Authorization header was made with our key, now, for this request."""
    signature = sigv4.parse_header_signature(headers)
    if isinstance(signature, tuple):
        return str(signature[0])
    if signature.access_key_id != KEY or signature.region_set is not None:
        return "InvalidAccessKeyId"
    if "x-amz-content-sha256" not in headers:
        return "AccessDenied"
    raw_path = scope["raw_path"].decode("latin-1").partition("?")[0]
    failure = sigv4.request_time_failure(signature) or sigv4.header_signature_failure(
        signature, SECRET, scope["method"], raw_path, query, headers, b""
    )
    return str(failure[0]) if failure else None


def main() -> None:
    """Serve until SIGTERM; the emulator then writes its state."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65_536)), hard))
    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(serve(guarded, config))


if __name__ == "__main__":
    main()
