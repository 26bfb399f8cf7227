"""First steps: sign in to a town, enrol an enterprise, add its premises, find it again."""

from typing import Any

import pytest

pytestmark = pytest.mark.timeout(300)  # the first of them seeds a district

CODE = "92990112MA5U00AK5"


async def test_a_town_enrols_an_enterprise_and_its_neighbour_sees_nothing(
    public: Any, sign_in: Any
) -> None:
    town = await sign_in("town-admin")

    # The number of an old licence identifies a business that has no credit code.
    payload = await town.act(
        "EnrolEnterprise",
        name="晨光副食店",
        alternateId="990112600000001",
        risk="YELLOW",
        idempotencyKey="journey-register-1",
    )
    enterprise = payload["enterprise"]
    assert enterprise["risk"] == "YELLOW"

    # Sent again under the same key, as after a broken connection: one enterprise, one answer.
    again = await town.act(
        "EnrolEnterprise",
        name="晨光副食店",
        alternateId="990112600000001",
        risk="YELLOW",
        idempotencyKey="journey-register-1",
    )
    assert again == payload

    premises = await town.act(
        "AddPremises",
        enterpriseId=enterprise["id"],
        name="晨光副食店一店",
        address="测试路 1 号",
        latitude=29.72,
        longitude=106.63,
    )

    found = await town.ask("Enterprises", where={"search": "晨光"})
    assert found["totalCount"] == 1
    (edge,) = found["edges"]
    assert edge["node"]["id"] == enterprise["id"]
    assert [p["id"] for p in edge["node"]["premises"]] == [premises["premises"]["id"]]

    # A credit code with a wrong check digit is refused, with the field at fault.
    assert await town.refused("EnrolEnterprise", name="无此店", creditCode=CODE + "X") == "INVALID"
    assert (await town.ask("Enterprises", where={"search": "无此店"}))["totalCount"] == 0

    # The public is nobody's member: the register is closed to it.
    answer = await public.send("Enterprises", where={"search": "晨光"})
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
