"""Plates for the public: /plates/<token>, a page without scripts, and its code as a picture."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from service.responsibility import plate_page

_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": plate_page.CONTENT_SECURITY,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_FRESH = {**_SAFE, "Cache-Control": "public, max-age=60"}


async def serve_plate(request: Request) -> Response:
    """The plate, 410 where it was taken down, 404 where there never was one."""
    try:
        plate = await plate_page.find_plate(request.path_params["token"])
    except LookupError:
        return _absent(404)
    if plate is None:
        return _absent(410)
    return HTMLResponse(plate_page.plate_html(plate), headers=_FRESH)


async def serve_code(request: Request) -> Response:
    """The code that leads to the plate; none leads to a plate that is not there."""
    token, form = request.path_params["token"], request.path_params["form"]
    try:
        plate = await plate_page.find_plate(token)
    except LookupError:
        return _absent(404)
    if plate is None:
        return _absent(410)
    if form == "svg":
        return Response(plate_page.qr_svg(token), media_type="image/svg+xml", headers=_FRESH)
    if form == "png":
        return Response(plate_page.qr_png(token), media_type="image/png", headers=_FRESH)
    return _absent(404)


def _absent(status: int) -> Response:
    words = plate_page.absent_html(withdrawn=status == 410)
    return HTMLResponse(words, status, headers={**_SAFE, "Cache-Control": "no-store"})


routes = [
    Route("/plates/{token}", serve_plate, methods=["GET"]),
    Route("/plates/{token}/qr.{form}", serve_code, methods=["GET"]),
]
