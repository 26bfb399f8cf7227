"""What can be done: commit to a draw, draw when the seed is public, or void it with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from secrets import token_hex
from uuid import UUID

from service import audit, clock, outbox
from service.draws import rules
from service.draws.records import RandomDraw
from service.draws.rules import DrawState, Stratum
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.ids import new_id
from service.joint.drawn import demand_drawn, undo_drawn
from service.joint.queries import booked_premises
from service.joint.records import InspectionDemand
from service.joint.rules import DemandTerms
from service.officers.queries import certified
from service.officers.rules import MINIMUM_TEAM
from service.register.records import Enterprise, Premises
from service.register.rules import RiskColour
from tenants.records import Body, owned
from tenants.scope import Owner
from tenants.wall import current

MOST_OFFICERS = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """What is drawn: how many premises of each risk colour, and the officers of each."""

    title: str
    take: Mapping[RiskColour, int]
    team: int
    seed_source: str
    seed_known_after: datetime
    horizon_days: int = 90


async def commit_draw(owner: Owner, body_id: UUID | None, wish: Wish) -> RandomDraw:
    """Fix the lists and publish their commitment; nothing is drawn yet.

    Premises that have an announced visit within the horizon are left out.

    Raises:
        Forbidden: the caller speaks for no enforcement body.
        Invalid: the wish is out of range, or there is too little to draw from.
    """
    if body_id is None:
        raise Forbidden("only an enforcement body draws")
    _check(wish)
    now = clock.now()
    rules.check_seed_time(now, wish.seed_known_after)
    today = clock.legal_day(now)
    officers = [str(o.id) for o in await certified(today) if o.body_id == body_id]
    strata = await _strata(wish, today + timedelta(days=wish.horizon_days))
    text = rules.document(
        wish.title.strip(),
        wish.seed_source.strip(),
        wish.seed_known_after,
        strata,
        officers,
        wish.team,
        token_hex(16),
    )
    await current().fetch(
        "select pg_advisory_xact_lock(hashtextextended($1, 11))", f"draws {owner.tenant_id}"
    )
    (last,) = await current().fetch(
        "select coalesce(max(number), 0) as number from random_draws where tenant_id = $1",
        owner.tenant_id,
    )
    row = await RandomDraw.create(
        id=new_id(),
        **owned(owner),
        number=last["number"] + 1,
        body_id=body_id,
        title=wish.title.strip(),
        seed_source=wish.seed_source.strip(),
        seed_known_after=wish.seed_known_after,
        commitment=rules.commitment(text),
        document=text.decode(),
        objects=sum(len(stratum.objects) for stratum in strata),
        committed_at=now,
    )
    await audit.record("draws.committed", owner, "RandomDraw", row.id, commitment=row.commitment)
    await outbox.emit("draws.committed", owner, {"draw": str(row.id)})
    return row


def _check(wish: Wish) -> None:
    if not 2 <= len(wish.title.strip()) <= 200:
        raise Invalid("give a title in 2 to 200 characters", path=("input", "title"))
    if not 2 <= len(wish.seed_source.strip()) <= 300:
        raise Invalid("say in 2 to 300 characters where the seed will be read", path=("input",))
    if not MINIMUM_TEAM <= wish.team <= MOST_OFFICERS:
        raise Invalid(f"draw {MINIMUM_TEAM} to {MOST_OFFICERS} officers", path=("input", "team"))
    if not 1 <= wish.horizon_days <= 366:
        raise Invalid("the horizon is 1 to 366 days", path=("input", "horizonDays"))
    if sum(wish.take.values()) < 1:
        raise Invalid("draw at least one object", path=("input", "strata"))


async def _strata(wish: Wish, last: date) -> list[Stratum]:
    """Premises that trade in the scope's writable tenants, by the risk of their enterprise."""
    booked = await booked_premises(clock.legal_day(clock.now()), last)
    colours = {
        row.id: RiskColour(row.risk)
        for row in await Enterprise.filter(tenant_id__in=list(current().scope.writable))
    }
    found: dict[RiskColour, list[tuple[str, str]]] = {colour: [] for colour in wish.take}
    for place in await Premises.filter(
        tenant_id__in=list(current().scope.writable), status="OPERATING"
    ):
        colour = colours.get(place.enterprise_id)
        if colour in found and place.id not in booked:
            found[colour].append((str(place.id), place.name))
    return [Stratum(colour.value, wish.take[colour], found[colour]) for colour in found]


async def draw(body_id: UUID | None, draw_id: UUID, seed: str) -> RandomDraw:
    """Draw with the public seed; drawing twice with the same seed changes nothing.

    Raises:
        NotFound: no such draw.
        Forbidden: another body's.
        Conflict: too early, void, or drawn with another seed.
        Invalid: an empty seed.
    """
    row = await _own(body_id, draw_id)
    if not rules.draw_once(row, seed, clock.now(), "draw", "drawId"):
        return row
    await row.save(update_fields=rules.DRAWN_FIELDS)
    await audit.record("draws.drawn", row.owner, "RandomDraw", row.id, seed=row.seed)
    await outbox.emit("draws.drawn", row.owner, {"draw": str(row.id)})
    return row


async def void_draw(body_id: UUID | None, draw_id: UUID, reason: str) -> RandomDraw:
    """Give a draw up; it stays on the list with its reason, and with its result if it was drawn.

    The demands that it led to are withdrawn with it, as far as they have not taken place.

    Raises:
        NotFound, Forbidden: see `draw`.
        Conflict: it is void already, or a demand of it cannot leave a visit that is announced;
            nothing changed.
        Invalid: no reason.
    """
    if not 4 <= len(reason.strip()) <= 400:
        raise Invalid("give a reason in 4 to 400 characters", path=("input", "reason"))
    row = await _own(body_id, draw_id)
    if row.state == DrawState.VOID.value:
        raise Conflict("this draw is void already", path=("input", "drawId"))
    withdrawn = await undo_drawn(row.body_id, row.id, reason)
    row.state, row.void_reason = DrawState.VOID.value, reason.strip()
    await row.save(update_fields=["state", "void_reason"])
    await audit.record("draws.voided", row.owner, "RandomDraw", row.id, withdrawn=withdrawn)
    await outbox.emit("draws.voided", row.owner, {"draw": str(row.id)})
    return row


async def demand_draw(
    body_id: UUID | None, draw_id: UUID, terms: DemandTerms
) -> tuple[RandomDraw, list[InspectionDemand]]:
    """Ask for an inspection of everything that was drawn, once, however often it is asked.

    Raises:
        NotFound, Forbidden: see `draw`.
        Conflict: it is not drawn, or void.
        Invalid: the terms break a rule of demands.
    """
    row = await _own(body_id, draw_id)
    if row.state != DrawState.DRAWN.value:
        raise Conflict(f"this draw is {row.state}", path=("input", "drawId"))
    body = await Body.get(id=row.body_id)
    teams = {UUID(one["object"]): one["officers"] for one in row.result["drawn"]}
    demands = await demand_drawn(body, row.id, teams, terms)
    await outbox.emit("draws.demanded", row.owner, {"draw": str(row.id)})
    return row, demands


async def _own(body_id: UUID | None, draw_id: UUID) -> RandomDraw:
    await current().fetch("select 1 from random_draws where id = $1 for update", draw_id)
    row = await RandomDraw.get_or_none(id=draw_id)
    if row is None:
        raise NotFound("no such draw", path=("input", "drawId"))
    if body_id is None or row.body_id != body_id:
        raise Forbidden("a body draws for itself")
    return row
