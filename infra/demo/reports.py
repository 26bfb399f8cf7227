"""What the public reports to 12350 in the demo's town: one of each state."""

from io import BytesIO
from uuid import UUID

from PIL import Image, ImageDraw

from infra.demo.names import person
from infra.demo.stories import Story, Town
from service.hazards.rules import Category
from service.reports import commands, rewards
from service.reports.photos import clean
from service.reports.rules import Channel, Finding, Ground, Merit

TOLD = (
    (Category.FIRE, "后门安全出口夜间上锁"),
    (Category.GAS, "燃气软管老化，有异味"),
    (Category.ELECTRICAL, "配电箱敞开，电线裸露"),
    (Category.OTHER, "夜间施工噪声"),
    (Category.FIRE, "疏散通道堆放货物"),
)


def reports(town: Town) -> list[Story]:
    """Five reports: rewarded, being verified, accepted, turned away, just received."""
    return [_report(town, number) for number in range(len(TOLD))] if town.shops else []


async def _report(town: Town, number: int) -> Story:
    category, text = TOLD[number]
    ago = 40 - 8 * number
    shop = town.shops[number % len(town.shops)]
    yield town.on(ago, "public")
    named = {"name": person(town.rng), "phone": f"0000000{number:04d}"} if number < 2 else None
    told = commands.Told(category, shop.plan.premises[0].address, text, number == 0, named)
    nonce = f"demo {town.code} {number}"
    photos = await clean([_photo(number)]) if number in (1, 4) else []
    row, code = await commands.submit(town.owner, Channel.WEB, told, nonce=nonce, photos=photos)
    if number == len(TOLD) - 1:
        return
    yield town.on(ago - 1, "hotline")
    if category is Category.OTHER:
        await commands.reject(row.id, "不属于安全生产举报范围，已告知向城管部门反映")
        return
    await commands.accept(row.id)
    if number == 2:
        return
    yield town.on(ago - 2, "hotline")
    await commands.transfer(row.id, shop.place)
    if number == 1:
        return
    async for moment in _rewarded(town, row.id, code, ago):
        yield moment


def _photo(number: int) -> bytes:
    """A picture of what is told: cartons before a door, as somebody may have taken it."""
    picture = Image.new("RGB", (960, 720), "#9aa4ad")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((330, 90, 630, 640), fill="#5b6570", outline="#3b444d", width=8)
    draw.rectangle((430, 20, 530, 70), fill="#2e9e5b")
    for step in range(5 + number):
        left, top = 140 + step * 130 % 640, 640 - step // 4 * 130
        draw.rectangle(
            (left, top - 120, left + 120, top), fill="#b98a54", outline="#6e4f2a", width=4
        )
    out = BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


async def _rewarded(town: Town, report: UUID, code: str, ago: int) -> Story:
    yield town.on(ago - 5, "officer")
    await commands.verify(report, Finding.TRUE, "现场核查，后门上锁，已当场打开")
    yield town.on(ago - 6, "clerk")
    await commands.answer(report, "经查属实，已责令立即改正，感谢您的监督")
    yield town.on(ago - 8, "hotline")
    await rewards.reckon(report, Merit(Ground.ORDINARY, insider=True))
    yield town.on(ago - 9, "head")
    await rewards.approve(report)
    yield town.on(ago - 15, "hotline")
    await rewards.pay(report, code)
    await commands.record_survey(town.owner, town.day(ago - 15), 200, 137, "街头问卷")
