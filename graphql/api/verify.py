"""/verify/<code>: anybody asks whether a document was issued and holds, without JavaScript."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from service.documents import verify_page
from service.documents.press import LONGEST_FILE
from service.identity.rate_limit import limiter
from service.identity.rules import RateLimited, RateRule

ADDRESS = RateRule("verify-address", 60, 60)
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": verify_page.POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
_FORM = 16 << 10  # bytes of a form around its file


async def verify(request: Request) -> Response:
    """The page; a POST compares a file in hand."""
    try:
        await limiter().hit([(ADDRESS, request.client.host if request.client else "")])
    except RateLimited as refusal:
        wait = {**_SAFE, "Retry-After": str(refusal.retry_after_seconds)}
        return PlainTextResponse("查询过于频繁，请稍后再试。", 429, headers=wait)
    check = await verify_page.find(request.path_params["code"])
    if check is None:
        return HTMLResponse(verify_page.absent(), 404, headers=_SAFE)
    compared = None
    if request.method == "POST":
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > LONGEST_FILE + _FORM:
            return PlainTextResponse("文件过大，不是本机关制发的文件。", 413, headers=_SAFE)
        compared = await _compared(request)
    return HTMLResponse(verify_page.page(check, compared), headers=_SAFE)


async def _compared(request: Request) -> str:
    """SHA-256 of the file, or the one that was typed."""
    async with request.form(max_files=1, max_fields=1) as form:
        file = form.get("file")
        if isinstance(file, UploadFile) and file.size:
            return verify_page.digest_of(file.file)
        return str(form.get("sha256") or "")


routes = [Route("/verify/{code}", verify, methods=["GET", "POST"])]
