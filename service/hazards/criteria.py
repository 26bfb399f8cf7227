"""Criteria of major hazards (重大事故隐患判定标准) as dated data: which hold on which day.

`confirmed=False` marks what could not be checked against the promulgated text; an operator
should check it before relying on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from service.errors import SafetyError
from service.hazards.rules import Category


class NoCriterion(SafetyError):
    """No criterion of this code is in force on this day."""

    code = "NO_RULE_IN_FORCE"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One ground on which a hazard is major.

    In force from `valid_from` up to the day before `valid_to`.
    """

    code: str
    version: str
    category: Category
    text: str
    source: str
    valid_from: date
    valid_to: date | None = None
    confirmed: bool = True

    def holds(self, day: date) -> bool:
        """Whether the criterion governs a hazard found on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


C = Category
ORDER_10 = date(2023, 5, 15)  # 应急管理部令第10号 in force
_10 = "工贸企业重大事故隐患判定标准 (应急管理部令第10号)"

CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "MANAGEMENT_CONTRACTORS",
        "2023",
        C.MANAGEMENT,
        "未对承包单位、承租单位的安全生产工作统一协调、管理，或者未定期进行安全检查",
        f"{_10} art. 3",
        ORDER_10,
    ),
    Criterion(
        "MANAGEMENT_SPECIAL_WORK",
        "2023",
        C.MANAGEMENT,
        "特种作业人员未取得相应资格上岗作业",
        f"{_10} art. 3",
        ORDER_10,
    ),
    Criterion(
        "MANAGEMENT_METAL_SMELTING",
        "2023",
        C.MANAGEMENT,
        "金属冶炼企业主要负责人、安全生产管理人员未经考核合格",
        f"{_10} art. 3",
        ORDER_10,
    ),
    Criterion(
        "DUST_EXPLOSION",
        "2023",
        C.DUST,
        "存在粉尘爆炸危险，且有标准所列情形之一",
        f"{_10} art. 11",
        ORDER_10,
        confirmed=False,
    ),
    Criterion(
        "AMMONIA_AIR_CONDITIONING",
        "2023",
        C.AMMONIA,
        "人员较多生产场所的空调系统采用氨直接蒸发制冷",
        f"{_10} art. 12",
        ORDER_10,
        confirmed=False,
    ),
    Criterion(
        "AMMONIA_QUICK_FREEZING",
        "2023",
        C.AMMONIA,
        "快速冻结装置未设置在单独的作业间内，或者作业间内作业人员超过9人",
        f"{_10} art. 12",
        ORDER_10,
        confirmed=False,
    ),
    Criterion(
        "CONFINED_SPACE_LEDGER",
        "2023",
        C.CONFINED_SPACE,
        "未对有限空间进行辨识、建立安全管理台账，并且未设置明显的安全警示标志",
        f"{_10} art. 13",
        ORDER_10,
        confirmed=False,
    ),
    Criterion(
        "CONFINED_SPACE_PERMIT",
        "2023",
        C.CONFINED_SPACE,
        "未落实有限空间作业审批，或者未先通风、再检测、后作业，或者现场未设置监护人员",
        f"{_10} art. 13",
        ORDER_10,
        confirmed=False,
    ),
    Criterion(
        "FIRE",
        "2017",
        C.FIRE,
        "按直接判定要素或者综合判定要素判定为重大火灾隐患",
        "GB 35181-2017",
        date(2018, 7, 1),
        date(2025, 11, 1),
        confirmed=False,
    ),
    Criterion(
        "FIRE",
        "2025",
        C.FIRE,
        "按直接判定要素或者综合判定要素判定为重大火灾隐患，含多业态混合生产经营场所",
        "GB 35181-2025",
        date(2025, 11, 1),
    ),
    Criterion(
        "GAS",
        "2023",
        C.GAS,
        "城镇燃气经营安全重大隐患判定标准所列情形",
        "建城规〔2023〕4号",
        date(2023, 10, 1),
        confirmed=False,
    ),
    Criterion(
        "SPECIAL_EQUIPMENT",
        "2024",
        C.SPECIAL_EQUIPMENT,
        "特种设备重大事故隐患判定准则所列情形",
        "GB 45067-2024",
        date(2024, 12, 1),
        confirmed=False,
    ),
)


def criteria_on(day: date, criteria: Iterable[Criterion] = CRITERIA) -> list[Criterion]:
    """Criteria in force on `day`, in the order of the table."""
    return [one for one in criteria if one.holds(day)]


def criterion(code: str, day: date, criteria: Iterable[Criterion] = CRITERIA) -> Criterion:
    """The criterion that governs a hazard found on `day`; of several the one that came last.

    Raises:
        NoCriterion: none of this code was in force.
    """
    found = [one for one in criteria if one.code == code and one.holds(day)]
    if not found:
        raise NoCriterion(
            f"no criterion {code} is in force on {day}; see majorHazardCriteria",
            path=("input", "criterion"),
        )
    return max(found, key=lambda one: one.valid_from)
