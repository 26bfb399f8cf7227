"""The targets of a district as its rows and settings give them, checked against one another."""

from dataclasses import dataclass
from datetime import timedelta

from service import clock
from service.joint.planning.targets import (
    Coverage,
    Gap,
    MonthlyDuty,
    NoFullSpecial,
    Staff,
    Target,
    YearlyCap,
    conflict,
)
from service.joint.snapshot import limits_of, working_days
from service.officers.queries import certified
from service.officers.rules import MINIMUM_TEAM
from service.register.records import Premises
from tenants.scope import Owner

HALF_YEAR_DAYS = 182
VISITS_A_DAY = 5  # that an officer makes on a day in the field, as planned days show


@dataclass(frozen=True, slots=True)
class Policy:
    """What is asked for, beside what the law and the staff allow."""

    coverage: int
    guidance_counts: bool
    by_special: bool
    responsible_persons: int


async def contradiction(owner: Owner, policy: Policy) -> tuple[list[Target], tuple[Target, ...]]:
    """All targets, and the smallest set of them that cannot be kept together."""
    today = clock.legal_day(clock.now())
    limits = await limits_of(owner, today)
    premises = await Premises.filter(status="OPERATING").count()
    officers = len(await certified(today))
    days = len(await working_days(today, today + timedelta(days=HALF_YEAR_DAYS)))
    targets: list[Target] = [
        Coverage(policy.coverage, policy.guidance_counts),
        YearlyCap(limits.visits),
        Gap(limits.gap),
        Staff(officers, days * VISITS_A_DAY, MINIMUM_TEAM, premises),
    ]
    if policy.by_special:
        targets.append(NoFullSpecial())
    if policy.responsible_persons:
        targets.append(MonthlyDuty(policy.responsible_persons, premises))
    return targets, conflict(targets)
