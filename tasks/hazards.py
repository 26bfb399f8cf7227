"""Work of dual prevention that recurs: what falls overdue, and what is due for review."""

from service.hazards import overdue, ranking
from service.joint import queries as joint
from service.overview import commands as overview
from service.risks import commands as risks
from service.routine_checks import generation
from tasks.actors import recurs


@recurs("hazards.mark_overdue")
async def mark_overdue() -> None:
    """Hazards whose last day is over become overdue by themselves."""
    await overdue.mark_everywhere()


@recurs("hazards.rank")
async def rank() -> None:
    """The categories of yesterday's hazards are ranked in each town."""
    await ranking.rank_everywhere(joint.inspected_premises)


@recurs("risks.mark_review_due")
async def mark_review_due() -> None:
    """Assessments that have run out are due for review."""
    await risks.mark_everywhere()


@recurs("routine_checks.generate")
async def generate_checks() -> None:
    """Routine checks fall due and are missed by themselves."""
    await generation.everywhere()


@recurs("overview.repair")
async def repair_tallies() -> None:
    """The tallies of towns are compared with the rows they stand for."""
    await overview.repair_everywhere()
