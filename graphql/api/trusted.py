"""Trusted documents: operations that we ship, asked for by an id instead of their text.

The id is the SHA-256 of the text of one operation with the fragments it spreads.  The list is
made from `graphql/operations` and from what the console's code generator wrote; every document is
parsed and validated before the first request.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import structlog
from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    parse,
    print_ast,
    separate_operations,
)

from api import limits

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = ROOT / "graphql" / "operations"
CONSOLE = ROOT / "service" / "console" / "src" / "gql" / "persisted-documents.json"

log = structlog.get_logger()


@lru_cache(maxsize=1)
def manifest() -> Mapping[str, str]:
    """Texts by id."""
    found = {sha256(text.encode()).hexdigest(): text for text in shipped()}
    if CONSOLE.is_file():
        found.update(orjson.loads(CONSOLE.read_bytes()))
    return found


def shipped() -> Iterator[str]:
    """The text of each operation in `graphql/operations`, with its fragments."""
    for path in sorted(OPERATIONS.glob("*.graphql")):
        for document in separate_operations(parse(path.read_text(encoding="utf-8"))).values():
            yield print_ast(document)


def identity(name: str) -> str:
    """The id of a shipped operation by its name, for examples and tests.

    Raises:
        KeyError: no such operation.
    """
    for key, text in manifest().items():
        for one in parse(text).definitions:
            if isinstance(one, OperationDefinitionNode) and one.name and one.name.value == name:
                return key
            assert isinstance(one, OperationDefinitionNode | FragmentDefinitionNode)
    raise KeyError(name)


def named(given: Mapping[str, Any]) -> str | None:
    """The text that a request means: its own, or the document it names.

    A document is named by `documentId`, or by `extensions.persistedQuery.sha256Hash`.

    Raises:
        GraphQLError: it names a document that is not on the list.
    """
    query = given.get("query")
    if query:
        return query if isinstance(query, str) else None
    key = given.get("documentId")
    extensions = given.get("extensions")
    if key is None and isinstance(extensions, dict):
        persisted = extensions.get("persistedQuery")
        key = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(key, str):
        return None
    found = manifest().get(key.removeprefix("sha256:"))
    if found is None:
        raise GraphQLError(
            "no trusted document has this id; send the text",
            extensions={"code": "PERSISTED_QUERY_NOT_FOUND"},
        )
    return found


def prepare(schema: Any) -> int:
    """Parse and validate all of them; returns how many are ready."""
    ready = 0
    for text in manifest().values():
        try:
            document = schema.documents.parsed(text, limits.MEMBER)
        except GraphQLError:
            continue
        if document.validated(schema._schema):
            log.warning("a trusted document does not fit the schema", text=text[:80])
        else:
            ready += 1
    return ready
