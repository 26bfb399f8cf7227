"""Responsibility, told by its people: three names on a plate, a visit on site, and what is owed.

The town enters its two heads and the shop's own, and the plate at the door says who answers.
Guidance is recorded with time and place, and uses up no inspection.
"""

from datetime import timedelta
from typing import Any

import pytest

from service.clock import legal_day, now

pytestmark = pytest.mark.timeout(300)  # the first of them seeds a district

TODAY = legal_day(now())


async def test_from_the_plate_to_the_visit_and_what_is_owed(sign_in: Any, public: Any) -> None:
    town, committee = await sign_in("town-admin"), await sign_in("committee")
    enrolled = await town.act("EnrolEnterprise", name="挂牌示例超市", alternateId="990112600008001")
    enterprise = enrolled["enterprise"]["id"]
    added = await town.act(
        "AddPremises",
        enterpriseId=enterprise,
        name="挂牌示例超市",
        address="测试大道 8 号",
        latitude=29.72,
        longitude=106.63,
    )
    premises = added["premises"]["id"]

    async def enter(name: str, office: str, **more: Any) -> str:
        entered = await town.act(
            "EnterResponsiblePerson",
            name=name,
            office=office,
            organisation="演示单位",
            inOfficeFrom=(TODAY - timedelta(days=30)).isoformat(),
            **more,
        )
        person: str = entered["person"]["id"]
        return person

    admin = await enter("岚示一", "副主任")
    industry = await enter("岚示二", "商务办主任")
    await enter("岚示三", "店长", enterpriseId=enterprise)

    # A preview says what would change; then the plate goes up.
    heads = {"adminHeadId": admin, "industryHeadId": industry}
    chosen = {"where": {"premisesIds": [premises]}, "heads": heads}
    preview = await town.act("AssignPlates", preview=True, **chosen)
    assert preview["changes"]["new"] == 1
    await town.act("AssignPlates", reason="首次挂牌", **chosen)
    plates = await town.ask("ResponsibilityPlates", where={"premisesId": premises})
    (plate,) = [edge["node"] for edge in plates["edges"]]
    assert (plate["version"], plate["adminHead"]["name"]) == (1, "岚示一")

    # Whoever scans the code at the door reads who answers, without an account.
    page = await public.http.get(plate["publicUrl"])
    assert page.status_code == 200
    assert "岚示一" in page.text
    assert "岚示三" in page.text

    # The head was there an hour ago, where the shop is.
    visited = await town.act(
        "CheckIn",
        personId=admin,
        premisesId=premises,
        capturedAt=(now() - timedelta(hours=1)).isoformat(),
        latitude=29.72,
        longitude=106.63,
        note="已提醒保持疏散通道畅通",
    )
    assert (visited["visit"]["kind"], visited["visit"]["flags"]) == ("GUIDANCE", [])

    # Town and committee read what heads still owe, and the committee what no plate covers.
    owed = await town.ask("DutyWarnings", withinDays=200)
    assert owed["totalCount"] > 0
    answer = await committee.send("ResponsibilityHoles")
    assert answer["data"]["responsibilityHoles"]["totalCount"] > 0
