"""The open feed as pure functions: entries in, files with their media types out.

A file's path is relative to the feed of one district, where the log's tiles lie too.
"""

import csv
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from io import StringIO
from typing import Any
from uuid import UUID

from service.clock import SHANGHAI, legal_day
from service.late import Pages
from service.publication.events import SHOWING, EventKind, PublicEvent, instant
from service.publication.notes import Checkpoint, Keyring, Signer
from service.publication.redaction import canonical
from service.publication.tlog import TILE_WIDTH, number_path

JSON = "application/json; charset=utf-8"
LINES = "application/jsonl; charset=utf-8"
CSV = "text/csv; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

MANIFEST, CHANGES = "manifest.json", "changes.jsonl"
HEADER = 6  # lines of a snapshot before the digests
SIGNED = (CHANGES, "feed.atom", "index.html", MANIFEST)
PAGE = TILE_WIDTH  # places in the log whose entries share a page
PART = 256  # pages that one part of the manifest names, so that no file grows with the log
DELTA = 1000  # newest events in the delta; older ones are read from the log itself
NEWS = 100  # newest events in the Atom feed
COLUMNS = (
    "entry", "class", "party_name", "credit_code", "cause", "basis", "measures", "decided_by",
    "decided_on", "decision_number", "published_at", "published_until", "leaf_index",
)  # fmt: skip
CLASS_NAMES = {
    "PENALTY_PUBLICITY": "行政处罚公示",
    "SERIOUS_DISHONESTY": "安全生产严重失信主体名单",
    "MEDIA_EXPOSURE": "典型案例曝光",
}
FIELD_NAMES = {
    "party_name": "名称",
    "credit_code": "统一社会信用代码",
    "cause": "事由",
    "basis": "依据",
    "penalty": "处罚内容",
    "penalty_number": "处罚决定书文号",
    "penalty_decided_on": "处罚决定日期",
    "measures": "联合惩戒措施",
    "decided_by": "决定机关",
    "decided_on": "决定日期",
    "decision_number": "列入决定书文号",
    "published_until": "公示截止",
}
EVENT_NAMES = {
    EventKind.PUBLISH: "公示",
    EventKind.CORRECT: "更正",
    EventKind.SUSPEND: "中止公示",
    EventKind.RESUME: "恢复公示",
    EventKind.WITHDRAW: "撤回",
    EventKind.REPAIR: "信用修复",
    EventKind.EXPIRE: "到期移出",
    EventKind.ANCHOR: "存证锚定",
}


def page_path(page: int, form: str) -> str:
    """Path of a page in one of its forms: `json`, `csv` or `html`."""
    return f"pages/{number_path(page)}.{form}"


def part_path(part: int, form: str) -> str:
    """Path of a part of the manifest: `json`, or `html` for people."""
    return f"parts/{number_path(part)}.{form}"


STYLE = """
:root { color-scheme: light dark; background: Canvas; color: CanvasText; }
a { color: #0a4fbf; }
a:visited { color: #6a2c9c; }
@media (prefers-color-scheme: dark) { a { color: #9ab8ff; } a:visited { color: #cfa8ff; } }
body { font: 16px/1.6 "Noto Sans CJK SC", system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .4rem; }
th, td { border-bottom: 1px solid #888; padding: .4rem; text-align: left; vertical-align: top; }
code { overflow-wrap: anywhere; }
input, select, button { font: inherit; padding: .4rem; max-width: 100%; }
"""  # noqa: E501
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
"""By which a strict policy admits the one style that pages carry."""

_pages = Pages(
    "service.publication",
    style=STYLE,
    field_names=FIELD_NAMES,
    class_names=CLASS_NAMES,
    event_names=EVENT_NAMES,
    instant=instant,
    legal_day=legal_day,
    shanghai=SHANGHAI,
    page_path=page_path,
    part_path=part_path,
)


@dataclass(frozen=True, slots=True)
class File:
    """One object of the feed."""

    body: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Site:
    """Where a district's feed is found, `url` without a slash at its end, and its name."""

    origin: str
    url: str
    title: str


SITE = Site("", "..", "安全生产信用公示")
"""Of pages that belong to no feed's files."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The last event of an entry, its leaf's place, and what opens the leaf's commitment.

    `places` are those of all its events in the log, the last one's at the end.
    """

    index: int
    event: PublicEvent
    record: Mapping[str, Any]
    salt: bytes
    since: datetime
    places: tuple[int, ...] = ()

    @property
    def id(self) -> UUID:
        """The entry's own id."""
        return self.event.entry

    @property
    def visible(self) -> bool:
        """Whether the entry stands in the list, or only its tombstone remains."""
        return self.event.kind in SHOWING

    @property
    def shown(self) -> Mapping[str, str]:
        """The public fields."""
        shown: Mapping[str, str] = self.record.get("shown", {})
        return shown

    @property
    def title(self) -> str:
        """The party's name where it is public."""
        return self.shown.get("party_name", "（姓名不公开）")

    def as_json(self) -> dict[str, Any]:
        """What a program needs to check the entry against the log."""
        return {
            "entry": str(self.id),
            "leaf_index": self.index,
            "event": self.event.kind.value,
            "places": list(self.places),
            "at": instant(self.event.at),
            "since": instant(self.since),
            "salt": self.salt.hex(),
            "record": dict(self.record),
        }


@dataclass(frozen=True, slots=True)
class PageDigest:
    """What the manifest says of a page: how many entries, and SHA-256 of each form in hex."""

    page: int
    listed: int
    gone: int
    json: str
    csv: str
    html: str


@dataclass(frozen=True, slots=True)
class PartDigest:
    """What the manifest says of a part: how many entries, and SHA-256 of each form in hex."""

    part: int
    listed: int
    gone: int
    json: str
    html: str


def page_files(
    site: Site, page: int, entries: Iterable[Entry]
) -> tuple[dict[str, File], PageDigest]:
    """A page in every form: entries first published at places `page * PAGE` and following.

    An entry stays on its page for good; when it ends, its tombstone takes its place there.
    """
    everything = sorted(entries, key=lambda one: one.index)
    visible = [one for one in everything if one.visible]
    html = _pages.get_template("page.html").render(site=site, page=page, entries=everything)
    forms = {
        "json": File(_json([one.as_json() for one in everything]), JSON),
        "csv": File(_csv(visible), CSV),
        "html": File(html.encode(), HTML),
    }
    sums = {form: sha256(file.body).hexdigest() for form, file in forms.items()}
    digest = PageDigest(page, len(visible), len(everything) - len(visible), **sums)
    return {page_path(page, form): file for form, file in forms.items()}, digest


def part_files(
    site: Site, part: int, digests: Sequence[PageDigest]
) -> tuple[dict[str, File], PartDigest]:
    """A part of the manifest: the digests of its pages, in the order of pages."""
    html = _pages.get_template("part.html").render(site=site, part=part, digests=digests)
    files = {
        "json": File(_json({"pages": [asdict(one) for one in digests]}), JSON),
        "html": File(html.encode(), HTML),
    }
    sums = {form: sha256(file.body).hexdigest() for form, file in files.items()}
    listed, gone = (sum(getattr(one, name) for one in digests) for name in ("listed", "gone"))
    made = {part_path(part, form): file for form, file in files.items()}
    return made, PartDigest(part, listed, gone, **sums)


def list_files(
    site: Site,
    parts: Sequence[PartDigest],
    newest: Iterable[Entry],
    recent: Sequence[tuple[int, bytes]],
    at: datetime,
) -> dict[str, File]:
    """What is written anew each time: manifest, start page, news and the delta.

    `newest` are the entries of the newest events, `recent` the newest leaves with their places.
    """
    known = sorted(newest, key=lambda one: one.index, reverse=True)
    index = _pages.get_template("index.html").render(
        site=site, entries=[one for one in known if one.visible], parts=parts, at=at
    )
    atom = _pages.get_template("feed.atom").render(site=site, entries=known[:NEWS], at=at)
    return {
        MANIFEST: File(_json({"parts": [asdict(one) for one in parts]}), JSON),
        CHANGES: File(b"".join(_line(*one) for one in recent[-DELTA:]), LINES),
        "feed.atom": File(atom.encode(), ATOM),
        "index.html": File(index.encode(), HTML),
    }


def render(template: str, **values: Any) -> str:
    """A page that is made when it is asked for, in the look of the feed."""
    return _pages.get_template(template).render(site=SITE, **values)


def snapshot(
    signer: Signer | Keyring,
    checkpoint: Checkpoint,
    files: Mapping[str, File],
    at: datetime,
    valid_until: datetime,
    days: tuple[date, date] | None = None,
) -> str:
    """The signed statement of what the list was at `at`; after `valid_until` it is stale.

    `days` are the first and the last whose own checkpoint is kept under `days/`.
    """
    lines = [
        f"{checkpoint.origin}/snapshot",
        f"as_of {instant(at)}",
        f"valid_until {instant(valid_until)}",
        f"size {checkpoint.size}",
        f"root {b64encode(checkpoint.root).decode()}",
        "days " + (" ".join(map(str, days)) if days else "none"),
        *(f"{sha256(files[name].body).hexdigest()} {name}" for name in sorted(SIGNED)),
    ]
    return signer.sign("\n".join(lines) + "\n")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a snapshot states: the number of events its lists cover, and the digest of each."""

    size: int
    digests: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "Stated":
        """From the signed text."""
        lines = text.split("\n")[:-1]
        digests = (line.split(" ", 1) for line in lines[HEADER:])
        return cls(int(lines[3].removeprefix("size ")), {name: digest for digest, name in digests})


def _json(value: Any) -> bytes:
    return canonical(value) + b"\n"


def _line(index: int, leaf: bytes) -> bytes:
    return b'{"index":%d,"leaf":%s}\n' % (index, leaf)


def _csv(entries: Iterable[Entry]) -> bytes:
    """RFC 4180 with a byte-order mark, since the spreadsheets in use guess wrong without it."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in entries:
        row: dict[str, Any] = {
            **one.shown,
            "entry": one.id,
            "class": one.event.publication,
            "published_at": instant(one.since),
            "leaf_index": one.index,
        }
        writer.writerow([_cell(str(row.get(name, ""))) for name in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
