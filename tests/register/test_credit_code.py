"""Credit codes: the standard's own example, real public ones, and every way to mistype one."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Invalid
from service.register.credit_code import (
    ALPHABET,
    fault,
    generate,
    inner_check_digit,
    outer_check_digit,
    parse,
    suggestion,
    validate,
)

# The example printed in GB 32100-2015 and codes that public registers show.
VALID = {
    "91350100M000100Y43": ("3", "4"),
    "91110000710926094P": ("P", "4"),
    "9144030071526726XG": ("G", "X"),
    "914403001922038216": ("6", "1"),
    "91500112MA5U5KUD2B": ("B", "2"),
}

codes = st.integers(0, 2**32).map(lambda seed: generate(Random(seed)))


@pytest.mark.parametrize("code", VALID)
def test_known_codes_are_valid(code: str) -> None:
    outer, inner = VALID[code]

    assert validate(code) == code
    assert outer_check_digit(code) == outer
    assert inner_check_digit(code[8:16]) == inner


def test_parts() -> None:
    code = parse("91500112MA5U5KUD2B")

    assert (code.registrar, code.kind, code.area, code.organisation) == (
        "9",
        "1",
        "500112",
        "MA5U5KUD2",
    )
    assert str(code) == "91500112MA5U5KUD2B"


def refused(text: str) -> str:
    with pytest.raises(Invalid) as caught:
        parse(text)
    assert caught.value.code == "INVALID"
    assert caught.value.path == ("input", "creditCode")
    return caught.value.message


def test_the_misprint_of_the_standard_is_refused() -> None:
    assert "position 18 holds 'Z'" in refused("91350100M000100Y4Z")


def test_letter_o_is_refused_with_the_code_meant() -> None:
    message = refused("91150425MAOMX52N1X")

    assert message == (
        "position 11 holds 'O', which the standard does not use; did you mean 91150425MA0MX52N1X?"
    )
    assert validate("91150425MA0MX52N1X") == "91150425MA0MX52N1X"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9I500112MA5U5KUD2B", "91500112MA5U5KUD2B"),
        ("915OO112MA5U5KUD2B", "91500112MA5U5KUD2B"),
        ("91500112ma5u5kud2b", "91500112MA5U5KUD2B"),
        (" 91500112 MA5U5KUD2B ", "91500112MA5U5KUD2B"),
        ("915001-12-MA5U5KUD2-B", "91500112MA5U5KUD2B"),
        ("９１５００１１２ＭＡ５Ｕ５ＫＵＤ２Ｂ", "91500112MA5U5KUD2B"),
    ],
)
def test_slips_are_refused_with_a_suggestion_never_mended(typed: str, meant: str) -> None:
    assert suggestion(typed) == meant
    assert refused(typed).endswith(f"did you mean {meant}?")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "a credit code has 18 characters, this one 0"),
        ("91500112MA5U5KUD2", "this one 17"),
        ("91500112MA5U5KUD2BB", "this one 19"),
        ("9150A112MA5U5KUD2B", "position 5 holds 'A', but the place code has digits only"),
        ("91500112MA5U5KUS2B", "position 16 holds 'S'"),
        ("91500112MA5U5KUD3B", "position 17"),
        ("91500112MA5U5KUD2C", "position 18"),
        ("500112000012345", "this one 15"),
    ],
)
def test_the_message_names_the_fault(typed: str, says: str) -> None:
    message = refused(typed)

    assert says in message
    assert message.endswith("compare it with the business licence")


def test_a_code_that_is_right_gets_no_suggestion() -> None:
    assert suggestion("91500112MA5U5KUD2B") is None


def test_when_the_sum_is_nought_the_check_digit_is_nought() -> None:
    """C18 = (31 - 0) mod 31; without the second mod there would be no symbol 31."""
    code = next(
        found for found in (generate(Random(seed)) for seed in range(10_000)) if found.endswith("0")
    )
    total = sum(ALPHABET.index(c) * 3**i for i, c in enumerate(code[:17]))

    assert total % 31 == 0
    assert fault(code) is None


def test_generated_codes_belong_to_no_place_and_repeat_by_seed() -> None:
    first = [generate(Random(7)) for _ in range(2)]

    assert first[0] == first[1]
    assert first[0][2:8] == "990112"
    assert generate(Random(7), area="500112")[2:8] == "500112"


@given(codes)
def test_every_generated_code_is_valid(code: str) -> None:
    assert validate(code) == code


@given(codes)
def test_every_single_substitution_is_found(code: str) -> None:
    undetected = [
        code[:place] + letter + code[place + 1 :]
        for place in range(18)
        for letter in ALPHABET
        if letter != code[place] and fault(code[:place] + letter + code[place + 1 :]) is None
    ]
    assert undetected == []


@given(codes)
def test_every_swap_of_neighbours_is_found(code: str) -> None:
    undetected = [
        place
        for place in range(17)
        if code[place] != code[place + 1]
        and fault(code[:place] + code[place + 1] + code[place] + code[place + 2 :]) is None
    ]
    assert undetected == []


@given(st.text(max_size=24))
def test_nothing_typed_is_mended_or_breaks(text: str) -> None:
    meant = suggestion(text)

    assert meant is None or (meant != text and fault(meant) is None)
    if fault(text) is None:
        assert validate(text) == text
