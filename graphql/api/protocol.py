"""GraphQL over HTTP to the letter of the specification (graphql-over-http, working draft).

A caller that accepts `application/graphql-response+json` gets it, and learns from the status
whether its request was run at all.  Everybody else gets `application/json`, with 200 for any
well-formed answer.
"""

from typing import Any

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.types import ExecutionResult

from api.context import Context

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
STATUS = {"INTERNAL": 500, "UNAUTHENTICATED": 401}
"""Status of a request that was not run, by the code of its error; 400 for all others."""


BODY_LIMIT = 1024 * 1024  # bytes; all that the limits let through takes less


def bounded(receive: Receive) -> Receive:
    """The same messages, until the body of a request has grown beyond `BODY_LIMIT`.

    Raises:
        HTTPException: 413, from the receiving of the message that goes beyond.
    """
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            if size > BODY_LIMIT:
                raise HTTPException(413, f"The body must not exceed {BODY_LIMIT} bytes")
        return message

    return counted


class Answer(Response):
    """The answer to come: knows which media type the caller prefers."""

    media = JSON


class GraphQLOverHTTP(GraphQL[Context, None]):
    """Strawberry's ASGI application with the media types and statuses of the specification."""

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """An empty answer that remembers what the caller accepts."""
        answer = Answer()
        # Strawberry wants the status unset until a resolver sets it.
        answer.status_code = None  # type: ignore[assignment]
        del answer.headers["content-length"]
        answer.media = preferred(request.headers.get("accept", ""))
        return answer

    async def parse_http_body(
        self, request: AsyncHTTPRequestAdapter
    ) -> GraphQLRequestData | list[GraphQLRequestData]:
        """The parameters of the request.

        Raises:
            HTTPException: 400 when one of them is not of its type.
        """
        try:
            found = await super().parse_http_body(request)
        except AttributeError as error:
            raise HTTPException(400, "The body must be a JSON object") from error
        if isinstance(found, GraphQLRequestData) and not isinstance(
            found.operation_name, str | None
        ):
            raise HTTPException(400, "`operationName` must be a string or null, if provided.")
        return found

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        """The body: a request that was not run has no `data` entry."""
        body = await super().process_result(request, result)
        errors = result.errors or []
        if result.data is None and errors and all(error.path is None for error in errors):
            return {key: value for key, value in body.items() if key != "data"}  # type: ignore[return-value]
        return body

    def create_response(
        self,
        response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse],
        sub_response: Response,
    ) -> Response:
        """The answer in the caller's media type, with the status that goes with it."""
        response = super().create_response(response_data, sub_response)
        media = getattr(sub_response, "media", JSON)
        response.headers["content-type"] = f"{media}; charset=utf-8"
        if media == RESPONSE and isinstance(response_data, dict) and "data" not in response_data:
            response.status_code = status_of(response_data.get("errors") or [])
        return response


def status_of(errors: list[Any]) -> int:
    """The status of a request that was not run."""
    codes = [(error.get("extensions") or {}).get("code") for error in errors]
    return next((STATUS[code] for code in codes if code in STATUS), 400)


def preferred(accept: str) -> str:
    """The media type to answer with: the newer one only where it is named and not ranked lower."""
    ranks = {JSON: 0.0, RESPONSE: 0.0}
    for offer in accept.split(","):
        name, *parameters = (part.strip().lower() for part in offer.split(";"))
        if name in ranks:
            ranks[name] = quality(parameters)
    return RESPONSE if ranks[RESPONSE] > 0 and ranks[RESPONSE] >= ranks[JSON] else JSON


def quality(parameters: list[str]) -> float:
    """The weight of an offer (RFC 9110 §12.4.2): 1 unless said otherwise, 0 when unreadable."""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
