"""Public pages of supervised listings: the list of a district, and one listing."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from service import clock
from service.administration.queries import setting
from service.hazards.words import CATEGORY_NAMES
from service.late import Pages
from service.supervision import queries
from service.supervision.queries import PAGE
from service.supervision.rules import Level, State
from tenants.directory import committee_scope
from tenants.records import District
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

ACTOR = "public:supervision"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "public, max-age=300",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
LEVELS = {Level.KE: "科级", Level.CHU: "处级", Level.TING: "厅级"}
STATES = {
    State.LISTED: "已挂牌",
    State.RECTIFYING: "整改中",
    State.EXTENSION_REQUESTED: "申请延期",
    State.SELF_ACCEPTED: "自验完成，待复核",
    State.VERIFIED: "复核合格，待摘牌",
    State.OVERDUE: "逾期未改",
    State.DELISTED: "已摘牌",
}
CATEGORIES = {category.value: name for category, name in CATEGORY_NAMES.items()}

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title><style>
:root{color-scheme:light dark;background:Canvas;color:CanvasText}
@media (prefers-color-scheme:dark){a{color:#9ab8ff}}
body{font:16px/1.6 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}
li{margin:0 0 1rem}dt{font-weight:600;margin-top:.6rem}dd{margin:0}small{opacity:.8}
</style></head><body><main><h1>{{ title }}</h1>
{% block body %}{% endblock %}</main></body></html>"""
_LIST = """{% extends "page" %}{% block body %}
{% if not listings %}<p>目前没有挂牌督办的事故隐患。</p>{% endif %}
<ol start="{{ start }}">{% for one in listings %}<li><a href="/supervision/{{ code }}/{{ one.id }}">
{{ one.number }}</a> {{ levels[one.level] }} · {{ states[one.state] }}<br>{{ one.summary }}<br>
<small>{{ one.town }} · {{ one.listed_on }} 挂牌 · 期限 {{ one.deadline }}
{%- if one.delisted_on %} · {{ one.delisted_on }} 摘牌{% endif %}</small></li>
{% endfor %}</ol>
{% if more %}<p><a href="?page={{ number + 1 }}">下一页</a></p>{% endif %}{% endblock %}"""
_ONE = """{% extends "page" %}{% block body %}<dl>
<dt>督办级别</dt><dd>{{ levels[one.level] }}</dd><dt>状态</dt><dd>{{ states[one.state] }}</dd>
<dt>隐患</dt><dd>{{ categories[one.category] }}：{{ one.summary }}</dd>
<dt>单位</dt><dd>{{ one.enterprise or "个体工商户或者其他经营者，名称不公开" }}</dd>
{% if one.enterprise %}<dt>地址</dt><dd>{{ one.place }}</dd>{% endif %}
<dt>所在镇街</dt><dd>{{ one.town }}</dd>
{% if one.body %}<dt>督办单位</dt><dd>{{ one.body }}</dd>{% endif %}
{% if one.official %}<dt>督办责任人</dt><dd>{{ one.official }}</dd>{% endif %}
<dt>挂牌日期</dt><dd>{{ one.listed_on }}</dd><dt>整改期限</dt><dd>{{ one.deadline }}</dd>
{% if one.delisted_on %}<dt>摘牌日期</dt><dd>{{ one.delisted_on }}</dd>{% endif %}
</dl><p><a href="/supervision/{{ code }}">全部挂牌督办</a></p>{% endblock %}"""

_ABSENT = '{% extends "page" %}{% block body %}<p>没有这项公示。</p>{% endblock %}'
_pages = Pages(
    {"page": _PAGE, "list": _LIST, "one": _ONE, "absent": _ABSENT},
    levels=LEVELS,
    states=STATES,
    categories=CATEGORIES,
)


def _render(name: str, **values: object) -> str:
    return _pages.get_template(name).render(**values)


def _missing() -> Response:
    return HTMLResponse(
        _render("absent", title="未找到"),
        404,
        headers=HEADERS,
    )


async def _district(code: str) -> District | None:
    async with tenant_transaction(Scope.of_platform(ACTOR), read_only=True):
        found = await District.get_or_none(code=code)
    return found if found and found.office_id else None


async def _named(district: District) -> bool:
    assert district.office_id is not None
    office = Owner(district.office_id, district.id)
    return bool(await setting(office, "supervision.officials_named"))


async def listings(request: Request) -> Response:
    """The list of one district, a page at a time."""
    code = request.path_params["district"]
    asked = request.query_params.get("page", "0")
    district = await _district(code) if len(code) <= 12 else None
    if district is None or not (asked.isascii() and asked.isdigit() and len(asked) <= 4):
        return _missing()
    number, today = int(asked), clock.legal_day(clock.now())
    scope = await committee_scope(district.id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        found = await queries.public_listings(today, named=False, page=number)
    text = _render(
        "list",
        title=f"{district.name}挂牌督办事故隐患公示",
        code=code,
        listings=found[:PAGE],
        start=number * PAGE + 1,
        number=number,
        more=len(found) > PAGE,
    )
    return HTMLResponse(text, headers=HEADERS)


async def listing(request: Request) -> Response:
    """One listing, as long as it is on the list or was taken off lately."""
    code = request.path_params["district"]
    district = await _district(code) if len(code) <= 12 else None
    try:
        identity = UUID(request.path_params["order"])
    except ValueError:
        return _missing()
    if district is None:
        return _missing()
    scope = await committee_scope(district.id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        found = await queries.public_listings(
            clock.legal_day(clock.now()), named=await _named(district), order_id=identity
        )
    if not found:
        return _missing()
    title = f"挂牌督办 {found[0].number}"
    return HTMLResponse(_render("one", title=title, code=code, one=found[0]), headers=HEADERS)


routes = [
    Route("/supervision/{district}", listings),
    Route("/supervision/{district}/{order}", listing),
]
