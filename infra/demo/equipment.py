"""Equipment in a town: in date, due soon, overdue and unfit, with the reports behind it."""

from collections.abc import Iterator

from infra.demo.stories import Shop, Story, Town
from service.assets import commands as assets
from service.assets.commands import Report

PIECES = (
    ("LIFT", "1号客梯", 300),
    ("FIRE_FACILITY", "自动消防设施", 345),
    ("LIGHTNING_PROTECTION", "屋面防雷装置", 380),
    ("GAS_ALARM", "厨房燃气报警器", 100),
    ("ESCALATOR", "东侧扶梯", 361),
    ("WORKSHOP_VEHICLE", "3吨叉车", 200),
)
"""Kind, name, and how many days ago it was inspected before it was entered."""


def equipment(town: Town) -> Iterator[Story]:
    """One story for each of some shops."""
    for number, shop in enumerate(town.shops[: 6 if town.at_length else 1]):
        yield _equipment(town, shop, number)


async def _equipment(town: Town, shop: Shop, number: int) -> Story:
    yield town.on(90)
    rows = []
    for piece, (kind, name, ago) in enumerate(PIECES[: 3 + number % 4]):
        serial = f"演{town.code[-3:]}-{shop.number}-{piece + 1}"
        row = await assets.register(
            shop.place, kind, name=name, serial=serial, last_checked_on=town.day(ago)
        )
        rows.append(row.id)
    yield town.on(30, "enterprise")
    report = Report(town.day(31), number % 3 != 2, "演示特检院", f"演检{shop.number:04d}")
    await assets.inspect(rows[0], report)
