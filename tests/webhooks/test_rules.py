"""Pure rules: pauses, addresses that may be named, and what leaves the house."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.schema import schema
from service.blacklist import rules as blacklist
from service.cases import steps as cases
from service.errors import Invalid
from service.evidence import rules as evidence
from service.hazards import rules as hazards
from service.hazards import steps as hazard_steps
from service.inspections import rules as inspections
from service.inspections import steps as inspection_steps
from service.joint import rules as joint
from service.publication.events import EventKind
from service.webhooks import catalogue
from service.webhooks.rules import (
    RETRY_AFTER_LIMIT,
    SCHEDULE,
    DisabledReason,
    Outcome,
    check_events,
    check_url,
    next_attempt,
    retry_after,
    turns_off,
)
from tasks.registry import ROUTES, answering
from tenants.rights import app_scopes

NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
TENANT = UUID(int=7)


def test_ten_attempts_take_a_little_more_than_three_days() -> None:
    at, waits = NOW, []
    for tried in range(1, 10):
        then = next_attempt(tried, at, 0.5)
        assert then is not None
        waits.append(then - at)
        at = then

    assert tuple(waits) == SCHEDULE
    assert at - NOW == timedelta(hours=75, minutes=35, seconds=5)
    assert next_attempt(10, at, 0.5) is None


@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_moved_by_a_tenth_at_most(tried: int, draw: float) -> None:
    then = next_attempt(tried, NOW, draw)
    assert then is not None
    pause = SCHEDULE[tried - 1]
    assert pause * 0.9 <= then - NOW <= pause * 1.1


@given(st.integers(1, 9), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_receiver_can_ask_for_more_time_and_never_for_less(tried: int, asked: timedelta) -> None:
    free, bound = next_attempt(tried, NOW, 0.5), next_attempt(tried, NOW, 0.5, asked)
    assert free is not None
    assert bound is not None
    assert free <= bound <= max(free, NOW + RETRY_AFTER_LIMIT)


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta(0)),
        ("99999999999999999999", RETRY_AFTER_LIMIT),
        ("Wed, 25 Nov 2026 04:10:00 GMT", timedelta(minutes=10)),
        ("Wed, 25 Nov 2026 03:10:00 GMT", timedelta(0)),
        ("soon", None), ("", None), (None, None), ("-5", None), ("１２", None), ("1.5", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_a_date(
    header: str | None, pause: timedelta | None
) -> None:
    assert retry_after(header, NOW) == pause


@given(st.text(max_size=60))
def test_no_header_breaks_the_reading(header: str) -> None:
    found = retry_after(header, NOW)
    assert found is None or found >= timedelta(0)


def test_what_turns_an_endpoint_off() -> None:
    def failed(status: int | None) -> Outcome:
        return Outcome(status, "", "", 1)

    five = timedelta(days=5)
    assert turns_off(failed(410), None, NOW) is DisabledReason.GONE
    assert turns_off(failed(500), NOW - five, NOW) is DisabledReason.FAILING
    assert turns_off(failed(500), NOW - five + timedelta(seconds=1), NOW) is None
    assert turns_off(failed(None), None, NOW) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook", "ftp://example.com/", "https://", "example.com", "https:///x",
        "https://user@example.com/", "https://user:word@example.com/", "https://example.com/#part",
        "https://example.com:99999/", "https://example.com:0/", "https://exa mple.com/",
        "https://例子.com/", "https://10.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest",
        "https://example.com\\@127.0.0.1/", "javascript:alert(1)", "https://example.com/\n", "",
        "https://" + "a" * 500 + ".com/",
    ],
)  # fmt: skip
def test_an_address_that_is_no_public_one_by_https_is_refused(url: str) -> None:
    if url.endswith("\n"):
        assert check_url(url, []) == url.strip()
        return
    with pytest.raises(Invalid) as refusal:
        check_url(url, [])
    assert refusal.value.path == ("input", "url")


def test_a_listed_host_may_be_private_and_plain_on_its_port_alone() -> None:
    assert check_url("http://10.0.0.1:8080/h", ["10.0.0.1:8080"]) == "http://10.0.0.1:8080/h"
    assert check_url("http://IOT.gov.internal/h", ["iot.gov.internal"])
    for url in ("http://10.0.0.1:8081/h", "http://10.0.0.2:8080/h"):
        with pytest.raises(Invalid):
            check_url(url, ["10.0.0.1:8080"])
    with pytest.raises(Invalid):
        check_url("http://169.254.169.254/", ["169.254.169.254"])


def test_only_events_of_the_catalogue_can_be_had() -> None:
    assert check_events(["hazard.closed", "hazard.closed", "case.filed"]) == [
        "case.filed",
        "hazard.closed",
    ]
    for wrong in ([], ["hazard.*"], ["hazards.closed"], [catalogue.PING]):
        with pytest.raises(Invalid):
            check_events(wrong)


def test_the_catalogue_names_what_exists() -> None:
    names = {one.name for one in schema._schema.type_map.values()}  # type: ignore[attr-defined]
    grantable = {"", *app_scopes()}
    for one in catalogue.EVENTS:
        assert not one.source or one.source in ROUTES, one
        assert one.scope in grantable, one
        assert {kind for _, kind in one.ids.values()} <= names, one
        assert len(one.type) <= 60
    assert len(catalogue.BY_TYPE) == len(catalogue.EVENTS)


def test_every_public_kind_of_entry_is_told() -> None:
    kinds = {one.kind for one in catalogue.EVENTS if one.source == catalogue.LOGGED}
    # An anchor is about the chains of a tenant, and nobody is listed by it.
    assert kinds == {kind.value for kind in EventKind} - {EventKind.ANCHOR.value}


def test_states_are_those_of_the_schema() -> None:
    known = {
        "hazard": {state.value for state in hazards.State},
        "inspection": {state.value for state in inspections.State},
        "evidence": {state.value for state in evidence.State},
        "blacklist": {state.value for state in blacklist.State},
        "joint": {state.value for kind in (joint.PlanState, joint.VisitState) for state in kind},
    }
    for one in catalogue.EVENTS:
        area = one.type.partition(".")[0]
        if one.state and area in known:
            assert one.state in known[area], one


def test_events_without_a_fixed_state_are_steps_that_carry_theirs() -> None:
    steps = {
        *hazard_steps.EVENTS.values(),
        *inspection_steps.EVENTS.values(),
        *cases.EVENTS.values(),
        "cases.filed",
    }
    assert {one.source for one in catalogue.EVENTS if not one.state} <= steps


def test_a_town_where_nobody_listens_gets_no_task() -> None:
    assert answering("hazards.closed", heard=False) == ("supervision.follow",)
    assert answering("hazards.closed", heard=True) == ("supervision.follow", "webhooks.fan_out")
    assert answering("duties.filled", heard=True) == ()


SECRETS = st.dictionaries(
    st.sampled_from(["name", "phone", "reason", "party", "note", "before"]),
    st.text(alphabet="张三李四王五周吴13800138000身份证", min_size=4),
)


@given(st.sampled_from(catalogue.EVENTS), SECRETS)
def test_nothing_but_ids_numbers_and_the_state_leaves_the_house(
    entry: catalogue.PublicEvent, more: dict[str, str]
) -> None:
    keys = [*entry.ids, *(entry.plain or {})]
    payload: dict[str, Any] = {
        **more, **{key: str(uuid4()) for key in keys}, "leaf": 5, "state": "CLOSED",
    }  # fmt: skip

    found = catalogue.data(entry, TENANT, payload)

    text = orjson.dumps(found).decode()
    assert set(found) == set(entry.fields)
    assert text.isascii()
    for value in more.values():
        assert value not in text


@pytest.mark.parametrize("wrong", ["张三", "", "13800138000", "550e8400"])
def test_a_text_where_an_id_belongs_stops_the_message(wrong: str) -> None:
    entry = catalogue.BY_TYPE["hazard.closed"]
    with pytest.raises(ValueError, match="badly formed"):
        catalogue.data(entry, TENANT, {"hazard": wrong, "state": "CLOSED"})
    with pytest.raises(ValueError, match="word of the schema"):
        catalogue.data(entry, TENANT, {"hazard": str(uuid4()), "state": wrong + " 张三"})
