"""A day that is over: its own checkpoint, presence and absence with a proof for strangers."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from infra import log as log_command
from service.blacklist import listing
from service.outbox import OutboxEvent
from service.publication import day_verifier, publisher, standing, tlog
from service.publication.events import EventKind
from service.publication.notes import BadNote
from service.publication.past import closed_day
from service.publication.publisher import prefix_of
from service.publication.queries import PublicLog, public_log
from service.publication.records import PublicationDay
from service.publication.standing import DayNote, Neighbour, place_of
from service.publication.tlog import LogCorrupted
from service.storage import Bucket, store
from tenants.principal import PUBLIC
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import Desk, at
from tests.conftest import Execute, Work, World
from tests.publication.district import KEY, SIGNER, event, latest, ordinary, publish
from tests.publication.test_publisher import check, files, key

DAY = date(2026, 3, 2)
EVENTS = ordinary()
DAYS = [(DAY, 200), (DAY + timedelta(days=1), 200), (DAY + timedelta(days=2), 330)]
FILES, OLD = publish(EVENTS, days=DAYS), publish(EVENTS[:200])

ids = st.integers(0, 40).map(lambda n: UUID(int=n << 100))


def shown(entries: list[UUID], asked: UUID) -> tuple[int, bytes, list[Neighbour]]:
    """The tree of these entries, and what is shown of it when somebody asks for one."""
    leaves = [standing.leaf(one, number) for number, one in enumerate(entries)]
    root, _ = standing.tree(leaves)
    read = tlog.list_reader([tlog.leaf_hash(one) for one in leaves])
    low = sum(one < asked for one in entries)
    chosen = (low,) if asked in entries else (low - 1, low)
    found = [
        Neighbour(n, leaves[n], tuple(tlog.inclusion_proof(n, len(leaves), read)))
        for n in chosen
        if 0 <= n < len(leaves)
    ]
    return len(leaves), root, found


@budget(max_examples=300, deadline=None)
@given(st.sets(ids, max_size=24).map(sorted), ids)
def test_an_entry_stood_exactly_when_the_proof_says_so(entries: list[UUID], asked: UUID) -> None:
    place = place_of(asked, *shown(entries, asked))

    assert place == (entries.index(asked) if asked in entries else None)


@budget(max_examples=400, deadline=None)
@given(st.sets(ids, min_size=1, max_size=24).map(sorted), ids, ids, st.data())
def test_no_changed_proof_says_anything_else(
    entries: list[UUID], asked: UUID, other: UUID, data: st.DataObject
) -> None:
    truth = entries.index(asked) if asked in entries else None
    count, root, found = shown(entries, asked)
    foreign = shown(entries, other)[2]
    kind = data.draw(st.sampled_from(("drop", "borrow", "move", "count", "leaf", "path")))
    victim = data.draw(st.integers(0, len(found) - 1))
    one = found[victim]
    if kind == "drop":
        found.pop(victim)
    elif kind == "borrow":
        found = [*data.draw(st.permutations([*found, *foreign]))][: data.draw(st.integers(0, 4))]
    elif kind == "move":
        found[victim] = replace(one, position=data.draw(st.integers(-2, count + 2)))
    elif kind == "count":
        count = data.draw(st.integers(0, count + 3))
    elif kind == "leaf":
        bits = int.from_bytes(one.leaf, "big") ^ 1 << data.draw(st.integers(0, 191))
        found[victim] = replace(one, leaf=bits.to_bytes(24, "big"))
    else:
        found[victim] = replace(one, path=one.path[: data.draw(st.integers(0, len(one.path)))])
    try:
        said = place_of(asked, count, root, found)
    except ValueError:
        return
    assert said == truth


def fetch_from(found: dict[str, bytes]) -> day_verifier.Fetch:
    return found.__getitem__


@pytest.mark.parametrize("day", [day for day, _ in DAYS])
def test_a_stranger_finds_who_stood_and_who_did_not(day: date) -> None:
    size = dict(DAYS)[day]
    stood = {one.id: one.index for one in latest(EVENTS[:size]) if one.visible}
    asked = [event(0, n, EventKind.PUBLISH).id for n in (0, 1, 10, 199, 200, 299, 5000)]

    for entry in [*asked, UUID(int=0)]:
        found = day_verifier.check_day(fetch_from(FILES), KEY, day, entry)
        assert found == stood.get(entry), entry
    assert list(day_verifier.audit(fetch_from(FILES), KEY)) == []


@budget(max_examples=150, deadline=None)
@given(st.integers(0, 310), st.sampled_from(DAYS), st.data())
def test_no_changed_byte_gives_another_answer(
    number: int, day: tuple[date, int], data: st.DataObject
) -> None:
    entry = event(0, number, EventKind.PUBLISH).id
    read = dict[str, bytes]()

    def fetch(name: str) -> bytes:
        read[name] = FILES[name]
        return FILES[name]

    truth = day_verifier.check_day(fetch, KEY, day[0], entry)
    name = data.draw(st.sampled_from(sorted(read)))
    body = bytearray(read[name])
    change = data.draw(st.sampled_from(("flip", "cut", "drop", "replay")))
    if change == "flip":
        body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    elif change == "cut":
        del body[data.draw(st.integers(0, len(body) - 1)) :]
    changed = {**FILES, name: bytes(body)}
    if change == "drop":
        del changed[name]
    elif change == "replay":
        other = DAYS[data.draw(st.integers(0, 2))][0]
        changed[name] = FILES[f"days/{other}"] if name.startswith("days/") else OLD.get(name, b"")
    try:
        said = day_verifier.check_day(changed.__getitem__, KEY, day[0], entry)
    except (day_verifier.Fault, LookupError, ValueError, TypeError, AttributeError):
        return
    assert said == truth


def test_a_day_that_the_log_does_not_bear_out_is_found_by_the_audit() -> None:
    day = DAYS[1][0]
    lied = latest(EVENTS[:200])[1:]
    root, made = standing.tree(sorted(standing.leaf(x.id, x.index) for x in lied if x.visible))
    honest = DayNote.parse(FILES[f"days/{day}"].decode().split("\n\n")[0] + "\n")
    note = replace(honest, standing=len([x for x in lied if x.visible]), root=root)
    changed = {
        **FILES,
        **{f"{standing.tree_path(root)}/{n}": b for n, b in made.items()},
        f"days/{day}": SIGNER.sign(note.text()).encode(),
    }

    assert list(day_verifier.audit(changed.__getitem__, KEY)) == [
        f"days/{day} is not what the log held"
    ]


def test_only_the_exact_text_of_a_day_is_one() -> None:
    text = FILES[f"days/{DAY}"].decode().split("\n\n")[0] + "\n"

    assert DayNote.parse(text).text() == text
    for wrong in (text[:-1], text + "x\n", text.replace("day ", "day  "), text.replace("standing",
                  "stood"), text.replace("2026-03-02", "2026-3-2")):  # fmt: skip
        with pytest.raises(BadNote):
            DayNote.parse(wrong)


def test_the_script_stays_small_and_alone() -> None:
    source = Path(day_verifier.__file__).read_text()

    assert len(source.splitlines()) <= 300
    assert "from service" not in source


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    await store().create_buckets()
    yield Desk(world)
    async with tenant_transaction(world.department_scope()):
        await OutboxEvent.filter(district_id=world.district_id).delete()


async def head(world: World) -> PublicLog:
    log = await public_log(world.code)
    assert log is not None
    return log


DAY_ASKED = """query D($district: String!, $day: Date!, $entry: UUID!) {
  publicLog(district: $district) { rootHash size day(day: $day) {
    day size rootHash checkpoint consistencyProof standingCount standingRoot
    entry(entryId: $entry) { stood leafIndex neighbours { position leaf inclusionProof } } } } }"""


async def test_a_past_day_keeps_its_checkpoint_and_proves_presence_and_absence(
    desk: Desk, work: Work, execute: Execute, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world, first = desk.world, date(2026, 4, 1)
    at(monkeypatch, first)
    case = await desk.served()
    await work()
    at(monkeypatch, first + timedelta(days=2))
    other = await desk.served(town=1)
    await desk.do(listing.withdraw, case, "处罚决定被撤销")
    await work()
    at(monkeypatch, first + timedelta(days=4))
    await publisher.refresh(world.district_id)
    await publisher.refresh(world.district_id)

    async def asked(days: int, entry: UUID) -> dict[str, Any]:
        told = await execute(
            PUBLIC,
            DAY_ASKED,
            {"district": world.code, "day": str(first + timedelta(days)), "entry": str(entry)},
        )
        assert told["errors"] == []
        head: dict[str, Any] = told["data"]["publicLog"]
        return head

    sizes = {0: ("1", "1"), 1: ("1", "1"), 2: ("3", "1"), 3: ("3", "1")}
    for days, expected in sizes.items():
        found = (await asked(days, case.entry_id))["day"]
        assert (found["size"], found["standingCount"]) == expected
        assert found["entry"]["stood"] is (days < 2)
        assert (await asked(days, other.entry_id))["day"]["entry"]["stood"] is (days >= 2)
    then = await asked(0, case.entry_id)
    day = then["day"]
    proof = [bytes.fromhex(one) for one in day["consistencyProof"]]
    roots = bytes.fromhex(day["rootHash"]), bytes.fromhex(then["rootHash"])
    assert tlog.is_consistent(1, 3, *roots, proof)
    (one,) = day["entry"]["neighbours"]
    neighbour = Neighbour(int(one["position"]), bytes.fromhex(one["leaf"]),
                          tuple(bytes.fromhex(x) for x in one["inclusionProof"]))  # fmt: skip
    assert place_of(case.entry_id, 1, bytes.fromhex(day["standingRoot"]), [neighbour]) == 0
    assert (await asked(4, case.entry_id))["day"] is None
    assert (await asked(-1, case.entry_id))["day"] is None

    for name, body in (await files(world)).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    ask = {"key": key(world), "day": first.isoformat()}
    assert log_command.day(str(tmp_path), entry=str(case.entry_id), **ask) == 0
    assert log_command.day(str(tmp_path), key=key(world)) == 0
    (tmp_path / "days" / str(first)).unlink()
    assert log_command.day(str(tmp_path), key=key(world)) == 1
    assert (await check(world)).faults == []


async def test_a_day_is_closed_once_and_what_was_missed_is_made_up(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = date(2026, 4, 1)
    at(monkeypatch, first)
    await desk.served()
    await work()
    await publisher.refresh(desk.world.district_id)
    assert "days none" in (await files(desk.world))["snapshot"].decode()
    at(monkeypatch, first + timedelta(days=50))
    await publisher.refresh(desk.world.district_id)
    notes = [name for name in await files(desk.world) if name.startswith("days/")]
    assert len(notes) == 40
    await publisher.refresh(desk.world.district_id)
    found = await files(desk.world)
    assert "days 2026-04-01 2026-05-20" in found["snapshot"].decode()
    assert list(day_verifier.audit(found.__getitem__, key(desk.world))) == []

    with pytest.raises(Exception, match="permission denied"):
        async with tenant_transaction(desk.scope):
            await PublicationDay.all().update(size=1)


async def test_a_note_of_another_log_is_not_answered(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = date(2026, 4, 1)
    at(monkeypatch, first)
    await desk.served()
    await work()
    at(monkeypatch, first + timedelta(days=1))
    await publisher.refresh(desk.world.district_id)
    name = f"{prefix_of(desk.world.code)}/days/{first}"
    body, _ = await store().get(Bucket.PUBLIC, name)
    lines = body.decode().split("\n")
    assert json.loads(lines[1]) == 1
    lines[2] = lines[2][::-1].lstrip("=") + "="
    await store().put(Bucket.PUBLIC, name, "\n".join(lines).encode(), "text/plain")

    with pytest.raises((LogCorrupted, BadNote)):
        await closed_day(await head(desk.world), first)
