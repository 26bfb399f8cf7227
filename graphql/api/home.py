"""The first page: where a newcomer and the public find their way, without JavaScript."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api.sign_in import COOKIE
from tenants.records import District
from tenants.scope import Scope
from tenants.wall import tenant_transaction

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>安商 Anshang</title>
<style>
:root {{ color-scheme: light dark; background: Canvas; color: CanvasText }}
@media (prefers-color-scheme: dark) {{ a {{ color: #9ab8ff }} }}
body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto;
  padding: 0 1rem }}
dt {{ font-weight: 600; margin-top: 1rem }} dd {{ margin: 0 }}
label {{ display: block; margin: .5rem 0 }} input, button {{ font: inherit; padding: .3rem .6rem }}
</style></head><body>
<main><h1>安商 Anshang</h1>
<p>商贸安全监管 · <span lang="en">Commerce-and-trade safety supervision</span></p>
<h2>登录 <span lang="en">Sign in</span></h2>
{door}
<h2>公开信息 <span lang="en">Public</span></h2>
<dl>{districts}</dl>
<h2>开发者 <span lang="en">Developers</span></h2>
<dl>
<dt><a href="/explorer">GraphQL explorer</a></dt><dd>登录后浏览全部接口并试用</dd>
<dt><code>/graphql</code></dt><dd lang="en">GraphQL over HTTP and graphql-transport-ws</dd>
<dt><a href="/readyz">/readyz</a></dt><dd>运行状态</dd>
</dl></main></body></html>
"""

SIGN_IN = """<form method="post" action="/sign-in">
<label>账号 <span lang="en">Account</span> <input name="login" autocomplete="username" required>
</label><label>密码 <span lang="en">Password</span>
<input name="password" type="password" autocomplete="current-password" required></label>
<input type="hidden" name="next" value="/console/"><button>登录 Sign in</button></form>"""

SIGN_OUT = """<form method="post" action="/sign-out"
enctype="application/x-www-form-urlencoded"><button>退出 Sign out</button></form>"""


async def home(request: Request) -> Response:
    """Every district with a link to its public lists, and the way in or out."""
    async with tenant_transaction(Scope.of_platform("home"), read_only=True):
        districts = await District.all().order_by("code")
    lines = "".join(
        f"<dt>{escape(one.name)}</dt><dd>"
        f'<a href="/feed/{escape(one.code)}/">安全生产信用公示</a> · '
        f'<a href="/supervision/{escape(one.code)}">挂牌督办公示</a> · '
        f'<a href="/report/{escape(one.code)}">举报（12350）</a></dd>'
        for one in districts
    )
    page = PAGE.format(
        districts=lines or "<dd>尚无公开信息</dd>",
        door=SIGN_OUT if COOKIE in request.cookies else SIGN_IN,
    )
    return HTMLResponse(page, headers=HEADERS)


routes = [Route("/", home)]
