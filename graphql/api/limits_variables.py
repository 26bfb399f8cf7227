"""The variables of a request: how large they may be, and the page sizes among them."""

from collections.abc import Mapping

from graphql import DocumentNode, IntValueNode, OperationDefinitionNode, Token, TokenKind

from api.limits_terms import LimitExceeded, Limits

MOST_DIGITS = 290


def check_variables(values: Mapping[str, object], limits: Limits) -> None:
    """Raises `LimitExceeded` if the values are too many, too deep or one list too long."""
    seen = 0
    pending: list[tuple[object, int]] = [(values, 0)]
    while pending:
        value, depth = pending.pop()
        seen += 1
        if isinstance(value, str):
            check_text(value)
        if depth > limits.variable_depth:
            raise refusal(f"nest more than {limits.variable_depth} levels")
        if isinstance(value, list | tuple):
            if len(value) > limits.list_items:
                raise refusal(f"hold a list of more than {limits.list_items} items")
            pending.extend((item, depth + 1) for item in value)
        elif isinstance(value, Mapping):
            pending.extend((item, depth + 1) for item in value.values())
        # What is still pending is counted too, so that a wide object cannot grow the list.
        if seen + len(pending) > limits.variable_values:
            raise refusal(f"hold more than {limits.variable_values} values")


def check_literals(document: DocumentNode) -> None:
    """Raises `LimitExceeded` if a text in the document holds what no text may."""
    token: Token | None = document.loc.start_token if document.loc else None
    while token is not None:
        check_text(token.value or "")
        token = token.next


def check_numbers(document: DocumentNode) -> None:
    """Raises `LimitExceeded` if a number in the document has more digits than any may have."""
    token: Token | None = document.loc.start_token if document.loc else None
    while token is not None:
        if token.kind in (TokenKind.INT, TokenKind.FLOAT) and len(token.value or "") > MOST_DIGITS:
            raise LimitExceeded(
                "NUMBER_TOO_LONG", f"A number has more than {MOST_DIGITS} digits. Shorten it."
            )
        token = token.next


def check_text(text: str) -> None:
    """Raises `LimitExceeded` for U+0000, which PostgreSQL keeps in no text."""
    if "\0" in text:
        raise LimitExceeded("TEXT", "A text holds the character U+0000. Leave it out.")


def refusal(what: str) -> LimitExceeded:
    """The one refusal of variables, in words that say which bound was met."""
    return LimitExceeded("VARIABLES_TOO_LARGE", f"The variables {what}. Send them in parts.")


def page_values(
    operation: OperationDefinitionNode | None, values: Mapping[str, object]
) -> dict[str, object]:
    """The variables with the defaults that the operation declares for whole numbers."""
    defaults: dict[str, object] = {}
    for definition in (operation.variable_definitions or ()) if operation else ():
        default = definition.default_value
        if isinstance(default, IntValueNode) and len(default.value) <= 10:
            defaults[definition.variable.name.value] = int(default.value)
        elif default is not None:
            defaults[definition.variable.name.value] = default
    return {**defaults, **values}
