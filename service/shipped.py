"""Tables that ship with the product as csv: one row a line, and a clear word for a bad one."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")
YES_NO = {"yes": True, "no": False}


def read_table(path: Path, made: Callable[[dict[str, str]], Made], noun: str) -> list[Made]:
    """What `made` makes of each line of a file with a heading; `noun` says what a line is.

    Raises:
        ValueError: a line of which nothing can be made, with its number.
    """
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                found.append(made(row))
            except (KeyError, ValueError, TypeError) as error:
                raise ValueError(f"line {number} of {path.name} is no {noun}: {error}") from error
    return found
