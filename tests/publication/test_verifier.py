"""The stand-alone verifier: what it accepts, and every way of cheating that it must notice."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from service.publication import feed, verifier
from service.publication.events import EventKind
from service.publication.notes import Checkpoint, Signer
from service.publication.tlog import bundle, list_reader, root
from tests.publication.district import (
    KEY,
    NOW,
    ORIGIN,
    SIGNER,
    SITE,
    event,
    latest,
    ordinary,
    publish,
)

EVENTS = ordinary()
FILES = publish(EVENTS)


def check(files: dict[str, bytes], **options: Any) -> list[str]:
    return verifier.verify(files.__getitem__, KEY, options.pop("now", NOW), **options).faults


def known(count: int, events: list[Any] = EVENTS) -> tuple[str, int, bytes]:
    hashes = [verifier.leaf_hash(one.event.leaf()) for one in events[:count]]
    return ORIGIN, count, root(count, list_reader(hashes))


def test_an_honest_log_passes() -> None:
    report = verifier.verify(FILES.__getitem__, KEY, NOW, known(257))

    assert report.faults == []
    assert (report.origin, report.size, report.listed, report.gone) == (ORIGIN, 330, 270, 30)


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 512])
def test_logs_of_awkward_sizes_pass(count: int) -> None:
    events = [event(n, n, EventKind.PUBLISH) for n in range(count)]

    assert check(publish(events)) == []


@budget(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_any_changed_byte_of_what_is_signed_or_hashed_is_noticed(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    place = data.draw(st.integers(0, len(FILES[name]) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    body = bytearray(FILES[name])
    body[place] ^= bit

    assert check({**FILES, name: bytes(body)}) != []


OLDER = publish(EVENTS[:300], now=NOW - timedelta(hours=1))
READ = [name for name in sorted(FILES) if name != "handovers.json"]
MUTATIONS = ("flip", "drop", "cut", "grow", "repeat", "replay", "swap", "empty")


def mutated(files: dict[str, bytes], kind: str, data: st.DataObject) -> dict[str, bytes]:
    """The feed with one file that is not what it was."""
    name = data.draw(st.sampled_from([one for one in READ if files.get(one)]))
    body, found = bytearray(files[name]), dict(files)
    if kind == "flip":
        body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    elif kind == "cut":
        del body[data.draw(st.integers(0, len(body) - 1)) :]
    elif kind == "grow":
        body += data.draw(st.binary(min_size=1, max_size=40))
    elif kind == "repeat":
        start = data.draw(st.integers(0, len(body) - 1))
        body[start:start] = body[start : start + data.draw(st.integers(1, 300))]
    elif kind == "replay":
        body = bytearray(OLDER.get(name, b"[]"))
    elif kind == "swap":
        body = bytearray(files[data.draw(st.sampled_from([n for n in READ if n in files]))])
    elif kind == "empty":
        body = bytearray()
    found[name] = bytes(body)
    if kind == "drop":
        del found[name]
    return found


@budget(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=3), st.data())
def test_no_mutation_of_what_is_read_passes(kinds: list[str], data: st.DataObject) -> None:
    changed = FILES
    for kind in kinds:
        changed = mutated(changed, kind, data)

    if changed != FILES:
        assert check(changed) != []


@pytest.mark.parametrize("name", ["checkpoint", "snapshot"])
def test_below_a_note_stand_signatures_only_and_none_twice(name: str) -> None:
    note = FILES[name]
    line = note[note.rindex(b"\n\n") + 2 :]

    for added in (line, line[3:], b"\n", b"a word\n"):
        assert check({**FILES, name: note + added}) != []


@budget(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(sorted({*FILES, *OLDER})), max_size=20))
def test_old_files_among_new_ones_never_pass_for_who_saw_the_new(names: set[str]) -> None:
    mixed = {**FILES, **{name: OLDER[name] for name in names if name in OLDER}}

    if mixed != FILES:
        assert check(mixed, known=known(330)) != [] or mixed == {**FILES, **_unread(mixed)}


def _unread(files: dict[str, bytes]) -> dict[str, bytes]:
    """Files that the check of the present log has no need of."""
    read = set[str]()
    verifier.verify(lambda name: (read.add(name), FILES[name])[1], KEY, NOW)
    return {name: body for name, body in files.items() if name not in read}


def test_a_dropped_event_is_noticed() -> None:
    dropped = publish(EVENTS[:50] + EVENTS[51:])
    honest_head = {**dropped, "checkpoint": FILES["checkpoint"]}

    assert check(dropped, known=known(330)) == [
        "the log was cut or set back: 330 entries before, 329 now"
    ]
    with pytest.raises(KeyError):
        verifier.read_leaves(honest_head.__getitem__, 330)


def test_reordered_events_are_noticed() -> None:
    first, second, *rest = [one.event.leaf() for one in EVENTS[:256]]
    swapped = {**FILES, "tile/entries/000": bundle([second, first, *rest])}

    assert check(swapped) == ["the entries do not lead to the root of the checkpoint"]


def test_a_truncated_log_is_noticed_by_who_saw_more() -> None:
    shorter = publish(EVENTS[:300])

    assert check(shorter) == []
    assert check(shorter, known=known(330)) == [
        "the log was cut or set back: 330 entries before, 300 now"
    ]


def test_a_cut_bundle_is_noticed() -> None:
    cut = {**FILES, "tile/entries/001.p/74": FILES["tile/entries/001.p/74"][:-1]}

    assert check(cut) == ["entry bundle 1 is cut or holds too many entries"]


def test_a_fork_is_noticed_by_who_saw_the_other_branch() -> None:
    other = [*EVENTS[:100], *(event(n, n + 5000, EventKind.PUBLISH) for n in range(100, 330))]
    forked = publish(other)

    assert check(forked) == []
    assert check(forked, known=known(100)) == []
    assert check(forked, known=known(101)) == ["the log is a fork of the one seen before"]


def test_another_origin_under_a_known_state_is_noticed() -> None:
    assert check(FILES, known=("elsewhere.example/1", *known(5)[1:])) == [
        "the log is a fork of the one seen before"
    ]


def test_a_replayed_event_is_noticed() -> None:
    again = replace(EVENTS[3], index=330)
    faults = check(publish([*EVENTS, again]))

    assert f"leaf 330 repeats event {EVENTS[3].event.id}" in faults


def test_an_end_without_a_beginning_and_a_second_beginning_are_noticed() -> None:
    first = event(0, 0, EventKind.PUBLISH)
    ended = check(publish([first, event(1, 7, EventKind.WITHDRAW)]))
    begun = check(publish([first, event(1, 0, EventKind.PUBLISH)]))

    assert ended == [f"leaf 1 does not continue entry {event(1, 7, EventKind.WITHDRAW).id}"]
    assert begun == [f"leaf 1 does not continue entry {first.id}"]


def test_a_replayed_old_snapshot_is_noticed() -> None:
    old = publish(EVENTS[:300], now=NOW - timedelta(days=3))
    stale = {**FILES, **{n: b for n, b in old.items() if not n.startswith(("tile/", "check"))}}

    assert check(stale)[:1] == ["the snapshot is stale since 2026-11-21T12:00:00.000000Z"]
    assert check(FILES, now=NOW + timedelta(days=2)) != []


def test_a_removed_name_that_stays_in_the_feed_is_noticed() -> None:
    listed = publish(EVENTS[:300])

    for form in ("json", "csv", "html"):
        page = f"pages/000.{form}"
        assert f"{page} is not the file that was signed" in check({**FILES, page: listed[page]})


def test_a_feed_that_keeps_a_removed_name_is_noticed_even_when_signed() -> None:
    honest = publish([*EVENTS, event(330, 1, EventKind.WITHDRAW)])
    parts = [name for name in FILES if not name.startswith(("tile/", "checkpoint"))]
    signed_behind = {**honest, **{name: FILES[name] for name in parts}}

    assert check(signed_behind) == [f"entry {EVENTS[1].id} is listed although the log ended it"]


def test_an_entry_that_is_left_out_or_stands_on_another_page_is_noticed() -> None:
    without, moved = [], []
    for page in (0, 1):
        there = [one for one in LAST if FIRST[one.id] // 256 == page]
        files, digest = feed_page(page, there[1:])
        without.append((files, digest))
        files, digest = feed_page(page, [one for one in LAST if FIRST[one.id] // 256 != page])
        moved.append((files, digest))

    assert check(signed(without)) == ["the pages do not hold exactly the entries of the log"]
    assert any("stands on the wrong page" in fault for fault in check(signed(moved)))


def test_a_table_that_differs_from_its_page_is_noticed() -> None:
    made = []
    for page in (0, 1):
        there = [one for one in LAST if FIRST[one.id] // 256 == page]
        files, digest = feed_page(page, there)
        short, other = feed_page(page, [one for one in there if one.index != 1])
        files[f"pages/00{page}.csv"] = short[f"pages/00{page}.csv"]
        made.append((files, replace(digest, csv=other.csv)))

    assert check(signed(made)) == ["pages/000.csv does not hold what pages/000.json does"]


LAST = latest(EVENTS)
FIRST = {one.id: one.index for one in reversed(EVENTS)}


def feed_page(page: int, entries: list[Any]) -> tuple[dict[str, feed.File], feed.PageDigest]:
    return feed.page_files(SITE, page, entries)


def signed(made: list[tuple[dict[str, feed.File], feed.PageDigest]]) -> dict[str, bytes]:
    """The feed with these pages, signed by its own key."""
    parts, part = feed.part_files(SITE, 0, [digest for _, digest in made])
    lists = parts | feed.list_files(SITE, [part], [], [], NOW)
    for files, _ in made:
        lists |= files
    origin, size, root_hash = known(330)
    note = feed.snapshot(
        SIGNER, Checkpoint(origin, size, root_hash), lists, NOW, NOW + timedelta(days=1)
    )
    return {
        **FILES,
        **{name: file.body for name, file in lists.items()},
        "snapshot": note.encode(),
    }


def test_another_key_is_refused() -> None:
    stranger = Signer(ORIGIN, bytes(32))
    faults = check({**FILES, "checkpoint": stranger.sign(Checkpoint(*known(5)).text()).encode()})

    assert faults == [f"no valid signature of {ORIGIN}"]


def write(files: dict[str, bytes], folder: Path) -> None:
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def test_it_runs_as_a_plain_script_and_remembers(tmp_path: Path) -> None:
    write(publish(EVENTS, now=datetime.now(UTC)), tmp_path / "feed")
    script = tmp_path / "verifier.py"
    script.write_bytes(Path(verifier.__file__).read_bytes())
    state = tmp_path / "state"

    def run() -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-I", script, tmp_path / "feed", "--key", KEY, "--state", state]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    first = run()
    write(publish(EVENTS[:300], now=datetime.now(UTC)), tmp_path / "feed")
    second = run()
    (tmp_path / "feed" / "checkpoint").unlink()
    third = run()

    assert (first.returncode, first.stdout[:35]) == (
        0,
        "OK anshang.example/990112: 330 entries,"[:35],
    )
    assert (second.returncode, second.stdout) == (
        1,
        "FAULT the log was cut or set back: 330 entries before, 300 now\n",
    )
    assert third.returncode == 2


def test_it_reads_over_the_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(publish(EVENTS, now=datetime.now(UTC)), tmp_path)

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(tmp_path))

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        status = verifier.run(f"http://127.0.0.1:{server.server_port}", KEY)
        missing = verifier.run(f"http://127.0.0.1:{server.server_port}/nothing", KEY)
    finally:
        server.shutdown()
        server.server_close()

    assert status == 0
    assert missing == 2
    assert "330 entries" in capsys.readouterr().out


def test_the_script_stays_small() -> None:
    assert len(Path(verifier.__file__).read_text().splitlines()) <= 300
