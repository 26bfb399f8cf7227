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
from urllib.request import urlopen

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256
SHOWING = ("PUBLISH", "CORRECT", "RESUME")
SIGNED = ("changes.jsonl", "feed.atom", "index.html", "manifest.json")
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
    unreadable: str = ""
    faults: list[str] = field(default_factory=list)


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def tree_hash(row: list[bytes]) -> bytes:
    """RFC 6962 root over leaf hashes: pairs are joined and an odd last one moves up."""
    while len(row) > 1:
        both = zip(row[::2], row[1::2], strict=False)
        pairs = [sha256(b"\x01" + left + right).digest() for left, right in both]
        row = pairs + row[len(pairs) * 2 :]
    return row[0] if row else sha256(b"").digest()


def number_path(index: int) -> str:
    number, rest = f"{index % 1000:03d}", index // 1000
    while rest:
        number, rest = f"x{rest % 1000:03d}/{number}", rest // 1000
    return number


def tile_path(kind: str, index: int, width: int) -> str:
    return f"tile/{kind}/{number_path(index)}" + ("" if width == WIDTH else f".p/{width}")


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


def check_events(leaves: list[bytes]) -> tuple[dict[str, int], dict[str, int], list[str]]:
    """Places of the last and the first event of each entry, and faults in the order of events."""
    last: dict[str, int] = {}
    first: dict[str, int] = {}
    seen: set[str] = set()
    faults = []
    for index, leaf in enumerate(leaves):
        event = json.loads(leaf)
        if event["id"] in seen:
            faults.append(f"leaf {index} repeats event {event['id']}")
        seen.add(event["id"])
        if (event["event"] == "PUBLISH") == (event["entry"] in last):
            faults.append(f"leaf {index} does not continue entry {event['entry']}")
        first.setdefault(event["entry"], index)
        last[event["entry"]] = index
    return last, first, faults


def check_record(item: dict[str, Any], leaves: list[bytes], last: dict[str, int]) -> str | None:
    """Whether a feed item is the last event of its entry, with the record it committed to."""
    index = item["leaf_index"]
    if last.get(item["entry"]) != index:
        return f"entry {item['entry']} in the feed is not its last event in the log"
    event = json.loads(leaves[index])
    text = json.dumps(item["record"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    salted = b"anshang.record/1\0" + bytes.fromhex(item["salt"]) + text.encode()
    stated = (item["event"], item["at"], sha256(salted).hexdigest(), len(item["salt"]))
    if stated != (event["event"], event["at"], event["commitment"], 64):
        return f"entry {item['entry']} does not open leaf {index}"
    return None


def check_feed(fetch: Fetch, key: str, leaves: list[bytes], report: Report, now: datetime) -> None:
    """The signed snapshot, every file it names, and the lists against the log."""
    lines = open_note(fetch("snapshot"), key)
    if lines[0] != f"{report.origin}/snapshot":
        raise Fault("the snapshot belongs to another log")
    stated = dict(line.split(" ", 1) for line in lines[1:5])
    if datetime.fromisoformat(stated["valid_until"]) < now:
        report.faults.append(f"the snapshot is stale since {stated['valid_until']}")
    seen = leaves[: int(stated["size"])]
    if tree_hash([leaf_hash(leaf) for leaf in seen]) != b64decode(stated["root"]):
        raise Fault("the snapshot belongs to another state of the log")
    sums = {name: digest for digest, name in (line.split(" ", 1) for line in lines[5:])}
    for name in SIGNED:
        if sha256(fetch(name)).hexdigest() != sums.get(name):
            report.faults.append(f"{name} is not the file that was signed")
    last, first = check_events(seen)[:2]
    pages = json.loads(fetch("manifest.json"))["pages"]
    found = [item for page in pages for item in read_page(fetch, page, first, report)]
    report.faults += filter(None, (check_record(item, seen, last) for item in found))
    if sorted(item["entry"] for item in found) != sorted(last):
        report.faults.append("the pages do not hold exactly the entries of the log")
    # A name must be gone as soon as the log says so, even where the snapshot is behind.
    newest = {e: json.loads(leaves[i])["event"] for e, i in check_events(leaves)[0].items()}
    for item in found:
        if item["event"] in SHOWING and newest[item["entry"]] not in SHOWING:
            report.faults.append(f"entry {item['entry']} is listed although the log ended it")
    report.listed = sum(item["event"] in SHOWING for item in found)
    report.gone = len(found) - report.listed


def read_page(
    fetch: Fetch, page: dict[str, Any], first: dict[str, int], report: Report
) -> list[dict[str, Any]]:
    """Items of a page, whose every form must be the one that the signed manifest names."""
    number = number_path(page["page"])
    forms = {form: fetch(f"pages/{number}.{form}") for form in ("json", "csv", "html")}
    for form, body in forms.items():
        if sha256(body).hexdigest() != page[form]:
            report.faults.append(f"pages/{number}.{form} is not the file that was signed")
    items: list[dict[str, Any]] = json.loads(forms["json"])
    rows = [row["entry"] for row in csv.DictReader(StringIO(forms["csv"].decode("utf-8-sig")))]
    visible = [item["entry"] for item in items if item["event"] in SHOWING]
    if sorted(rows) != sorted(visible):
        report.faults.append(f"pages/{number}.csv does not hold what pages/{number}.json does")
    for item in items:
        if first.get(item["entry"], -1) // WIDTH != page["page"]:
            report.faults.append(f"entry {item['entry']} stands on the wrong page {number}")
    return items


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
    report.faults += check_events(leaves)[2]
    return leaves


def verify(
    fetch: Fetch, key: str, now: datetime, known: tuple[str, int, bytes] | None = None
) -> Report:
    """Check everything; `known` is origin, size and root of a checkpoint seen before."""
    report = Report()
    try:
        leaves = check_log(fetch, key, known, report)
        check_feed(fetch, key, leaves, report, now)
    except Unreadable as error:
        report.unreadable = str(error)
    except Fault as fault:
        report.faults.append(str(fault))
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        report.faults.append(f"malformed: {type(error).__name__}: {error}")
    return report


def opener(base: str) -> Fetch:
    """Reads paths under a web address or a directory."""

    def fetch(path: str) -> bytes:
        try:
            if not base.startswith(("http://", "https://")):
                return (Path(base) / path).read_bytes()
            with urlopen(f"{base.rstrip('/')}/{path}", timeout=30) as answer:  # noqa: S310
                return bytes(answer.read())
        except OSError as error:
            raise Unreadable(f"{path}: {error}") from error

    return fetch


def run(base: str, key: str, state: Path | None = None) -> int:
    """Verify, print the outcome, remember the checkpoint; the exit status."""
    known = None
    if state and state.exists():
        origin, size, root = state.read_text().split("\n")[:3]
        known = (origin, int(size), b64decode(root))
    fetch = opener(base)
    for pause in (1, 0):  # the feed may have been rewritten while it was read
        report = verify(fetch, key, datetime.now(UTC), known)
        if not (report.faults or report.unreadable):
            break
        time.sleep(pause)
    if report.unreadable:
        sys.stderr.write(f"cannot read the feed: {report.unreadable}\n")
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
    parser.add_argument("--key", required=True, help="key of the log")
    parser.add_argument("--state", type=Path, help="file that remembers the checkpoint seen")
    chosen = parser.parse_args()
    sys.exit(run(chosen.url, chosen.key, chosen.state))
