"""The schema explorer: GraphiQL from our own host, with nothing fetched from elsewhere.

Its scripts are npm packages, installed with `npm ci --prefix infra/explorer` and served from
`ANSHANG_EXPLORER_DIR` (the `node_modules` of that folder).  Without them the rest of the
product runs as it does; this page then says how to install them.
"""

import secrets
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from service.late import Pages
from service.settings import settings

ASSETS = {
    "react.js": "react/umd/react.production.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
    "graphiql.js": "graphiql/graphiql.min.js",
    "graphiql.css": "graphiql/graphiql.min.css",
}
"""Name in the address → path in the folder of packages; nothing else is ever served."""

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'nonce-{nonce}'",
        "style-src 'nonce-{nonce}'",
        # The editor sizes itself through style attributes, which cannot carry a nonce.
        "style-src-attr 'unsafe-inline'",
        "font-src data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Anshang 安商 · GraphQL</title>
<link rel="stylesheet" href="/explorer/graphiql.css" nonce="{{ nonce }}">
<style nonce="{{ nonce }}">html, body, #explorer { height: 100%; margin: 0 }</style>
</head>
<body>
<div id="explorer"></div>
<script nonce="{{ nonce }}" src="/explorer/react.js"></script>
<script nonce="{{ nonce }}" src="/explorer/react-dom.js"></script>
<script nonce="{{ nonce }}" src="/explorer/graphiql.js"></script>
<script nonce="{{ nonce }}">
const sockets = location.protocol === "https:" ? "wss:" : "ws:";
const welcome = [
  "# The schema is shown to signed-in callers. Put a token below, under Headers:",
  '#   {"Authorization": "Bearer …"}',
  "# and reload the schema with the round arrow on the left.",
  "# 登录后可见完整模式：请在下方 Headers 填入令牌，再点左侧的刷新按钮。",
  "",
  "{ __typename }",
  "",
].join("\\n");
ReactDOM.createRoot(document.getElementById("explorer")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({
      url: "/graphql",
      subscriptionUrl: sockets + "//" + location.host + "/graphql",
    }),
    defaultQuery: welcome,
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: false,
  }),
);
</script>
<noscript>The explorer needs JavaScript.</noscript>
</body>
</html>
"""

MISSING = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Anshang 安商 · GraphQL</title></head>
<body>
<h1>The explorer is not installed</h1>
<p>Run <code>npm ci --prefix infra/explorer</code> (Node 18 or later), set
<code>ANSHANG_EXPLORER_DIR=infra/explorer/node_modules</code> and start again.
The API itself works without it, at <code>POST /graphql</code>.</p>
<p lang="zh">尚未安装接口浏览器。请运行 <code>npm ci --prefix infra/explorer</code> 后重启。</p>
</body>
</html>
"""

_pages = Pages({"page": PAGE, "missing": MISSING})


def installed(folder: Path | None) -> bool:
    """Whether every asset of the explorer is in the folder of packages."""
    return folder is not None and all((folder / path).is_file() for path in ASSETS.values())


def headers(nonce: str) -> dict[str, str]:
    """The headers of a page that may load what carries `nonce` and nothing else."""
    return {
        "Content-Security-Policy": POLICY.format(nonce=nonce),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


async def page(request: Request) -> Response:
    """The explorer, or 503 with the command that installs it."""
    nonce = secrets.token_urlsafe(18)
    if not installed(settings().explorer_dir):
        return HTMLResponse(_pages.get_template("missing").render(), 503, headers=headers(nonce))
    return HTMLResponse(_pages.get_template("page").render(nonce=nonce), headers=headers(nonce))


async def asset(request: Request) -> Response:
    """One script or style sheet, by its name in `ASSETS`."""
    folder = settings().explorer_dir
    path = ASSETS.get(request.path_params["name"])
    if folder is None or path is None or not (folder / path).is_file():
        return PlainTextResponse("no such asset", 404)
    return FileResponse(
        folder / path,
        headers={"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"},
    )


routes = [
    Route("/explorer", page, methods=["GET"]),
    Route("/explorer/{name}", asset, methods=["GET"]),
]
