"""What is behind a number: the open hazards of one enterprise, read from above for a purpose."""

from typing import Any

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.hazards import Hazard
from api.nodes import node_id
from api.register import Enterprise
from service import receipts
from service.errors import NotFound
from service.hazards import queries
from service.hazards.rules import OPEN
from service.register import queries as register
from tenants.rights import Right, Subject

MOST = 100
"""Hazards that one look shows; the most urgent come first."""


@strawberry.input(description="Enterprise whose open hazards a committee reads")
class ReadEnterpriseHazardsWithPurposeInput(KeyedInput):
    """Input of `readEnterpriseHazardsWithPurpose`."""

    enterprise_id: relay.GlobalID = strawberry.field(description="Enterprise of one town")
    purpose: str = strawberry.field(description="Why, 6 to 400 characters")


async def _read(info: Info, given: Any) -> list[Hazard]:
    wanted = node_id(given.enterprise_id, Enterprise, "enterpriseId")
    row = await register.enterprises().get_or_none(id=wanted)
    if row is None:
        raise NotFound("no such enterprise", path=("input", "enterpriseId"))
    reader = info.context.principal.name
    await receipts.leave(row.owner, reader, "Enterprise", row.id, given.purpose)
    found = queries.hazards().filter(
        tenant_id=row.tenant_id,
        enterprise_id=row.id,
        state__in=[one.value for one in OPEN],
    )
    return [Hazard.of(one) for one in await found.order_by("due_on", "id").limit(MOST)]


@strawberry.type
class HazardOversightMutation:
    """Acts of who oversees towns."""

    read_enterprise_hazards_with_purpose = act(
        "readEnterpriseHazardsWithPurpose",
        "Read the open hazards of an enterprise for a stated purpose; the town gets a receipt",
        ReadEnterpriseHazardsWithPurposeInput,
        ("hazards", list[Hazard]),
        _read,
        needs=(Subject.HAZARD, Right.READ_WITH_PURPOSE),
    )
