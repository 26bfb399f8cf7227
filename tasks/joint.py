"""Joint enforcement in the background: solve the plans that were asked for."""

from uuid import UUID

from service.joint import solving
from service.outbox import Event
from tasks.actors import answers

SOLVE_MS = 1800 * 1000


@answers("joint.solve", time_limit=SOLVE_MS)
async def solve(event: Event) -> None:
    """Solve one plan version."""
    await solving.solve_plan(event.owner.district_id, UUID(event.payload["plan"]))
