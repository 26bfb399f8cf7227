"""Standardisation in a town: certificates in every state, and shops whose posts conform or not."""

from collections.abc import Iterator
from datetime import timedelta

from infra.demo.stories import Shop, Story, Town
from service.standardisation import commands as certificates
from service.standardisation import conformity
from service.standardisation.conformity import Level, Wanted
from service.workdays.rules import YearNotPublished

YEARS3 = 3 * 365 + 1
ENDINGS = ("granted", "ending", "applied", "self-assessed", "published", "expired", "none")
"""What became of each enterprise above quota, in turn."""
ITEMS = (
    Wanted(Level.DISCIPLINE, "用电安全"),
    Wanted(Level.DISCIPLINE, "消防安全"),
    Wanted(Level.POST, "店长"),
    Wanted(Level.POST, "电工"),
    Wanted(Level.POST, "收银", required=False),
)


def standardisation(town: Town) -> Iterator[Story]:
    """One story for each enterprise above quota; the town told at length has every ending."""
    above = [shop for shop in town.shops if shop.plan.above_quota]
    for number, shop in enumerate(above[: 14 if town.at_length else 4]):
        ending = ENDINGS[number % len(ENDINGS)] if town.at_length else ENDINGS[number % 2]
        yield _certificate(town, shop, number, ending)
    for number, shop in enumerate(above[: 4 if town.at_length else 1]):
        yield _conformity(town, shop, passing=number % 2 == 0)


async def _certificate(town: Town, shop: Shop, number: int, ending: str) -> Story:
    if ending == "none":
        return
    label = f"演安标〔{town.code[-3:]}〕{number + 1}号"
    if ending in ("ending", "expired"):
        ago = YEARS3 - 25 - number if ending == "ending" else YEARS3 + 20
        yield town.on(180, "emergency")
        issued = town.day(ago)
        end = issued.replace(year=issued.year + 3) if issued.day < 29 else issued + timedelta(1096)
        await certificates.record(shop.enterprise, 3, label, issued, end)
        return
    start = 120 - number if ending == "granted" else 14
    yield town.on(start)
    row = (await certificates.apply(shop.enterprise, 3 - number % 2, town.day(start))).id
    if ending == "applied":
        return
    yield town.on(start - 2)
    await certificates.self_assess(row, 82, town.day(start - 2))
    if ending == "self-assessed":
        return
    yield town.on(start - 6, "emergency")
    await certificates.review(row, 79, town.day(start - 6))
    yield town.on(start - 8, "emergency")
    try:
        await certificates.publish(row, town.day(start - 8))
    except YearNotPublished:  # around a new year whose calendar nobody knows yet
        return
    if ending == "granted":
        yield town.on(start - 30, "emergency")
        await certificates.grant(row, label, town.day(start - 30))


async def _conformity(town: Town, shop: Shop, *, passing: bool) -> Story:
    yield town.on(100)
    items = await conformity.keep(shop.enterprise, ITEMS)
    yield town.on(60)
    for item in items:
        good = passing or item.name != "电工"
        note = "现场抽查合格" if good else "无特种作业证"
        await conformity.assess(item.id, passed=good, assessed_on=town.day(60), note=note)
