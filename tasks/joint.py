"""Joint enforcement in the background: solve the plans that were asked for."""

from uuid import UUID

from service.joint import desk_work, solving, teams
from service.outbox import Event
from tasks.actors import answers, recurs

SOLVE_MS = 1800 * 1000


@answers("joint.solve", time_limit=SOLVE_MS)
async def solve(event: Event) -> None:
    """Solve one plan version."""
    await solving.solve_plan(event.owner.district_id, UUID(event.payload["plan"]))


@answers("joint.book")
async def book(event: Event) -> None:
    """Book for a town what it may not see the whole of."""
    await desk_work.book(event.owner, event.payload)


@answers("joint.free")
async def free(event: Event) -> None:
    """Free the officers of a released visit, or those whom others replaced."""
    await desk_work.free_officers(event.owner, UUID(event.payload["visit"]))


@answers("joint.recount_team")
async def recount_team(event: Event) -> None:
    """Look at the visits of an officer about whom something changed."""
    await teams.recount(event.owner.district_id, UUID(event.payload["officer"]))


@recurs("joint.recount_teams")
async def recount_teams() -> None:
    """Look at every announced visit whose team is not whole, or was not."""
    await teams.recount_everywhere()
