"""The schema as text, for code generators: `/schema.graphql`, for those who may see it."""

from functools import lru_cache
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.schema import printed
from api.sign_in import token_of
from service.errors import SafetyError
from service.identity.queries import authenticate

CACHE = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}


@lru_cache(maxsize=1)
def text_and_tag() -> tuple[str, str]:
    """The SDL and its entity tag."""
    text = printed()
    return text, f'"{sha256(text.encode()).hexdigest()[:32]}"'


async def sdl(request: Request) -> Response:
    """The SDL, or 304 for whoever has this version, or 401 for the public."""
    token = token_of(request)
    try:
        if token is None:
            raise SafetyError("send an access token to see the schema")
        await authenticate(token)
    except SafetyError as refusal:
        body = {"errors": [{"message": refusal.message, "extensions": {"code": refusal.code}}]}
        return JSONResponse(body, 401, headers={"WWW-Authenticate": "Bearer"})
    text, tag = text_and_tag()
    headers = {**CACHE, "ETag": tag}
    known = [
        one.strip().removeprefix("W/")
        for one in request.headers.get("if-none-match", "").split(",")
    ]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


routes = [Route("/schema.graphql", sdl, methods=["GET"])]
