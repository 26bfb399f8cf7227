"""Unified social credit code (统一社会信用代码), GB 32100-2015, with both its check digits.

Position 1 names the registrar, 2 the kind, 3-8 the place of registration, 9-17 the
organisation code (GB 11714-1997, its own check digit at 17), 18 checks the whole.
A wrong code is refused with a suggestion where letters were mistaken, never repaired.
"""

from dataclasses import dataclass
from random import Random

from stdnum.cn import uscc

from service.errors import Invalid

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015 table 3: no I, O, S, V, Z
NO_AREA = "990112"  # division code that the standard gives to nobody; for generated codes
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714-1997
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MISTAKEN = str.maketrans("OI", "01")
_FULL_WIDTH = {code + 0xFEE0: code for code in range(0x21, 0x7F)}  # of an input method


@dataclass(frozen=True, slots=True)
class CreditCode:
    """The parts of a valid code."""

    text: str
    registrar: str
    kind: str
    area: str
    organisation: str

    def __str__(self) -> str:
        return self.text


def inner_check_digit(organisation: str) -> str:
    """Check digit of an organisation code from its first 8 characters (GB 11714-1997)."""
    total = sum(
        weight * ORGANISATION_ALPHABET.index(letter)
        for weight, letter in zip(_INNER_WEIGHTS, organisation[:8], strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def outer_check_digit(code: str) -> str:
    """Check digit of the whole code from its first 17 characters (GB 32100-2015)."""
    return str(uscc.calc_check_digit(code[:17]))


def fault(text: str) -> str | None:
    """What is wrong with `text` as a code, in words that name the position; None if nothing."""
    if len(text) != LENGTH:
        return f"a credit code has {LENGTH} characters, this one {len(text)}"
    for position, letter in enumerate(text, start=1):
        if letter not in ALPHABET:
            return f"position {position} holds {letter!r}, which the standard does not use"
        if 3 <= position <= 8 and not letter.isdigit():
            return f"position {position} holds {letter!r}, but the place code has digits only"
    if text[16] != inner_check_digit(text[8:16]):
        return "the check digit of the organisation code (position 17) does not fit positions 9-16"
    if text[17] != outer_check_digit(text):
        return "the check digit (position 18) does not fit positions 1-17"
    return None


def suggestion(text: str) -> str | None:
    """The valid code most likely meant, or None: O read as 0, I as 1, small letters, blanks."""
    plain = "".join(text.translate(_FULL_WIDTH).upper().replace("-", "").split())
    meant = plain.translate(_MISTAKEN)
    return meant if meant != text and fault(meant) is None else None


def parse(text: str) -> CreditCode:
    """The parts of a code.

    Raises:
        Invalid: which position or check digit is at fault, and the likely code if there is one.
    """
    wrong = fault(text)
    if wrong is not None:
        meant = suggestion(text)
        hint = f"; did you mean {meant}?" if meant else "; compare it with the business licence"
        raise Invalid(wrong + hint, path=("input", "creditCode"))
    return CreditCode(text, text[0], text[1], text[2:8], text[8:17])


def validate(text: str) -> str:
    """The code itself, if it is valid.

    Raises:
        Invalid: as `parse`.
    """
    return parse(text).text


def generate(rng: Random, *, area: str = NO_AREA, registrar: str = "9", kind: str = "1") -> str:
    """A code with right check digits; by default of a place that does not exist."""
    organisation = "MA" + "".join(rng.choice(ALPHABET) for _ in range(6))
    stem = registrar + kind + area + organisation + inner_check_digit(organisation)
    return stem + outer_check_digit(stem)
