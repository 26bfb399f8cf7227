"""Work of responsibility that recurs: plates, warnings, duties and sessions that fall due."""

from service.assessments import commands as assessments
from service.duties import commands as duties
from service.guidance import warnings
from service.responsibility import housekeeping
from tasks.actors import recurs


@recurs("responsibility.withdraw_closed")
async def withdraw_closed() -> None:
    """Plates of premises that have closed are withdrawn by themselves."""
    await housekeeping.withdraw_closed_everywhere()


@recurs("guidance.warn")
async def warn() -> None:
    """Heads are warned before a month, a half year or the window of an event ends."""
    await warnings.warn_everywhere()


@recurs("duties.generate")
async def generate() -> None:
    """Duties of bodies whose period has begun are there to be filled in."""
    await duties.generate_everywhere()


@recurs("assessments.plan")
async def plan() -> None:
    """Periodic risk assessment sessions are planned when their period begins."""
    await assessments.plan_everywhere()
