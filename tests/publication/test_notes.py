"""Signed notes and checkpoints, with the public example key of the signed-note format."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.publication.notes import BadNote, Checkpoint, Signer, VerifierKey

PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PRIVATE = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE = (
    f"{TEXT}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
    "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = Signer("log.example/990112", bytes(range(32)))


def test_the_public_example_verifies_and_is_reproduced() -> None:
    signer = Signer("PeterNeumann", b64decode(PRIVATE)[1:])

    assert VerifierKey.parse(PUBLIC).open(NOTE) == TEXT
    assert str(signer.verifier_key) == PUBLIC
    assert signer.sign(TEXT) == NOTE


@given(st.integers(0, len(NOTE) - 1))
def test_any_changed_character_is_noticed(place: int) -> None:
    other = "A" if NOTE[place] != "A" else "B"
    changed = NOTE[:place] + other + NOTE[place + 1 :]

    with pytest.raises(BadNote):
        VerifierKey.parse(PUBLIC).open(changed)


def test_another_key_of_the_same_name_is_refused() -> None:
    note = Signer("PeterNeumann", bytes(32)).sign(TEXT)

    with pytest.raises(BadNote):
        VerifierKey.parse(PUBLIC).open(note)


def test_one_valid_signature_among_unknown_ones_is_enough() -> None:
    cosigned = SIGNER.sign(TEXT) + "\u2014 witness.example AAAAAAA=\n"

    assert SIGNER.verifier_key.open(cosigned) == TEXT


@pytest.mark.parametrize(
    "key", ["", "name", "name+00+AA", PUBLIC.replace("c74f20a3", "c74f20a4"), "a+b+not base64"]
)
def test_malformed_keys_are_refused(key: str) -> None:
    with pytest.raises(BadNote):
        VerifierKey.parse(key)


@pytest.mark.parametrize("note", ["", TEXT, TEXT + "\n", f"{TEXT}\n\u2014 x"])
def test_malformed_notes_are_refused(note: str) -> None:
    with pytest.raises(BadNote):
        SIGNER.verifier_key.open(note)


@pytest.mark.parametrize("text", ["no line feed", "carriage\r\n"])
def test_text_that_cannot_be_signed_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        SIGNER.sign(text)


@given(st.integers(0, 2**63), st.binary(min_size=32, max_size=32))
def test_checkpoints_come_back_as_they_went(size: int, root: bytes) -> None:
    checkpoint = Checkpoint("log.example/990112", size, root)

    assert Checkpoint.parse(SIGNER.verifier_key.open(SIGNER.sign(checkpoint.text()))) == checkpoint


@pytest.mark.parametrize(
    "text", ["o\n", "o\n-1\nAA==\n", "o\n1\n***\n", "o\n01\n" + "A" * 43 + "=\n", "o\n1\nAA==\n"]
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(text)
