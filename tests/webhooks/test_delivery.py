"""From an event to a receiver that verifies it, whatever breaks on the way."""

import asyncio
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from service import clock, outbox
from service.hazards.commands import report
from service.hazards.rules import Category, Source
from service.identity import apps
from service.register.commands import add_premises, enrol_enterprise
from service.webhooks import commands, delivering
from service.webhooks.catalogue import global_id
from service.webhooks.records import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from tasks import sender
from tenants.scope import Scope
from tenants.wall import tenant_transaction

Make = Callable[..., Any]
LET_GO = "update webhook_deliveries set claimed_until = now() where claimed_until is not null"


async def log_of(town: Any) -> list[WebhookDelivery]:
    async with tenant_transaction(town.scope()):
        return await WebhookDelivery.all().order_by("sequence")


async def attempts_of(town: Any) -> list[WebhookAttempt]:
    async with tenant_transaction(town.scope()):
        return await WebhookAttempt.all().order_by("number")


async def endpoint_of(town: Any) -> WebhookEndpoint:
    async with tenant_transaction(town.scope()):
        return await WebhookEndpoint.get()


def asymmetric(public_key: str, one: Any) -> None:
    """What a receiver does with `v1a`; raises where no signature holds."""
    key = Ed25519PublicKey.from_public_bytes(b64decode(public_key.removeprefix("whpk_")))
    text = f"{one.headers['webhook-id']}.{one.headers['webhook-timestamp']}.{one.body}".encode()
    signatures = [
        b64decode(signature.removeprefix("v1a,"))
        for signature in one.headers["webhook-signature"].split()
        if signature.startswith("v1a,")
    ]
    for signature in signatures:
        try:
            return key.verify(signature, text)
        except InvalidSignature:
            continue
    raise InvalidSignature


async def test_a_reported_hazard_reaches_the_receiver_and_verifies(
    world: Any, receiver: Any, opened: Make, work: Make, send: Make
) -> None:
    town = world.towns[0]
    made = await opened(town)
    async with tenant_transaction(town.scope()):
        shop = await enrol_enterprise(town.owner, name="安商甲店", alternate_id="旧照一")
        place = await add_premises(
            shop.id, name="门店", address="某路1号", latitude=29.6, longitude=106.5
        )
        hazard = await report(
            place.id,
            category=Category.FIRE,
            description="周某说通道堵塞，电话13800000000",
            source=Source.INSPECTION,
        )
    await work()

    assert await send() == 1

    (one,) = receiver.got
    message = Webhook(made.keys.secret).verify(one.body, one.headers)
    asymmetric(made.keys.public_key, one)
    assert message["data"] == {
        "tenantId": global_id("Tenant", town.owner.tenant_id),
        "hazardId": global_id("Hazard", hazard.id),
        "state": "FOUND",
    }
    assert (message["type"], message["sequence"]) == ("hazard.reported", 1)
    assert datetime.fromisoformat(message["timestamp"]) <= clock.now()
    assert set(message) == {"type", "timestamp", "sequence", "data"}
    (row,) = await log_of(town)
    (attempt,) = await attempts_of(town)
    assert (row.state, row.attempts, one.headers["webhook-id"]) == ("DELIVERED", 1, f"msg_{row.id}")
    assert (attempt.status, attempt.excerpt) == (200, "thank you")


@pytest.mark.parametrize("what", ["body", "timestamp", "id", "key", "old"])
async def test_whatever_was_tampered_with_is_refused_by_the_library(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make, what: str
) -> None:
    made = await opened(world.towns[0])
    await say(world.towns[0])
    await send()
    (one,) = receiver.got
    secret, body, headers = made.keys.secret, one.body, dict(one.headers)
    if what == "body":
        body = body.replace("CLOSED", "OPENED")
    elif what == "timestamp":
        headers["webhook-timestamp"] = str(int(headers["webhook-timestamp"]) + 1)
    elif what == "id":
        headers["webhook-id"] += "0"
    elif what == "key":
        secret = commands.keys_of(made.endpoint.id, 2).secret
    else:
        headers["webhook-timestamp"] = str(int(headers["webhook-timestamp"]) - 600)

    Webhook(made.keys.secret).verify(one.body, one.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)
    if what in ("body", "timestamp", "id"):
        changed = type(one)(one.path, headers, body)
        with pytest.raises(InvalidSignature):
            asymmetric(made.keys.public_key, changed)


async def test_both_keys_sign_while_a_rotation_lasts_and_one_after_it(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make, relay: Any
) -> None:
    town = world.towns[0]
    made = await opened(town)
    async with tenant_transaction(town.scope()):
        renewed = await commands.rotate(made.endpoint.id)
    await say(town)
    await send()
    async with tenant_transaction(town.scope()):
        await WebhookEndpoint.all().update(previous_until=clock.now() - timedelta(seconds=1))
    await say(town)
    await send()

    during, after = receiver.got
    for keys in (made.keys, renewed.keys):
        Webhook(keys.secret).verify(during.body, during.headers)
        asymmetric(keys.public_key, during)
    Webhook(renewed.keys.secret).verify(after.body, after.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(made.keys.secret).verify(after.body, after.headers)
    with pytest.raises(InvalidSignature):
        asymmetric(made.keys.public_key, after)


async def test_a_receiver_that_was_dead_gets_everything_once_it_lives(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make, hurry: Make
) -> None:
    town = world.towns[0]
    made = await opened(town)
    receiver.status = 503
    hazards = await say(town, 3)
    first = await send()
    rows = await log_of(town)
    assert {row.state for row in rows} == {"PENDING"}
    assert {row.reason for row in rows} == {"the receiver answered 503"}
    assert (await endpoint_of(town)).failing_since is not None

    receiver.status = 200
    await hurry()
    await send()

    assert [row.state for row in await log_of(town)] == ["DELIVERED"] * 3
    assert (await endpoint_of(town)).failing_since is None
    ids = Counter(receiver.ids())
    assert (first, set(ids.values())) == (3, {2})  # the same id at each attempt
    heard = {
        Webhook(made.keys.secret).verify(one.body, one.headers)["data"]["hazardId"]
        for one in receiver.got
    }
    assert heard == {global_id("Hazard", one) for one in hazards}


async def test_two_hundred_events_survive_a_receiver_that_flaps(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make, hurry: Make
) -> None:
    town = world.towns[0]
    made = await opened(town)
    tries: Counter[str] = Counter()

    def flap(one: Any) -> int | None:
        """Each message is refused once or twice, by its number."""
        tries[one.headers["webhook-id"]] += 1
        number = orjson.loads(one.body)["sequence"]
        return 500 if tries[one.headers["webhook-id"]] <= number % 3 else None

    receiver.decide = flap
    await say(town, 200)
    for _ in range(3):
        await hurry()
        await send()

    rows = await log_of(town)
    assert [row.state for row in rows] == ["DELIVERED"] * 200
    assert [row.sequence for row in rows] == list(range(1, 201))
    assert [row.attempts for row in rows] == [1 + number % 3 for number in range(1, 201)]
    arrived = Counter(receiver.ids())
    assert arrived == Counter({f"msg_{row.id}": row.attempts for row in rows})
    for one in receiver.got:
        Webhook(made.keys.secret).verify(one.body, one.headers)


async def test_a_slow_receiver_keeps_no_other_waiting(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make, relay: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    slow, quick = world.towns
    await opened(slow, path="/slow")
    await opened(quick, path="/quick")
    await say(slow, sender.OF_ENDPOINT + 2)
    await say(quick, 3)
    held = asyncio.Event()
    real = sender.transport.post

    async def post(url: str, *rest: Any, **named: Any) -> Any:
        if url.endswith("/slow"):
            await held.wait()
        return await real(url, *rest, **named)

    monkeypatch.setattr(sender.transport, "post", post)
    working = sender.Sender()
    started = await working.step(relay)
    for _ in range(400):
        if all(row.state == "DELIVERED" for row in await log_of(quick)):
            break
        await asyncio.sleep(0.02)

    assert started == sender.OF_ENDPOINT + 3  # no more than its share
    assert {row.state for row in await log_of(quick)} == {"DELIVERED"}
    assert {row.state for row in await log_of(slow)} == {"PENDING"}
    assert await working.step(relay) == 0
    held.set()
    await working.settle()
    assert await working.step(relay) == 2
    await working.finish()
    assert {row.state for row in await log_of(slow)} == {"DELIVERED"}


async def test_a_sender_that_dies_loses_nothing_and_doubles_no_row(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make, relay: Any
) -> None:
    town = world.towns[0]
    await opened(town)
    await say(town, 5)
    dead = await sender.claim(relay, 64)  # claimed, and then nothing more is heard of it
    assert sum(len(ids) for ids in dead.values()) == 5
    assert await send() == 0

    await relay.execute(LET_GO)

    assert await send() == 5
    rows = await log_of(town)
    assert [row.state for row in rows] == ["DELIVERED"] * 5
    assert sorted(receiver.ids()) == sorted(f"msg_{row.id}" for row in rows)


async def test_a_sender_that_dies_after_the_post_repeats_it_under_the_same_id(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make, relay: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    town = world.towns[0]
    await opened(town)
    await say(town)

    async def lost(*_: Any) -> None:
        raise ConnectionError("the machine is gone")

    with monkeypatch.context() as broken:
        broken.setattr(delivering, "note", lost)
        assert await send() == 1
    await relay.execute(LET_GO)
    assert await send() == 1

    (row,) = await log_of(town)
    assert receiver.ids() == [f"msg_{row.id}"] * 2
    assert (row.state, row.attempts) == ("DELIVERED", 1)


async def test_a_repeated_event_makes_one_row_however_often_and_at_once(
    world: Any, receiver: Any, opened: Make, say: Make
) -> None:
    town = world.towns[0]
    made = await opened(town)
    event = outbox.Event(
        made.endpoint.id, "hazards.closed", town.owner,
        {"hazard": str(made.endpoint.id), "state": "CLOSED"}, clock.now(), "webhooks.fan_out",
        (town.owner.district_id,),
    )  # fmt: skip

    await asyncio.gather(*(delivering.fan_out(event) for _ in range(6)))

    (row,) = await log_of(town)
    assert (row.sequence, (await endpoint_of(town)).last_sequence) == (1, 1)


async def test_what_answers_gone_is_turned_off_at_once_and_keeps_what_waits(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make
) -> None:
    town = world.towns[0]
    await opened(town)
    receiver.status = 410
    await say(town)
    await send()
    await say(town)  # while it is off

    endpoint = await endpoint_of(town)
    assert (endpoint.state, endpoint.disabled_reason) == ("DISABLED", "GONE")
    rows = await log_of(town)
    assert [(row.state, row.reason) for row in rows] == [("HELD", "the endpoint is off: GONE")] * 2

    receiver.status = 200
    async with tenant_transaction(town.scope()):
        await commands.enable(endpoint.id)
        _, count = await delivering.resend_lost(endpoint.id, datetime(2020, 1, 1, tzinfo=UTC))
    await send()
    assert count == 2
    assert [row.state for row in await log_of(town)] == ["DELIVERED"] * 2


async def test_an_endpoint_that_fails_for_five_days_is_turned_off_with_the_reason(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make
) -> None:
    town = world.towns[0]
    await opened(town)
    receiver.status = 500
    await say(town)
    await send()
    assert (await endpoint_of(town)).state == "ENABLED"
    async with tenant_transaction(town.scope()):
        past = clock.now() - timedelta(days=5, seconds=1)
        await WebhookEndpoint.all().update(failing_since=past)
    await say(town)
    await send()

    endpoint = await endpoint_of(town)
    assert (endpoint.state, endpoint.disabled_reason) == ("DISABLED", "FAILING")
    assert {row.state for row in await log_of(town)} == {"HELD"}


async def test_ten_attempts_are_made_and_no_more(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make, hurry: Make
) -> None:
    town = world.towns[0]
    await opened(town)
    receiver.status = 500
    await say(town)
    total = 0
    for _ in range(12):
        await hurry()
        total += await send()

    (row,) = await log_of(town)
    assert (total, row.state, row.attempts) == (10, "FAILED", 10)
    assert [one.number for one in await attempts_of(town)] == list(range(1, 11))

    receiver.status = 200
    async with tenant_transaction(town.scope()):
        again = await delivering.resend(row.id)
    await send()
    (row,) = await log_of(town)
    assert (again.tries, row.state, row.attempts) == (0, "DELIVERED", 11)


async def test_a_receiver_that_asks_for_a_pause_gets_it(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make
) -> None:
    town = world.towns[0]
    await opened(town)
    receiver.status, receiver.headers = 429, {"retry-after": "3600"}
    before = clock.now()
    await say(town)
    await send()

    (row,) = await log_of(town)
    assert timedelta(minutes=59) < row.due_at - before < timedelta(minutes=62)


async def test_a_redirect_is_a_failure_and_leads_nowhere(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make
) -> None:
    town = world.towns[0]
    await opened(town)
    receiver.status, receiver.headers = 307, {"location": receiver.url("/elsewhere")}
    await say(town)
    await send()

    assert [one.path for one in receiver.got] == ["/hook"]
    (row,) = await log_of(town)
    assert row.state == "PENDING"
    assert "redirects are not followed" in row.reason


async def test_a_grant_is_asked_for_when_the_message_goes_out(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make
) -> None:
    town = world.towns[0]
    made = await opened(town)
    await say(town)
    async with tenant_transaction(town.scope()):
        await apps.revoke_grant(made.endpoint.grant_id)
    await send()
    await say(town)  # nobody hears of it any more

    assert receiver.got == []
    (row,) = await log_of(town)
    assert (row.state, row.reason) == ("WITHDRAWN", "the town no longer grants this")


async def test_a_suspended_application_gets_nothing_until_it_is_let_in_again(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make
) -> None:
    town = world.towns[0]
    made = await opened(town)
    client = await client_of(town, made)
    await say(town)
    async with tenant_transaction(Scope.of_platform("operator")):
        await apps.suspend_app(client)
    await send()
    assert receiver.got == []
    assert [row.state for row in await log_of(town)] == ["HELD"]

    async with tenant_transaction(Scope.of_platform("operator")):
        await apps.suspend_app(client, suspended=False)
    async with tenant_transaction(town.scope()):
        await delivering.resend_lost(made.endpoint.id, datetime(2020, 1, 1, tzinfo=UTC))
    await send()
    assert [row.state for row in await log_of(town)] == ["DELIVERED"]


async def client_of(town: Any, made: Any) -> str:
    from service.identity.records import AppGrant

    async with tenant_transaction(town.scope()):
        return (await AppGrant.get(id=made.endpoint.grant_id)).client_id


async def test_an_event_goes_to_whom_the_town_granted_the_scope_and_to_no_other(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make
) -> None:
    first, second = world.towns
    await opened(first, path="/covered")
    await opened(first, path="/no-scope", scopes=("register:read", "webhook:write"))
    await opened(first, path="/other-event", events=["hazard.overdue"])
    await opened(second, path="/other-town")
    await say(first)
    await send()

    assert [one.path for one in receiver.got] == ["/covered"]


async def test_towns_without_an_endpoint_cost_no_task(world: Any, opened: Make, work: Make) -> None:
    first, second = world.towns
    await opened(first)
    async with tenant_transaction(second.scope()):
        payload = {"hazard": str(second.owner.tenant_id), "state": "CLOSED"}
        await outbox.emit("hazards.closed", second.owner, payload)

    assert "webhooks.fan_out" not in await work()


async def test_entries_of_the_public_log_are_told_one_by_one(
    world: Any, receiver: Any, opened: Make, work: Make, send: Make
) -> None:
    town = world.towns[0]
    await opened(town, events=["blacklist.published", "blacklist.expired"])
    case, entries = str(town.owner.tenant_id), [str(world.district_id), str(town.body_id)]
    async with tenant_transaction(town.scope()):
        await outbox.emit(
            "publication.logged",
            town.owner,
            {"places": [[case, "PUBLISH", 7], [case, "EXPIRE", 8]], "entries": entries},
        )
    await work()
    await send()

    said = sorted((orjson.loads(one.body) for one in receiver.got), key=lambda m: m["sequence"])
    tenant = global_id("Tenant", town.owner.tenant_id)
    assert [(m["type"], m["data"]) for m in said] == [
        (
            "blacklist.published",
            {"tenantId": tenant, "entryId": entries[0], "leafIndex": 7, "state": "PUBLISHED"},
        ),
        (
            "blacklist.expired",
            {"tenantId": tenant, "entryId": entries[1], "leafIndex": 8, "state": "EXPIRED"},
        ),
    ]
