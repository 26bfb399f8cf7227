"""The life of the towns: everything that the day-to-day work of the capabilities leaves behind."""

from infra.demo.case_reviews import case_reviews
from infra.demo.daily import assessments, mishaps, posts, register
from infra.demo.enforcement import inspections, prosecutions
from infra.demo.equipment import equipment
from infra.demo.heads import events, heads
from infra.demo.model import DemoPlan
from infra.demo.office import office
from infra.demo.past import at_moment, office_hour
from infra.demo.plan import SHOWN_TOWN
from infra.demo.prevention import hazard_stories, listings, risk_points
from infra.demo.reports import reports
from infra.demo.standard import standardisation
from infra.demo.steps import ACTOR, District, Index, each
from infra.demo.stories import Story, Town, tell, town_of
from service.assets import commands as assets
from service.hazards import overdue as hazards_overdue
from service.responsibility.records import ResponsiblePerson
from service.risks.commands import mark_review_due
from service.standardisation import ending
from service.supervision import overdue as supervision_overdue
from service.workdays.queries import calendar
from tenants.directory import department_scope
from tenants.scope import Scope
from tenants.wall import tenant_transaction

SMALL = 3
"""Towns of the smallest demo whose life is told; the others stay bare."""


async def life(plan: DemoPlan, district: District, known: Index) -> int:
    """Tell the life of the towns, then let what ran out fall due; how many acts."""
    scope = await department_scope(district.office.district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        days = await calendar()
    codes = [SHOWN_TOWN, *(code for code in sorted(district.towns) if code != SHOWN_TOWN)]
    if plan.size == "S":
        codes = codes[:SMALL]
    towns = [
        town_of(plan, district, known, code, days, length=code == SHOWN_TOWN) for code in codes
    ]
    told = await each(_live(scope, town) for town in towns)
    told += await office(plan, district, known)
    told += await case_reviews(plan.today, district)
    with at_moment(office_hour(plan.today, 450)):
        for mark in (
            hazards_overdue.mark_overdue,
            supervision_overdue.mark_overdue,
            mark_review_due,
        ):
            await mark(district.office.district_id, plan.today)
    return told


async def _live(scope: Scope, town: Town) -> int:
    """One town, whole or not at all, so that a seeding that broke off goes on."""
    async with tenant_transaction(scope):
        if await ResponsiblePerson.filter(tenant_id=town.owner.tenant_id).exists():
            return 0
        told = await tell(_stories(town))
        with at_moment(office_hour(town.today, 450)):
            await ending.follow(town.owner, town.today)
            await assets.follow(town.owner, town.today)
        return told


def _stories(town: Town) -> list[Story]:
    shops = town.shops[:8] if town.at_length else town.shops[:1]
    return [
        heads(town),
        events(town),
        *(risk_points(town, shop, 7 if town.at_length else 3) for shop in shops),
        *hazard_stories(town),
        *listings(town),
        register(town),
        *standardisation(town),
        *equipment(town),
        assessments(town),
        *(
            posts(town, shop)
            for shop in town.shops[: (1 if town.small else 3) if town.at_length else 0]
        ),
        *mishaps(town),
        *inspections(town),
        *prosecutions(town),
        *(reports(town) if town.at_length else ()),
    ]
