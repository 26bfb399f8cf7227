"""Scalars: money as fen in a decimal string, since Int is 32 bits wide."""

from typing import NewType

import strawberry

FenAmount = NewType("FenAmount", int)


def _parse(value: object) -> FenAmount:
    if not isinstance(value, str) or not value.lstrip("-").isascii() or len(value) > 19:
        raise ValueError("an amount in fen is a decimal string")
    return FenAmount(int(value))


FEN = strawberry.scalar(
    name="Fen",
    description="Amount of money in fen (1/100 yuan) as a decimal string",
    serialize=str,
    parse_value=_parse,
)
