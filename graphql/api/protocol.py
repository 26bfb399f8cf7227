"""GraphQL over HTTP to the letter of the specification (graphql-over-http, working draft).

A caller that accepts `application/graphql-response+json` gets it, and learns from the status
whether its request was run at all.  Everybody else gets `application/json`, with 200 for any
well-formed answer.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError, OperationType
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.types import ExecutionResult

from api import limits
from api.context import Context
from api.execution import Schema
from api.trusted import named

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
STATUS = {
    "INTERNAL": 500,
    "UNAUTHENTICATED": 401,
    "BUDGET_EXHAUSTED": 429,
    "UNAVAILABLE": 503,
    "TIMEOUT": 504,
}
"""Status of a request that was not run, by the code of its error; 400 for all others."""


BODY_LIMIT = 1024 * 1024  # bytes; all that the limits let through takes less


HANDS = frozenset({"authorization", "x-requested-with", "x-graphql"})
"""Headers that no page of another site sends by itself: the browser would ask us first."""
BY_HAND = (
    "Send a text by POST, or by GET with the header Authorization or X-GraphQL;"
    " a trusted document is asked for by its `documentId` without."
)


def by_hand(headers: Mapping[str, str]) -> bool:
    """Whether a program sent the request, and not a link or picture on some page."""
    return any(name.lower() in HANDS for name in headers)


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


def closing(send: Send) -> Send:
    """The same messages to a socket, which may close while one is on the way.

    Raises:
        OSError: the server has closed it, for a frame that is none, say; that is how Starlette and
            Strawberry expect to learn that the other side is gone.
    """

    async def sent(message: Message) -> None:
        try:
            await send(message)
        except RuntimeError as error:
            raise OSError("the socket is closed") from error

    return sent


def well_formed(message: object) -> bool:
    """Whether a frame is a message of graphql-transport-ws, as far as its types go."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] not in ("subscribe", "complete"):
        return True
    if not isinstance(message.get("id"), str):
        return False
    if message["type"] == "complete":
        return True
    payload = message.get("payload")
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )


class SocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Closes a socket that speaks nonsense, and says nothing on one that has been closed."""

    async def handle_message(self, message: Message) -> None:  # type: ignore[override]
        """Close with 4400 on what is no message of the protocol."""
        if not well_formed(message):
            await self.handle_invalid_message("this is not a message of graphql-transport-ws")
            return
        await super().handle_message(message)  # type: ignore[arg-type]

    async def handle_task_exception(self, error: Exception) -> None:
        """A socket may close while its answer is on the way: no defect of ours."""
        if not isinstance(error, RuntimeError) or "close message" not in str(error):
            await super().handle_task_exception(error)


class TextSocket(ASGIWebSocketAdapter):
    """Sends text frames: Strawberry makes binary ones of JSON in bytes, which no browser reads."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """One message of the protocol."""
        encoded = self.view.encode_json(message)
        try:
            await self.ws.send_text(encoded if isinstance(encoded, str) else encoded.decode())
        except WebSocketDisconnect as gone:
            raise WebSocketDisconnected from gone


class Answer(Response):
    """The answer to come: knows which media type the caller prefers."""

    media = JSON
    lasting = "no-store"


class GraphQLOverHTTP(GraphQL[Context, None]):
    """Strawberry's ASGI application with the media types and statuses of the specification."""

    graphql_transport_ws_handler_class = SocketHandler
    websocket_adapter_class = TextSocket

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """An empty answer that remembers what the caller accepts."""
        answer = Answer()
        # Strawberry wants the status unset until a resolver sets it.
        answer.status_code = None  # type: ignore[assignment]
        del answer.headers["content-length"]
        answer.media = preferred(request.headers.get("accept", ""))
        principal = request.scope.get("principal")
        if request.scope.get("method") == "GET":
            # What anybody may see may be kept for a minute; what is somebody's own never.
            open_to_all = principal is not None and principal.anonymous
            answer.lasting = "public, max-age=60" if open_to_all else "private, no-store"
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
        if isinstance(found, GraphQLRequestData):
            if found.query and request.method == "GET" and not by_hand(request.headers):
                raise HTTPException(405, BY_HAND)
            if not found.query:
                found = replace(found, query=await self.trusted(request, found))
            if not isinstance(found.operation_name, str | None):
                raise HTTPException(400, "`operationName` must be a string or null, if provided.")
            if found.protocol == "sse" and not self.subscribes(found):
                return replace(found, protocol="http")
        return found

    def should_render_graphql_ide(self, request: Any) -> bool:
        """Never: a GET without a text may name a trusted document."""
        return False

    async def trusted(
        self, request: AsyncHTTPRequestAdapter, found: GraphQLRequestData
    ) -> str | None:
        """The text of the trusted document that a request names.

        Raises:
            HTTPException: 404, for an id that is not on the list.
        """
        given: dict[str, Any] = {"extensions": found.extensions}
        if request.method == "GET":
            given["documentId"] = request.query_params.get("documentId")
        else:
            body = self.parse_json(await request.get_body())
            given["documentId"] = body.get("documentId") if isinstance(body, dict) else None
        try:
            return named(given)
        except GraphQLError as error:
            raise HTTPException(404, error.message) from error

    def subscribes(self, asked: GraphQLRequestData) -> bool:
        """Whether a stream of events is asked for, and not merely accepted."""
        assert isinstance(self.schema, Schema)
        try:
            document = self.schema.documents.parsed(asked.query or "", limits.ANONYMOUS)
        except GraphQLError:
            return False
        operation = document.operation(asked.operation_name)
        return operation is not None and operation.operation is OperationType.SUBSCRIPTION

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
        lasting = getattr(sub_response, "lasting", "no-store")
        failed = isinstance(response_data, dict) and response_data.get("errors")
        response.headers["cache-control"] = "no-store" if failed else lasting
        response.headers["vary"] = "Accept, Authorization, Cookie"
        if isinstance(response_data, dict):
            response.headers.update(budget_headers(dict(response_data)))
        if media == RESPONSE and isinstance(response_data, dict) and "data" not in response_data:
            response.status_code = status_of(response_data.get("errors") or [])
        return response


def budget_headers(body: dict[str, Any]) -> dict[str, str]:
    """What an application should know before it asks again."""
    cost = (body.get("extensions") or {}).get("cost") or {}
    if "budget" not in cost:
        return {}
    found = {"X-Budget-Limit": str(cost["budget"]), "X-Budget-Remaining": str(cost["remaining"])}
    for error in body.get("errors") or []:
        wait = (error.get("extensions") or {}).get("retryAfterSeconds")
        if wait:
            found["Retry-After"] = str(wait)
    return found


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
