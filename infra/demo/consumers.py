"""Two platforms that copy the demo's list: one confirms what it read, one has fallen silent."""

from contextlib import suppress
from datetime import timedelta

from infra.demo.geography import DISTRICT
from infra.demo.model import DemoPlan
from infra.demo.past import at_moment, office_hour
from infra.demo.steps import ACTOR, District
from service.blacklist import listing
from service.blacklist.records import BlacklistCase
from service.blacklist.rules import State
from service.consumers import commands
from service.identity import apps
from service.identity.commands import enrolment_scope
from service.identity.records import Application
from service.publication import publisher
from service.publication.queries import public_log
from service.publication.records import PublicationHead
from service.publication.tlog import LogCorrupted
from tenants.directory import caretaker_scope
from tenants.wall import tenant_transaction

CURRENT, SILENT = "信用平台（演示）", "征信平台（演示）"
SILENT_DAYS = 3  # since when the silent one is let in


async def consumers(plan: DemoPlan, district: District) -> None:
    """Let both in, publish what was served, and let one of them confirm it.  Safe to run twice."""
    district_id = district.office.district_id
    with at_moment(office_hour(plan.today - timedelta(days=SILENT_DAYS), 600)):
        for name in (CURRENT, SILENT):
            await _let_in(name, district)
        await commands.mark_stale(district_id)
    with at_moment(office_hour(plan.today, 480)):
        await _publish(district)
        await _confirm(district)
        await commands.mark_stale(district_id)


async def _let_in(name: str, district: District) -> None:
    async with tenant_transaction(enrolment_scope(district.office, ACTOR)):
        if await Application.filter(name=name).exists():
            return
        app, _ = await apps.register_app(name, [commands.SCOPE])
        grant = await apps.request_app_grant(app.client_id, district.office, [commands.SCOPE])
        await apps.approve_app_grant(grant.id)


async def _publish(district: District) -> None:
    """What the workers would do as soon as they run."""
    scope = await caretaker_scope(district.office.district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        served = await BlacklistCase.filter(state=State.SERVED.value).order_by("id")
    for case in served:
        await listing.publish(scope, case.id)
    with suppress(LogCorrupted):  # the bucket holds the log of another database: leave it alone
        await publisher.flush(district.office.district_id)


async def _confirm(district: District) -> None:
    log = await public_log(DISTRICT)
    async with tenant_transaction(enrolment_scope(district.office, ACTOR), read_only=True):
        app = await Application.get(name=CURRENT)
        head = await PublicationHead.get_or_none(tenant_id=district.office.tenant_id)
    if log is None or head is None or head.root != log.checkpoint.root.hex():
        return
    size, root = log.checkpoint.size, head.root
    async with tenant_transaction(district.scope(None)):
        await commands.acknowledge(app.id, CURRENT, DISTRICT, size, root, log.note)
