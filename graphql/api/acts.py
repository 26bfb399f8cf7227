"""One act of an officer as a mutation: its codes, its answer and its field from one description.

`act(...)` makes what every mutation of the schema has: an enum of the codes that it may refuse
with, a payload of the object and its errors, and the field.  So forty acts of one procedure read
as forty lines, and none can forget its rights, its refusals or a description.
"""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any

import strawberry

from api.context import Info
from api.errors import MutationError, attempt
from tenants.rights import Right, Subject

Perform = Callable[[Info, Any], Awaitable[Any]]
ALWAYS = ("FORBIDDEN", "INVALID", "NOT_FOUND")
"""Codes that any act may refuse with."""


@strawberry.input
class KeyedInput:
    """What every act may carry."""

    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


def act(
    name: str,
    description: str,
    given: type,
    shown: tuple[str, Any],
    perform: Perform,
    *,
    needs: tuple[Subject, Right],
    codes: tuple[str, ...] = (),
    also: dict[str, tuple[Any, str]] | None = None,
) -> Any:
    """A mutation.

    `shown` is the field and type of the object that it answers with, `perform` runs the command
    and returns it; `also` adds nullable fields, which `perform` then returns by name in a dict.
    """
    title = name[0].upper() + name[1:]
    code = _codes(title, codes)
    payload = _payload(title, name, code, shown, also or {})
    field = shown[0]
    nothing = dict.fromkeys((field, *(also or {})))

    async def resolve(root: Any, info: Info, input: Any) -> Any:
        async def run() -> Any:
            info.context.require(*needs)
            return await perform(info, input)

        done, errors = await attempt(code, run())
        answer = done if isinstance(done, dict) else {field: done}
        return payload(**{**nothing, **answer}, errors=errors)

    resolve.__annotations__["input"] = given
    resolve.__annotations__["root"] = Any
    return strawberry.mutation(
        resolver=resolve, name=name, description=description, graphql_type=payload
    )


def _codes(title: str, codes: tuple[str, ...]) -> type[Enum]:
    made = Enum(  # type: ignore[misc]  # the members are the arguments
        f"{title}ErrorCode", {one: one for one in dict.fromkeys((*ALWAYS, *codes))}
    )
    strawberry.enum(made, description=f"Why `{title[0].lower()}{title[1:]}` was not done")
    return made


def _payload(
    title: str, name: str, code: Any, shown: tuple[str, Any], also: dict[str, tuple[Any, str]]
) -> Any:
    field, kind = shown
    members: dict[str, Any] = {
        field: strawberry.field(description="Object after the act, null when it was refused"),
        **{one: strawberry.field(description=text) for one, (_, text) in also.items()},
        "errors": strawberry.field(description="Refusals; empty when the act was done"),
    }
    members["__annotations__"] = {
        field: kind | None,
        **{one: other | None for one, (other, _) in also.items()},
        "errors": list[MutationError[code]],
    }
    members["__doc__"] = f"Answer to `{name}`."
    made = type(f"{title}Payload", (), members)
    return strawberry.type(made, description=f"Answer to `{name}`")
