"""At the door: codes that rotate, arrival, refusal, rating; what merging spared; calendars."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from strawberry import relay

from service import clock
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.joint import arrivals, calendars, codes, commands, figures, responses
from service.joint.arrivals import CodeVerdict
from service.joint.records import JointVisit
from tenants.principal import Principal
from tenants.rights import Role
from tenants.scope import Owner
from tenants.wall import tenant_transaction

OWNER = Owner(UUID(int=5), UUID(int=6))
VISIT = UUID(int=7)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.integers(-3 * 3600, 3 * 3600))
def test_a_code_is_good_for_its_half_minute_and_two_more(step: int, later: int) -> None:
    shown_at = datetime.fromtimestamp(step * codes.STEP_SECONDS, UTC)
    code = codes.visit_code(OWNER, VISIT, step)

    named, fresh = codes.read_visit_code(code, shown_at + timedelta(seconds=later))

    assert named == codes.Named(OWNER, VISIT, step)
    assert fresh == (0 <= later < 90)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 85), st.sampled_from("abcXYZ019-_"))
def test_no_character_of_a_code_can_be_changed(position: int, other: str) -> None:
    code = codes.visit_code(OWNER, VISIT, 1)
    position = min(position, len(code) - 2)
    if code[position] == other:
        return

    forged = code[:position] + other + code[position + 1 :]

    assert codes.read_visit_code(forged, datetime.fromtimestamp(30, UTC)) == (None, False)


def test_a_premises_code_is_no_visit_code() -> None:
    hung = codes.premises_code(OWNER, VISIT, 1)

    assert codes.read_visit_code(hung, datetime.fromtimestamp(30, UTC)) == (None, False)
    assert codes.read_premises_code(hung) == codes.Named(OWNER, VISIT, 1)


async def today(
    stage: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> tuple[JointVisit, Principal]:
    """A joint visit of two bodies announced for today, and the enterprise it goes to."""
    await stage.demand(0, "fire", items=["exits"])
    await stage.demand(0, "gas", items=["pumps"])
    _, (visit,) = await stage.published(work)
    morning = datetime(visit.day.year, visit.day.month, visit.day.day, 1, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: morning)
    scope = stage.world.towns[0].scope("account:boss")
    return visit, Principal(
        "account:boss", Role.ENTERPRISE, scope, "企业", enterprise_id=visit.enterprise_id
    )


async def shown(stage: Any, visit: JointVisit) -> str:
    async with tenant_transaction(stage.world.department_scope(), read_only=True):
        code, _ = await arrivals.show_code(visit.id, visit.lead_body_id)
    return code


async def test_anybody_at_the_door_checks_the_code_without_signing_in(
    stage: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.app import create_app
    from service.identity.queries import authenticate

    visit, _ = await today(stage, work, monkeypatch)
    code = await shown(stage, visit)
    transport = httpx2.ASGITransport(app=create_app(authenticate))

    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        page = await client.get(f"/visit-codes/{code}")
        data = await client.get(f"/visit-codes/{code}", headers={"Accept": "application/json"})
        forged = await client.get(f"/visit-codes/{code[:-2]}AA")

    assert (page.status_code, forged.status_code) == (200, 404)
    assert "执法码有效" in page.text
    assert "不是本系统的执法码" in forged.text
    assert data.json()["verdict"] == "VALID"
    assert data.json()["bodies"] == ["fire执法机构", "gas执法机构"] or data.json()["bodies"] == [
        "gas执法机构",
        "fire执法机构",
    ]
    assert data.json()["items"] == ["exits", "pumps"]
    assert len(data.json()["officerCards"]) == len(visit.officer_ids)
    checked = await stage.fetch("select code_checked_at from joint_visits where id = $1", visit.id)
    assert checked[0]["code_checked_at"] == clock.now()


async def test_only_a_body_that_comes_has_a_code_and_only_on_the_day(
    stage: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, _ = await today(stage, work, monkeypatch)
    code = await shown(stage, visit)

    async with tenant_transaction(stage.world.department_scope()):
        with pytest.raises(Forbidden, match="does not take part"):
            await arrivals.show_code(visit.id, stage.world.departments["market"])
        later = clock.now() + timedelta(minutes=2)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert await arrivals.judge(code) == (CodeVerdict.STALE, None)
        tomorrow = clock.now() + timedelta(days=1)
        monkeypatch.setattr(clock, "now", lambda: tomorrow)
        with pytest.raises(Conflict, match="announced for"):
            await arrivals.show_code(visit.id, visit.lead_body_id)
        other = codes.visit_code(visit.owner, visit.id, codes.step_of(clock.now()))
        assert await arrivals.judge(other) == (CodeVerdict.NOT_TODAY, None)
        await JointVisit.filter(id=visit.id).update(state="RELEASED")
        assert await arrivals.judge(other) == (CodeVerdict.WITHDRAWN, None)


async def test_the_team_scans_the_code_that_hangs_there_now(
    stage: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, _ = await today(stage, work, monkeypatch)
    lead = visit.lead_body_id
    async with tenant_transaction(stage.world.towns[0].scope()):
        old = await arrivals.current_print(visit.premises_id)
        new = await arrivals.reprint(visit.premises_id)
        elsewhere = await arrivals.current_print(stage.premises[1].id)

    async with tenant_transaction(stage.world.department_scope()):
        with pytest.raises(Invalid, match="replaced by a newer one"):
            await arrivals.arrive(visit.id, lead, old)
        with pytest.raises(Invalid, match="other premises"):
            await arrivals.arrive(visit.id, lead, elsewhere)
        with pytest.raises(Invalid, match="no premises code of ours"):
            await arrivals.arrive(visit.id, lead, "abc")
        first = await arrivals.arrive(visit.id, lead, new)
        again = await arrivals.arrive(visit.id, lead, new)

    assert first.arrived_at == again.arrived_at == clock.now()
    entries = await stage.fetch("select 1 from audit_entries where act = 'joint.team_arrived'")
    assert len(entries) == 1


REFUSE = """mutation Refuse($input: RefuseWithoutCodeInput!) {
  refuseWithoutCode(input: $input) { refusal { whoCame reason } errors { code message } } }"""
CHECK = """mutation Check($input: CheckVisitCodeInput!) {
  checkVisitCode(input: $input) { verdict visit { id } errors { code } } }"""


async def test_an_enterprise_refuses_without_a_code_but_not_after_a_valid_one(
    stage: Any, work: Any, execute: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, boss = await today(stage, work, monkeypatch)
    refusal = {
        "premisesId": str(relay.GlobalID("Premises", str(visit.premises_id))),
        "visitId": str(relay.GlobalID("JointVisit", str(visit.id))),
        "whoCame": "自称消防的两人",
        "reason": "未出示执法码",
    }

    done = await execute(boss, REFUSE, {"input": refusal})
    assert done["data"]["refuseWithoutCode"] == {
        "refusal": {"whoCame": "自称消防的两人", "reason": "未出示执法码"},
        "errors": [],
    }
    checked = await execute(boss, CHECK, {"input": {"code": await shown(stage, visit)}})
    assert checked["data"]["checkVisitCode"]["verdict"] == "VALID"
    refused = await execute(boss, REFUSE, {"input": refusal})

    (error,) = refused["data"]["refuseWithoutCode"]["errors"]
    assert error["code"] == "CONFLICT"
    assert len(await stage.fetch("select 1 from visit_refusals")) == 1
    # Whoever comes without any visit at all may still be refused.
    unknown = {k: v for k, v in refusal.items() if k != "visitId"}
    other = await execute(boss, REFUSE, {"input": unknown})
    assert other["data"]["refuseWithoutCode"]["errors"] == []


async def rated(stage: Any, visit: JointVisit, marks: responses.Marks) -> None:
    async with tenant_transaction(stage.world.towns[0].scope("account:boss")):
        await responses.rate_visit(visit.enterprise_id, visit.id, marks)


async def test_a_rating_is_given_once_and_leads_back_to_nobody(
    stage: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, _ = await today(stage, work, monkeypatch)
    with pytest.raises(Conflict, match="after it took place"):
        await rated(stage, visit, responses.Marks(5, 4, 3))
    async with tenant_transaction(stage.world.department_scope()):
        await commands.complete_visit(visit.lead_body_id, visit.id)

    await rated(stage, visit, responses.Marks(5, 4, 3))

    with pytest.raises(Conflict, match="have rated"):
        await rated(stage, visit, responses.Marks(1, 1, 1))
    with pytest.raises(Invalid, match="1 to 5"):
        responses.Marks(0, 1, 1)
    (row,) = await stage.fetch("select * from visit_ratings")
    assert (row["lawful"], row["courteous"], row["useful"]) == (5, 4, 3)
    assert row["month"] == visit.day.replace(day=1)
    assert not {visit.id, visit.enterprise_id, visit.premises_id} & set(row.values())
    assert row["id"].version == 4  # a time-ordered id would tell when it was given
    async with tenant_transaction(stage.world.department_scope(), read_only=True):
        assert await responses.ratings(stage.world.office, visit.day, visit.day) == []
    for _ in range(4):
        await stage.fetch(
            "insert into visit_ratings (id, tenant_id, district_id, body_id, month, lawful,"
            " courteous, useful) select gen_random_uuid(), tenant_id, district_id, body_id, month,"
            " 3, 3, 3 from visit_ratings limit 1 returning id"
        )
    async with tenant_transaction(stage.world.department_scope(), read_only=True):
        (mean,) = await responses.ratings(stage.world.office, visit.day, visit.day)
    assert (mean.ratings, mean.lawful, mean.useful) == (5, 3.4, 3.0)


async def test_receipts_of_the_enterprises_add_up_to_the_figure_of_all(
    stage: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line in ("fire", "gas", "market"):
        await stage.demand(0, line)
    await stage.demand(1, "fire")
    await stage.demand(2, "gas")
    await stage.demand(2, "market")
    _, visits = await stage.published(work)
    later = clock.now() + timedelta(days=60)
    monkeypatch.setattr(clock, "now", lambda: later)
    async with tenant_transaction(stage.world.department_scope()):
        for visit in visits:
            await commands.complete_visit(visit.lead_body_id, visit.id)

    first, last = min(v.day for v in visits), max(v.day for v in visits)
    async with tenant_transaction(stage.world.department_scope(), read_only=True):
        total = await figures.figures(first, last)
        each = [
            await figures.receipt(premises.enterprise_id, first, last)
            for premises in stage.premises
        ]

    assert (total.receipt.visits, total.receipt.separate_visits) == (3, 6)
    assert total.merge_gain == figures.Ratio(3, 6)
    assert total.merge_gain.value == 0.5
    assert total.joint_share == figures.Ratio(2, 3)
    assert total.duplicates == figures.Ratio(0, 3)
    assert (total.cap_breaches, total.recognition.value) == (0, 0.0)
    for name in ("visits", "merged_demands", "separate_visits", "recognised", "spared"):
        assert sum(getattr(one, name) for one in each) == getattr(total.receipt, name)
    assert each[3] == figures.Receipt(0, 0, 0, 0)
    assert figures.Ratio(0, 0).value is None


async def test_a_phone_subscribes_by_a_secret_address_until_it_is_void(
    stage: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, _ = await today(stage, work, monkeypatch)
    officer = UUID(visit.officer_ids[0])
    async with tenant_transaction(stage.world.department_scope()):
        made = {
            kind: await calendars.subscribe(stage.world.office, kind, subject)
            for kind, subject in (
                (calendars.CalendarKind.OFFICER, officer),
                (calendars.CalendarKind.BODY, stage.world.departments["gas"]),
            )
        }
        nobody = await calendars.subscribe(
            stage.world.office, calendars.CalendarKind.BODY, stage.world.departments["urban"]
        )
    town = stage.world.towns[0]
    async with tenant_transaction(town.scope("account:boss")):
        own = await calendars.subscribe(
            town.owner, calendars.CalendarKind.ENTERPRISE, visit.enterprise_id
        )

    for token in (*(s.token for s in made.values()), own.token):
        book = await calendars.fed(token)
        assert book is not None
        (event,) = Calendar.from_ical(book).walk("VEVENT")
        assert str(event["UID"]) == f"{visit.id}@joint.anshang"
        assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)
        assert event["DTSTART"].dt.astimezone(clock.SHANGHAI).date() == visit.day
    empty = await calendars.fed(nobody.token)
    assert empty is not None
    assert Calendar.from_ical(empty).walk("VEVENT") == []
    assert await calendars.fed("guess") is None
    async with tenant_transaction(stage.world.department_scope()):
        await commands.release_visit(visit.lead_body_id, visit.id, "企业停业装修")
    book = await calendars.fed(own.token)
    assert book is not None
    assert [e["STATUS"] for e in Calendar.from_ical(book).walk("VEVENT")] == ["CANCELLED"]

    async with tenant_transaction(town.scope("account:other")):
        with pytest.raises(NotFound):
            await calendars.unsubscribe(own.feed.id)
    async with tenant_transaction(town.scope("account:boss")):
        await calendars.unsubscribe(own.feed.id)
    assert await calendars.fed(own.token) is None
    kept = await stage.fetch("select token_hash from calendar_feeds")
    assert own.token not in str(kept)
