"""Refusals as data: every mutation answers with its object or with errors, never with both."""

from collections.abc import Awaitable
from enum import Enum
from typing import Generic, TypeVar

import strawberry

from service.errors import SafetyError
from tenants.wall import current

Code = TypeVar("Code", bound=Enum)
Result = TypeVar("Result")


@strawberry.type(description="Refusal of one mutation: a stable code, what to do, and where")
class MutationError(Generic[Code]):
    """Named after its code's enum: `EnrolEnterpriseErrorCode` makes `EnrolEnterpriseError`."""

    code: Code = strawberry.field(description="Stable code of the refusal")
    message: str = strawberry.field(description="What is wrong and what to do about it")
    path: list[str] = strawberry.field(description="Input field at fault, outermost first")


class UndeclaredRefusal(RuntimeError):
    """A command refused with a code that its mutation does not declare: a defect of ours."""


async def attempt(
    codes: type[Code], act: Awaitable[Result]
) -> tuple[Result | None, list[MutationError[Code]]]:
    """Run a command; a refusal becomes data and rolls the whole operation back.

    Raises:
        UndeclaredRefusal: the refusal's code is not one of `codes`.
    """
    try:
        return await act, []
    except SafetyError as error:
        current().refuse()
        try:
            code = codes[error.code]
        except KeyError:
            raise UndeclaredRefusal(f"{error.code} is not in {codes.__name__}") from error
        refusal = MutationError(code=code, message=error.message, path=list(error.path))
        return None, [refusal]
