"""The console for browsers and phones, served from the origin of the API.

Its sources are in `service/console`; `make run` builds them into `ANSHANG_CONSOLE_DIR`.  Files
with a digest in their names never change and may be kept for ever; pages are asked for each
time, since they carry a fresh nonce and name the files of their build.  Without a build the
rest of the product runs as it does, and this page says how to get one.
"""

import secrets
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from service.settings import settings

NONCE = "__NONCE__"
"""What the build leaves in its pages where the nonce of one answer goes."""

OIDC = "__OIDC__"
"""Where the page says whether an identity provider signs people in here."""

PHONE = "phone"
"""Folder of the second page: the one for officers on a phone, which works off line."""

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Suffix → media type; nothing else is ever served as a file."""

IMMUTABLE = "public, max-age=31536000, immutable"

MISSING = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>安商 Anshang</title></head>
<body><main><h1>控制台尚未构建</h1>
<p>请安装 Node 20.19 或更高版本，运行 <code>make console</code> 后重启；接口
<code>/graphql</code> 不受影响。</p>
<p lang="en">The console is not built: install Node 20.19 or later, run
<code>make console</code> and start again. The API works without it.</p>
</main></body></html>
"""


def policy(nonce: str) -> str:
    """The Content-Security-Policy of a page: our own origin, and the store for evidence."""
    store = origin(settings().s3_public_endpoint or settings().s3_endpoint)
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            # The components write their style sheets while they run, each with the nonce.
            f"style-src 'self' 'nonce-{nonce}'",
            f"img-src 'self' data: blob: {store}",
            f"media-src blob: {store}",
            f"connect-src 'self' {store}",
            "font-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def built(folder: Path | None) -> bool:
    """Whether the folder holds a build of the console."""
    return folder is not None and (folder / "index.html").is_file()


async def redirect(_: Request) -> Response:
    """/console → /console/, so that the pages' relative addresses resolve."""
    return RedirectResponse("/console/", 307)


async def serve(request: Request) -> Response:
    """A file of the build, or the page that shows whatever the address names."""
    folder, path = settings().console_dir, str(request.path_params["path"])
    if folder is None or not built(folder):
        nonce = secrets.token_urlsafe(18)
        return HTMLResponse(MISSING, 503, headers=page_headers(nonce))
    if Path(path).suffix:
        return file(folder, path, request)
    name = f"{PHONE}/index.html" if path.split("/")[0] == PHONE else "index.html"
    return page(folder / name)


def page(file: Path) -> Response:
    """A page of the build with a nonce of its own."""
    nonce = secrets.token_urlsafe(18)
    text = file.read_text(encoding="utf-8").replace(NONCE, nonce)
    text = text.replace(OIDC, "yes" if settings().oidc_issuer else "no")
    return HTMLResponse(text, headers=page_headers(nonce))


def page_headers(nonce: str) -> dict[str, str]:
    """What every page says to the browser."""
    return {
        "Content-Security-Policy": policy(nonce),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    }


def file(folder: Path, path: str, request: Request) -> Response:
    """A file below the folder, compressed where the build did so and the caller may have it."""
    found = (folder / path).resolve()
    media = TYPES.get(found.suffix)
    if media is None or not found.is_relative_to(folder.resolve()) or not found.is_file():
        return PlainTextResponse("no such file", 404)
    headers = {
        "Cache-Control": IMMUTABLE if path.startswith("assets/") else "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    smaller = found.with_name(found.name + ".gz")
    if "gzip" in request.headers.get("accept-encoding", "") and smaller.is_file():
        return FileResponse(
            smaller, media_type=media, headers={**headers, "Content-Encoding": "gzip"}
        )
    return FileResponse(found, media_type=media, headers=headers)


routes = [
    Route("/console", redirect, methods=["GET"]),
    Route("/console/{path:path}", serve, methods=["GET"]),
]
"""What `api/app.py` mounts."""
