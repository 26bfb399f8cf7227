"""A round of file reviews: drawn ten days ago, its files at every stage from drawn to corrected."""

from collections.abc import Sequence
from datetime import date, timedelta

from infra.demo.past import at_moment, office_hour
from infra.demo.steps import District
from service.case_reviews import commands, rounds
from service.case_reviews.commands import Reviewer
from service.case_reviews.records import ReviewedFile, ReviewRound
from service.case_reviews.rules import Finding
from service.errors import Invalid
from tenants.directory import department_scope, town_scope
from tenants.records import Body
from tenants.wall import tenant_transaction

PURPOSE = "区级行政执法案卷评查"
SEED = "03 09 14 22 27 33 + 11"
SLIGHT = (Finding("ARCHIVE", 2, "卷内目录缺页码"),)
GRAVE = (Finding("EVIDENCE", 12, "现场照片无制作说明"), Finding("LAW", 4, "裁量理由未写明"))


async def case_reviews(today: date, district: District) -> int:
    """The round and what became of its files; returns how many there are."""
    begun = today - timedelta(days=10)
    office = district.office
    committee = district.scope(None)
    wish = rounds.Wish(
        "上半年行政执法案卷评查",
        today - timedelta(days=200),
        begun,
        2,
        "双色球当期开奖号码",
        office_hour(begun, 600),
    )
    scope = await department_scope(office.district_id, "account:demo-office")
    with at_moment(office_hour(begun, 540)):
        async with tenant_transaction(scope):
            if await ReviewRound.filter(tenant_id=office.tenant_id).exists():
                return 0
            try:
                row = await rounds.commit(office, None, wish)
            except Invalid:  # a small district may have no closed file yet
                return 0
    with at_moment(office_hour(begun, 620)):
        async with tenant_transaction(committee):
            await rounds.draw(office, row.id, SEED)
        await rounds.open_drawn(office.district_id, row.id)
    async with tenant_transaction(scope, read_only=True):
        files = await ReviewedFile.filter(round_id=row.id).order_by("id")
        bodies = {b.code: b for b in await Body.filter(tenant_id=office.tenant_id)}
    for number, file in enumerate(files):
        panel = [b for b in bodies.values() if b.id != file.body_id]
        await _review(file, sorted(panel, key=lambda b: b.code), begun, number % 5)
    return len(files)


async def _review(file: ReviewedFile, panel: Sequence[Body], begun: date, stage: int) -> None:
    """Up to two scores; then the body objects, lets it stand, or corrects what was found."""
    if stage == 0:
        return
    for number, findings in enumerate((SLIGHT, GRAVE if stage == 4 else SLIGHT)[: 1 + (stage > 1)]):
        with at_moment(office_hour(begun + timedelta(days=2), 560 + 20 * number)):
            await _score(file, panel[number], findings)
    if stage != 3:
        return
    town = await town_scope(file.tenant_id, "account:demo-clerk")
    with at_moment(office_hour(begun + timedelta(days=4))):
        async with tenant_transaction(town):
            await commands.accept_result(file.id, file.body_id)
            await commands.correct(file.id, file.body_id, {"ARCHIVE": "已补齐页码并重新装订"})


async def _score(file: ReviewedFile, body: Body, findings: Sequence[Finding]) -> None:
    reviewer, actor = Reviewer(f"{body.name}评查员", body.id), f"account:demo-{body.code}"
    async with tenant_transaction(await department_scope(file.district_id, actor)):
        await commands.read(file.id, reviewer.name, PURPOSE)
        await commands.score(file.id, reviewer, findings, "程序合法，文书规范性有待提高")
