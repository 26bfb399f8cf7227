"""`anshang webhook`, run as the operator runs it in the night on which a receiver breaks."""

from typing import Any

from service.audit import AuditEntry
from service.webhooks.records import WebhookDelivery
from tenants.wall import tenant_transaction
from tests import command_line


async def anshang(*lines: list[str]) -> list[tuple[int, str, str]]:
    return await command_line.anshang(*(["webhook", *words] for words in lines))


async def test_an_operator_stops_a_receiver_and_lets_it_have_what_it_missed(
    world: Any, opened: Any, say: Any
) -> None:
    town, other = world.towns
    endpoint = (await opened(town, events=["hazard.closed"])).endpoint
    here = [town.code, str(endpoint.id)]

    stopped, again, shown = await anshang(
        ["disable", *here], ["disable", *here], ["list", town.code, "--state", "disabled"]
    )
    await say(town, 2)
    refused, missed, started, sent, strange = await anshang(
        ["redeliver", *here, "--since", "2026-01-01"],
        ["log", *here],
        ["enable", *here],
        ["redeliver", *here, "--since", "2026-01-01"],
        ["disable", other.code, str(endpoint.id)],
    )

    assert stopped == (0, f"{endpoint.id}  DISABLED\n", "")
    assert again[0] == 2
    assert "off already" in again[2]
    assert shown[1].startswith(f"{endpoint.id}  DISABLED (BY_HAND)  0 pending, 0 lost")
    assert (refused[0], missed[1].count("HELD")) == (2, 2)
    assert started == (0, f"{endpoint.id}  ENABLED\n", "")
    assert sent == (0, f"{endpoint.id}  ENABLED  2 messages\n", "")
    assert strange[0] == 2
    async with tenant_transaction(town.scope(), read_only=True):
        rows = await WebhookDelivery.filter(endpoint_id=endpoint.id)
        entries = await AuditEntry.filter(act__startswith="webhooks.", actor__startswith="operator")
    assert [row.state for row in rows] == ["PENDING", "PENDING"]
    assert [
        entry.act.removeprefix("webhooks.") for entry in sorted(entries, key=lambda e: e.seq)
    ] == [
        "endpoint_disabled",
        "endpoint_enabled",
        "resent",
    ]
