"""Measures and objections through the schema: who sees, who reports, who is refused."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from strawberry.relay import from_base64, to_base64

from service.blacklist.records import BlacklistCase
from service.outbox import OutboxEvent
from service.storage import store
from tenants.principal import PUBLIC, Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import Desk
from tests.blacklist.test_api import Officers
from tests.conftest import Execute, Work, World

LIST = """query($where: BlacklistMeasureWhere) { blacklistMeasures(where: $where) {
  totalCount edges { node { id measure state overdue executingBody { code }
  blacklistCase { partyName state } } } } }"""
OBJECT = """mutation($input: ObjectToBlacklistingInput!) { objectToBlacklisting(input: $input) {
  objection { id claim outcome } errors { code } } }"""
ANSWER = """mutation($input: AnswerBlacklistObjectionInput!) {
  answerBlacklistObjection(input: $input) {
    objection { outcome answer } blacklistCase { state } errors { code } } }"""
CONFIRM = """mutation($input: ConfirmMeasureLiftingInput!) { confirmMeasureLifting(input: $input) {
  measure { state } errors { code } } }"""


@pytest.fixture
async def officers(world: World, execute: Execute) -> AsyncIterator[Officers]:
    await store().create_buckets()
    yield Officers(Desk(world), execute)
    async with tenant_transaction(world.department_scope()):
        await OutboxEvent.filter(district_id=world.district_id).delete()


async def party(officers: Officers) -> Principal:
    """The enterprise that the case is about."""
    async with tenant_transaction(officers.desk.scope, read_only=True):
        case = await BlacklistCase.get(id=from_base64(officers.case)[1])
    town = officers.desk.world.towns[0].principal(Role.ENTERPRISE)
    return replace(town, enterprise_id=case.enterprise_id, body_id=None)


async def ask(execute: Execute, who: Principal, document: str, **values: Any) -> Any:
    answer = await execute(who, document, {"input": values})
    assert answer["errors"] == []
    (payload,) = answer["data"].values()
    return payload


async def test_an_executing_body_sees_its_order_and_confirms_the_lifting(
    officers: Officers, execute: Execute, work: Work
) -> None:
    await officers.published()
    await work()
    await officers.do("withdrawBlacklisting", reason="处罚决定被撤销")
    body = to_base64("Body", str(officers.desk.body))
    where = {"where": {"state": "LIFTING", "executingBodyId": body, "overdue": False}}
    department = officers.desk.world.department()
    listed = await execute(department, LIST, where)

    assert listed["errors"] == []
    (edge,) = listed["data"]["blacklistMeasures"]["edges"]
    assert edge["node"]["measure"] == "提高检查频次"
    assert edge["node"]["blacklistCase"]["state"] == "WITHDRAWN"

    act = {"measureId": edge["node"]["id"], "liftedOn": "2020-01-01", "note": "已解除"}
    refused = await ask(execute, officers.desk.world.towns[0].principal(), CONFIRM, **act)
    assert refused == {"measure": None, "errors": [{"code": "NOT_EXECUTING_BODY"}]}
    early = await ask(execute, department, CONFIRM, **act)
    assert early["errors"] == [{"code": "INVALID"}]


async def test_a_party_objects_and_is_answered(
    officers: Officers, execute: Execute, work: Work
) -> None:
    await officers.published()
    await work()
    who, town = await party(officers), officers.desk.world.towns[0].principal()
    given = {"caseId": officers.case, "claim": "事由与处罚决定不符"}

    assert (await ask(execute, town, OBJECT, **given))["errors"] == [{"code": "FORBIDDEN"}]
    lodged = await ask(execute, who, OBJECT, **given)
    assert (lodged["errors"], lodged["objection"]["outcome"]) == ([], None)
    assert (await ask(execute, who, OBJECT, **given))["errors"] == [{"code": "CONFLICT"}]

    reply = {"objectionId": lodged["objection"]["id"], "outcome": "REFUSED", "answer": "与决定一致"}
    assert (await ask(execute, who, ANSWER, **reply))["errors"] == [{"code": "FORBIDDEN"}]
    answered = await ask(execute, officers.desk.world.department(), ANSWER, **reply)
    assert answered == {
        "objection": {"outcome": "REFUSED", "answer": "与决定一致"},
        "blacklistCase": {"state": "PUBLISHED"},
        "errors": [],
    }


async def test_others_see_no_more_than_they_may(
    officers: Officers, execute: Execute, work: Work
) -> None:
    await officers.published()
    await work()
    who = await party(officers)
    stranger = replace(who, enterprise_id=officers.desk.world.towns[0].owner.tenant_id)
    seen = {}
    for name, principal in (("party", who), ("stranger", stranger)):
        answer = await execute(principal, LIST, {})
        seen[name] = answer["data"]["blacklistMeasures"]["totalCount"]
    committee = await execute(officers.desk.world.committee(), LIST, {})
    public = await execute(PUBLIC, LIST, {})

    assert seen == {"party": 1, "stranger": 0}
    (edge,) = committee["data"]["blacklistMeasures"]["edges"]
    assert edge["node"]["blacklistCase"]["partyName"] is None
    assert [one["extensions"]["code"] for one in public["errors"]] == ["FORBIDDEN"]
