"""Pages that are made when they are asked for: the search, and one entry with its proof.

Only what stands published is found.  An entry that was corrected is found by its present words,
one that ended by nothing; the log has the last word where a page of the feed is behind it.
"""

import asyncio
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service import clock
from service.publication import queries
from service.publication.events import SHOWING, EventKind
from service.publication.feed import Entry, render
from service.publication.notes import Checkpoint
from service.publication.queries import PublicLog
from service.publication.redaction import canonical
from tenants.records import District
from tenants.scope import Scope
from tenants.wall import tenant_transaction

SHORTEST, LONGEST = 2, 60  # signs of a query once folded
ROWS = 15  # of a page of results, so that it stays below 15 kB
PAGES = 200  # beyond which nobody reads on
EVERYWHERE = 64  # districts that one question may look into
SOUGHT = ("party_name", "credit_code", "decision_number", "penalty_number")
_KEPT = 64  # districts whose index stays in memory
_books: OrderedDict[str, "_Book"] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Row:
    """An entry that stands in the list, with what it is found by."""

    index: int
    entry: UUID
    publication: str
    since: datetime
    shown: Mapping[str, str]
    keys: tuple[str, ...]

    @property
    def title(self) -> str:
        """The party's name where it is public."""
        return self.shown.get("party_name", "（姓名不公开）")

    def stands(self, today: date) -> bool:
        """Whether its last day has not passed, even where the event of its end is late."""
        return stands(self.shown, today)


def stands(shown: Mapping[str, str], today: date) -> bool:
    """Whether the last day of what is shown has not passed."""
    until = shown.get("published_until")
    return until is None or today.isoformat() <= until


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page of the list: which entries are on it, and those that stand."""

    page: int
    entries: frozenset[UUID]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Book:
    """The pages of a list by their digests, and the rows of all that stands, the newest first."""

    log: PublicLog
    sheets: dict[str, _Sheet]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found; `total` counts all pages."""

    query: str
    exact: bool
    page: int
    total: int
    rows: tuple[tuple[str, Row], ...]
    """District and entry, whole matches first, then the newest."""
    problem: str = ""

    @property
    def pages(self) -> int:
        """Number of pages."""
        return min(PAGES, -(-self.total // ROWS))


def fold(text: str) -> str:
    """How names and numbers are compared: width, case, spaces and invisible signs do not count."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(s for s in plain if not s.isspace() and unicodedata.category(s) != "Cf")


async def search(code: str, query: str, *, exact: bool = False, page: int = 1) -> Results | None:
    """What stands in a district's list and matches, None while nothing was ever published there.

    Raises:
        Unavailable: the public bucket cannot be reached.
    """
    book = await _book(code)
    if book is None:
        return None
    return _results(query, exact, page, [(code, row) for row in book.rows])


async def search_everywhere(query: str) -> Results:
    """Entries of every district whose name, code or number is exactly this.

    Raises:
        Unavailable: the public bucket cannot be reached.
    """
    if _problem(query):
        return _results(query, True, 1, [])
    books = await asyncio.gather(*(_book(code) for code, _ in await districts()))
    return _results(
        query, True, 1, [(book_code(book), row) for book in books if book for row in book.rows]
    )


def book_code(book: _Book) -> str:
    """Code of the district that a log's name ends with."""
    return book.log.checkpoint.origin.rsplit("/", 1)[1]


async def districts() -> list[tuple[str, str]]:
    """Code and name of the districts that may publish, at most `EVERYWHERE`."""
    async with tenant_transaction(Scope.of_platform("public:search"), read_only=True):
        rows = await District.filter(office_id__isnull=False).order_by("code").limit(EVERYWHERE)
    return [(row.code, row.name) for row in rows]


def _results(query: str, exact: bool, page: int, among: list[tuple[str, Row]]) -> Results:
    problem, wanted = _problem(query), fold(query)
    if problem:
        return Results(query[:LONGEST], exact, 1, 0, (), problem)
    today = clock.legal_day(clock.now())
    whole = [one for one in among if wanted in one[1].keys and one[1].stands(today)]
    found = whole if exact else [*whole, *_within(wanted, among, today)]
    start = (page - 1) * ROWS
    return Results(query, exact, page, len(found), tuple(found[start : start + ROWS]))


def _within(wanted: str, among: list[tuple[str, Row]], today: date) -> Iterator[tuple[str, Row]]:
    for one in among:
        keys = one[1].keys
        if wanted not in keys and any(wanted in key for key in keys) and one[1].stands(today):
            yield one


def _problem(query: str) -> str:
    if not SHORTEST <= len(fold(query)) <= LONGEST:
        return f"请输入{SHORTEST}至{LONGEST}个字：名称、统一社会信用代码或者文书号。"
    return ""


async def _book(code: str) -> _Book | None:
    log = await queries.public_log(code)
    if log is None:
        return None
    known = _books.get(code)
    if known is None or known.log is not log:
        before = known.sheets if known else {}
        sheets = {digest: before.get(digest) or await _sheet(log, page, digest)
                  async for page, digest in log.pages()}  # fmt: skip
        rows = [row for one in sheets.values() for row in one.rows if row.entry not in log.changed]
        known = _Book(log, sheets, tuple(sorted(rows, key=lambda one: -one.index)))
        _books[code] = known
    _books.move_to_end(code)
    while len(_books) > _KEPT:
        _books.popitem(last=False)
    return known


async def _sheet(log: PublicLog, page: int, digest: str) -> _Sheet:
    items = await log.items(page, digest)
    rows = tuple(_row(item) for item in items if EventKind(item["event"]) in SHOWING)
    return _Sheet(page, frozenset(UUID(item["entry"]) for item in items), rows)


def _row(item: Mapping[str, Any]) -> Row:
    shown = item["record"]["shown"]
    return Row(
        item["leaf_index"],
        UUID(item["entry"]),
        item["record"]["class"],
        datetime.fromisoformat(item["since"]),
        shown,
        tuple(fold(shown[name]) for name in SOUGHT if name in shown),
    )


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry and what proves it; `ended` where only its tombstone may be shown.

    `proof` is the audit path from the leaf to the root, in hex.
    """

    code: str
    entry: Entry
    ended: bool
    checkpoint: Checkpoint
    note: str
    proof: tuple[str, ...]

    @property
    def record(self) -> str:
        """The bytes that the leaf commits to, as text."""
        return canonical(dict(self.entry.record)).decode()


async def entry(code: str, entry_id: UUID) -> EntryView | None:
    """An entry as it stands, None when it never was public or is just being changed.

    Raises:
        Unavailable: the public bucket cannot be reached.
    """
    book = await _book(code)
    if book is None or entry_id in book.log.changed:
        return None
    log, told = book.log, str(entry_id)
    for digest, sheet in book.sheets.items():
        if entry_id in sheet.entries:
            items = await log.items(sheet.page, digest)
            return await _view(code, log, next(one for one in items if one["entry"] == told))
    return None


async def _view(code: str, log: PublicLog, item: Mapping[str, Any]) -> EntryView | None:
    index = item["leaf_index"]
    if index >= log.checkpoint.size:
        return None
    found = Entry(
        index,
        await log.event(index),
        item["record"],
        bytes.fromhex(item["salt"]),
        datetime.fromisoformat(item["since"]),
    )
    ended = not found.visible or not stands(found.shown, clock.legal_day(clock.now()))
    proof = tuple(one.hex() for one in await log.tiles.proof(index))
    return EntryView(code, found, ended, log.checkpoint, log.note, proof)


def entry_html(view: EntryView, confirmed: tuple[int, int] | None) -> str:
    """The page of an entry, or of its tombstone; `confirmed` are consumers, of how many."""
    return render("entry.html", view=view, entry=view.entry, confirmed=confirmed)


def search_html(code: str, results: Results | None) -> str:
    """The search of a district, with or without results."""
    return render("search.html", code=code, results=results, districts=(), cut=0)


def everywhere_html(found: Results | None, names: list[tuple[str, str]]) -> str:
    """The lookup across districts, which lists them too."""
    cut = EVERYWHERE if len(names) == EVERYWHERE else 0
    return render("search.html", code="", results=found, districts=names, cut=cut)
