"""Guidance through the schema: rights, rates, warnings by urgency, constant statements."""

from datetime import date, timedelta
from typing import Any

from strawberry import relay

from service import clock
from tenants.principal import Principal
from tenants.rights import Role
from tests.guidance.conftest import noon, visit
from tests.responsibility.conftest import TODAY, Hall

CHECK_IN = """mutation C($input: CheckInInput!) { checkIn(input: $input) {
  visit { id kind day flags counts distanceMetres hazards { source category } person { name } }
  errors { code path } } }"""
RATE = """mutation R($input: RateGuidanceInput!) { rateGuidance(input: $input) {
  visit { rating } errors { code } } }"""
DECLARE = """mutation D($input: DeclareKeyEventInput!) { declareKeyEvent(input: $input) {
  event { id kind windowFrom windowTo premises { name } } errors { code path } } }"""
VISITS = """query V($where: GuidanceVisitWhere) { guidanceVisits(where: $where) { totalCount
  edges { node { day person { name } premises { name } enterprise { name } hazards { id }
    evidenceIds } } } }"""
DUTIES = """query D($on: Date, $since: Date) { guidanceDuties(on: $on, since: $since) {
  half months dutyMonth { numerator denominator value } halfCover { numerator denominator value }
  special { value } towns { town { name } dutyMonth { numerator denominator }
    heads { person { name } monthly { value } halfCover { value } } } } }"""
WARNINGS = """query W($within: Int, $first: Int! = 20, $after: String) {
  dutyWarnings(withinDays: $within, first: $first, after: $after) { totalCount
    edges { node { duty dueOn daysLeft person { name } premises { name } event } }
    pageInfo { hasNextPage endCursor } } }"""


def gid(kind: str, identity: Any) -> str:
    return relay.to_base64(kind, str(identity))


def speaks_for(hall: Hall, enterprise_id: Any) -> Principal:
    scope = hall.world.towns[0].scope()
    return Principal("account:shop", Role.ENTERPRISE, scope, "店主", enterprise_id=enterprise_id)


async def test_an_officer_checks_in_and_the_enterprise_rates(hall: Hall, execute: Any) -> None:
    (shop, other), (mayor, _) = await hall.plated(shops=2)
    given = {
        "personId": gid("ResponsiblePerson", mayor.id),
        "premisesId": gid("Premises", shop.id),
        "capturedAt": (clock.now() - timedelta(hours=2)).isoformat(),
        "latitude": 29.7,
        "longitude": 106.5,
        "note": "已提醒",
        "findings": [{"category": "FIRE", "description": "通道堵塞"}],
    }
    officer = hall.world.towns[0].principal(Role.INSPECTOR)

    kept = (await execute(officer, CHECK_IN, {"input": given}))["data"]["checkIn"]

    assert kept["errors"] == []
    assert kept["visit"]["flags"] == ["FAR"]
    assert kept["visit"]["hazards"] == [{"source": "GUIDANCE", "category": "FIRE"}]
    own, stranger = speaks_for(hall, shop.enterprise_id), speaks_for(hall, other.enterprise_id)
    rating = {"input": {"visitId": kept["visit"]["id"], "rating": "SATISFIED"}}
    codes = [
        [e["code"] for e in (await execute(who, RATE, rating))["data"]["rateGuidance"]["errors"]]
        for who in (stranger, officer, own, own)
    ]
    assert codes == [["NOT_FOUND"], ["FORBIDDEN"], [], ["CONFLICT"]]
    seen = [(await execute(who, VISITS))["data"]["guidanceVisits"] for who in (own, stranger)]
    assert [one["totalCount"] for one in seen] == [1, 0]


async def test_who_may_not_visit_or_declare_is_refused(hall: Hall, execute: Any) -> None:
    (shop,), (mayor, _) = await hall.plated()
    given = {
        "personId": gid("ResponsiblePerson", mayor.id),
        "premisesId": gid("Premises", shop.id),
        "capturedAt": clock.now().isoformat(),
    }
    event = {"kind": "KEY_NODE", "title": "春节前", "at": noon(TODAY).isoformat()}
    department = hall.world.department("commerce")

    for principal in (hall.world.committee(), speaks_for(hall, shop.enterprise_id)):
        answer = await execute(principal, CHECK_IN, {"input": given})
        assert [e["code"] for e in answer["data"]["checkIn"]["errors"]] == ["FORBIDDEN"]
        answer = await execute(principal, DECLARE, {"input": event})
        assert [e["code"] for e in answer["data"]["declareKeyEvent"]["errors"]] == ["FORBIDDEN"]
    finding = {"findings": [{"category": "FIRE", "description": "x"}]}
    for more, codes in ((finding, ["FORBIDDEN"]), ({"latitude": 1.0}, ["INVALID"]), ({}, [])):
        answer = await execute(department, CHECK_IN, {"input": {**given, **more}})
        assert [e["code"] for e in answer["data"]["checkIn"]["errors"]] == codes
    town = hall.world.towns[0].principal()
    answer = await execute(town, DECLARE, {"input": event})
    assert answer["data"]["declareKeyEvent"]["errors"] == []
    for document in (DUTIES, WARNINGS):
        refused = await execute(speaks_for(hall, shop.enterprise_id), document)
        assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_committee_reads_the_rates_of_all_its_towns(
    hall: Hall, execute: Any, turn: Any
) -> None:
    halls = [hall, Hall(hall.world, town=1)]
    turn(date(2027, 6, 1))
    plated = [await one.plated() for one in halls]
    turn(date(2027, 9, 15))
    await visit(hall, plated[0][1][0], plated[0][0][0])

    answer = await execute(
        hall.world.committee(), DUTIES, {"since": "2027-08-01", "on": "2027-09-30"}
    )

    found = answer["data"]["guidanceDuties"]
    assert (found["half"], found["months"]) == ("2027-H2", ["2027-08", "2027-09"])
    assert found["dutyMonth"] == {"numerator": 1, "denominator": 8, "value": 0.125}
    assert found["halfCover"] == {"numerator": 1, "denominator": 4, "value": 0.25}
    assert found["special"]["value"] is None
    assert [one["dutyMonth"] for one in found["towns"]] == [
        {"numerator": 1, "denominator": 4},
        {"numerator": 0, "denominator": 4},
    ]
    assert sorted(one["monthly"]["value"] for one in found["towns"][0]["heads"]) == [0.0, 0.5]


async def test_warnings_are_paged_in_their_order(hall: Hall, execute: Any, turn: Any) -> None:
    turn(date(2027, 6, 1))
    await hall.plated(shops=3)
    turn(date(2027, 12, 31))
    town = hall.world.towns[0].principal()

    whole = (await execute(town, WARNINGS))["data"]["dutyWarnings"]
    paged: list[Any] = []
    after = None
    while True:
        answer = await execute(town, WARNINGS, {"first": 3, "after": after})
        one = answer["data"]["dutyWarnings"]
        paged += one["edges"]
        after = one["pageInfo"]["endCursor"]
        if not one["pageInfo"]["hasNextPage"]:
            break

    assert paged == whole["edges"]
    assert whole["totalCount"] == 8
    assert [e["node"]["duty"] for e in whole["edges"]] == ["MONTH"] * 2 + ["HALF"] * 6
    assert {e["node"]["daysLeft"] for e in whole["edges"]} == {0}
    assert all((e["node"]["premises"] is None) == (e["node"]["duty"] == "MONTH") for e in paged)
    broken = await execute(town, WARNINGS, {"after": "WzEsIjEiXQ"})
    assert broken["errors"][0]["extensions"]["code"] == "CURSOR"


async def test_lists_cost_the_same_whatever_their_length(
    hall: Hall, execute: Any, statements: list[str], turn: Any
) -> None:
    turn(date(2027, 6, 1))
    principal, costs = hall.world.towns[0].principal(), []
    for more in (1, 5):
        turn(date(2027, 6, 1))
        shops, (mayor, _) = await hall.plated(shops=more)
        turn(date(2027, 12, 30))
        for shop in shops:
            await visit(hall, mayor, shop)
        statements.clear()
        for document in (VISITS, DUTIES, WARNINGS):
            assert (await execute(principal, document))["errors"] == []
        costs.append(len(statements))

    assert costs[0] == costs[1]
