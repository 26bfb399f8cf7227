"""Which act is taken up by whom, over all tenants: first to file (art. 25), one fine (art. 29).

An act is an offender, an item, days and a place.  Offender and item are kept as a keyed hash, in
a table of the platform that no tenant's scope can read or write, so that nobody learns by trying
who is under investigation; two acts of one offender and item at once are the same when their
places are within about 300 m.  An exclusion constraint holds both articles, whoever files, on
whichever server.  What leaves here is what the law wants told: which body, and since when.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from hmac import new as hmac
from uuid import UUID

from service.cases.persons import Person
from service.cases.records import ActClaim
from service.cases.rules import AlreadyFined
from service.ids import new_id
from service.register.records import Enterprise
from service.settings import settings
from tenants.records import Body
from tenants.wall import platform_desk

WHOLE_ENTERPRISE = (0.0, 0.0)
"""Place of an act that is the enterprise's and of no one place; it meets the act at any of them."""

_LOCK = "select pg_advisory_xact_lock(hashtextextended($1, 25))"
_CLAIM = """
insert into act_claims (id, fingerprint, act_from, act_to, latitude, longitude, tenant_id, body_id,
    body, filed_on, taken_up, fined)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true, false)
on conflict do nothing returning id
"""
_OTHERS = """
select tenant_id, body_id, body, filed_on from act_claims
where fingerprint = $1 and id <> $2 and (taken_up and not $3 or fined and $3)
    and daterange(act_from, act_to, '[]') && daterange($4::date, $5::date, '[]')
    and (app.act_place(latitude, longitude) && app.act_place($6, $7)
        or (latitude = 0 and longitude = 0) or ($6::float8 = 0 and $7::float8 = 0))
order by filed_on, id limit 1
"""


@dataclass(frozen=True, slots=True)
class Act:
    """What happened: who, what, when, and where in degrees."""

    fingerprint: str
    first: date
    last: date | None
    place: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Holder:
    """Which body has the act, and since when; its tenant stays inside the service."""

    tenant_id: UUID
    body_id: UUID
    body: str
    filed_on: date


def fingerprint(enterprise: Enterprise, item: str, person: Person | None = None) -> str:
    """Keyed hash of offender and item, equal in every tenant; hex.

    Old licence numbers are not unique in the country, so the name stands beside one.  A natural
    person is another party than the enterprise, so that both may be fined for one act where the
    law fines both, and neither twice.
    """
    who = enterprise.credit_code or f"licence {enterprise.alternate_id} {enterprise.name}"
    if person is not None:
        who = f"person {person.id_kind.value} {person.id_number}"
    key = bytes.fromhex(settings().scope_key.get_secret_value())
    return hmac(key, f"act|{who}|{item}".encode(), sha256).hexdigest()


async def take_up(act: Act, body: Body, tenant_id: UUID, filed_on: date) -> UUID | Holder:
    """Take the act up for a body, in the open transaction; or who has it already."""
    async with platform_desk() as desk:
        # The constraint knows places that are near; an act of the whole enterprise is near none, so
        # it is looked for under the lock that all claims of this offender and item take.
        await desk.fetch(_LOCK, act.fingerprint)
        holders = await desk.fetch(_OTHERS, *_seek(act, UUID(int=0), fined=False))
        if holders:
            return Holder(**holders[0])
        made = await desk.fetch(
            _CLAIM,
            new_id(),
            act.fingerprint,
            act.first,
            act.last,
            *act.place,
            tenant_id,
            body.id,
            body.name,
            filed_on,
        )
        if made:
            return UUID(str(made[0]["id"]))
        (holder,) = await desk.fetch(_OTHERS, *_seek(act, UUID(int=0), fined=False))
    return Holder(**holder)


def _seek(act: Act, own: UUID, *, fined: bool) -> tuple[object, ...]:
    return act.fingerprint, own, fined, act.first, act.last, *act.place


async def let_go(claim_id: UUID) -> None:
    """Let an act go that was handed over, so that the body in charge can take it up."""
    async with platform_desk():
        await ActClaim.filter(id=claim_id).update(taken_up=False)


async def settle(claim_id: UUID, decided_on: date, *, fined: bool) -> None:
    """Note the decision: an act that went on ends with it, and one fine is all it gets (art. 29).

    Raises:
        AlreadyFined: another body fined the act.
    """
    async with platform_desk() as desk:
        claim = await ActClaim.get(id=claim_id)
        await desk.fetch(_LOCK, claim.fingerprint)
        act = Act(
            claim.fingerprint, claim.act_from, claim.act_to, (claim.latitude, claim.longitude)
        )
        others = await desk.fetch(_OTHERS, *_seek(act, claim.id, fined=True)) if fined else []
        if not others:
            claim.fined = fined
            claim.act_to = claim.act_to or max(decided_on, claim.act_from)
            await claim.save()
    if others:
        other = Holder(**others[0])
        raise AlreadyFined(
            f"{other.body} fined this act already, in a case filed on {other.filed_on}: no second "
            f"fine (行政处罚法 art. 29)",
            path=("input", "fine"),
        )


async def annul(claim_id: UUID) -> None:
    """Take the fine back from the books; the act may be taken up anew."""
    async with platform_desk():
        await ActClaim.filter(id=claim_id).update(fined=False, taken_up=False)
