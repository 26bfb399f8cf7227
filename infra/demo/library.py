"""The libraries of the demo's bodies: what each has published that it may inspect."""

from datetime import timedelta
from uuid import UUID

from infra.demo.history import HISTORY_DAYS
from infra.demo.model import DemoPlan
from infra.demo.past import at_moment, office_hour
from infra.demo.steps import District, Index, each
from infra.demo.trades import DEPARTMENTS, TOWN_ITEMS
from service import clock
from service.joint.library import ItemTerms, in_force, publish_item
from tenants.scope import Owner
from tenants.wall import tenant_transaction

TITLES = {
    "commerce.responsibility": "安全生产责任制落实",
    "commerce.training": "从业人员安全培训",
    "commerce.oil-ledger": "成品油经营台账",
    "commerce.records": "经营备案与记录",
    "fire.evacuation": "疏散通道与安全出口",
    "fire.equipment": "消防设施与器材",
    "fire.power": "用电安全",
    "market.special-equipment": "特种设备使用登记与检验",
    "market.food": "食品经营场所",
    "market.licence": "证照公示",
    "emergency.chemicals": "危险化学品储存",
    "emergency.confined-space": "有限空间作业",
    "emergency.plan": "应急预案与演练",
    "urban.signboards": "户外招牌设置",
    "urban.waste": "餐厨垃圾收运",
    "gas.alarm": "可燃气体报警装置",
    "gas.hose": "燃气软管与阀门",
    "gas.cylinder": "气瓶存放",
    "general.daily": "日常安全检查",
    "general.hazard-ledger": "隐患排查台账",
    "town.signs": "安全警示标识",
    "emergency.exits": "安全出口畅通",
}
SHARED = ("emergency.exits",)
"""Items that several bodies look at."""
_EXTRA = {"commerce": ("commerce.records",)}
_TOWN = (*TOWN_ITEMS, "town.signs", *SHARED)


async def publish_libraries(plan: DemoPlan, district: District, known: Index) -> int:
    """Let every body publish its items, before the first inspection of the past year."""
    bodies = [
        (known.bodies[(d.code, None)], district.office, d.line, d.items + _EXTRA.get(d.code, ()))
        for d in DEPARTMENTS
    ]
    towns = [
        (known.bodies[("town", code)], owner, "general", _TOWN)
        for code, owner in district.towns.items()
        if ("town", code) in known.bodies
    ]
    with at_moment(office_hour(plan.today - timedelta(days=HISTORY_DAYS + 29), 600)):
        made = [
            await _publish(district, owner, body, skill, items)
            for body, owner, skill, items in bodies
        ]
        return sum(made) + await each(
            _publish(district, owner, body, skill, items) for body, owner, skill, items in towns
        )


async def _publish(
    district: District, owner: Owner, body: UUID, skill: str, items: tuple[str, ...]
) -> int:
    codes = dict.fromkeys((*items, *SHARED))
    town = next((code for code, other in district.towns.items() if other == owner), None)
    async with tenant_transaction(district.scope(town)):
        there = await in_force(body, clock.legal_day(clock.now()), list(codes))
        for code in codes:
            if code not in there:
                terms = ItemTerms(code, TITLES[code], "安全生产法第六十五条", skill, 30, 30)
                await publish_item(owner, body, terms)
    return len(codes) - len(there)
