"""Check a published log and feed from outside: standard library and `cryptography` only.

    python verifier.py URL --key KEY [--witness KEY …] [--quorum N] [--state FILE]

URL, address or directory, is a district's feed; KEY, got by another way, the log's or one handed
over to it.  FILE remembers what was seen.  Exit status 0: all is well, 1: faults, 2: unreadable.
"""

import argparse
import csv
import json
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256
SHOWING = ("PUBLISH", "CORRECT", "RESUME")
FORMS = ("json", "csv", "html")
SIGNED = ("changes.jsonl", "feed.atom", "index.html", "manifest.json")
Fetch = Callable[[str], bytes]
Seen = tuple[str, int, bytes]  # origin, size and root of a checkpoint
Policy = tuple[int, Sequence[str]]  # how many of these witnesses must have cosigned
Item = dict[str, Any]


class Fault(Exception):
    """The log or the feed is not what it must be."""


@dataclass
class Report:
    """What was checked; `faults` is empty when all is well."""

    origin: str = ""
    size: int = 0
    root: bytes = b""
    key: str = ""
    cosigners: int = 0
    listed: int = 0
    gone: int = 0
    unreadable: bool = False
    faults: list[str] = field(default_factory=list)


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def tree_hash(row: list[bytes]) -> bytes:
    """RFC 6962 root over leaf hashes: pairs are joined and an odd last one moves up."""
    while len(row) > 1:
        pairs = [sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        row = pairs + row[len(pairs) * 2 :]
    return row[0] if row else sha256(b"").digest()


def number_path(index: int) -> str:
    *above, last = (part.zfill(3) for part in f"{index:,}".split(","))
    return "/".join([*(f"x{part}" for part in above), last])


def tile_path(kind: str, index: int, width: int) -> str:
    return f"tile/{kind}/{number_path(index)}" + ("" if width == WIDTH else f".p/{width}")


def open_note(note: bytes, key: str) -> list[str]:
    """Lines of the text that `key` signed, or cosigned if it is a witness's (type 4)."""
    name, digest, encoded = key.split("+", 2)
    raw = b64decode(encoded, validate=True)
    text, _, block = note.decode().rpartition("\n\n")
    *lines, rest = block.split("\n")  # nothing but signatures, and none of them twice
    for line in () if rest or len({x for x in lines if x[:2] == "\u2014 "}) < len(lines) else lines:
        written = line.removeprefix(f"\u2014 {name} ")
        signature = b64decode(written, validate=True) if written != line else b""
        stamp = signature[4:12] if raw[:1] == b"\x04" else b""
        before = b"cosignature/v1\ntime %d\n" % int.from_bytes(stamp, "big") if stamp else b""
        if signature[:4].hex() == digest and b64encode(signature).decode() == written:
            with suppress(InvalidSignature):
                public = Ed25519PublicKey.from_public_bytes(raw[1:])
                public.verify(signature[4 + len(stamp) :], before + f"{text}\n".encode())
                return text.split("\n")
    raise Fault(f"no valid signature of {name}")


def follow(fetch: Fetch, key: str) -> tuple[str, list[Seen]]:
    """The key that `key` was handed over to, step by step, and the log at each step."""
    steps = []
    for note in json.loads(fetch("handovers.json")):
        if f"\nold {key}\n" in note:
            origin, _, key, size, root = (x.split()[-1] for x in open_note(note.encode(), key)[:5])
            open_note(note.encode(), key)
            steps.append((origin.removesuffix("/handover"), int(size), b64decode(root)))
    return key, steps


def read_leaves(fetch: Fetch, size: int) -> list[bytes]:
    leaves: list[bytes] = []
    for start in range(0, size, WIDTH):
        width = min(WIDTH, size - start)
        data, place = fetch(tile_path("entries", start // WIDTH, width)), 0
        while place < len(data):
            begin, place = place + 2, place + 2 + int.from_bytes(data[place : place + 2], "big")
            leaves.append(data[begin:place])
        if place != len(data) or len(leaves) != start + width:
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
        row = [tree_hash(row[i : i + WIDTH]) for i in range(0, len(row) - WIDTH + 1, WIDTH)]
        level += 1


def check_events(leaves: list[bytes], report: Report) -> dict[str, list[int]]:
    """Places of the events of each entry, after a look at their order."""
    places, seen = dict[str, list[int]](), set[str]()
    for index, leaf in enumerate(leaves):
        event = json.loads(leaf)
        if event["id"] in seen:
            report.faults.append(f"leaf {index} repeats event {event['id']}")
        seen.add(event["id"])
        if event["event"] != "ANCHOR":  # of a chain of evidence: it lists nobody
            if (event["event"] == "PUBLISH") == (event["entry"] in places):
                report.faults.append(f"leaf {index} does not continue entry {event['entry']}")
            places.setdefault(event["entry"], []).append(index)
    return places


def check_record(item: Item, leaves: list[bytes], places: dict[str, list[int]]) -> str | None:
    """Whether a feed item is the last event of its entry, with the record it committed to."""
    index = item["leaf_index"]
    if item["places"] != places.get(item["entry"]) or item["places"][-1] != index:
        return f"entry {item['entry']} in the feed is not its last event in the log"
    event = json.loads(leaves[index])
    text = json.dumps(item["record"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    salted = b"anshang.record/1\0" + bytes.fromhex(item["salt"]) + text.encode()
    stated = (item["event"], item["at"], sha256(salted).hexdigest(), len(item["salt"]))
    if stated != (event["event"], event["at"], event["commitment"], 64):
        return f"entry {item['entry']} does not open leaf {index}"
    return None


def check_feed(fetch: Fetch, leaves: list[bytes], report: Report, now: datetime) -> None:
    """The signed snapshot and its files against the log, which alone says when a name is gone."""
    newest = check_events(leaves, report)
    lines = open_note(fetch("snapshot"), report.key)
    stated = dict(line.split(" ", 1) for line in lines[1:6])
    if datetime.fromisoformat(stated["valid_until"]) < now:
        report.faults.append(f"the snapshot is stale since {stated['valid_until']}")
    seen = leaves[: int(stated["size"])]
    root = tree_hash([leaf_hash(leaf) for leaf in seen])
    if (lines[0], b64decode(stated["root"])) != (f"{report.origin}/snapshot", root):
        raise Fault("the snapshot belongs to another log or to another state of it")
    sums = {name: digest for digest, name in (line.split(" ", 1) for line in lines[6:])}
    signed = [read_signed(fetch, name, sums.get(name), report) for name in SIGNED]
    places = newest if len(seen) == len(leaves) else check_events(seen, Report())
    found, pages = list[str](), list[Item]()
    for part in json.loads(signed[-1])["parts"]:
        path = f"parts/{number_path(part['part'])}"
        read_signed(fetch, f"{path}.html", part["html"], report)
        pages += json.loads(read_signed(fetch, f"{path}.json", part["json"], report))["pages"]
    for page in pages:
        for item in read_page(fetch, page, places, report):
            report.faults += filter(None, [check_record(item, seen, places)])
            found.append(item["entry"])
            shows = item["event"] in SHOWING
            report.listed, report.gone = report.listed + shows, report.gone + (not shows)
            if shows and json.loads(leaves[newest[item["entry"]][-1]])["event"] not in SHOWING:
                report.faults.append(f"entry {item['entry']} is listed although the log ended it")
    if sorted(found) != sorted(places):
        report.faults.append("the pages do not hold exactly the entries of the log")


def read_signed(fetch: Fetch, path: str, digest: str | None, report: Report) -> bytes:
    """A file, which must be the one that was stated by its digest."""
    body = fetch(path)
    if sha256(body).hexdigest() != digest:
        report.faults.append(f"{path} is not the file that was signed")
    return body


def read_page(fetch: Fetch, page: Item, places: dict[str, list[int]], report: Report) -> list[Item]:
    """Items of a page, whose every form must be the one that the signed manifest names."""
    number = number_path(page["page"])
    json_, csv_, _ = (read_signed(fetch, f"pages/{number}.{x}", page[x], report) for x in FORMS)
    items: list[Item] = json.loads(json_)
    rows = [row["entry"] for row in csv.DictReader(csv_.decode("utf-8-sig").split("\n"))]
    if sorted(rows) != sorted(item["entry"] for item in items if item["event"] in SHOWING):
        report.faults.append(f"pages/{number}.csv does not hold what pages/{number}.json does")
    for item in items:
        if places.get(item["entry"], [-1])[0] // WIDTH != page["page"]:
            report.faults.append(f"entry {item['entry']} stands on the wrong page {number}")
    return items


def check_log(fetch: Fetch, note: bytes, known: Seen | None, report: Report) -> list[bytes]:
    """The leaves under the signed checkpoint, which extends the one that is `known`."""
    report.key, steps = follow(fetch, report.key)
    origin, size, root = open_note(note, report.key)[:3]
    report.origin, report.size, report.root = origin, int(size), b64decode(root)
    if known and known[0] == origin and known[1] > report.size:
        raise Fault(f"the log was cut or set back: {known[1]} entries before, {size} now")
    leaves = read_leaves(fetch, report.size)
    hashes = [leaf_hash(leaf) for leaf in leaves]
    if tree_hash(hashes) != report.root:
        raise Fault("the entries do not lead to the root of the checkpoint")
    for name, count, there in [*steps, known] if known else steps:
        if (name, there) != (origin, tree_hash(hashes[:count])):
            raise Fault("the log is a fork of the one seen before")
    report.faults += check_tiles(fetch, hashes)
    return leaves


def verify(
    fetch: Fetch, key: str, now: datetime, known: Seen | None = None, policy: Policy = (0, ())
) -> Report:
    """Check everything; `known` is a checkpoint seen before."""
    report = Report(key=key)
    try:
        note = fetch("checkpoint")
        leaves = check_log(fetch, note, known, report)
        for witness in set(policy[1]):
            with suppress(Fault):
                report.cosigners += bool(open_note(note, witness))
        if report.cosigners < policy[0]:
            report.faults.append(f"{report.cosigners} witnesses cosigned, {policy[0]} must")
        check_feed(fetch, leaves, report, now)
    except OSError as error:
        report.unreadable, report.faults = True, [f"cannot read {error}"]
    except (Fault, ValueError, LookupError, TypeError, AttributeError, csv.Error) as error:
        report.faults.append(str(error) if isinstance(error, Fault) else f"malformed: {error!r}")
    return report


def opener(base: str) -> Fetch:
    """Reads paths under a web address or a directory."""
    root = base.rstrip("/") if "://" in base else Path(base).resolve().as_uri()

    def fetch(path: str) -> bytes:
        try:
            with urlopen(f"{root}/{path}", timeout=30) as answer:  # noqa: S310
                return bytes(answer.read())
        except OSError as error:
            raise OSError(f"{path}: {error}") from error

    return fetch


def run(base: str, key: str, state: Path | None = None, policy: Policy = (0, ())) -> int:
    """Verify, print the outcome, remember the checkpoint and the present key; the exit status."""
    known, start = None, key
    if state and state.exists():
        origin, size, root, *keys = state.read_text().split("\n")
        known = (origin, int(size), b64decode(root))
        start = keys[1] if keys[0] == key else key  # a key that was handed over is not asked again
    for pause in (1, 0):  # the feed may have been rewritten while it was read
        report = verify(opener(base), start, datetime.now(UTC), known, policy)
        if not report.faults:
            break
        time.sleep(pause)
    if report.faults:
        sys.stdout.write("".join(f"FAULT {fault}\n" for fault in report.faults))
        return 2 if report.unreadable else 1
    if state:
        seen = (report.origin, report.size, b64encode(report.root).decode(), key, report.key)
        state.write_text("".join(f"{one}\n" for one in seen))
    told = f"{report.size} entries, root {report.root.hex()}, {report.listed} listed"
    more = f"{report.gone} removed, {report.cosigners} witnesses"
    sys.stdout.write(f"OK {report.origin}: {told}, {more}\n")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Verify a published log and its feed.")
    parser.add_argument("url", help="address or directory of a district's feed")
    parser.add_argument("--key", required=True, help="key of the log")
    parser.add_argument("--state", type=Path, help="file that remembers the checkpoint seen")
    parser.add_argument("--witness", action="append", default=[], help="key of a witness")
    parser.add_argument("--quorum", type=int, default=0, help="witnesses that must have cosigned")
    chosen = parser.parse_args()
    sys.exit(run(chosen.url, chosen.key, chosen.state, (chosen.quorum, chosen.witness)))
