"""Witnesses that speak the public protocol: what they cosign, and what they rightly refuse."""

import json
import os
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from service import clock
from service.errors import Invalid
from service.outbox import OutboxEvent
from service.publication import publisher, verifier, witnessing
from service.publication.cosignatures import WitnessKey, cosign, message
from service.publication.notes import BadNote, Checkpoint, Signer
from service.publication.publisher import LOG_NAME, prefix_of
from service.publication.records import PublicationWitness
from service.settings import settings
from service.storage import Bucket, store
from tenants.wall import tenant_transaction
from tests.conftest import Work, World
from tests.publication.test_keys import configure, key, publish
from tests.publication.test_publisher import files
from tests.publication.witness import SmallWitness

SEED = bytes([1]) * 32


@pytest.fixture
async def district(world: World) -> AsyncIterator[World]:
    configure(SEED)
    await store().create_buckets()
    yield world
    async with tenant_transaction(world.department_scope()):
        await OutboxEvent.filter(district_id=world.district_id).delete()


@pytest.fixture
async def witnesses(district: World) -> AsyncIterator[list[SmallWitness]]:
    """Three witnesses of this log, all of which are configured, with a quorum of two."""
    origin = f"{LOG_NAME}/{district.code}"
    async with AsyncExitStack() as stack:
        made = [
            await stack.enter_async_context(
                SmallWitness(
                    f"witness.example/{n}",
                    bytes([40 + n]) * 32,
                    {origin: [key(district, SEED)]},
                    int(clock.now().timestamp()),
                ).serving()
            )
            for n in range(3)
        ]
        watch(made, quorum=2)
        yield made


def watch(made: list[SmallWitness], quorum: int = 0) -> None:
    os.environ["ANSHANG_PUBLICATION_WITNESSES"] = json.dumps(
        [{"key": one.key, "url": one.url} for one in made]
    )
    os.environ["ANSHANG_PUBLICATION_WITNESS_QUORUM"] = str(quorum)
    settings.cache_clear()


async def rows(world: World) -> dict[str, PublicationWitness]:
    async with tenant_transaction(world.department_scope(), read_only=True):
        found = await PublicationWitness.filter(tenant_id=world.office.tenant_id)
    return {row.key: row for row in found}


async def verified(
    world: World, made: list[SmallWitness], quorum: int, **options: Any
) -> verifier.Report:
    found = await files(world)
    policy = (quorum, [one.key for one in made])
    return verifier.verify(
        found.__getitem__, key(world, SEED), clock.now(), policy=policy, **options
    )


async def problems(world: World) -> list[str]:
    return [one.problem for one in await witnessing.cosign(world.district_id)]


async def test_what_is_published_is_cosigned_by_every_witness_and_readers_can_tell(
    district: World, witnesses: list[SmallWitness], work: Work
) -> None:
    await publish(district, 2)
    bare = await verified(district, witnesses, 2)
    done = await work()
    report = await verified(district, witnesses, 3)
    await publish(district, 300)
    await witnessing.cosign(district.district_id)
    grown = await verified(district, witnesses, 3)

    assert bare.faults == ["0 witnesses cosigned, 2 must"]
    assert "publication.cosign" in done
    assert (report.faults, report.cosigners, report.size) == ([], 3, 2)
    assert (grown.faults, grown.cosigners, grown.size) == ([], 3, 302)
    # From 0, then with a proof from the size that each had seen.
    assert [one.asked for one in witnesses] == [[(0, 2), (2, 302)]] * 3
    told = await rows(district)
    assert {(row.size, row.problem) for row in told.values()} == {(302, "")}


async def test_a_checkpoint_that_is_cosigned_is_not_shown_again_until_it_is_a_day_old(
    district: World, witnesses: list[SmallWitness], monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(district, 1)
    await witnessing.cosign(district.district_id)
    await witnessing.cosign_all()
    assert [len(one.asked) for one in witnesses] == [1, 1, 1]

    later = clock.now() + witnessing.FRESH
    monkeypatch.setattr(clock, "now", lambda: later)
    for one in witnesses:
        one.second = int(later.timestamp())
    await witnessing.cosign(district.district_id)
    note = (await files(district))["checkpoint"].decode()

    assert [one.asked[-1] for one in witnesses] == [(1, 1)] * 3
    assert note.count("witness.example/") == 3


async def test_publishing_waits_for_no_witness_and_a_silent_one_is_asked_later(
    district: World, witnesses: list[SmallWitness]
) -> None:
    silent = SmallWitness("witness.example/silent", bytes([9]) * 32, {}, url="http://127.0.0.1:9")
    watch([*witnesses, silent])
    await publish(district, 1)
    first = await problems(district)
    report = await verified(district, [*witnesses, silent], 4)

    assert first == ["", "", "", "UNREACHABLE"]
    assert report.faults == ["3 witnesses cosigned, 4 must"]
    silent.logs = witnesses[0].logs
    silent.second = witnesses[0].second
    async with silent.serving():
        watch([*witnesses, silent])
        await witnessing.cosign_all()
        assert (await verified(district, [*witnesses, silent], 4)).faults == []


async def test_a_witness_that_remembers_more_than_we_do_says_from_where_to_prove(
    district: World, witnesses: list[SmallWitness]
) -> None:
    await publish(district, 3)
    await witnessing.cosign(district.district_id)
    async with tenant_transaction(district.department_scope()):
        await PublicationWitness.filter(tenant_id=district.office.tenant_id).update(size=0)
    await publish(district, 4)

    assert await problems(district) == ["", "", ""]
    assert witnesses[0].asked == [(0, 3), (0, 7), (3, 7)]
    assert (await verified(district, witnesses, 3)).faults == []


async def test_a_witness_refuses_a_fork_and_the_operator_is_told(
    district: World, witnesses: list[SmallWitness]
) -> None:
    """The same key signs another history: of the same size, and of a larger one."""
    origin = f"{LOG_NAME}/{district.code}"
    await publish(district, 3)
    await witnessing.cosign(district.district_id)
    seen = witnesses[0].seen[origin]
    witnesses[0].seen[origin] = (3, bytes(32))
    witnesses[1].seen[origin] = (3, bytes(32))
    for row in (await rows(district)).values():
        assert row.size == 3
    same = [one.problem for one in await witnessing.cosign(district.district_id, anew=True)]
    await publish(district, 2)
    larger = await problems(district)
    report = await verified(district, witnesses, 3)

    assert (same, larger) == (["FORK", "FORK", ""], ["FORK", "FORK", ""])
    assert report.faults == ["1 witnesses cosigned, 3 must"]
    assert witnesses[0].seen[origin] == (3, bytes(32)) != seen
    told = await rows(district)
    assert [told[one.key].problem for one in witnesses] == ["FORK", "FORK", ""]
    assert [told[one.key].line != "" for one in witnesses] == [True, True, True]


async def test_a_log_that_was_set_back_is_noticed_by_its_witness(
    district: World, witnesses: list[SmallWitness]
) -> None:
    origin = f"{LOG_NAME}/{district.code}"
    await publish(district, 3)
    witnesses[0].seen[origin] = (5, bytes(32))

    assert await problems(district) == ["AHEAD", "", ""]
    assert await problems(district) == ["AHEAD", "", ""]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((404, "text/plain", ""), "LOG_NOT_KNOWN"),
        ((403, "text/plain", ""), "KEY_NOT_TRUSTED"),
        ((422, "text/plain", ""), "FORK"),
        ((400, "text/plain", ""), "REFUSED"),
        ((500, "text/plain", ""), "UNREACHABLE"),
        ((200, "text/plain", "\u2014 witness.example/0 AAAA\n"), "BAD_SIGNATURE"),
        ((200, "text/plain", ""), "BAD_SIGNATURE"),
        ((409, "text/x.tlog.size", "many\n"), "FORK"),
        ((409, "text/x.tlog.size", "9" * 400 + "\n"), "FORK"),
    ],
)
async def test_an_answer_that_is_no_cosignature_adds_nothing(
    district: World, witnesses: list[SmallWitness], answer: Any, problem: str
) -> None:
    await publish(district, 1)
    before = (await files(district))["checkpoint"]
    watch(witnesses[:1])
    witnesses[0].answers_instead = answer

    assert await problems(district) == [problem]
    assert (await files(district))["checkpoint"] == before


async def test_a_cosignature_from_the_future_or_of_another_checkpoint_is_refused(
    district: World, witnesses: list[SmallWitness]
) -> None:
    watch(witnesses[:1])
    await publish(district, 1)
    text = (await files(district))["checkpoint"].decode().split("\n\n")[0] + "\n"
    one = witnesses[0]
    for about, second in ((text, one.second + 3600), (text.replace("\n1\n", "\n2\n"), one.second)):
        one.answers_instead = (200, "text/plain", cosign(one.name, one.seed, about, second) + "\n")
        assert await problems(district) == ["BAD_SIGNATURE"]


async def test_cosignatures_stay_when_the_log_is_signed_anew(
    district: World, witnesses: list[SmallWitness]
) -> None:
    await publish(district, 1)
    await witnessing.cosign(district.district_id)
    await publisher.refresh(district.district_id)
    other = bytes([2]) * 32
    configure(SEED, other)
    await publisher.rotate_key(district.district_id)
    note = (await files(district))["checkpoint"].decode()

    assert note.count(f"\u2014 {LOG_NAME}/{district.code} ") == 2
    assert (await verified(district, witnesses, 3)).faults == []


async def test_a_cosignature_that_comes_after_the_log_went_on_is_not_added_to_another_checkpoint(
    district: World, witnesses: list[SmallWitness], monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(district, 1)
    ask = witnessing._ask

    async def slowly(*args: Any) -> witnessing.Outcome:
        outcome = await ask(*args)
        if witnesses[0].asked[-1][1] == 1 and args[2].key.name == witnesses[0].name:
            await publish(district, 1)
        return outcome

    monkeypatch.setattr(witnessing, "_ask", slowly)
    await witnessing.cosign(district.district_id)
    after = await verified(district, witnesses, 0)
    await witnessing.cosign(district.district_id)

    assert (after.faults, after.size, after.cosigners) == ([], 2, 0)
    assert (await verified(district, witnesses, 3)).faults == []


@pytest.mark.parametrize(
    ("given", "quorum"),
    [
        ([{"key": "nonsense", "url": "https://w.example"}], 0),
        ([{"key": "w+00000000+BAAA", "url": "https://w.example"}], 0),
        ([], 1),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(given: Any, quorum: int) -> None:
    os.environ["ANSHANG_PUBLICATION_WITNESSES"] = json.dumps(given)
    os.environ["ANSHANG_PUBLICATION_WITNESS_QUORUM"] = str(quorum)
    settings.cache_clear()

    with pytest.raises(Invalid, match="ANSHANG_PUBLICATION_WITNESS"):
        witnessing.configured()


def test_a_log_key_is_not_a_witness_key_and_nothing_is_cosigned_by_an_ordinary_signature() -> None:
    signer = Signer("w.example", SEED)
    text = Checkpoint("log.example", 1, bytes(32)).text()
    with pytest.raises(BadNote):
        WitnessKey.parse(str(signer.verifier_key))
    witness = WitnessKey("w.example", signer.verifier_key.public)
    assert witness.cosigned(signer.line(text)[:-1], text) is None
    assert message(text, 7).decode() == f"cosignature/v1\ntime 7\n{text}"


def test_the_example_of_the_witness_protocol_has_this_shape() -> None:
    """tlog-cosignature: key hash, 8 bytes of time, 64 bytes of signature; here as published."""
    line = (
        "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dl"
        "rDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    raw = b64decode(line.split(" ")[2])
    assert (len(raw), int.from_bytes(raw[4:12], "big")) == (76, 1679315147)


async def test_the_prefix_is_the_districts_own(district: World) -> None:
    await publish(district, 1)
    body, _ = await store().get(Bucket.PUBLIC, f"{prefix_of(district.code)}/checkpoint")
    assert body.decode().startswith(f"{LOG_NAME}/{district.code}\n")


WITNESSING = """{ logWitnessing { origin size quorum cosigned reached
  witnesses { name size current problem } } }"""


async def test_the_operators_page_shows_the_quorum_and_a_town_has_no_log(
    district: World, witnesses: list[SmallWitness], execute: Any
) -> None:
    committee, town = district.committee(), district.towns[0].principal()
    assert (await execute(committee, WITNESSING))["data"]["logWitnessing"] is None
    await publish(district, 1)
    witnesses[2].answers_instead = (404, "text/plain", "")
    await witnessing.cosign(district.district_id)

    shown = (await execute(committee, WITNESSING))["data"]["logWitnessing"]
    assert (shown["size"], shown["quorum"], shown["cosigned"], shown["reached"]) == (
        "1",
        2,
        2,
        True,
    )
    assert [(one["current"], one["problem"]) for one in shown["witnesses"]] == [
        (True, None),
        (True, None),
        (False, "LOG_NOT_KNOWN"),
    ]
    await publish(district, 1)
    behind = (await execute(committee, WITNESSING))["data"]["logWitnessing"]
    assert (behind["size"], behind["cosigned"], behind["reached"]) == ("2", 0, False)
    assert (await execute(town, WITNESSING))["data"]["logWitnessing"] is None
