"""/report/<district> and /report/track: anybody reports and follows, without JavaScript."""

from collections.abc import Mapping

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from api import photo_form
from service.evidence.strangers import MAX_BYTES
from service.identity.rate_limit import limiter
from service.identity.rules import RateLimited, RateRule
from service.reports import pages, queries
from service.reports.photos import MOST

SENDING = RateRule("report-address", 20, 3600)
LOOKING = RateRule("report-track-address", 60, 60)
_LONGEST = 64 << 10  # bytes of a form's texts
_WITH_PHOTOS = 200 << 20  # bytes of a form that are read, so that its texts come back
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


async def report(request: Request) -> Response:
    """The form of a district; a POST submits it and shows the receipt."""
    found = await queries.towns_of(request.path_params["district"])
    if found is None:
        return _page(pages.absent("没有这个区县。"), 404)
    district, towns = found
    if request.method != "POST":
        return _page(pages.form(district, towns, {}))
    multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
    longest = _WITH_PHOTOS if multipart else _LONGEST
    if (refused := await _refused(request, SENDING, longest)) is not None:
        return refused
    photos: list[bytes | None] = []
    if multipart:
        try:
            read = await photo_form.read(
                request, most_text=_LONGEST, most_photo=MAX_BYTES, most_photos=MOST
            )
        except photo_form.FormRefused:
            return _page(pages.absent("内容过长或者没有传完整，请重新提交。"), 413)
        given, photos = _plain(read.texts), read.photos
    else:
        given = await _given(request)
    sent = await pages.send(towns, given, photos)
    if not sent.token:
        return _page(pages.form(district, towns, given, sent.problem), 422)
    if _wants_json(request):
        return JSONResponse({"trackingCode": sent.token}, 201, headers=_SAFE)
    return _page(pages.receipt(sent.token), 201)


async def track(request: Request) -> Response:
    """Where the report of a tracking code stands; the code is never part of an address."""
    if request.method != "POST":
        return _page(pages.ask())
    if (refused := await _refused(request, LOOKING, _LONGEST)) is not None:
        return refused
    found = await queries.tracked((await _given(request)).get("code", ""))
    if found is None:
        return _page(pages.ask("没有查到，请检查查询码是否完整。"), 404)
    return _page(pages.track(found))


async def _refused(request: Request, rule: RateRule, longest: int) -> Response | None:
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > longest:
        return _page(pages.absent("内容过长，请缩短后再提交。"), 413)
    try:
        await limiter().hit([(rule, request.client.host if request.client else "")])
    except RateLimited as refusal:
        page = _page(pages.absent("操作过于频繁，请稍后再试。"), 429)
        page.headers["Retry-After"] = str(refusal.retry_after_seconds)
        return page
    return None


async def _given(request: Request) -> dict[str, str]:
    form: FormData
    async with request.form(max_files=0, max_fields=photo_form.FIELDS) as form:
        return _plain({key: value for key, value in form.items() if isinstance(value, str)})


def _plain(texts: Mapping[str, str]) -> dict[str, str]:
    # A browser sends line breaks as two characters, which the visitor counted as one.
    return {key: value.replace("\r\n", "\n").replace("\0", "") for key, value in texts.items()}


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


def _page(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, headers=_SAFE)


routes = [
    Route("/report/track", track, methods=["GET", "POST"]),
    Route("/report/{district}", report, methods=["GET", "POST"]),
]
