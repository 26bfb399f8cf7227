"""Pages of joint enforcement for who has not signed in: the code at the door, calendar files."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from api.home import HEADERS
from service.joint import arrivals, calendars
from service.joint.arrivals import Checked, CodeVerdict
from service.joint.queries import minutes_of

WORDS = {
    CodeVerdict.VALID: "执法码有效",
    CodeVerdict.STALE: "执法码已过期，请执法人员重新出示",
    CodeVerdict.NOT_OURS: "不是本系统的执法码",
    CodeVerdict.NOT_TODAY: "该检查不在今天",
    CodeVerdict.WITHDRAWN: "该检查已取消或已结束",
}
REFUSE = "没有有效执法码的检查，企业有权拒绝。登录后可登记拒绝。"
PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · 安商</title>
<style>
:root {{ color-scheme: light dark; background: Canvas; color: CanvasText }}
body {{ font: 18px/1.6 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto;
  padding: 0 1rem }}
h1 {{ font-size: 1.4rem; border-left: .5rem solid {colour}; padding-left: .6rem }}
dt {{ font-weight: 600; margin-top: .6rem }} dd {{ margin: 0 }}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>
"""


async def serve_code(request: Request) -> Response:
    """What a code is worth, as a page or, where JSON is asked for, as data."""
    checked = await arrivals.check_code(request.path_params["code"])
    status = 200 if checked.verdict is CodeVerdict.VALID else 410
    if checked.verdict is CodeVerdict.NOT_OURS:
        status = 404
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(_data(checked), status, headers=HEADERS)
    return HTMLResponse(_page(checked), status, headers=HEADERS)


def _data(checked: Checked) -> dict[str, object]:
    visit = checked.visit
    if visit is None:
        return {"verdict": checked.verdict.value}
    return {
        "verdict": checked.verdict.value,
        "premises": checked.premises,
        "startsAt": minutes_of(visit.day, visit.start_minute).isoformat(),
        "minutes": visit.minutes,
        "bodies": list(checked.bodies),
        "officerCards": list(checked.cards),
        "items": list(checked.items),
    }


def _page(checked: Checked) -> str:
    visit, title = checked.visit, WORDS[checked.verdict]
    if visit is None:
        return PAGE.format(title=title, colour="#c00", body=f"<p>{REFUSE}</p>")
    hour = f"{visit.start_minute // 60:02}:{visit.start_minute % 60:02}"
    rows = (
        ("场所", checked.premises),
        ("日期", f"{visit.day} {hour}，约 {visit.minutes} 分钟"),
        ("牵头与参加单位", "、".join(checked.bodies)),
        ("执法证号（请与证件核对）", "、".join(checked.cards)),
        ("检查事项（事项以外不得检查）", "、".join(checked.items)),
    )
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows)
    return PAGE.format(title=title, colour="#080", body=f"<dl>{listed}</dl>")


async def serve_calendar(request: Request) -> Response:
    """The calendar behind a token; 404 where it is void or never was."""
    book = await calendars.fed(request.path_params["token"])
    if book is None:
        return Response(status_code=404, headers=HEADERS)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=300"}
    return Response(book, media_type="text/calendar; charset=utf-8", headers=headers)


routes = [
    Route("/visit-codes/{code}", serve_code, methods=["GET"]),
    Route("/calendars/{token}.ics", serve_calendar, methods=["GET"]),
]
