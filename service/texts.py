"""What people write in forms: trimmed, and refused where it is missing or too long."""

from service.errors import Invalid


def filled(given: str, field: str, longest: int, *, empty: bool = False) -> str:
    """The text without outer blanks; with `empty` there may be none.

    Raises:
        Invalid: empty where it must not be, or too long.
    """
    trimmed = given.strip()
    if not trimmed and not empty:
        raise Invalid(f"{field} must not be empty", path=("input", field))
    if len(trimmed) > longest:
        raise Invalid(f"{field} must not exceed {longest} characters", path=("input", field))
    return trimmed


def bounded(
    given: str, field: str, most: int, least: int = 2, *, within: tuple[str, ...] = ("input",)
) -> str:
    """The text without outer blanks, of `least` to `most` characters; `within` leads to the field.

    Raises:
        Invalid: too short or too long.
    """
    trimmed = given.strip()
    if not least <= len(trimmed) <= most:
        raise Invalid(f"{field} takes {least} to {most} characters", path=(*within, field))
    return trimmed
