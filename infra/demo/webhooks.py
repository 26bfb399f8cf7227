"""An endpoint of the demo's application, turned off: what happens is held, and nothing is sent."""

from infra.demo.model import DemoPlan
from infra.demo.steps import ACTOR, District
from service.identity.records import AppGrant
from service.webhooks import commands
from service.webhooks.records import WebhookEndpoint
from tenants.scope import Scope
from tenants.wall import tenant_transaction

EVENTS = ("blacklist.published", "case.decided", "hazard.closed", "hazard.overdue")


async def endpoint(plan: DemoPlan, district: District) -> None:
    """Register the address once; a seeding that goes on finds it."""
    account = next(item for item in plan.accounts if item.role == "APP")
    assert account.town_code is not None
    owner = district.owner(account.town_code)
    async with tenant_transaction(Scope.of_tenant(owner, ACTOR)):
        grant = await AppGrant.get(tenant_id=owner.tenant_id, app_name=account.display_name)
        if await WebhookEndpoint.filter(tenant_id=owner.tenant_id).exists():
            return
        made = await commands.register(
            grant.id, name="演示回调", url="https://iot.example.invalid/hook", events=EVENTS
        )
        await commands.disable(made.endpoint.id)
