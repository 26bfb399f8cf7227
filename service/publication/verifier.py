"""Check a published log and feed from outside: standard library and `cryptography` only.

    python verifier.py URL --key KEY [--state FILE]

URL is the feed of one district, a web address or a directory.  KEY is the log's verifier key,
obtained by another way than the feed.  FILE remembers the checkpoint that was seen, so that a
log that was cut, forked or set back is noticed the next time.  Exit status 0 when all is well,
1 with one line per fault, 2 when the feed cannot be read.
"""

import argparse
import csv
import json
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256
SHOWING = ("PUBLISH", "CORRECT", "RESUME")
SIGNED = ("changes.jsonl", "feed.atom", "index.html", "list.csv", "list.json", "tombstones.json")
Fetch = Callable[[str], bytes]


class Fault(Exception):
    """The log or the feed is not what it must be."""


class Unreadable(Exception):
    """The feed cannot be fetched."""


@dataclass
class Report:
    """What was checked; `faults` is empty when all is well."""

    origin: str = ""
    size: int = 0
    root: bytes = b""
    listed: int = 0
    gone: int = 0
    faults: list[str] = field(default_factory=list)


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def tree_hash(row: list[bytes]) -> bytes:
    """RFC 6962 root over leaf hashes: pairs are joined and an odd last one moves up."""
    if not row:
        return sha256(b"").digest()
    while len(row) > 1:
        pairs = [sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        row = pairs + row[len(pairs) * 2 :]
    return row[0]


def tile_path(kind: str, index: int, width: int) -> str:
    number, rest = f"{index % 1000:03d}", index // 1000
    while rest:
        number, rest = f"x{rest % 1000:03d}/{number}", rest // 1000
    return f"tile/{kind}/{number}" + ("" if width == WIDTH else f".p/{width}")


def open_note(note: bytes, key: str) -> list[str]:
    """Lines of the text that `key` signed."""
    try:
        name, digest, encoded = key.strip().split("+", 2)
        raw = b64decode(encoded, validate=True)
        text, _, block = note.decode().rpartition("\n\n")
    except ValueError as error:
        raise Fault("the key or the note is malformed") from error
    if raw[:1] != b"\x01" or sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != digest:
        raise Fault("the key is malformed")
    for line in block[:-1].split("\n") if block.endswith("\n") else ():
        if line.startswith(f"\u2014 {name} "):
            written = line.rsplit(" ", 1)[1]
            signature = b64decode(written, validate=True)
            try:
                public = Ed25519PublicKey.from_public_bytes(raw[1:])
                public.verify(signature[4:], f"{text}\n".encode())
            except InvalidSignature:
                continue
            if signature[:4].hex() == digest and b64encode(signature).decode() == written:
                return text.split("\n")
    raise Fault(f"no valid signature of {name}")


def read_leaves(fetch: Fetch, size: int) -> list[bytes]:
    leaves: list[bytes] = []
    for start in range(0, size, WIDTH):
        width = min(WIDTH, size - start)
        data, place, count = fetch(tile_path("entries", start // WIDTH, width)), 0, 0
        while place < len(data):
            length = int.from_bytes(data[place : place + 2], "big")
            leaves.append(data[place + 2 : place + 2 + length])
            place, count = place + 2 + length, count + 1
        if place != len(data) or count != width:
            raise Fault(f"entry bundle {start // WIDTH} is cut or holds too many entries")
    return leaves


def check_tiles(fetch: Fetch, hashes: list[bytes]) -> Iterator[str]:
    """Every tile must hold exactly the hashes that the entries lead to."""
    level, row = 0, hashes
    while row:
        for start in range(0, len(row), WIDTH):
            part = row[start : start + WIDTH]
            path = tile_path(str(level), start // WIDTH, len(part))
            if fetch(path) != b"".join(part):
                yield f"{path} does not fit the entries"
        complete = len(row) // WIDTH * WIDTH
        row = [tree_hash(row[i : i + WIDTH]) for i in range(0, complete, WIDTH)]
        level += 1


def check_events(leaves: list[bytes]) -> tuple[dict[str, int], list[str]]:
    """Place of the last event of each entry, and faults in the order of events."""
    last: dict[str, int] = {}
    seen: set[str] = set()
    faults = []
    for index, leaf in enumerate(leaves):
        event = json.loads(leaf)
        if event["id"] in seen:
            faults.append(f"leaf {index} repeats event {event['id']}")
        seen.add(event["id"])
        if event["entry"] not in last and event["event"] != "PUBLISH":
            faults.append(f"leaf {index} ends an entry that was never published")
        last[event["entry"]] = index
    return last, faults


def check_record(item: dict[str, Any], leaves: list[bytes], last: dict[str, int]) -> str | None:
    """Whether a feed item is the last event of its entry, with the record it committed to."""
    index = item["leaf_index"]
    if last.get(item["entry"]) != index:
        return f"entry {item['entry']} in the feed is not its last event in the log"
    event = json.loads(leaves[index])
    text = json.dumps(item["record"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    salted = b"anshang.record/1\0" + bytes.fromhex(item["salt"]) + text.encode()
    if len(item["salt"]) != 64 or sha256(salted).hexdigest() != event["commitment"]:
        return f"entry {item['entry']} does not open the commitment of leaf {index}"
    if item["event"] != event["event"] or item["at"] != event["at"]:
        return f"entry {item['entry']} differs from leaf {index}"
    return None


def check_feed(fetch: Fetch, key: str, leaves: list[bytes], report: Report, now: datetime) -> None:
    """The signed snapshot, every file it names, and the lists against the log."""
    lines = open_note(fetch("snapshot"), key)
    if lines[0] != f"{report.origin}/snapshot":
        raise Fault("the snapshot belongs to another log")
    stated = dict(line.split(" ", 1) for line in lines[1:5])
    size = int(stated["size"])
    if datetime.fromisoformat(stated["valid_until"]) < now:
        report.faults.append(f"the snapshot is stale since {stated['valid_until']}")
    if size > len(leaves):
        raise Fault("the snapshot is ahead of the log")
    seen = leaves[:size]
    if tree_hash([leaf_hash(leaf) for leaf in seen]) != b64decode(stated["root"]):
        raise Fault("the snapshot belongs to a fork of the log")
    sums = {name: digest for digest, name in (line.split(" ", 1) for line in lines[5:])}
    if sorted(sums) != sorted(SIGNED):
        raise Fault("the snapshot does not sign the files it must")
    files = {name: fetch(name) for name in SIGNED}
    for name, body in files.items():
        if sha256(body).hexdigest() != sums[name]:
            report.faults.append(f"{name} is not the file that was signed")
    last, _ = check_events(seen)
    listed, gone = json.loads(files["list.json"]), json.loads(files["tombstones.json"])
    for item in [*listed, *gone]:
        if fault := check_record(item, seen, last):
            report.faults.append(fault)
    visible = {e for e, i in last.items() if json.loads(seen[i])["event"] in SHOWING}
    rows = list(csv.DictReader(StringIO(files["list.csv"].decode("utf-8-sig"))))
    for what, entries, wanted in (
        ("list.json", [item["entry"] for item in listed], visible),
        ("list.csv", [row["entry"] for row in rows], visible),
        ("tombstones.json", [item["entry"] for item in gone], set(last) - visible),
    ):
        if sorted(entries) != sorted(wanted):
            report.faults.append(f"{what} does not hold exactly what the log says")
    report.listed, report.gone = len(listed), len(gone)
    # A name must be gone from the entry's own page, too, as soon as the log says so.
    last, _ = check_events(leaves)
    for entry in {e for e, i in last.items() if json.loads(leaves[i])["event"] not in SHOWING}:
        own = json.loads(fetch(f"entries/{entry}.json"))
        if fault := check_record(own, leaves, last):
            report.faults.append(f"entries/{entry}.json: {fault}")


def check_log(
    fetch: Fetch, key: str, known: tuple[str, int, bytes] | None, report: Report
) -> list[bytes]:
    """The leaves under the signed checkpoint, which extends the one that is `known`."""
    origin, size, root = open_note(fetch("checkpoint"), key)[:3]
    report.origin, report.size, report.root = origin, int(size), b64decode(root)
    if known and known[0] == origin and known[1] > report.size:
        raise Fault(f"the log was cut or set back: {known[1]} entries before, {size} now")
    leaves = read_leaves(fetch, report.size)
    hashes = [leaf_hash(leaf) for leaf in leaves]
    if tree_hash(hashes) != report.root:
        raise Fault("the entries do not lead to the root of the checkpoint")
    if known and (known[0] != origin or tree_hash(hashes[: known[1]]) != known[2]):
        raise Fault("the log is a fork of the one seen before")
    report.faults += check_tiles(fetch, hashes)
    report.faults += check_events(leaves)[1]
    return leaves


def verify(
    fetch: Fetch, key: str, now: datetime, known: tuple[str, int, bytes] | None = None
) -> Report:
    """Check everything; `known` is origin, size and root of a checkpoint seen before."""
    report = Report()
    try:
        leaves = check_log(fetch, key, known, report)
        check_feed(fetch, key, leaves, report, now)
    except Fault as fault:
        report.faults.append(str(fault))
    except (ValueError, KeyError, TypeError) as error:
        report.faults.append(f"malformed: {type(error).__name__}: {error}")
    return report


def opener(base: str) -> Fetch:
    """Reads paths under a web address or a directory."""

    def fetch(path: str) -> bytes:
        if not base.startswith(("http://", "https://")):
            try:
                return (Path(base) / path).read_bytes()
            except OSError as error:
                raise Unreadable(f"{path}: {error.strerror}") from error
        for attempt in (1, 2, 3):
            try:
                with urlopen(f"{base.rstrip('/')}/{path}", timeout=30) as answer:  # noqa: S310
                    return bytes(answer.read())
            except HTTPError as error:
                if error.code < 500 or attempt == 3:
                    raise Unreadable(f"{path}: {error.code}") from error
            except (URLError, OSError) as error:
                if attempt == 3:
                    raise Unreadable(f"{path}: {error}") from error
            time.sleep(attempt)
        raise Unreadable(path)

    return fetch


def run(base: str, key: str, state: Path | None = None) -> int:
    """Verify, print the outcome, remember the checkpoint; the exit status."""
    known = None
    if state and state.exists():
        origin, size, root = state.read_text().split("\n")[:3]
        known = (origin, int(size), b64decode(root))
    fetch = opener(base)
    try:
        report = verify(fetch, key, datetime.now(UTC), known)
        if report.faults:  # the feed may have been rewritten while it was read
            time.sleep(1)
            report = verify(fetch, key, datetime.now(UTC), known)
    except Unreadable as error:
        sys.stderr.write(f"cannot read the feed: {error}\n")
        return 2
    for fault in report.faults:
        sys.stdout.write(f"FAULT {fault}\n")
    if report.faults:
        return 1
    if state:
        encoded = b64encode(report.root).decode()
        state.write_text(f"{report.origin}\n{report.size}\n{encoded}\n")
    sys.stdout.write(
        f"OK {report.origin}: {report.size} entries, root {report.root.hex()}, "
        f"{report.listed} listed, {report.gone} removed\n"
    )
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Verify a published log and its feed.")
    parser.add_argument("url", help="address or directory of a district's feed")
    parser.add_argument("--key", required=True, help="verifier key of the log")
    parser.add_argument("--state", type=Path, help="file that remembers the checkpoint seen")
    chosen = parser.parse_args()
    sys.exit(run(chosen.url, chosen.key, chosen.state))
