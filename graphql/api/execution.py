"""How one operation runs: limits, then one transaction, then errors without secrets.

A query sees one snapshot.  A mutation is one act: it commits when its whole answer could be
given, and its answer is kept under the idempotency key for whoever repeats it.
"""

from collections.abc import AsyncIterator, Iterable
from functools import cached_property
from typing import Any

import orjson
import strawberry
import structlog
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    value_from_ast_untyped,
)
from graphql.utilities import get_operation_ast
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.relay.types import GlobalIDValueError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType as Allowed

from api import limits
from api.compiling import Unplannable
from api.context import Context
from api.documents import Documents
from service import closing, idempotency, telemetry
from service.correlation import correlation_id
from service.errors import SafetyError
from service.identity.budget import BudgetExhausted
from tenants import lane
from tenants.principal import Principal
from tenants.wall import tenant_transaction

QUERY_TIMEOUT_MS = 10_000

PROTOCOL = (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError)
"""Requests that Strawberry's view answers with status 400."""

NO_OBJECT = (GlobalIDValueError, NotImplementedError)
"""What Strawberry raises for the global id of a type that has no objects, such as `Query:1`."""

NOT_TOLD = GraphQLError(
    "the request does not fit the schema; sign in to be told what is wrong with it",
    extensions={"code": "SCHEMA"},
)
"""What a stranger is told, whatever is wrong: no answer tells more of the schema than another."""

TOO_SLOW = GraphQLError(
    f"the answer took longer than {QUERY_TIMEOUT_MS // 1000} s; ask for less at once",
    extensions={"code": "TIMEOUT"},
)

log = structlog.get_logger()


class ParsedOnce(SchemaExtension):
    """Hands over the document that the limits pass has parsed already."""

    def on_parse(self) -> Any:
        """Give it to Strawberry instead of parsing again."""
        context: Context = self.execution_context.context
        if context.document is not None and context.query == self.execution_context.query:
            self.execution_context.graphql_document = context.document.node
        yield

    def on_validate(self) -> Any:
        """Validation took place when the document was first seen."""
        context: Context = self.execution_context.context
        if context.document is not None and context.query == self.execution_context.query:
            errors = context.document.validated(self.execution_context.schema._schema)
            self.execution_context.pre_execution_errors = list(errors)
        yield


class Schema(strawberry.Schema):
    """Strawberry's schema with our way of running an operation."""

    @cached_property
    def documents(self) -> Documents:
        """The documents that this process has read."""
        return Documents(self._schema)

    async def answer(
        self,
        query: str,
        variables: dict[str, Any] | None,
        context: Context,
        operation_name: str | None = None,
    ) -> bytes | None:
        """The whole answer out of one statement, None where the plain tier must give it."""
        principal, raw = context.principal, variables or {}
        try:
            planned, bound = self.documents.plan(
                query, operation_name, raw, principal, allowed_to(context)
            )
            assert planned.compiled is not None
            values = planned.compiled.values(bound)
        except (Unplannable, GraphQLError):
            return None
        telemetry.note(
            operation="query",
            operation_name=planned.name,
            role=principal.role.value,
            cost=planned.cost.cost,
            tier="compiled",
        )
        context.operation = planned.name or ""
        try:
            await context.pay(planned.cost.extensions(allowed_to(context)))
            data = await lane.answer(principal.scope, planned.compiled.statement, values)
        except BudgetExhausted:
            return None
        except lane.TooSlow:
            return refused(TOO_SLOW)
        except lane.NotAnswered as error:
            log.warning("a compiled statement failed", reason=str(error.__cause__)[:400])
            return None
        if data is None:
            return None
        cost = orjson.dumps(context.costs)
        return b'{"data":' + bytes(data) + b',"extensions":{"cost":' + cost + b"}}"

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Errors are logged where they are masked, once."""

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Context | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[Allowed] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run one query or mutation inside its transaction."""
        assert context_value is not None
        context = context_value

        async def run() -> ExecutionResult:
            return await super(Schema, self).execute(
                query,
                variable_values,
                context,
                root_value,
                operation_name,
                allowed_operation_types,
                operation_extensions,
            )

        if not query:
            raise MissingQueryError
        try:
            document = self.admit(query, variable_values, context, operation_name)
            await context.pay(context.cost)
        except BudgetExhausted as refusal:
            context.left = refusal.left
            error = as_graphql_error(refusal)
            return ExecutionResult(
                data=None, errors=[mask(error)], extensions={"cost": context.costs}
            )
        except GraphQLError as refusal:
            return ExecutionResult(data=None, errors=[mask(refusal)])
        operation = get_operation_ast(document, operation_name)
        try:
            if operation is None or operation.operation is OperationType.SUBSCRIPTION:
                result = await run()
            elif operation.operation is OperationType.MUTATION:
                # Over GET it is refused as such, whoever asks.
                acts = (
                    allowed_operation_types is None or Allowed.MUTATION in allowed_operation_types
                )
                if acts and context.principal.anonymous:
                    raise GraphQLError("sign in first", extensions={"code": "UNAUTHENTICATED"})
                key = idempotency_key(operation, variable_values)
                request = idempotency.fingerprint(query, variable_values, operation_name)
                result = await _act(context, key, request, run)
            else:
                async with tenant_transaction(
                    context.principal.scope, read_only=True, statement_timeout_ms=QUERY_TIMEOUT_MS
                ):
                    result = await run()
        except PROTOCOL:
            raise
        except Exception as error:
            result = ExecutionResult(data=None, errors=[as_graphql_error(error)])
        result.errors = shown(result.errors, context.principal) if result.errors else None
        result.extensions = {**(result.extensions or {}), "cost": context.costs}
        return result

    async def stream(  # type: ignore[override]
        self, query: str | None, *args: Any, **kwargs: Any
    ) -> AsyncIterator[ExecutionResult]:
        """Run one subscription; queries and mutations go over plain HTTP, one act a request."""
        context: Context = kwargs["context_value"]
        variables: dict[str, Any] | None = kwargs.get("variable_values")
        try:
            name = kwargs.get("operation_name")
            operation = get_operation_ast(self.admit(query or "", variables, context, name), name)
            context.left = context.unpaid = None  # each subscription of a socket pays for itself
            await context.pay(context.cost)
            if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
                raise GraphQLError(
                    "a socket carries subscriptions; send queries and acts over HTTP",
                    extensions={"code": "OPERATION"},
                )
        except (GraphQLError, BudgetExhausted) as refusal:
            error = mask(as_graphql_error(refusal))
            return _only(ExecutionResult(data=None, errors=[error]))
        kwargs["allowed_operation_types"] = {Allowed.SUBSCRIPTION}
        return _masked(await super().stream(query, *args, **kwargs), context.principal)

    def admit(
        self,
        query: str,
        variables: dict[str, Any] | None,
        context: Context,
        operation_name: str | None,
    ) -> DocumentNode:
        """Parse the document and hold it against the limits of who asks.

        Raises:
            GraphQLError: not GraphQL, or more than one request may ask.
        """
        allowed = allowed_to(context)
        try:
            document = self.documents.parsed(query, allowed)
        except GraphQLSyntaxError as error:
            error.extensions = {**(error.extensions or {}), "code": "SYNTAX"}
            raise
        cost = limits.check(document.node, self._schema, variables, operation_name, allowed)
        context.query, context.document = query, document
        context.cost = cost.extensions(allowed)
        operation = document.operation(operation_name)
        context.operation = operation.name.value if operation and operation.name else ""
        telemetry.note(
            operation=operation.operation.value if operation else "",
            operation_name=context.operation,
            role=context.principal.role.value,
            cost=cost.cost,
        )
        return document.node


def allowed_to(context: Context) -> limits.Limits:
    """The limits of whoever asks."""
    return limits.ANONYMOUS if context.principal.anonymous else limits.MEMBER


def shown(errors: list[GraphQLError], principal: Principal) -> list[GraphQLError]:
    """The errors as whoever asks may see them: a stranger is told nothing of the schema."""
    if principal.anonymous and any(misfit(error) for error in errors):
        errors = [error for error in errors if not misfit(error)] or [NOT_TOLD]
    return [mask(error) for error in errors]


def misfit(error: GraphQLError) -> bool:
    """Whether document or variables do not fit the schema, as the library says it."""
    ours = error.path or "code" in (error.extensions or {})
    return not ours and isinstance(error.original_error, GraphQLError | None)


def refused(error: GraphQLError) -> bytes:
    """The answer to a question that was not answered."""
    return orjson.dumps({"data": None, "errors": [mask(error).formatted]})


async def _act(context: Context, key: str | None, request: str, run: Any) -> ExecutionResult:
    """One mutation in one transaction; a repeated key gets the first answer again."""
    principal, home, claim = context.principal, context.principal.scope.home, ""
    if key is not None and home is not None:
        claim = idempotency.claim(home, principal.key, key, request)
    async with tenant_transaction(
        principal.scope, first=claim, keep=closing.statement
    ) as transaction:
        if key is not None and home is not None:
            answered = await idempotency.kept(home, principal.key, key, request)
            if answered is not None:
                return ExecutionResult(data=orjson.loads(answered), errors=None)
        result: ExecutionResult = await run()
        if result.errors:
            transaction.refuse()
        elif key is not None and home is not None and not transaction.refused:
            answer = orjson.dumps(result.data).decode()
            await idempotency.answer(
                home, principal.key, key, answer, confidential=context.confidential
            )
        return result


def idempotency_key(
    operation: OperationDefinitionNode, variables: dict[str, Any] | None
) -> str | None:
    """The `idempotencyKey` in the input of the operation's one mutation.

    Raises:
        GraphQLError: longer than 100 characters.
    """
    for field in operation.selection_set.selections:
        if isinstance(field, FieldNode):
            for argument in field.arguments or ():
                if argument.name.value == "input":
                    value = value_from_ast_untyped(argument.value, variables or {})
                    key = value.get("idempotencyKey") if isinstance(value, dict) else None
                    if isinstance(key, str) and len(key) > 100:
                        raise GraphQLError(
                            "idempotencyKey must not exceed 100 characters",
                            extensions={"code": "IDEMPOTENCY_KEY"},
                        )
                    return key if isinstance(key, str) else None
    return None


def as_graphql_error(error: Exception) -> GraphQLError:
    """Any exception in the form that `mask` understands."""
    return error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)


def mask(error: GraphQLError) -> GraphQLError:
    """The error as the client may see it: refusals in words, defects as a number to report."""
    cause = error.original_error
    extensions = dict(error.extensions or {})
    extensions["requestId"] = correlation_id()
    message = error.message
    if misfit(error):
        extensions["code"] = "SCHEMA"
    if cancelled(cause):
        message, extensions["code"] = TOO_SLOW.message, "TIMEOUT"
    elif isinstance(cause, SafetyError):
        message, extensions["code"] = cause.message, cause.code
        if isinstance(cause, BudgetExhausted):
            extensions["retryAfterSeconds"] = cause.left.retry_seconds
    elif isinstance(cause, NO_OBJECT) and error.path == ["node"]:
        message, extensions["code"] = "this is not an id of ours", "INVALID"
    elif cause is not None and not isinstance(cause, GraphQLError):
        log.error("operation failed", path=error.path, exc_info=cause)
        message, extensions["code"] = "something went wrong on our side", "INTERNAL"
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def cancelled(error: BaseException | None) -> bool:
    """Whether PostgreSQL gave up at the time limit of its statement."""
    while error is not None:
        if isinstance(error, lane.QueryCanceledError):
            return True
        error = error.__cause__
    return False


async def _only(result: ExecutionResult) -> AsyncIterator[ExecutionResult]:
    yield result


async def _masked(results: Any, principal: Principal) -> AsyncIterator[Any]:
    async for result in results:
        if getattr(result, "errors", None):
            result.errors = shown(result.errors, principal)
        yield result
