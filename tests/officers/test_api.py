"""The life of an officer through GraphQL, and what it does to the visits that were announced."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from strawberry import relay

from service import clock
from service.audit import AuditEntry
from service.errors import Conflict
from service.joint import teams
from service.joint.records import JointVisit, OfficerAbsence
from service.officers.records import Officer
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.joint.conftest import Stage, monday, stage

__all__ = ["stage"]

ACT = """mutation($input: %sInput!) { act: %s(input: $input) {
  officer { id version active leftOn reason cardValidTo cardNo skills bodyId }
  errors { code path message } } }"""


def gid(row: Officer | UUID) -> str:
    return str(relay.GlobalID("Officer", str(row if isinstance(row, UUID) else row.id)))


async def do(execute: Any, principal: Principal, act: str, /, **input: Any) -> Any:
    document = ACT % (act[0].upper() + act[1:], act)
    result = await execute(principal, document, {"input": input})
    assert not result.get("errors"), result
    return result["data"]["act"]


def new(world: Any, **changes: Any) -> dict[str, Any]:
    today = clock.legal_day(clock.now())
    values = {
        "bodyCode": "town",
        "name": "新任",
        "cardNo": f"{world.code}-new",
        "cardValidTo": str(today + timedelta(days=300)),
        "skills": ["general", "fire"],
        "baseLatitude": 29.7,
        "baseLongitude": 106.6,
    }
    return {**values, **changes}


async def test_a_town_leads_its_officer_from_appointment_to_leaving(
    world: Any, execute: Any
) -> None:
    admin = world.towns[0].principal()
    today = clock.legal_day(clock.now())

    made = (await do(execute, admin, "appointOfficer", **new(world)))["officer"]
    assert (made["version"], made["active"], made["skills"]) == (1, True, ["fire", "general"])
    later = str(today + timedelta(days=900))
    renewed = (
        await do(
            execute,
            admin,
            "renewOfficerCard",
            officerId=made["id"],
            cardValidTo=later,
            expectedVersion=1,
        )
    )["officer"]
    assert (renewed["version"], renewed["cardValidTo"]) == (2, later)
    taught = (
        await do(execute, admin, "changeOfficerSkills", officerId=made["id"], skills=["gas", "gas"])
    )["officer"]
    assert (taught["version"], taught["skills"]) == (3, ["gas"])
    gone = (await do(execute, admin, "dismissOfficer", officerId=made["id"], reason="退休"))[
        "officer"
    ]

    assert (gone["version"], gone["active"], gone["leftOn"]) == (4, False, str(today))
    assert gone["reason"] == "退休"
    again = (await do(execute, admin, "appointOfficer", **new(world)))["officer"]
    assert again["id"] != made["id"]
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        acts = await AuditEntry.filter(act__startswith="officers.").order_by("seq")
    assert [one.act for one in acts] == [
        "officers.appointed",
        "officers.card_renewed",
        "officers.skills_changed",
        "officers.dismissed",
        "officers.appointed",
    ]


async def test_what_was_changed_meanwhile_and_who_has_left_are_not_overwritten(
    world: Any, execute: Any
) -> None:
    admin = world.towns[0].principal()
    made = (await do(execute, admin, "appointOfficer", **new(world)))["officer"]
    await do(execute, admin, "changeOfficerSkills", officerId=made["id"], skills=["gas"])

    stale = await do(
        execute, admin, "dismissOfficer", officerId=made["id"], reason="退休", expectedVersion=1
    )
    taken = await do(execute, admin, "appointOfficer", **new(world, name="另一人"))
    over = await do(
        execute,
        admin,
        "renewOfficerCard",
        officerId=made["id"],
        cardValidTo=str(clock.legal_day(clock.now()) - timedelta(days=1)),
    )
    await do(execute, admin, "dismissOfficer", officerId=made["id"], reason="退休")
    late = await do(execute, admin, "changeOfficerSkills", officerId=made["id"], skills=["fire"])

    assert stale["errors"][0]["path"] == ["input", "expectedVersion"]
    assert (taken["errors"][0]["code"], taken["errors"][0]["path"]) == (
        "CONFLICT",
        ["input", "cardNo"],
    )
    assert over["errors"][0]["code"] == "INVALID"
    assert "left office" in late["errors"][0]["message"]
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        (row,) = await Officer.filter(tenant_id=world.towns[0].owner.tenant_id)
    assert (row.skills, row.version, row.active) == (["gas"], 3, False)


async def test_nobody_acts_on_another_bodys_officers(stage: Stage, execute: Any) -> None:
    world = stage.world
    fire = gid((await stage.officers("fire"))[0])

    for who in (world.department("gas"), world.towns[0].principal(), world.committee()):
        refused = await execute(
            who,
            ACT % ("DismissOfficer", "dismissOfficer"),
            {"input": {"officerId": fire, "reason": "-"}},
        )
        assert refused["data"]["act"]["errors"][0]["code"] in ("FORBIDDEN", "NOT_FOUND")
    other = await do(
        execute, world.department("gas"), "appointOfficer", **new(world, bodyCode="fire")
    )
    assert other["errors"][0]["code"] == "FORBIDDEN"
    rows = await stage.fetch("select count(*) as n from officers where active")
    assert rows[0]["n"] == 9


async def test_an_officer_goes_to_another_body_and_to_another_town(
    stage: Stage, execute: Any
) -> None:
    world = stage.world
    fire = world.department("fire")
    first, second, _ = await stage.officers("fire")
    town = world.towns[1].owner.tenant_id

    moved = (
        await do(
            execute, fire, "transferOfficer", officerId=gid(first), bodyCode="gas", reason="轮岗"
        )
    )["officer"]
    sent = (
        await do(
            execute,
            fire,
            "transferOfficer",
            officerId=gid(second),
            bodyCode="town",
            tenantId=str(relay.GlobalID("Tenant", str(town))),
            reason="下沉",
        )
    )["officer"]

    assert (moved["bodyId"], moved["reason"]) == (str(world.departments["gas"]), "轮岗")
    assert sent["id"] != gid(second)
    rows = await stage.fetch(
        "select tenant_id, active, reason, came_from, card_no from officers"
        " where id = $1 or came_from = $1 order by active",
        second,
    )
    assert [(r["active"], r["reason"]) for r in rows] == [(False, "下沉"), (True, "")]
    assert (rows[1]["tenant_id"], rows[1]["came_from"]) == (town, second)
    assert rows[0]["card_no"] == rows[1]["card_no"]
    denied = await do(
        execute,
        world.towns[1].principal(),
        "transferOfficer",
        officerId=sent["id"],
        bodyCode="fire",
        tenantId=str(relay.GlobalID("Tenant", str(world.office.tenant_id))),
        reason="回",
    )
    assert denied["errors"][0]["code"] in ("FORBIDDEN", "NOT_FOUND")


LIST = """query($bodies: [ID!], $in: Boolean, $ends: Date, $on: Date) {
  officers(bodyIds: $bodies, inOffice: $in, cardEndsBy: $ends, certifiedOn: $on, first: 100) {
    totalCount edges { node { name } } } }"""


async def test_officers_are_listed_by_body_by_office_and_by_the_end_of_their_cards(
    world: Any, execute: Any
) -> None:
    admin = world.towns[0].principal()
    today = clock.legal_day(clock.now())
    for name, days in (("甲", 10), ("乙", 30), ("丙", 400)):
        given = new(
            world,
            name=name,
            cardNo=f"{world.code}-{days}",
            cardValidTo=str(today + timedelta(days=days)),
        )
        made = (await do(execute, admin, "appointOfficer", **given))["officer"]
    await do(execute, admin, "dismissOfficer", officerId=made["id"], reason="退休")
    own = str(relay.GlobalID("Body", made["bodyId"]))
    fire = str(relay.GlobalID("Body", str(world.departments["fire"])))

    async def names(**asked: Any) -> list[str]:
        result = await execute(admin, LIST, asked)
        assert not result.get("errors"), result
        found = [edge["node"]["name"] for edge in result["data"]["officers"]["edges"]]
        assert result["data"]["officers"]["totalCount"] == len(found)
        return found

    assert await names(bodies=[own]) == ["丙", "乙", "甲"]
    assert await names(bodies=[fire]) == []
    assert await names(**{"in": True}) == ["乙", "甲"]
    assert await names(**{"in": False}) == ["丙"]
    assert await names(ends=str(today + timedelta(days=10))) == ["甲"]
    assert await names(ends=str(today + timedelta(days=9))) == []
    assert await names(ends=str(today + timedelta(days=500))) == ["乙", "甲"]
    assert await names(on=str(today + timedelta(days=11)), bodies=[own]) == ["乙"]
    many = await execute(admin, LIST, {"bodies": [own] * 51})
    assert many["errors"][0]["extensions"]["code"] == "INVALID"
    wrong = await execute(admin, LIST, {"bodies": [made["id"]]})
    assert wrong["errors"][0]["extensions"]["code"] == "INVALID"


SHORT = """{ visitsShortOfOfficers { edges { node { id shortage leadBodyId } } }
  jointPlans(first: 1) { edges { node { shortVisits } } } }"""


async def short(execute: Any, principal: Principal) -> tuple[list[Any], int]:
    result = await execute(principal, SHORT, {})
    assert not result.get("errors"), result
    data = result["data"]
    found = [edge["node"] for edge in data["visitsShortOfOfficers"]["edges"]]
    return found, data["jointPlans"]["edges"][0]["node"]["shortVisits"]


async def booked(stage: Stage, work: Any) -> JointVisit:
    await stage.demand(0, "fire")
    _, (visit,) = await stage.published(work)
    assert len(visit.officer_ids) == 2
    return visit


async def spare(stage: Stage, visit: JointVisit, line: str = "fire") -> UUID:
    free = set(await stage.officers(line)) - {UUID(o) for o in visit.officer_ids}
    return sorted(free)[0]


async def leader(stage: Stage, visit: JointVisit) -> UUID:
    mine = set(await stage.officers("fire")) & {UUID(o) for o in visit.officer_ids}
    return sorted(mine)[0]


async def test_a_visit_whose_officer_leaves_is_short_until_another_goes(
    stage: Stage, work: Any, execute: Any
) -> None:
    fire = stage.world.department("fire")
    visit = await booked(stage, work)
    leaving = await leader(stage, visit)
    await do(execute, fire, "dismissOfficer", officerId=gid(leaving), reason="辞职")

    assert "joint.recount_team" in await work()

    found, of_plan = await short(execute, fire)
    assert [one["shortage"] for one in found] == ["TOO_FEW_OFFICERS"]
    assert of_plan == 1
    town = next(t for t in stage.world.towns if t.owner.tenant_id == visit.tenant_id)
    seen = await execute(town.principal(), SHORT, {})
    assert len(seen["data"]["visitsShortOfOfficers"]["edges"]) == 1
    boss = Principal(
        "account:boss",
        Role.ENTERPRISE,
        stage.world.towns[0].scope("account:boss"),
        "企业",
        enterprise_id=visit.enterprise_id,
    )
    hidden = await execute(
        boss,
        "query($id: ID!) { node(id: $id) { ... on JointVisit { shortage } } }",
        {"id": found[0]["id"]},
    )
    assert hidden["data"]["node"] == {"shortage": None}
    stays = next(UUID(o) for o in visit.officer_ids if UUID(o) != leaving)
    team = [gid(await spare(stage, visit)), gid(stays)]
    change = """mutation($input: ChangeJointVisitTeamInput!) { changeJointVisitTeam(input: $input)
      { visit { shortage officerIds } errors { code message } } }"""
    wanted = {"visitId": found[0]["id"], "officerIds": team, "reason": "人员离任"}
    other = await execute(stage.world.department("gas"), change, {"input": wanted})
    assert other["data"]["changeJointVisitTeam"]["errors"][0]["code"] == "FORBIDDEN"
    alone = await execute(fire, change, {"input": {**wanted, "officerIds": team[:1]}})
    assert "TOO_FEW_OFFICERS" in alone["data"]["changeJointVisitTeam"]["errors"][0]["message"]
    done = await execute(fire, change, {"input": wanted})
    assert done["data"]["changeJointVisitTeam"]["errors"] == []
    assert done["data"]["changeJointVisitTeam"]["visit"]["shortage"] is None
    assert await short(execute, fire) == ([], 0)
    (noted,) = await stage.fetch("select entry from audit_entries where act = 'joint.team_changed'")
    assert "人员离任" in noted["entry"]
    await work()
    held = await stage.fetch("select officer_id from officer_reservations")
    assert {gid(row["officer_id"]) for row in held} == set(team)


@pytest.mark.parametrize("how", ["card", "leave", "skills", "body"])
async def test_each_way_to_lose_an_officer_shows_at_the_visit(
    stage: Stage, work: Any, execute: Any, how: str
) -> None:
    fire = stage.world.department("fire")
    visit = await booked(stage, work)
    team = [o for o in await stage.officers("fire") if str(o) in visit.officer_ids]
    for officer in team:
        if how == "card":
            await do(
                execute,
                fire,
                "renewOfficerCard",
                officerId=gid(officer),
                cardValidTo=str(visit.day - timedelta(days=1)),
            )
        elif how == "skills":
            await do(
                execute, fire, "changeOfficerSkills", officerId=gid(officer), skills=["general"]
            )
        elif how == "body":
            await do(
                execute,
                fire,
                "transferOfficer",
                officerId=gid(officer),
                bodyCode="gas",
                reason="轮岗",
            )
        else:
            absent = """mutation($input: EnterOfficerAbsenceInput!) {
              enterOfficerAbsence(input: $input) { errors { message } } }"""
            days = {"firstDay": str(visit.day), "lastDay": str(visit.day)}
            given = {"officerId": gid(officer), "kind": "LEAVE", **days}
            await execute(fire, absent, {"input": given})

    await work()

    found, _ = await short(execute, fire)
    lacks = {
        "card": "TOO_FEW_OFFICERS",
        "leave": "TOO_FEW_OFFICERS",
        "skills": "SKILL_MISSING",
        "body": "NO_LEAD_OFFICER",
    }
    assert [one["shortage"] for one in found] == [lacks[how]]


async def test_leave_taken_back_makes_the_team_whole_again(stage: Stage, work: Any) -> None:
    visit = await booked(stage, work)
    officer = await leader(stage, visit)
    async with tenant_transaction(stage.world.department_scope()):
        row = await Officer.get(id=officer)
        await OfficerAbsence.create(
            id=UUID(int=row.id.int ^ 1),
            tenant_id=row.tenant_id,
            district_id=row.district_id,
            officer_id=row.id,
            kind="LEAVE",
            first_day=visit.day,
            last_day=visit.day,
            entered_at=clock.now(),
        )
    district = stage.world.district_id

    assert [await teams.recount(district), await teams.recount(district)] == [1, 0]
    async with tenant_transaction(stage.world.department_scope()):
        assert (await JointVisit.get(id=visit.id)).shortage == "TOO_FEW_OFFICERS"
        await OfficerAbsence.filter(officer_id=officer).delete()

    assert await teams.recount(district) == 1
    async with tenant_transaction(stage.world.department_scope(), read_only=True):
        assert (await JointVisit.get(id=visit.id)).shortage == ""


async def test_a_replaced_officer_of_the_team_must_be_free(
    stage: Stage, work: Any, execute: Any
) -> None:
    visit = await booked(stage, work)
    busy = await spare(stage, visit)
    stays = await leader(stage, visit)
    async with tenant_transaction(stage.world.department_scope()) as transaction:
        await transaction.fetch(
            "insert into officer_reservations (id, tenant_id, district_id, officer_id, visit_id,"
            " starts_at, ends_at) select gen_random_uuid(), tenant_id, district_id, $1,"
            " gen_random_uuid(), starts_at, ends_at from officer_reservations limit 1",
            busy,
        )

        with pytest.raises(Conflict, match="at another visit at that time"):
            await teams.change_team(visit.lead_body_id, visit.id, [stays, busy], "换人换班")

    (row,) = await stage.visits()
    assert row.officer_ids == visit.officer_ids
    held = await stage.fetch(
        "select officer_id from officer_reservations where visit_id = $1", visit.id
    )
    assert {str(one["officer_id"]) for one in held} == set(visit.officer_ids)
    assert monday() <= row.day
