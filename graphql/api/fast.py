"""The short way of a question over HTTP: its answer goes from PostgreSQL into the response."""

from collections.abc import MutableMapping
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.types import Message, Receive, Scope, Send

from api.context import Context
from api.execution import Schema
from api.protocol import preferred
from api.trusted import named

JSON_BODY = b"application/json"


def eligible(scope: Scope) -> bool:
    """Whether a request is one JSON document by POST that wants one JSON answer."""
    if scope["method"] != "POST":
        return False
    kind = accept = b""
    for name, value in scope["headers"]:
        if name == b"content-type":
            kind = value
        elif name == b"accept":
            accept = value
        elif name == b"content-encoding":
            return False
    return kind.split(b";")[0].strip().lower() == JSON_BODY and b"event-stream" not in accept


async def read(receive: Receive) -> bytes:
    """The whole body; whoever left meanwhile sent none."""
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def again(body: bytes, receive: Receive) -> Receive:
    """The request once more, for whoever reads it next."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def question(body: bytes) -> tuple[str, dict[str, Any], str | None] | None:
    """Document, variables and operation of a well-formed body; None for the plain tier."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(given, MutableMapping):
        return None
    try:
        query = named(given)
    except GraphQLError:
        return None
    variables = given.get("variables")
    name, extensions = given.get("operationName"), given.get("extensions")
    if not query or not isinstance(name, str | None):
        return None
    if not isinstance(variables, dict | None) or not isinstance(extensions, dict | None):
        return None
    return query, variables or {}, name


async def answered(schema: Schema, context: Context, scope: Scope, body: bytes, send: Send) -> bool:
    """Answer the request, if its document compiles; False leaves it as it was."""
    asked = question(body)
    if asked is None:
        return False
    query, variables, name = asked
    answer = await schema.answer(query, variables, context, name)
    if answer is None:
        return False
    accept = next((v for k, v in scope["headers"] if k == b"accept"), b"")
    media = preferred(accept.decode("latin-1"))
    headers = [
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"content-length", str(len(answer)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if context.left is not None:
        headers += [
            (b"x-budget-limit", str(context.left.limit).encode()),
            (b"x-budget-remaining", str(context.left.remaining).encode()),
        ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
    return True
