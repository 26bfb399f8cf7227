"""The hazards of an enterprise, as a field of the enterprise."""

import strawberry

from api.context import Info
from api.declared import Below, planned
from api.hazards import HAZARD_READS, Hazard, own_line
from api.paging import PAGE_DEFAULT, After, Connection, First
from api.register import Enterprise
from api.reverse import adds_to, page_of
from service.hazards import records
from tenants.rights import Right, Subject


@adds_to(Enterprise)
class HazardsOfEnterprise:
    """See `api.reverse`."""

    @strawberry.field(
        description="Hazards of the enterprise that the caller may see, newest first",
        metadata=planned(Below(lambda: Hazard, HAZARD_READS, "enterprise_id")),
    )
    async def hazards(
        root: Enterprise,
        info: Info,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Hazard]:
        """Loaded for all enterprises of a page in one statement; a department sees its line."""
        info.context.require(Subject.HAZARD, Right.READ_OWN)
        line = await own_line(info)
        return await page_of(
            info,
            records.Hazard,
            Hazard.of,
            by="enterprise_id",
            parent=root.id,
            first=first,
            after=after,
            equal={} if line is None else {"line": line},
        )
