"""Rules of documents: their numbers, their states, and fields that say all they must."""

import secrets
from base64 import b32encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import orjson

from service.documents.kinds import FORMS, DocumentKind
from service.errors import Conflict, Invalid

TEXT_LONGEST = 4000  # characters of one field
LIST_LONGEST = 200  # items of one field


class FieldsMissing(Invalid):
    """The document does not say all that the law asks of it."""

    code = "FIELDS_MISSING"


class State(StrEnum):
    """How far the file of a document is."""

    ISSUED = "ISSUED"
    RENDERED = "RENDERED"
    FAILED = "FAILED"


class Standing(StrEnum):
    """Whether a document holds."""

    VALID = "VALID"
    SUPERSEDED = "SUPERSEDED"
    VOIDED = "VOIDED"


def check_valid(standing: Standing) -> None:
    """Refuse to replace or void what holds no longer.

    Raises:
        Conflict: it was superseded or voided before.
    """
    if standing is not Standing.VALID:
        raise Conflict(
            f"the document is {standing.value}; act on the version that holds",
            path=("input", "documentId"),
        )


PLACEHOLDERS = ("place", "line", "kind", "year", "number")
NEEDED = ("{line}", "{kind}", "{year}", "{number}")
"""Without these two documents of one tenant could bear the same number."""

LINES = {
    "commerce": "商务", "fire": "消", "market": "市监", "emergency": "应急", "urban": "城管",
    "gas": "燃气", "general": "安",
}  # fmt: skip
"""How a body's line of business is written in a number; another line as it is."""


def number_text(
    wording: str, *, place: str, line: str, kind: DocumentKind, year: int, sequence: int
) -> str:
    """The number as it is printed, such as （渝北）应急检记〔2026〕12号."""
    text = wording
    values = {
        "place": place,
        "line": LINES.get(line, line),
        "kind": FORMS[kind].mark,
        "year": str(year),
        "number": str(sequence),
    }
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def short_place(name: str) -> str:
    """The name of a town without its kind, as it stands in a number."""
    for ending in ("街道", "镇", "乡"):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name


def new_code() -> str:
    """A code of 128 random bits for the public check, 26 letters and digits."""
    return b32encode(secrets.token_bytes(16)).decode().rstrip("=")


def canonical(values: Mapping[str, Any]) -> bytes:
    """The bytes whose SHA-256 is kept: keys sorted, UTF-8, no blanks."""
    return orjson.dumps(dict(values), option=orjson.OPT_SORT_KEYS)


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256 of the fields, 64 hex digits."""
    return sha256(canonical(values)).hexdigest()


def sayable(text: str) -> str:
    """A text as a document can say it: what cannot be printed left out, the longest cut."""
    lines = text.replace("\r\n", "\n").strip()
    kept = "".join(char for char in lines if char.isprintable() or char in "\n\t")
    return kept if len(kept) <= TEXT_LONGEST else kept[: TEXT_LONGEST - 1] + "…"


def parts(text: str) -> list[str]:
    """A long text as the items of a list field, one a line, the lines of any length."""
    lines = (line.strip() for line in text.replace("\r", "\n").split("\n"))
    said = [
        sayable(line[start : start + TEXT_LONGEST])
        for line in lines
        for start in range(0, len(line), TEXT_LONGEST)
    ]
    kept = [one for one in said if one]
    return kept if len(kept) <= LIST_LONGEST else ["；".join(kept)[:TEXT_LONGEST]]


def check_fields(kind: DocumentKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in the form that is kept: JSON values, days and instants in ISO 8601.

    Raises:
        FieldsMissing: a mandatory field is absent or empty.
        Invalid: a field is unknown, too long, or no value of its type.
    """
    return _checked(FORMS[kind].schema, given, ("input", "fields"))


def mandatory(kind: DocumentKind) -> list[str]:
    """Names of the fields that every document of the kind must say."""
    return [one.name for one in fields(FORMS[kind].schema) if one.default is MISSING]


def check_marks(kind: DocumentKind, marks: Collection[str]) -> None:
    """Refuse a sheet on which something that must be said is not.

    Raises:
        FieldsMissing: a mandatory field, or the foot with number and QR code, is not on it.
    """
    absent = sorted({*mandatory(kind), "foot"}.difference(marks))
    if absent:
        raise FieldsMissing(
            f"the template must set these on the page: {', '.join(absent)}",
            path=("input", "source"),
        )


def _checked(schema: type[Any], given: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    hints = get_type_hints(schema)
    known = {one.name: one for one in fields(schema)}
    for name in given:
        if name not in known:
            raise Invalid(f"there is no field {name!r} in this document", path=(*path, str(name)))
    kept = {}
    for name, one in known.items():
        value = given.get(name)
        if value is None or value == "":
            kept[name] = _absent(one, (*path, name))
        else:
            kept[name] = _value(hints[name], value, one, (*path, name))
    return kept


def _absent(one: Field[Any], path: tuple[str, ...]) -> Any:
    if one.default is MISSING:
        raise FieldsMissing(f"say {path[-1]} ({one.metadata['label']})", path=path)
    return list(one.default) if isinstance(one.default, tuple) else one.default


def _value(hint: Any, value: Any, one: Field[Any], path: tuple[str, ...]) -> Any:
    if get_origin(hint) in (Union, UnionType):
        hint = next(kind for kind in get_args(hint) if kind is not NoneType)
    if get_origin(hint) is tuple:
        return _list(get_args(hint)[0], value, one, path)
    if is_dataclass(hint):
        assert isinstance(hint, type)
        if is_dataclass(value) and not isinstance(value, type):
            value = {part.name: getattr(value, part.name) for part in fields(value)}
        if not isinstance(value, Mapping):
            raise Invalid(f"{path[-1]} must be an object", path=path)
        return _checked(hint, value, path)
    return _plain(hint, value, path)


def _list(hint: Any, value: Any, one: Field[Any], path: tuple[str, ...]) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) > LIST_LONGEST:
        raise Invalid(f"{path[-1]} must be a list of at most {LIST_LONGEST} items", path=path)
    wanted = one.metadata["at_least"] if one.default is MISSING else 0
    if len(value) < wanted:
        raise FieldsMissing(
            f"{path[-1]} ({one.metadata['label']}) needs {wanted} or more", path=path
        )
    return [_value(hint, item, one, (*path, str(index))) for index, item in enumerate(value)]


def _plain(hint: Any, value: Any, path: tuple[str, ...]) -> Any:
    name = path[-1]
    if hint is bool and isinstance(value, bool):
        return value
    if hint is str and isinstance(value, str):
        trimmed = value.strip()
        if not trimmed:
            raise FieldsMissing(f"say {name}", path=path)
        if len(trimmed) > TEXT_LONGEST:
            raise Invalid(f"{name} must not exceed {TEXT_LONGEST} characters", path=path)
        if any(not (char.isprintable() or char in "\n\t") for char in trimmed):
            raise Invalid(f"{name} holds a character that cannot be printed", path=path)
        return trimmed
    if hint is date:
        return _day(value, path)
    if hint is datetime:
        return _instant(value, path)
    raise Invalid(f"{name} must be a {hint.__name__}", path=path)


def _day(value: Any, path: tuple[str, ...]) -> str:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise Invalid(f"{path[-1]} must be a day such as 2026-03-05", path=path) from error
    if not isinstance(day, date) or isinstance(day, datetime):
        raise Invalid(f"{path[-1]} must be a day such as 2026-03-05", path=path)
    return day.isoformat()


def _instant(value: Any, path: tuple[str, ...]) -> str:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise Invalid(f"{path[-1]} must be an instant with its offset", path=path) from error
    if not isinstance(instant, datetime) or instant.tzinfo is None:
        raise Invalid(f"{path[-1]} must be an instant with its offset", path=path)
    return instant.isoformat()
