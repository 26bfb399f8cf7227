"""The feed under /feed: its files, the search, and one entry with its proof, without JavaScript."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from service.consumers.queries import confirmations
from service.errors import SafetyError, Unavailable
from service.identity.rate_limit import limiter
from service.identity.rules import RateLimited, RateRule
from service.publication import pages, queries
from service.publication.feed import STYLE_HASH
from service.storage import ObjectMissing, StoreUnavailable

_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Access-Control-Allow-Origin": "*",
    "Referrer-Policy": "no-referrer",
}


_PAGE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_NO_INDEX = {"X-Robots-Tag": "noindex"}
SEARCH = RateRule("feed-search", 60, 60)
EVERYWHERE = RateRule("feed-search-everywhere", 12, 60)
READ = RateRule("feed-entry", 240, 60)


async def serve_feed(request: Request) -> Response:
    """One object of the public bucket, with its version as entity tag."""
    path = request.path_params["path"] or "index.html"
    try:
        body, head = await queries.feed_object(request.path_params["district"], path)
    except ObjectMissing:
        return PlainTextResponse("no such object", 404, headers=_SAFE)
    except StoreUnavailable:
        return PlainTextResponse("try again later", 503, headers={**_SAFE, "Retry-After": "5"})
    tag = f'"{head.etag}"'
    fresh = "public, max-age=31536000, immutable" if path.startswith("tile/") else "no-cache"
    headers = {**_SAFE, "ETag": tag, "Cache-Control": fresh}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, "Content-Type": head.content_type})


async def serve_entry(request: Request) -> Response:
    """One entry, or its tombstone, as a page of its own."""
    try:
        entry_id = UUID(request.path_params["entry"])
    except ValueError:
        return PlainTextResponse("no such entry", 404, headers=_SAFE)
    code, confirmed = request.path_params["district"], None
    try:
        await limiter().hit([(READ, _address(request))])
        view = await pages.entry(code, entry_id)
    except (RateLimited, Unavailable) as refusal:
        return _later(refusal)
    if view is None:
        return PlainTextResponse("no such entry", 404, headers=_PAGE)
    if view.ended:
        confirmed = await confirmations(code, view.entry.index)
    headers = {**_PAGE, **(_NO_INDEX if view.ended else {}), "Cache-Control": "no-cache"}
    return HTMLResponse(pages.entry_html(view, confirmed), headers=headers)


async def serve_search(request: Request) -> Response:
    """What stands in a district's list, by name, credit code or number."""
    code, query = request.path_params["district"], request.query_params.get("q")
    exact, asked = request.query_params.get("match") == "exact", request.query_params.get("page")
    page = int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    try:
        await limiter().hit([(SEARCH, _address(request))])
        chosen = min(max(page, 1), pages.PAGES)
        found = await pages.search(code, query or "", exact=exact, page=chosen)
    except (RateLimited, Unavailable) as refusal:
        return _later(refusal)
    if found is None:
        return PlainTextResponse("no such district", 404, headers=_PAGE)
    html = pages.search_html(code, found if query else None)
    return HTMLResponse(html, headers={**_PAGE, **_NO_INDEX, "Cache-Control": "no-store"})


async def serve_search_everywhere(request: Request) -> Response:
    """Which district lists exactly this name, credit code or number."""
    query, found = request.query_params.get("q"), None
    try:
        await limiter().hit([(EVERYWHERE, _address(request))])
        if query:
            found = await pages.search_everywhere(query)
    except (RateLimited, Unavailable) as refusal:
        return _later(refusal)
    html = pages.everywhere_html(found, await pages.districts())
    return HTMLResponse(html, headers={**_PAGE, **_NO_INDEX, "Cache-Control": "no-store"})


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _later(refusal: SafetyError) -> Response:
    limited = isinstance(refusal, RateLimited)
    wait = str(refusal.retry_after_seconds) if isinstance(refusal, RateLimited) else "5"
    words = "查询过于频繁，请稍后再试。" if limited else "暂时无法读取公示日志，请稍后再试。"
    return PlainTextResponse(words, 429 if limited else 503, headers={**_PAGE, "Retry-After": wait})


async def to_index(request: Request) -> Response:
    """Pages link relative to a path with a slash at its end."""
    return RedirectResponse(f"/feed/{request.path_params['district']}/", 308)


routes = [
    Route("/feed/search", serve_search_everywhere),
    Route("/feed/{district}", to_index),
    Route("/feed/{district}/search", serve_search),
    Route("/feed/{district}/entries/{entry}", serve_entry),
    Route("/feed/{district}/{path:path}", serve_feed),
]
