"""The cursor of the change feed holds exactly the places that it was made of."""

import contextlib
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.changes.rules import (
    MARK_BYTES,
    WATCHED,
    ChangedKind,
    CursorUnknown,
    Place,
    decode,
    encode,
)

PLACES = st.dictionaries(
    st.uuids(),
    st.builds(
        Place,
        st.integers(0, 2**63 - 1),
        st.binary(min_size=MARK_BYTES, max_size=MARK_BYTES),
        st.frozensets(st.sampled_from(ChangedKind)),
    ),
    max_size=12,
)


@settings(max_examples=100)
@given(PLACES)
def test_a_cursor_is_read_as_it_was_written(places: dict[UUID, Place]) -> None:
    assert decode(encode(places)) == places


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda b: b.hex())))
def test_whatever_else_is_sent_is_refused_or_is_a_cursor(text: str) -> None:
    with contextlib.suppress(CursorUnknown):
        found = decode(text)
        assert decode(encode(found)) == found


@settings(max_examples=60)
@given(PLACES.filter(bool), st.data())
def test_a_cursor_cut_short_is_refused(places: dict[UUID, Place], data: st.DataObject) -> None:
    whole = encode(places)
    cut = whole[: data.draw(st.integers(3, len(whole) - 1))]

    with contextlib.suppress(CursorUnknown):  # cut between two towns it is a cursor of fewer
        assert len(decode(cut)) < len(places)


def test_a_cursor_of_thirty_towns_is_short() -> None:
    kinds = frozenset(ChangedKind)
    places = {UUID(int=n): Place(100_000 + n, b"abcd", kinds) for n in range(30)}

    assert len(encode(places)) < 1100


def test_no_two_kinds_share_a_place_in_the_cursor() -> None:
    assert len({watched.bit for watched in WATCHED.values()}) == len(ChangedKind)
    with pytest.raises(CursorUnknown):
        decode("Ag")
