"""What can be asked about maps."""

from tortoise.queryset import QuerySet

from service.town_maps.records import TownMap
from tenants.scope import Owner


def maps(office: Owner) -> QuerySet[TownMap]:
    """Versions of a district's map."""
    return TownMap.filter(tenant_id=office.tenant_id)


async def latest(office: Owner) -> TownMap | None:
    """The last version, which may say that there is no map any more."""
    return await maps(office).order_by("-number").first()
