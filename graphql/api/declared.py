"""What the read path may compile: declarations beside the types, and nothing inferred.

A field that declares nothing is answered by its resolver.  A declaration says once what both
tiers do: which column a field shows and how, which rows a role sees, how rows hang together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, Protocol

from tortoise.models import Model

from tenants.principal import Principal
from tenants.rights import Right, Role, Subject

METADATA = "plan"


@dataclass(frozen=True, slots=True)
class Column:
    """A field shows a column of its row."""

    name: str = ""
    """Column, where it is not called like the field."""
    kind: type[Enum] | None = None
    blank: bool = False
    """An empty text means that there is nothing to show."""
    present: bool = False
    """The field says whether the column holds anything."""

    def read(self, row: Model, name: str) -> Any:
        """The value of the field `name` of a row."""
        value = getattr(row, self.name or name)
        if self.present:
            return value is not None
        if value is None or (self.blank and not value):
            return None
        return value if self.kind is None else self.kind(value)


def shows(*plain: str, **special: Column) -> dict[str, Column]:
    """Fields called like their columns, and those that are shown otherwise."""
    return {**{name: Column() for name in plain}, **special}


@dataclass(frozen=True, slots=True)
class Sight:
    """Which rows in scope a role sees; all, unless one of these confines it."""

    own: str = ""
    """Column that must hold the enterprise for which an ENTERPRISE account speaks."""
    line: str = ""
    """Column that must hold the line of a department, where its line is not comprehensive."""
    comprehensive: str = ""
    """The line of departments that see every line."""
    home: bool = False
    """Only rows of the caller's own tenant."""

    def confines(self, principal: Principal) -> dict[str, Any]:
        """Columns with the value they must have; a department's line is looked up elsewhere."""
        found: dict[str, Any] = {}
        if self.own and principal.role is Role.ENTERPRISE:
            found[self.own] = principal.enterprise_id
        if self.home:
            found["tenant_id"] = principal.scope.home.tenant_id if principal.scope.home else None
        return found


def plain(value: Any) -> Any:
    """A value as the database takes it."""
    return value.value if isinstance(value, Enum) else value


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on rows; `sql` has `{t}` for their alias, `{v}` and `{w}` for the value."""

    sql: str
    cast: str = "text"
    convert: Callable[[Any], Any] = plain
    second: Callable[[Any], Any] = plain
    """What `{w}` is made with."""


def equal(column: str, cast: str = "text", convert: Callable[[Any], Any] | None = None) -> Filter:
    """The column equals the value."""
    return Filter(f"{{t}}.{column} = {{v}}", cast, convert or plain)


class Kind(Protocol):
    """A type of the schema whose objects are rows: `api.nodes.RowNode` with `columns`."""

    model: Any
    columns: Mapping[str, Column]
    sight: Sight
    object_kind: Subject | None


Lazy = Callable[[], Any]
"""The type, named when it is needed, so that modules may refer to one another."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What every declaration of rows has: their type and the right to read them."""

    kind: Lazy
    right: tuple[Subject, Right] | None = None


@dataclass(frozen=True, slots=True)
class Single(Rows):
    """One object found by an argument, the newest where there are several."""

    filters: Mapping[str, Filter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page(Rows):
    """A connection at the root: `api.paging.page`."""

    key: str = "id"
    where: Mapping[str, Filter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Below(Rows):
    """A connection below a row: `api.reverse.page_of`."""

    by: str = ""
    key: str = "created_at"


@dataclass(frozen=True, slots=True)
class Many(Rows):
    """A closed list below a row, without rights of its own; oldest first in the order named."""

    by: str = ""
    order: tuple[str, ...] = ("id",)


@dataclass(frozen=True, slots=True)
class One(Rows):
    """The row that a column refers to; null where the caller lacks the right."""

    column: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A list of enum members that follows from a column alone."""

    column: str
    members: Mapping[str, tuple[Enum, ...]]


@dataclass(frozen=True, slots=True)
class Inline:
    """An object out of columns of the same row; null where `when` does not hold."""

    columns: Mapping[str, Column]
    when: str = ""


@dataclass(frozen=True, slots=True)
class Towns:
    """A closed list at the root: one object for each town in scope, with numbers, by code.

    `numbers` is a relation over rows called `h` with a row for each `tenant_id` that has any;
    `{sees}` in it is whether whoever asks sees the line of `h`, `{name}` a day out of `given` or a
    condition out of `bounds`.
    """

    kind: Lazy
    allowed: Callable[[Role, Callable[[Subject, Right], bool]], bool]
    numbers: str
    counts: tuple[str, ...]
    """Its columns, 0 for a town without a row."""
    shares: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Quotients of two of them by name, null where the second is 0."""
    given: Mapping[str, Callable[[], date]] = field(default_factory=dict)
    """Days in `numbers`, each by what it is where no argument of that name says otherwise."""
    bounds: Mapping[str, str] = field(default_factory=dict)
    """Conditions on a day `{day}` by the argument that names it; without it none is asked for."""


@dataclass(frozen=True, slots=True)
class Town:
    """The town of an object in `Towns`."""


Plan = Single | Page | Below | Many | One | Choice | Inline | Towns | Town


def planned(declaration: Plan) -> dict[str, Plan]:
    """`strawberry.field(metadata=planned(…))`."""
    return {METADATA: declaration}
