"""Pages for integrators that are made from the code: `make pages` writes them."""

from collections import defaultdict
from pathlib import Path

from graphql import GraphQLEnumType, GraphQLSchema, build_schema

from api import app, limits_terms, schema  # noqa: F401  every refusal of ours is known then
from service.errors import SafetyError

ERROR_CODES = Path(__file__).resolve().parents[1] / "docs" / "api" / "error-codes.md"
HEAD = """# Error codes

Made by `make pages` from the schema and the code; do not edit. `extensions.code` of the top-level
`errors` and `code` of a mutation's refusals have these values. A mutation's own codes are its enum
`…ErrorCode`; a code that you do not know is a refusal all the same, and its `message` says what to
do.

| code | meaning | mutations |
|---|---|---|
"""
EVERYWHERE = 20
"""A code of more mutations than that is not worth a list of them."""


def meanings() -> dict[str, str]:
    """Code → the first sentence that its class says of itself; the most general class wins."""
    found: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    waiting: list[type[SafetyError]] = [SafetyError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        text = " ".join((kind.__doc__ or "").strip().split("\n\n")[0].split())
        if "code" in vars(kind) and text:
            found[kind.code].append((len(kind.__mro__), kind.__module__, text.rstrip(".")))
    return {code: min(said)[2] for code, said in found.items()}


def mutations(contract: GraphQLSchema) -> dict[str, list[str]]:
    """Code → the mutations that may refuse with it."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, kind in sorted(contract.type_map.items()):
        if isinstance(kind, GraphQLEnumType) and name.endswith("ErrorCode"):
            verb = name.removesuffix("ErrorCode")
            for code in kind.values:
                found[code].append(verb[0].lower() + verb[1:])
    return found


def error_codes(contract: GraphQLSchema) -> dict[str, str]:
    """Code → its row of the page."""
    said, used = meanings(), mutations(contract)
    rows = {}
    for code in sorted({*said, *used}):
        names = used.get(code, [])
        listed = ", ".join(f"`{name}`" for name in names)
        where = f"{len(names)} mutations" if len(names) > EVERYWHERE else listed
        rows[code] = f"| `{code}` | {said.get(code, '')} | {where} |"
    return rows


def main() -> None:
    """Write the page of codes."""
    rows = error_codes(build_schema(schema.printed()))
    ERROR_CODES.write_text(HEAD + "\n".join(rows.values()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
