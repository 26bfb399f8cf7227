"""The feed's files: safe to open, complete, and without the names of those removed."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from xml.etree import ElementTree as ET

import pytest

from service.publication.events import EventKind, parse_leaf
from service.publication.feed import (
    DELTA,
    SIGNED,
    Entry,
    Stated,
    list_files,
    page_files,
    page_path,
    part_files,
    snapshot,
)
from service.publication.notes import Checkpoint
from service.publication.pages import EntryView, entry_html
from service.publication.tlog import leaf_hash
from tests.publication.district import NOW, SIGNER, SITE, event, ordinary

NAME = "示例商贸0"


def entry(**shown: str) -> Entry:
    one = event(0, 0, EventKind.PUBLISH)
    return replace(one, record={**one.record, "shown": {**one.shown, **shown}})


def bodies(entries: list[Entry]) -> dict[str, str]:
    """Every file of a feed with one page."""
    recent = [(one.index, one.event.leaf()) for one in entries]
    files, digest = page_files(SITE, 0, entries)
    parts, part = part_files(SITE, 0, [digest])
    files |= parts | list_files(SITE, [part], entries, recent, NOW)
    return {name: file.body.decode("utf-8-sig") for name, file in files.items()}


def own_page(one: Entry) -> str:
    """The entry's own page, in a log of its own."""
    leaf = one.event.leaf()
    checkpoint = Checkpoint(SIGNER.name, 1, leaf_hash(leaf))
    note, shown = SIGNER.sign(checkpoint.text()), replace(one, index=0)
    return entry_html(EntryView("990112", shown, not one.visible, checkpoint, note, ()), (1, 2))


def test_a_listing_stands_in_every_form() -> None:
    files = bodies([entry()])

    forms = [f"pages/000.{form}" for form in ("csv", "html", "json")]
    parts = ["parts/000.html", "parts/000.json"]
    assert sorted(files) == sorted([*SIGNED, *forms, *parts])
    named = {name for name, body in files.items() if NAME in body}
    assert named == set(files) - {"changes.jsonl", "manifest.json", *parts}
    (part,) = json.loads(files["manifest.json"])["parts"]
    assert part["json"] == sha256(files["parts/000.json"].encode()).hexdigest()
    (page,) = json.loads(files["parts/000.json"])["pages"]
    assert (page["page"], page["listed"], page["gone"]) == (0, 1, 0)
    assert page["json"] == sha256(files["pages/000.json"].encode()).hexdigest()


@pytest.mark.parametrize(
    "kind", [EventKind.WITHDRAW, EventKind.REPAIR, EventKind.EXPIRE, EventKind.SUSPEND]
)
def test_a_removed_entry_leaves_a_tombstone_without_a_name(kind: EventKind) -> None:
    gone = event(1, 0, kind)
    files = {**bodies([gone]), "own page": own_page(gone)}

    assert not any(NAME in body for body in files.values())
    assert [one["event"] for one in json.loads(files["pages/000.json"])] == [kind.value]
    assert list(csv.DictReader(StringIO(files["pages/000.csv"]))) == []
    assert "处罚决定被撤销" in files["own page"]
    assert "处罚决定被撤销" in files["pages/000.html"]


def test_a_hostile_name_is_text_in_every_form() -> None:
    hostile = entry(party_name='=cmd|"calc"!A1<script>alert(1)</script>&')
    files = bodies([hostile])
    page = own_page(hostile) + files["pages/000.html"]

    assert "<script>" not in files["index.html"] + page + files["feed.atom"]
    assert ET.fromstring(files["feed.atom"]) is not None
    row = next(csv.DictReader(StringIO(files["pages/000.csv"])))
    assert row["party_name"].startswith("'=cmd")


def test_pages_for_people_are_dated_as_in_china() -> None:
    late = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)  # 06:30 of the second in China
    one = entry()
    one = replace(one, since=late, event=replace(one.event, at=late))
    files, digest = page_files(SITE, 0, [one])
    _, part = part_files(SITE, 0, [digest])
    index = list_files(SITE, [part], [one], [], late)["index.html"].body.decode()

    assert "<td>2026-03-02</td>" in index
    assert "更新时间 2026-03-02 06:30（北京时间）" in index
    assert "<td>2026-03-02</td>" in files["pages/000.html"].body.decode()


def test_the_delta_holds_the_newest_events_as_lines() -> None:
    entries = ordinary(1100)
    lines = [json.loads(line) for line in bodies(entries)["changes.jsonl"].splitlines()]

    assert len(lines) == DELTA
    assert [line["index"] for line in lines] == list(range(len(entries) - DELTA, len(entries)))
    assert lines[-1]["leaf"]["event"] == "WITHDRAW"


def test_rendering_is_deterministic_whatever_the_order() -> None:
    entries = [event(n, n, EventKind.PUBLISH) for n in range(5)]

    assert bodies(entries) == {
        **bodies(entries[::-1]),
        "changes.jsonl": bodies(entries)["changes.jsonl"],
    }


def test_the_snapshot_states_when_it_ends_and_signs_every_list() -> None:
    files = list_files(SITE, [], [entry()], [], NOW)
    checkpoint = Checkpoint(SIGNER.name, 1, bytes(32))

    text = SIGNER.verifier_key.open(
        snapshot(SIGNER, checkpoint, files, NOW, NOW + timedelta(days=1))
    )

    assert Stated.parse(text).size == 1
    assert text.splitlines()[:4] == [
        "anshang.example/990112/snapshot",
        "as_of 2026-11-23T12:00:00.000000Z",
        "valid_until 2026-11-24T12:00:00.000000Z",
        "size 1",
    ]
    assert text.splitlines()[5] == "days none"
    assert [line.split(" ")[1] for line in text.splitlines()[6:]] == sorted(SIGNED)
    assert list(Stated.parse(text).digests) == sorted(SIGNED)


def test_a_leaf_comes_back_as_it_went_and_nothing_else_is_a_leaf() -> None:
    made = entry().event

    assert parse_leaf(made.leaf()) == made
    for wrong in (b"{}", b"[]", made.leaf() + b" ", made.leaf().replace(b'"v":1', b'"v":2')):
        with pytest.raises(ValueError):
            parse_leaf(wrong)


@pytest.mark.parametrize(
    ("page", "path"),
    [(0, "pages/000.json"), (999, "pages/999.json"), (1000, "pages/x001/000.json")],
)
def test_page_paths_follow_those_of_tiles(page: int, path: str) -> None:
    assert page_path(page, "json") == path
