"""Values as JSON text in SQL, byte for byte what the plain tier writes."""

from collections.abc import Iterable

from graphql import GraphQLEnumType, GraphQLNamedType, GraphQLScalarType

MOST_ARGUMENTS = 90  # of one call; PostgreSQL takes 100
BASE64_LINE = 57  # bytes that `encode` writes on one line


class NoText(Exception):
    """The type has no text that we know."""


class Constant(str):
    """The text of a constant, quoted for SQL."""

    __slots__ = ()

    @property
    def plain(self) -> str:
        """The text itself."""
        return self[1:-1].replace("''", "'")


def quoted(text: str) -> Constant:
    """A constant of SQL."""
    return Constant("'" + text.replace("'", "''") + "'")


def joined(parts: Iterable[str]) -> str:
    """The parts one after the other; none of them is null."""
    found = list(parts)
    while len(found) > MOST_ARGUMENTS:
        found = [
            f"concat({', '.join(found[i : i + MOST_ARGUMENTS])})"
            for i in range(0, len(found), MOST_ARGUMENTS)
        ]
    return f"concat({', '.join(found)})"


def as_object(fields: Iterable[tuple[str, str]]) -> str:
    """A JSON object out of names and texts."""
    parts: list[str] = []
    text = "{"
    for name, value in fields:
        text += f'"{name}":'
        if isinstance(value, Constant):  # it joins its neighbours
            text += value.plain
        else:
            parts += [quoted(text), value]
            text = ""
        text += ","
    text = (text[:-1] if text.endswith(",") else text) + "}"
    return joined([*parts, quoted(text)]) if parts else quoted(text)


def value(kind: GraphQLNamedType, sql: str) -> str:
    """The text of a column; null where the column is.

    Raises:
        NoText: a type with a text of its own that nobody taught us.
    """
    if isinstance(kind, GraphQLEnumType):
        return f"""('"' || {sql} || '"')"""
    if not isinstance(kind, GraphQLScalarType):
        raise NoText(kind.name)
    match kind.name:
        case "String":
            return f"to_json({sql})::text"
        case "Int" | "Boolean":
            return f"({sql})::text"
        case "Fen":
            return f"""('"' || {sql} || '"')"""
        case "Date":
            return f"""('"' || to_char({sql}, 'YYYY-MM-DD') || '"')"""
        case "DateTime":
            return f"""('"' || {instant(sql)} || '"')"""
        case "Float":
            return number(sql)
    raise NoText(kind.name)


def nullable(text: str) -> str:
    """`null` where the text is null."""
    return f"coalesce({text}, 'null')"


def number(sql: str) -> str:
    """A float as Python writes it, from 0.0001 to 10^15: whole ones with `.0`."""
    text = f"({sql})::float8::text"
    return (
        f"case when {text} ~ '^-?[0-9]+$' then {text} || '.0'"
        f" else regexp_replace({text}, 'e([+-])0*', 'e\\1') end"
    )


def instant(sql: str) -> str:
    """An instant as `datetime.isoformat` writes it: microseconds only where there are some."""
    at = f"({sql} at time zone 'UTC')"
    return (
        f"to_char({at}, case when date_trunc('second', {at}) = {at}"
        """ then 'YYYY-MM-DD"T"HH24:MI:SS' else 'YYYY-MM-DD"T"HH24:MI:SS.US' end) || '+00:00'"""
    )


def global_id(kind: str, sql: str) -> str:
    """A global id without its quotes."""
    text = f"encode(convert_to({quoted(kind + ':')} || {sql}, 'UTF8'), 'base64')"
    if len(kind) + 1 + 36 > BASE64_LINE:
        text = f"replace({text}, E'\\n', '')"
    return text


def cursor(key: str, sql: str, identity: str) -> str:
    """A cursor as `api.paging.encode` makes it; `key` is `uuid`, `date`, `instant` or `int`."""
    shown = {
        "uuid": f"""'"' || {sql} || '"'""",
        "date": f"""'"' || to_char({sql}, 'YYYY-MM-DD') || '"'""",
        "instant": f"""'"' || {instant(sql)} || '"'""",
        "int": f"({sql})::text",
        "text": f"to_json({sql})::text",
    }[key]
    body = f"""convert_to('[' || {shown} || ',"' || {identity} || '"]', 'UTF8')"""
    return f"translate(encode({body}, 'base64'), E'+/=\\n', '-_')"
