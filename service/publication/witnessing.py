"""Asking witnesses (见证人) for their cosignatures: C2SP tlog-witness, `add-checkpoint`.

Publishing never waits for a witness: what was published is shown to them afterwards, and the
cosignatures that come back are added to the checkpoint.  Readers say how many they ask for.
"""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from service import clock, outbox
from service.errors import Invalid, Unavailable
from service.ids import new_id
from service.late import Late
from service.publication import keyring, tlog
from service.publication.cosignatures import WitnessKey
from service.publication.log_writer import Log
from service.publication.notes import BadNote, Checkpoint, split
from service.publication.publisher import prefix_of, publisher_scope
from service.publication.records import PublicationHead, PublicationWitness
from service.publication.tiles import Tiles
from service.settings import settings
from service.storage import store
from tenants.directory import districts
from tenants.records import District, owned
from tenants.scope import Owner
from tenants.wall import current, tenant_transaction

if TYPE_CHECKING:
    import httpx2
else:
    httpx2 = Late("httpx2")

TIMEOUT_SECONDS = 10
ANSWER = 65536  # bytes of an answer that are read
DIGITS = 18  # of a size that a witness names
AHEAD = timedelta(minutes=5)  # that a witness's clock may run before ours
FRESH = timedelta(hours=24)  # after this an unchanged checkpoint is shown to a witness again
REFUSALS = {400: "REFUSED", 403: "KEY_NOT_TRUSTED", 404: "LOG_NOT_KNOWN", 422: "FORK"}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Witness:
    """A configured witness: its key, and the address before `/add-checkpoint`."""

    key: WitnessKey
    url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a witness said: the line that cosigns and its time, or a stable code of a problem.

    `size` is the largest log it is known to have cosigned, 0 when none is.
    """

    witness: Witness
    size: int
    line: str = ""
    at: datetime | None = None
    problem: str = ""


def configured() -> list[Witness]:
    """The witnesses of this deployment.

    Raises:
        Invalid: a key or an address is malformed, or the quorum exceeds their number.
    """
    try:
        found = [
            Witness(WitnessKey.parse(one.key), one.url.rstrip("/"))
            for one in settings().publication_witnesses
        ]
    except BadNote as error:
        raise Invalid(f"ANSHANG_PUBLICATION_WITNESSES: {error}") from error
    if not all(one.url.startswith(("https://", "http://")) for one in found):
        raise Invalid("ANSHANG_PUBLICATION_WITNESSES: an address begins with https://")
    if settings().publication_witness_quorum > len(found):
        raise Invalid("ANSHANG_PUBLICATION_WITNESS_QUORUM exceeds the number of witnesses")
    return found


async def cosign(district_id: UUID, *, anew: bool = False) -> list[Outcome]:
    """Show the present checkpoint of a district to the witnesses that have not cosigned it.

    Safe to run twice and at once.  A witness that does not answer is asked again by
    `cosign_all`; `anew` asks those too who cosigned it not long ago.
    """
    witnesses = configured()
    scope = await publisher_scope(district_id, "task:publication.cosign")
    assert scope.home is not None
    async with tenant_transaction(scope):
        head = await PublicationHead.get_or_none(tenant_id=scope.home.tenant_id)
        if head is None or not witnesses:
            await outbox.settle()
            return []
        district = await District.get(id=district_id)
        place = Log(store(), prefix_of(district.code), await keyring.keyring_of(head))
        rows = {row.key: row for row in await PublicationWitness.filter(tenant_id=head.tenant_id)}
    note = (await place.note())[0]
    outcomes: list[Outcome] = []
    if note:
        shown = [(one, rows.get(str(one.key))) for one in witnesses]
        outcomes = await asyncio.gather(*(_cosigned(place, note, *one, anew) for one in shown))
        lines = [one.line for one in outcomes if one.line]
        await place.sign_anew(lines, split(note)[0])
    async with tenant_transaction(scope):
        for outcome in outcomes:
            await _keep(scope.home, outcome)
        await outbox.settle()
    return outcomes


async def cosign_all() -> None:
    """Ask every witness of every district that is behind; a broken log stops no other's."""
    if not configured():
        return
    for district_id in await districts("task:publication.cosign_due"):
        try:
            await cosign(district_id)
        except tlog.LogCorrupted:
            log.exception("publication.cosigning_refused", district=str(district_id))


async def _cosigned(
    place: Log, note: str, witness: Witness, row: PublicationWitness | None, anew: bool
) -> Outcome:
    """The witness's cosignature on this checkpoint: the one we have while it is fresh, or asked."""
    text, lines = split(note)
    kept = witness.key.find([*lines, row.line if row else ""], text)
    size = row.size if row else 0
    if kept and not anew and clock.now() - kept[1] < FRESH:
        return Outcome(witness, Checkpoint.parse(text).size, *kept)
    try:
        return await _ask(place, note, witness, size)
    except (httpx2.HTTPError, OSError, ValueError, Unavailable) as error:
        log.warning("publication.witness_unreachable", witness=witness.key.name, error=str(error))
        return Outcome(witness, size, problem="UNREACHABLE")


async def _ask(place: Log, note: str, witness: Witness, old: int) -> Outcome:
    """One call, or two when the witness says that it has seen another size."""
    checkpoint = Checkpoint.parse(split(note)[0])
    old = min(old, checkpoint.size)
    async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as http:
        for _ in range(2):
            proof = await _proof(place, old, checkpoint)
            lines = [f"old {old}", *(b64encode(one).decode() for one in proof), "", note]
            answer = await http.post(
                f"{witness.url}/add-checkpoint", content="\n".join(lines).encode()
            )
            body = answer.content[:ANSWER].decode(errors="replace")
            if answer.status_code != 409:
                return _read(witness, checkpoint, answer.status_code, body, old)
            told = body.strip()
            if not (told.isascii() and told.isdigit()) or len(told) > DIGITS or int(told) == old:
                break
            if int(told) > checkpoint.size:
                return Outcome(witness, old, problem="AHEAD")
            old = int(told)
    return Outcome(witness, old, problem="FORK")


def _read(witness: Witness, checkpoint: Checkpoint, status: int, body: str, old: int) -> Outcome:
    """What an answer other than a conflict means."""
    if status != 200:
        return Outcome(witness, old, problem=REFUSALS.get(status, "UNREACHABLE"))
    found = witness.key.find(body.split("\n"), checkpoint.text())
    if found is None or found[1] > clock.now() + AHEAD:
        return Outcome(witness, old, problem="BAD_SIGNATURE")
    return Outcome(witness, checkpoint.size, *found)


async def _proof(place: Log, old: int, checkpoint: Checkpoint) -> Sequence[bytes]:
    """Proof from the published tiles that the log of `old` is a prefix of the checkpoint's."""
    return await Tiles(place, checkpoint).consistency(old) if 0 < old < checkpoint.size else ()


async def _keep(office: Owner, outcome: Outcome) -> None:
    """Remember how far a witness is; a problem leaves its last cosignature as it was."""
    await current().fetch(
        "insert into publication_witnesses as w (id, tenant_id, district_id, key, size, line,"
        " cosigned_at, asked_at, problem) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " on conflict (tenant_id, key) do update set size = $5, asked_at = $8, problem = $9,"
        " line = case when $6 = '' then w.line else $6 end,"
        " cosigned_at = coalesce($7, w.cosigned_at) returning id",
        new_id(),
        *owned(office).values(),
        str(outcome.witness.key),
        outcome.size,
        outcome.line,
        outcome.at,
        clock.now(),
        outcome.problem,
    )


@dataclass(frozen=True, slots=True)
class Follower:
    """A configured witness as the tables know it; `current` when it cosigned all there is."""

    key: WitnessKey
    size: int
    current: bool
    cosigned_at: datetime | None
    asked_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the witnesses of a log stand."""

    origin: str
    size: int
    quorum: int
    witnesses: list[Follower]

    @property
    def cosigned(self) -> int:
        """How many cosigned the present checkpoint."""
        return sum(one.current for one in self.witnesses)


async def standing(office: Owner) -> Standing | None:
    """Who has cosigned the log of a district office, in the open transaction; None without one."""
    head = await PublicationHead.get_or_none(tenant_id=office.tenant_id)
    if head is None:
        return None
    rows = {row.key: row for row in await PublicationWitness.filter(tenant_id=office.tenant_id)}
    root = bytes.fromhex(head.root) if head.root else tlog.EMPTY_ROOT
    text = Checkpoint(head.origin, head.logged_size, root).text()
    found = []
    for one in configured():
        row = rows.get(str(one.key))
        current = row is not None and one.key.cosigned(row.line, text) is not None
        found.append(
            Follower(
                one.key,
                row.size if row else 0,
                current,
                row.cosigned_at if row else None,
                row.asked_at if row else None,
                row.problem if row else "",
            )
        )
    quorum = settings().publication_witness_quorum
    return Standing(head.origin, head.logged_size, quorum, found)
