"""Random draws: nobody can steer them, everybody has the same chance, anybody can draw again."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry import relay

from service import clock
from service.draws import commands, queries, redraw, rules
from service.draws.records import RandomDraw
from service.draws.rules import Stratum
from service.errors import Conflict, Forbidden, Invalid
from service.joint.days import AbsenceKind, enter_absence
from service.joint.intake import join_visit
from service.joint.rules import DemandKind, DemandTerms
from service.officers.commands import Employer, dismiss
from service.register.rules import RiskColour
from tenants.wall import tenant_transaction
from tests.joint.conftest import Stage, monday, stage

__all__ = ["stage"]
NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)
OFFICERS = [f"officer-{n}" for n in range(5)]


def listed(objects: int = 20, take: int = 5, salt: str = "s", name: str = "RED") -> bytes:
    strata = [Stratum(name, take, [(f"place-{n:02}", f"商行{n}") for n in range(objects)])]
    return rules.document("年度抽查", "双色球第2026100期", NOON, strata, OFFICERS, 2, salt)


def test_every_object_has_the_same_chance() -> None:
    draws, objects, take = 4000, 20, 5
    text, hits = listed(objects, take), Counter[str]()

    for number in range(draws):
        drawn = redraw.redraw(text, f"seed {number}")["drawn"]
        hits.update(one["object"] for one in drawn)  # type: ignore[attr-defined]

    expected = draws * take / objects
    # Drawn without putting back, so the variance is that of a hypergeometric draw.
    chi = sum((hits[f"place-{n:02}"] - expected) ** 2 / expected for n in range(objects))
    chi /= 1 - take / objects
    assert sum(hits.values()) == draws * take
    assert 5.0 < chi < 43.8  # 19 degrees of freedom: 0.05 % on either side


def test_officers_are_drawn_evenly_too() -> None:
    hits: Counter[str] = Counter()
    for number in range(2000):
        for one in redraw.redraw(listed(6, 3), f"seed {number}")["drawn"]:  # type: ignore[attr-defined]
            assert len(set(one["officers"])) == 2
            hits.update(one["officers"])

    assert max(hits.values()) / min(hits.values()) < 1.08


def favoured(text: bytes, seed: str) -> bool:
    drawn = redraw.redraw(text, seed)["drawn"]
    return any(one["object"] == "place-07" for one in drawn)  # type: ignore[attr-defined]


def test_trying_lists_out_helps_only_who_knows_the_seed() -> None:
    rounds, tries, chance = 300, 12, 5 / 20
    naive = blind = 0
    for number in range(rounds):
        salts = [f"{number}-{attempt}" for attempt in range(tries)]
        seed = f"lottery {number}"
        # With the seed at hand, one salt that spares the friend is soon found.
        naive += not any(not favoured(listed(salt=s), seed) for s in salts)
        # Committed before, the attacker can only guess a seed and hope.
        guess = f"guess {number}"
        chosen = next((s for s in salts if not favoured(listed(salt=s), guess)), salts[0])
        blind += favoured(listed(salt=chosen), seed)

    assert naive == 0
    assert abs(blind / rounds - chance) < 0.1


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(12)), st.text(min_size=1, max_size=20))
def test_the_order_of_the_lists_means_nothing(order: list[int], seed: str) -> None:
    objects = [(f"place-{n:02}", f"商行{n}") for n in order]
    strata = [Stratum("RED", 4, objects)]

    text = rules.document("抽查", "来源", NOON, strata, OFFICERS[::-1], 2, "s")

    same = [Stratum("RED", 4, sorted(objects))]
    assert text == rules.document("抽查", "来源", NOON, same, OFFICERS, 2, "s")
    assert len(redraw.redraw(text, seed)["drawn"]) == 4  # type: ignore[arg-type]


def test_strata_are_drawn_apart() -> None:
    strata = [
        Stratum("RED", 3, [(f"r{n}", "") for n in range(5)]),
        Stratum("BLUE", 1, [(f"b{n}", "") for n in range(50)]),
    ]
    text = rules.document("抽查", "来源", NOON, strata, OFFICERS, 2, "s")

    drawn = redraw.redraw(text, "x")["drawn"]

    assert Counter(one["stratum"] for one in drawn) == {"RED": 3, "BLUE": 1}  # type: ignore[attr-defined]
    assert all(one["object"][0] == one["stratum"][0].lower() for one in drawn)  # type: ignore[attr-defined]


def test_the_script_alone_draws_the_same(tmp_path: Path) -> None:
    text = listed()
    (tmp_path / "draw.json").write_bytes(text)
    script = tmp_path / "redraw.py"
    script.write_text(Path(redraw.__file__).read_text(encoding="utf-8"), encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-I", str(script), str(tmp_path / "draw.json"), "2026100:01,02,03"],
        capture_output=True,
        check=True,
    )

    assert json.loads(done.stdout) == redraw.redraw(text, "2026100:01,02,03")
    assert json.loads(done.stdout)["commitment"] == rules.commitment(text)


@pytest.mark.parametrize(
    ("strata", "team", "words"),
    [
        ([], 2, "1 to 50000 objects"),
        ([Stratum("RED", 3, [("a", ""), ("b", "")])], 2, "3 of 2 cannot be drawn"),
        ([Stratum("RED", 1, [("a", "")]), Stratum("BLUE", 1, [("a", "")])], 2, "twice"),
        ([Stratum("RED", 1, [("a", "")])], 6, "fewer are on the list"),
    ],
)
def test_a_draw_that_cannot_be_made_is_refused(strata: Any, team: int, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        rules.document("抽查", "来源", NOON, strata, OFFICERS, team, "s")


def wish(**changes: Any) -> commands.Wish:
    values: dict[str, Any] = {
        "title": "年度抽查",
        "take": {RiskColour.BLUE: 2},
        "team": 2,
        "seed_source": "双色球第2026100期",
        "seed_known_after": clock.now() + timedelta(hours=1),
    }
    return commands.Wish(**{**values, **changes})


async def committed(stage: Stage, **changes: Any) -> RandomDraw:
    fire = stage.world.departments["fire"]
    async with tenant_transaction(stage.world.department_scope()):
        return await commands.commit_draw(stage.world.office, fire, wish(**changes))


async def test_a_draw_leaves_out_what_is_booked_and_is_drawn_after_its_seed_is_public(
    stage: Stage, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.demand(0, "fire")
    await stage.published(work)
    fire = stage.world.departments["fire"]
    draw = await committed(stage)
    assert (draw.number, draw.objects) == (1, 3)
    assert str(stage.premises[0].id) not in draw.document

    async with tenant_transaction(stage.world.department_scope()):
        with pytest.raises(Conflict, match="not yet public"):
            await commands.draw(fire, draw.id, "01,02")
        with pytest.raises(Forbidden):
            await commands.draw(stage.world.departments["gas"], draw.id, "01,02")
        later = clock.now() + timedelta(hours=2)
        monkeypatch.setattr(clock, "now", lambda: later)
        first = await commands.draw(fire, draw.id, "01,02")
        again = await commands.draw(fire, draw.id, " 01,02 ")
        with pytest.raises(Conflict, match="DRAWN"):
            await commands.draw(fire, draw.id, "03")

    assert first.result == again.result == redraw.redraw(draw.document.encode(), "01,02")
    assert first.result["commitment"] == draw.commitment
    assert len(first.result["drawn"]) == 2


async def drawn(stage: Stage, monkeypatch: pytest.MonkeyPatch, take: int = 3) -> RandomDraw:
    fire = stage.world.departments["fire"]
    draw = await committed(stage, take={RiskColour.BLUE: take})
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    async with tenant_transaction(stage.world.department_scope()):
        return await commands.draw(fire, draw.id, "01,02")


def terms(**changes: Any) -> DemandTerms:
    values: dict[str, Any] = {
        "kind": DemandKind.ROUTINE,
        "items": ["fire.exits"],
        "release_on": monday(),
        "due_on": monday() + timedelta(days=25),
        "minutes": 30,
        "risk": 2,
        "mandatory": True,
        "basis": "双随机抽查",
        "interval_days": 0,
    }
    return DemandTerms(**{**values, **changes})


async def test_a_draw_becomes_demands_once_and_each_leads_back_to_it(
    stage: Stage, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fire = stage.world.departments["fire"]
    draw = await drawn(stage, monkeypatch)

    async def ask(body: Any = fire, **changes: Any) -> Any:
        async with tenant_transaction(stage.world.department_scope()):
            return (await commands.demand_draw(body, draw.id, terms(**changes)))[1]

    with pytest.raises(Forbidden):
        await ask(stage.world.departments["gas"])
    with pytest.raises(Invalid, match="planned inspections only"):
        await ask(kind=DemandKind.CLUE, exemption_reason="举报")
    with pytest.raises(Invalid, match="not published"):
        await ask(items=["fire.doors"])
    assert await stage.fetch("select 1 from inspection_demands") == []

    twice = await asyncio.gather(ask(), ask())
    rows = await ask(minutes=60)

    assert [row.id for row in rows] == [row.id for row in twice[0]]
    wanted = {one["object"] for one in draw.result["drawn"]}
    assert {str(row.premises_id) for row in rows} == wanted
    assert {(row.draw_id, row.interval_days, row.minutes) for row in rows} == {(draw.id, 30, 30)}
    # They are planned and booked as any other demand.
    _, visits = await stage.published(work)
    assert {str(visit.premises_id) for visit in visits} == wanted

    async with tenant_transaction(stage.world.department_scope()):
        void = await commands.void_draw(fire, draw.id, "抽取名单有误")
    await work()

    assert (void.state, void.seed) == ("VOID", "01,02")
    assert queries.shown_document(void) is not None
    found = await stage.fetch("select distinct state, withdrawn_reason from inspection_demands")
    assert found == [{"state": "WITHDRAWN", "withdrawn_reason": "抽取名单有误"}]
    assert await stage.fetch("select 1 from officer_reservations") == []
    ledger = await stage.fetch(
        "select sum(reserved) as n, count(*) as lines from frequency_budgets"
    )
    assert ledger == [{"n": 0, "lines": 2 * len(wanted)}]
    with pytest.raises(Conflict, match="VOID"):
        await ask()


async def test_a_draw_is_not_voided_while_its_team_is_at_the_door(
    stage: Stage, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fire = stage.world.departments["fire"]
    draw = await drawn(stage, monkeypatch, take=2)
    async with tenant_transaction(stage.world.department_scope()):
        await commands.demand_draw(fire, draw.id, terms())
    await stage.published(work)
    await stage.fetch("update joint_visits set arrived_at = now() returning 1")

    with pytest.raises(Conflict, match="arrived"):
        async with tenant_transaction(stage.world.department_scope()):
            await commands.void_draw(fire, draw.id, "抽取名单有误")

    assert await stage.fetch("select distinct state from inspection_demands") == [
        {"state": "CODED"}
    ]
    assert await stage.fetch("select state from random_draws") == [{"state": "DRAWN"}]


async def test_a_draw_that_was_committed_to_never_vanishes(stage: Stage) -> None:
    draw = await committed(stage)
    fire = stage.world.departments["fire"]
    for statement in (
        "delete from random_draws where id = $1 returning id",
        "update random_draws set document = 'x' where id = $1 returning id",
        "update random_draws set commitment = 'x' where id = $1 returning id",
        "update random_draws set number = 9 where id = $1 returning id",
    ):
        with pytest.raises(Exception, match="permission denied"):
            await stage.fetch(statement, draw.id)
    async with tenant_transaction(stage.world.department_scope()):
        await commands.void_draw(fire, draw.id, "名单有误")

    again = await committed(stage)

    rows = await stage.fetch("select number, state from random_draws order by number")
    assert [(r["number"], r["state"]) for r in rows] == [(1, "VOID"), (2, "COMMITTED")]
    assert again.commitment != draw.commitment


async def test_a_seed_that_may_be_known_is_refused(stage: Stage) -> None:
    with pytest.raises(Invalid, match="ten minutes"):
        await committed(stage, seed_known_after=clock.now() + timedelta(minutes=9))
    assert await stage.fetch("select 1 from random_draws") == []


async def test_the_public_sees_the_commitment_first_and_the_lists_when_drawn(
    stage: Stage, execute: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx2

    from api.app import create_app
    from service.identity.queries import authenticate

    department = stage.world.department("fire")
    document = """mutation($input: CommitRandomDrawInput!) { commitRandomDraw(input: $input) {
      draw { id number commitment path state drawn { stratum } } errors { code message } } }"""
    asked = {
        "title": "年度抽查",
        "strata": [{"risk": "BLUE", "take": 1}],
        "seedSource": "双色球第2026100期",
        "seedKnownAfter": (clock.now() + timedelta(hours=1)).isoformat(),
    }
    made = await execute(department, document, {"input": asked})
    assert made["errors"] == []
    shown = made["data"]["commitRandomDraw"]["draw"]
    transport = httpx2.ASGITransport(app=create_app(authenticate))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        before = (await client.get(shown["path"])).json()
        later = clock.now() + timedelta(hours=2)
        monkeypatch.setattr(clock, "now", lambda: later)
        drawn = await execute(
            department,
            """mutation($input: DrawAtRandomInput!) { drawAtRandom(input: $input) {
              draw { drawn { premisesId officerIds } } errors { code message } } }""",
            {"input": {"drawId": shown["id"], "seed": "01,02"}},
        )
        after = await client.get(shown["path"])
        script = await client.get("/draws/redraw.py")
        absent = await client.get("/draws/nothing.json")

    assert before["commitment"] == shown["commitment"]
    assert "strata" not in before
    assert rules.commitment(after.content) == shown["commitment"]
    (one,) = drawn["data"]["drawAtRandom"]["draw"]["drawn"]
    expected = redraw.redraw(after.content, "01,02")["drawn"][0]  # type: ignore[index]
    assert one["premisesId"] == str(relay.GlobalID("Premises", expected["object"]))
    assert "def redraw" in script.text
    assert absent.status_code == 404


async def asked(stage: Stage, draw: RandomDraw, **changes: Any) -> None:
    async with tenant_transaction(stage.world.department_scope()):
        await commands.demand_draw(stage.world.departments["fire"], draw.id, terms(**changes))


async def test_who_was_drawn_goes(
    stage: Stage, work: Any, execute: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = await drawn(stage, monkeypatch)
    await asked(stage, draw)
    # Another body comes along, and its officer beside those who were drawn.
    await stage.demand(1, "gas")

    _, visits = await stage.published(work)

    teams = {one["object"]: set(one["officers"]) for one in draw.result["drawn"]}
    by_place = {str(visit.premises_id): set(visit.officer_ids) for visit in visits}
    assert len(teams) == 3
    assert {place: teams[place] <= by_place[place] for place in teams} == dict.fromkeys(teams, True)
    notes = await stage.fetch("select distinct team_note from inspection_demands")
    assert notes == [{"team_note": ""}]
    shown = await execute(
        stage.world.department("fire"),
        """{ randomDraws(first: 1) { edges { node { teamsPath
          teams { premisesId drawnOfficerIds officerIds differs note done } } } } }""",
        {},
    )
    (edge,) = shown["data"]["randomDraws"]["edges"]
    assert [(t["differs"], t["note"], t["done"]) for t in edge["node"]["teams"]] == [
        (False, None, False)
    ] * 3


async def test_who_was_drawn_and_left_is_told_on_the_public_page_with_the_reason(
    stage: Stage, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx2

    from api.app import create_app
    from service.identity.queries import authenticate

    draw = await drawn(stage, monkeypatch, take=1)
    (one,) = draw.result["drawn"]
    leaving, staying = one["officers"]
    await asked(stage, draw)
    async with tenant_transaction(stage.world.department_scope()):
        await dismiss(Employer(stage.world.office), UUID(leaving), "退休")

    _, (visit,) = await stage.published(work)

    assert staying in visit.officer_ids
    assert leaving not in visit.officer_ids
    transport = httpx2.ASGITransport(app=create_app(authenticate))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        page = await client.get(f"/draws/{draw.id}/teams.json")
        absent = await client.get("/draws/nothing/teams.json")
    assert page.json() == [
        {
            "object": one["object"],
            "drawn": one["officers"],
            "team": visit.officer_ids,
            "note": "LEFT_OFFICE",
            "noteZh": "抽中的执法人员已离任或调离该单位",
            "done": False,
        }
    ]
    assert absent.status_code == 404


async def test_what_those_who_were_drawn_cannot_serve_together_says_so(
    stage: Stage, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = await drawn(stage, monkeypatch, take=1)
    (one,) = draw.result["drawn"]
    await asked(stage, draw, due_on=monday() + timedelta(days=1))
    async with tenant_transaction(stage.world.department_scope()):
        for number, officer in enumerate(one["officers"]):
            day = monday() + timedelta(days=number)
            fire = stage.world.departments["fire"]
            await enter_absence(fire, UUID(officer), AbsenceKind.LEAVE, day, day)

    plan = await stage.plan(work)

    assert await stage.visits(plan) == []
    assert await stage.fetch("select unserved_reason, state from inspection_demands") == [
        {"unserved_reason": "DRAWN", "state": "SUBMITTED"}
    ]


async def test_a_drawn_demand_joins_no_visit_of_another_team(
    stage: Stage, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = await drawn(stage, monkeypatch, take=1)
    (one,) = draw.result["drawn"]
    place = [str(row.id) for row in stage.premises].index(one["object"])
    await stage.demand(place, "gas")
    _, (visit,) = await stage.published(work)
    await asked(stage, draw)
    (demand,) = await stage.fetch("select id from inspection_demands where draw_id is not null")

    async with tenant_transaction(stage.world.department_scope()):
        with pytest.raises(Conflict, match="not that which was drawn"):
            await join_visit(stage.world.departments["fire"], demand["id"], visit.id)

    (row,) = await stage.fetch("select state from inspection_demands where id = $1", demand["id"])
    assert row["state"] == "SUBMITTED"
