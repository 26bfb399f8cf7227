"""Numbers of enforcement: lineage, null instead of 100 %, and what is never assessed."""

from typing import Any

from service.cases.rules import State
from service.inspections.records import Inspection
from service.inspections.rules import State as InspectionState
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.cases.conftest import Court, later
from tests.conftest import Execute
from tests.inspections.conftest import TODAY, Patrol

COUNTS = f"""{{ enforcementCounts(since: "{later(-30)}") {{ town {{ name }}
  measures {{ code numerator denominator value assessable }} }} }}"""


async def ask(execute: Execute, who: Principal) -> Any:
    answer = await execute(who, COUNTS)
    assert answer["errors"] == []
    return [
        {m["code"]: (m["numerator"], m["denominator"], m["value"]) for m in town["measures"]}
        for town in answer["data"]["enforcementCounts"]
    ]


async def test_the_committee_sees_numbers_of_every_town(court: Court, execute: Execute) -> None:
    patrol = Patrol(court.world, court.shop, court.officers)
    await court.at(State.CLOSED)
    await court.at(State.FILED)
    closed = await patrol.at(InspectionState.CLOSED)
    await patrol.at(InspectionState.NO_ISSUE)
    async with tenant_transaction(court.world.towns[0].scope()):
        await Inspection.filter(id=closed.id).update(rectify_until=later(-1))

    first, second = await ask(execute, court.world.committee())

    assert first["loop_closed"] == ("1", 1, 1.0)
    assert first["reinspect_on_time"] == ("1", 1, 1.0)
    assert first["clearance"] == ("1", 2, 0.5)
    assert first["online_rate"] == ("1", 2, 0.5)
    assert first["inspections"] == ("2", None, 2.0)
    assert first["nothing_found"] == ("1", 2, 0.5)
    assert first["fines_fen"] == ("1000000", None, 1_000_000.0)
    assert first["zero_body"] == ("0", None, 0.0)
    assert second["loop_closed"] == ("0", 0, None)
    assert second["online_rate"] == ("0", 0, None)
    assert second["zero_body"] == ("1", None, 1.0)


async def test_fines_and_counts_are_never_assessed(court: Court, execute: Execute) -> None:
    answer = await execute(court.world.committee(), COUNTS)

    for town in answer["data"]["enforcementCounts"]:
        assert {m["code"] for m in town["measures"] if m["assessable"]} == {
            "loop_closed", "reinspect_on_time", "clearance", "online_rate",
        }  # fmt: skip


async def test_a_town_counts_itself_and_an_enterprise_nothing(
    court: Court, execute: Execute
) -> None:
    party = court.member(Role.ENTERPRISE, "account:p", enterprise_id=court.shop.enterprise_id)

    assert len(await ask(execute, court.world.towns[0].principal())) == 1
    assert (await execute(party, COUNTS))["data"] is None
    assert later(-30) < TODAY
