"""Declarations, states, parts, custody and retention, without any engine."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Invalid
from service.evidence import custody, parts
from service.evidence.retention import Policy, Standing, keep_until, quarantine_until
from service.evidence.rules import (
    GIB,
    MEDIA_TYPES,
    MIB,
    Declaration,
    Location,
    State,
    TooLarge,
    TypeNotAccepted,
    WrongState,
    advance,
    check_declaration,
    clock_gap_seconds,
)

NOW = datetime(2026, 3, 5, 6, 30, tzinfo=UTC)
GOOD = Declaration("现场.jpg", "image/jpeg", 1000, "a" * 64, NOW, Location(29.7, 106.6))

ALLOWED = {
    ("PENDING", "UPLOADED"),
    ("PENDING", "ABANDONED"),
    ("UPLOADED", "VERIFYING"),
    ("VERIFYING", "SEALED"),
    ("VERIFYING", "QUARANTINED"),
    ("SEALED", "DESTROYED"),
}


@pytest.mark.parametrize(("present", "wanted"), [*product(State, State)])
def test_every_step_from_every_state(present: State, wanted: State) -> None:
    if (present, wanted) in ALLOWED:
        assert advance(present, wanted) is wanted
    else:
        with pytest.raises(WrongState, match=f"{present} cannot become {wanted}"):
            advance(present, wanted)


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_each_accepted_type_is_taken_up_to_its_limit(name: str) -> None:
    media = MEDIA_TYPES[name]
    full = replace(
        GOOD, media_type=name, filename=f"a{media.endings[-1]}", byte_length=media.max_bytes
    )

    assert check_declaration(full, NOW) is media
    with pytest.raises(TooLarge) as refusal:
        check_declaration(replace(full, byte_length=media.max_bytes + 1), NOW)
    assert str(media.max_bytes // MIB) in refusal.value.message
    assert refusal.value.path == ("input", "byteLength")


@pytest.mark.parametrize(
    "name", ["image/svg+xml", "text/html", "application/zip", "", "IMAGE/JPEG"]
)
def test_other_types_are_refused_with_the_list_of_accepted_ones(name: str) -> None:
    with pytest.raises(TypeNotAccepted, match="image/heic"):
        check_declaration(replace(GOOD, media_type=name), NOW)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"filename": ""}, "filename"),
        ({"filename": "  "}, "filename"),
        ({"filename": "a" * 197 + ".jpg"}, "filename"),
        ({"filename": "../etc/a.jpg"}, "filename"),
        ({"filename": "a\\b.jpg"}, "filename"),
        ({"filename": "a\r\n.jpg"}, "filename"),
        ({"filename": "a.png"}, "filename"),
        ({"byte_length": 0}, "byteLength"),
        ({"byte_length": -1}, "byteLength"),
        ({"sha256": "A" * 64}, "sha256"),
        ({"sha256": "a" * 63}, "sha256"),
        ({"sha256": "a" * 64 + "\n"}, "sha256"),
        ({"captured_at": datetime(2026, 3, 5)}, "capturedAt"),  # noqa: DTZ001
        ({"captured_at": NOW + timedelta(minutes=11)}, "capturedAt"),
        ({"location": Location(91, 0)}, "location"),
        ({"location": Location(0, -181)}, "location"),
        ({"location": Location(float("nan"), 0)}, "location"),
    ],
)
def test_malformed_declaration_names_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_declaration(replace(GOOD, **change), NOW)  # type: ignore[arg-type]

    assert refusal.value.path == ("input", field)


def test_device_clock_may_run_ten_minutes_ahead() -> None:
    ahead = replace(GOOD, captured_at=NOW + timedelta(minutes=10), location=None)

    assert check_declaration(ahead, NOW).name == "image/jpeg"


def test_clock_gap_is_told_in_seconds() -> None:
    assert clock_gap_seconds(NOW, NOW + timedelta(hours=-2)) == -7200
    assert clock_gap_seconds(NOW, None) is None


@given(st.integers(1, 8 * GIB))
def test_parts_fill_the_file_exactly(byte_length: int) -> None:
    plan = parts.plan(byte_length)
    lengths = {plan.length(1), plan.length(plan.count)}

    assert plan.count <= parts.MAX_PARTS
    assert (plan.count - 1) * plan.part_length + plan.length(plan.count) == byte_length
    assert all(0 < length <= plan.part_length for length in lengths)
    assert plan.part_length % MIB == 0


def test_part_lengths_at_the_edges() -> None:
    assert parts.plan(1) == parts.PartPlan(1, 8 * MIB)
    assert parts.plan(8 * MIB).count == 1
    assert [parts.plan(8 * MIB + 1).length(n) for n in (1, 2)] == [8 * MIB, 1]
    assert parts.plan(8 * GIB) == parts.PartPlan(8 * GIB, 9 * MIB)


@pytest.mark.parametrize("number", [0, 3, -1])
def test_part_outside_the_plan_is_refused(number: int) -> None:
    with pytest.raises(Invalid, match="1 to 2"):
        parts.plan(9 * MIB).length(number)


def test_only_whole_parts_count_as_held() -> None:
    plan = parts.plan(17 * MIB)

    assert plan.missing([]) == [1, 2, 3]
    assert plan.missing([(1, 8 * MIB), (2, 5), (3, MIB), (9, 1)]) == [2]
    assert plan.missing([(n, plan.length(n)) for n in (1, 2, 3)]) == []


def links(count: int) -> list[custody.Link]:
    made: list[custody.Link] = []
    for number in range(count):
        before = made[-1].hash if made else custody.GENESIS
        made.append(custody.append(before, number + 1, f'{{"n": {number}}}'))
    return made


def test_untouched_chain_holds_also_when_texts_are_withheld() -> None:
    chain = links(5)
    hidden = [replace(link, text=None) if link.seq % 2 else link for link in chain]

    assert custody.first_break(chain) is None
    assert custody.first_break(hidden) is None
    assert custody.first_break(chain[2:], chain[1].hash) is None
    assert custody.first_break([]) is None


@given(st.integers(0, 4), st.sampled_from(["text", "digest", "hash", "drop", "swap", "repeat"]))
def test_changed_chain_breaks(at: int, how: str) -> None:
    chain = links(6)
    if how == "text":
        chain[at] = replace(chain[at], text="other")
    elif how == "digest":
        chain[at] = replace(chain[at], text=None, text_sha256="0" * 64)
    elif how == "hash":
        chain[at] = replace(chain[at], hash="0" * 64)
    elif how == "drop":
        del chain[at]
    elif how == "swap":
        chain[at], chain[at + 1] = chain[at + 1], chain[at]
    else:
        chain.insert(at, chain[at])

    assert custody.first_break(chain) is not None


def test_link_of_a_known_text_has_a_known_hash() -> None:
    # Computed with printf and sha256sum.
    link = custody.append(custody.GENESIS, 1, "x")

    assert link.text_sha256 == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert link.hash == "74bd293ec0c51837ac8c0d0314e44f81729f8bfb729529ac3b2298e97271aef0"


DAY = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("standing", "policy", "until"),
    [
        (Standing(DAY, has_case=False), Policy(), None),
        (Standing(DAY, has_case=False), Policy(visit_years=1), date(2025, 3, 1)),
        (Standing(DAY, has_case=False), Policy(visit_years=4), date(2028, 2, 29)),
        (Standing(DAY, has_case=True), Policy(case_years=5, visit_years=1), None),
        (Standing(DAY, has_case=True, case_closed_on=date(2026, 5, 1)), Policy(case_years=5),
         date(2031, 5, 1)),
        (Standing(DAY, has_case=True, case_closed_on=DAY), Policy(visit_years=1), None),
        (Standing(DAY, has_case=False, legal_hold=True), Policy(visit_years=1), None),
    ],
)  # fmt: skip
def test_how_long_evidence_is_kept(standing: Standing, policy: Policy, until: date | None) -> None:
    assert keep_until(standing, policy) == until


def test_refused_files_are_kept_for_an_appeal() -> None:
    assert quarantine_until(date(2026, 1, 1), Policy()) == date(2026, 4, 1)


@pytest.mark.parametrize("terms", [{"case_years": 0}, {"visit_years": -1}, {"quarantine_days": 29}])
def test_terms_that_delete_at_once_are_refused(terms: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        Policy(**terms)
