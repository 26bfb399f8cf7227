"""The duty list, the seven duties and the statements, in the database and through the schema."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from strawberry import relay

from service.duties import commands, enterprise, queries
from service.duties.records import DutyItem, DutyRecord, ResponsibilityStatement
from service.duties.rules import EvidenceKind, Frequency, NotYours, TooEarly, state_of
from service.errors import Conflict, Invalid, NotFound
from tenants.principal import Principal
from tenants.rights import Role
from tenants.scope import Scope
from tenants.wall import current, tenant_transaction
from tests.responsibility.conftest import Hall

JANUARY = date(2028, 1, 1)


def office(hall: Hall) -> Scope:
    return Scope.of_tenant(hall.world.office, "account:committee")


async def item(hall: Hall, body_id: UUID, frequency: Frequency = Frequency.MONTH) -> DutyItem:
    async with tenant_transaction(office(hall)):
        return await commands.add_item(
            hall.world.office,
            body_id=body_id,
            title="召开安全生产例会",
            basis="渝北安委〔2022〕15号",
            frequency=frequency,
            evidence_kind=EvidenceKind.MINUTES,
            valid_from=JANUARY,
        )


async def fill(hall: Hall, one: DutyItem, first: date, body: UUID | None = None) -> DutyRecord:
    row: DutyRecord = await hall.do(
        commands.fill, one.id, first, body or one.body_id, note="已召开", reference="纪要1号"
    )
    return row


async def rates(hall: Hall, until: date, today: date) -> dict[UUID, tuple[int, int]]:
    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        found = await queries.duty_rates(JANUARY, until, today)
    return {body: (one.numerator, one.denominator) for body, one in found.items()}


async def records(hall: Hall) -> list[DutyRecord]:
    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        return await DutyRecord.filter(tenant_id=hall.owner.tenant_id).order_by("due_on")


async def test_a_missed_run_is_made_up_and_what_was_missed_stays_missed(
    hall: Hall, turn: Any
) -> None:
    turn(date(2027, 12, 20))
    town = hall.world.towns[0].body_id
    one = await item(hall, town)
    turn(date(2028, 1, 10))
    await hall.do(commands.generate, hall.owner)
    await fill(hall, one, JANUARY)
    # No run in February; that of March makes both.
    turn(date(2028, 3, 2))
    assert await hall.do(commands.generate, hall.owner) == 2
    assert await hall.do(commands.generate, hall.owner) == 0
    await fill(hall, one, date(2028, 2, 1))

    found = await records(hall)
    today = date(2028, 3, 2)
    assert [state_of(row.due_on, row.done_on, today).value for row in found] == [
        "DONE", "LATE", "DUE",
    ]  # fmt: skip
    assert found[1].due_on == date(2028, 2, 29)
    assert await rates(hall, date(2028, 3, 31), today) == {town: (1, 2)}


async def test_rates_count_what_is_due_and_not_the_rows_that_exist(hall: Hall, turn: Any) -> None:
    turn(date(2027, 12, 20))
    town, fire = hall.world.towns[0].body_id, hall.world.departments["fire"]
    await item(hall, town)
    await item(hall, fire, Frequency.QUARTER)

    assert await records(hall) == []
    today = date(2028, 7, 1)
    turn(today)
    assert await rates(hall, date(2028, 6, 30), today) == {town: (0, 6), fire: (0, 2)}
    assert await rates(hall, JANUARY, JANUARY) == {town: (0, 0), fire: (0, 0)}


async def test_only_the_body_itself_fills_in_and_only_what_is_due(hall: Hall, turn: Any) -> None:
    turn(date(2027, 12, 20))
    town = hall.world.towns[0].body_id
    one = await item(hall, town)
    turn(date(2028, 1, 31))

    with pytest.raises(NotYours):
        await fill(hall, one, JANUARY, hall.world.towns[1].body_id)
    with pytest.raises(TooEarly):
        await fill(hall, one, date(2028, 2, 1))
    for never in (date(2027, 12, 1), date(2028, 1, 2)):
        with pytest.raises(NotFound):
            await fill(hall, one, never)
    with pytest.raises(Invalid):
        await hall.do(commands.fill, one.id, JANUARY, town, note=" ", reference="")
    assert [row.done_on for row in await records(hall)] in ([], [None])
    await fill(hall, one, JANUARY)
    with pytest.raises(Conflict):
        await fill(hall, one, JANUARY)
    assert [row.done_on for row in await records(hall)] == [date(2028, 1, 31)]


async def test_the_list_is_written_by_the_office_alone(hall: Hall, turn: Any) -> None:
    turn(date(2027, 12, 20))
    one = await item(hall, hall.world.towns[0].body_id)

    with pytest.raises(NotFound):
        await hall.do(commands.end_item, one.id, JANUARY)
    with pytest.raises(Exception, match="permission denied"):
        async with tenant_transaction(office(hall)):
            await current().fetch("update duty_items set title = '别的'")
    async with tenant_transaction(office(hall)):
        with pytest.raises(Invalid, match="past"):
            await commands.end_item(one.id, date(2027, 12, 1))
        await commands.end_item(one.id, date(2028, 2, 1))
    assert await rates(hall, date(2028, 6, 30), date(2028, 7, 1)) == {one.body_id: (0, 1)}
    # Every town of the district reads the list.
    async with tenant_transaction(hall.world.towns[1].scope(), read_only=True):
        assert await DutyItem.filter(id=one.id).exists()


async def test_the_seven_duties_are_ticked_once_a_year(hall: Hall, turn: Any) -> None:
    turn(date(2028, 5, 1))
    shop, other = await hall.shop(), await hall.shop()
    for number in (1, 5, 7):
        await hall.do(enterprise.fulfil, shop.enterprise_id, number, date(2028, 4, 1), "已完成")
    await hall.do(enterprise.fulfil, shop.enterprise_id, 1, date(2027, 4, 1), "上年")

    for number, day, party, refusal in (
        (1, date(2028, 1, 1), None, Conflict),
        (8, date(2028, 1, 1), None, Invalid),
        (2, date(2028, 5, 2), None, Invalid),
        (2, date(2028, 5, 1), other.enterprise_id, NotFound),
    ):
        with pytest.raises(refusal):
            await hall.do(enterprise.fulfil, shop.enterprise_id, number, day, "x", party)
    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        town = await queries.principal_rates(2028)
        own = await queries.principal_rates(2028, shop.enterprise_id)
        texts = await queries.seven_duties(date(2028, 1, 1))
    assert (town[hall.owner.tenant_id].numerator, town[hall.owner.tenant_id].denominator) == (3, 14)
    assert own[hall.owner.tenant_id].value == 3 / 7
    assert [one.number for one in texts] == list(range(1, 8))
    assert "双重预防" in texts[4].text


async def test_one_statement_of_a_post_is_in_force(hall: Hall, turn: Any) -> None:
    turn(date(2028, 5, 1))
    shop = await hall.shop()
    posts = [
        await hall.do(enterprise.open_post, shop.enterprise_id, name, date(2028, 1, 1))
        for name in ("店长", "收银员", "电工")
    ]
    said = {"holder": "周示例", "content": "负责本岗位安全", "assessment": "按月考核"}

    async def sign(post: Any, day: date, **more: Any) -> Any:
        return await hall.do(enterprise.sign, post.id, **{**said, "signed_on": day, **more})

    await sign(posts[0], date(2028, 2, 1))
    await sign(posts[0], date(2028, 4, 1), holder="吴示例")
    await sign(posts[1], date(2028, 4, 1))
    for more, refusal in (
        ({"assessment": " "}, Invalid),
        ({"day": date(2028, 5, 2)}, Invalid),
        ({"party": (await hall.shop()).enterprise_id}, NotFound),
    ):
        with pytest.raises(refusal):
            await sign(posts[2], **{"day": date(2028, 4, 1), **more})
    with pytest.raises(Invalid, match="later one"):
        await sign(posts[0], date(2028, 3, 1))
    await hall.do(enterprise.close_post, posts[1].id)
    with pytest.raises(Conflict):
        await sign(posts[1], date(2028, 4, 2))

    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        found = (await queries.signed_rates(date(2028, 5, 1)))[hall.owner.tenant_id]
        rows = await ResponsibilityStatement.filter(tenant_id=hall.owner.tenant_id)
    assert (found.numerator, found.denominator) == (1, 2)
    assert sorted(row.holder for row in rows if row.ended_on is None) == ["吴示例"]
    assert len(rows) == 3


ADD = """mutation A($input: AddDutyItemInput!) { addDutyItem(input: $input) {
  item { id title frequency body { name } } errors { code } } }"""
FILL = """mutation F($input: FillDutyRecordInput!) { fillDutyRecord(input: $input) {
  record { state doneOn item { title } } errors { code } } }"""
RATES = """{ dutyRates(since: "2028-01-01", until: "2028-02-29") { body { name }
  dutyRate { numerator denominator value } } }"""
FULFIL = """mutation P($input: FulfilPrincipalDutyInput!) { fulfilPrincipalDuty(input: $input) {
  duty { year duty enterprise { name } } errors { code } } }"""
COUNTS = "{ unitDutyCounts(year: 2028) { town { name } principalDuty { numerator denominator } } }"


async def test_the_committee_keeps_the_list_and_bodies_fill_it(
    hall: Hall, execute: Any, turn: Any
) -> None:
    turn(date(2027, 12, 20))
    town = hall.world.towns[0]
    given = {
        "bodyId": relay.to_base64("Body", str(town.body_id)),
        "title": "例会",
        "basis": "清单",
        "frequency": "MONTH",
        "evidenceKind": "MINUTES",
        "validFrom": "2028-01-01",
    }
    committee = hall.world.committee()

    refused = await execute(town.principal(), ADD, {"input": given})
    added = (await execute(committee, ADD, {"input": given}))["data"]["addDutyItem"]
    turn(date(2028, 2, 10))
    record = {"itemId": added["item"]["id"], "periodFirst": "2028-02-01", "note": "已召开"}
    codes = [
        [e["code"] for e in answer["data"]["fillDutyRecord"]["errors"]]
        for answer in [
            await execute(who, FILL, {"input": record})
            for who in (committee, hall.world.towns[1].principal(), town.principal())
        ]
    ]

    assert [e["code"] for e in refused["data"]["addDutyItem"]["errors"]] == ["FORBIDDEN"]
    assert added["errors"] == []
    assert codes == [["FORBIDDEN"], ["NOT_YOURS"], []]
    turn(date(2028, 3, 1))
    found = (await execute(committee, RATES))["data"]["dutyRates"]
    assert [one["dutyRate"] for one in found] == [{"numerator": 1, "denominator": 2, "value": 0.5}]


async def test_an_enterprise_ticks_its_own_and_the_committee_reads_numbers(
    hall: Hall, execute: Any, turn: Any
) -> None:
    turn(date(2028, 5, 1))
    shop, other = await hall.shop(), await hall.shop()
    scope = hall.world.towns[0].scope()
    party = Principal(
        "account:shop", Role.ENTERPRISE, scope, "店主", enterprise_id=shop.enterprise_id
    )

    async def tick(who: Any, premises: Any) -> list[str]:
        given = {
            "enterpriseId": relay.to_base64("Enterprise", str(premises.enterprise_id)),
            "duty": 3,
            "fulfilledOn": "2028-04-01",
            "note": "培训计划已实施",
        }
        answer = await execute(who, FULFIL, {"input": given})
        return [e["code"] for e in answer["data"]["fulfilPrincipalDuty"]["errors"]]

    assert await tick(party, other) == ["NOT_FOUND"]
    assert await tick(hall.world.committee(), shop) == ["FORBIDDEN"]
    assert await tick(party, shop) == []
    mine = (await execute(party, COUNTS))["data"]["unitDutyCounts"]
    across = (await execute(hall.world.committee(), COUNTS))["data"]["unitDutyCounts"]
    assert mine[0]["principalDuty"] == {"numerator": 1, "denominator": 7}
    assert [one["principalDuty"]["denominator"] for one in across] == [14, 0]
