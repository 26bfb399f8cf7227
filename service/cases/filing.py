"""Filing (立案): a case is opened, or the act belongs to another body and is handed over."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from service import clock
from service.cases import claims, persons, transfers
from service.cases.records import CaseTransfer, PenaltyCase
from service.cases.rules import PartyKind, check_limitation
from service.cases.steps import note, past, subject, today
from service.deadlines import commands as deadlines
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.ids import new_id
from service.inspections import visits
from service.inspections.steps import body_of
from service.law.queries import rule_book
from service.powers import queries as powers
from service.powers.rules import ARTICLE, NoPower, Power
from service.register.records import Enterprise, Premises
from service.texts import bounded
from tenants.records import Body, owned
from tenants.scope import Owner
from tenants.wall import current


@dataclass(frozen=True, slots=True)
class Filing:
    """An act that a body means to punish.

    `item` is the code of the violated item, `ended_on` None while the act goes on, `person` who is
    punished where the party is a natural person of the enterprise.
    """

    number: str
    item: str
    act: str
    basis: str
    began_on: date
    found_on: date
    ended_on: date | None = None
    party_kind: PartyKind = PartyKind.BODY
    harmed_life_or_health: bool = False
    enterprise_id: UUID | None = None
    premises_id: UUID | None = None
    inspection_id: UUID | None = None
    person: persons.Person | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """The case, or the duty to hand the act over: one of the two."""

    case: PenaltyCase | None
    transfer: CaseTransfer | None


@dataclass(frozen=True, slots=True)
class _Place:
    owner: Owner
    enterprise: Enterprise
    premises: Premises | None
    inspection_id: UUID | None


async def file(acting: UUID | None, filing: Filing) -> Filed:
    """Open a case, unless the body has no power or another was first: then a duty to hand over.

    Nothing is lost either way: the duty keeps the act, and both are in the audit chain.

    Raises:
        NotEnforcing: the caller speaks for no enforcement body.
        NotFound, Forbidden, WrongStep: enterprise, premises or inspection are not the body's.
        Invalid, TimeBarred: the days or texts break a rule (art. 36).
        Conflict: the body has a case about the act itself, or used the number.
    """
    body = await body_of(acting)
    place = await _place(filing, body)
    filing = await _checked(filing)
    try:
        await powers.check(body, Power.PENALISE, [filing.item], today())
    except NoPower:
        duty = await transfers.owe(
            _duty(filing, place, body), transfers.Reason.NO_POWER, ARTICLE[Power.PENALISE]
        )
        return Filed(None, duty)
    act = claims.Act(
        claims.fingerprint(place.enterprise, filing.item.strip(), filing.person),
        filing.began_on,
        filing.ended_on,
        (place.premises.latitude, place.premises.longitude)
        if place.premises
        else claims.WHOLE_ENTERPRISE,
    )
    claim = await claims.take_up(act, body, place.owner.tenant_id, today())
    if isinstance(claim, claims.Holder):
        if claim.body_id == body.id:
            raise Conflict(f"your body filed a case about this act on {claim.filed_on}")
        duty = await transfers.owe(
            _duty(filing, place, body),
            transfers.Reason.FILED_ELSEWHERE,
            "行政处罚法 (2021) art. 25",
            claim,
        )
        return Filed(None, duty)
    return Filed(await _open(filing, place, body, claim), None)


async def _place(filing: Filing, body: Body) -> _Place:
    premises_id, enterprise_id = filing.premises_id, filing.enterprise_id
    if filing.inspection_id is not None:
        row = await visits.may_grow_into_case(filing.inspection_id, body.id)
        premises_id, enterprise_id = premises_id or row.premises_id, row.enterprise_id
    premises = await Premises.get_or_none(id=premises_id) if premises_id else None
    if premises_id and premises is None:
        raise NotFound("no such premises", path=("input", "premisesId"))
    if premises is not None:
        if enterprise_id not in (None, premises.enterprise_id):
            raise Invalid("the premises are another enterprise's", path=("input", "premisesId"))
        enterprise_id = premises.enterprise_id
    enterprise = await Enterprise.get_or_none(id=enterprise_id) if enterprise_id else None
    if enterprise is None:
        raise NotFound("no such enterprise", path=("input", "enterpriseId"))
    if enterprise.tenant_id not in current().scope.writable:
        raise Forbidden("the enterprise is another town's")
    return _Place(enterprise.owner, enterprise, premises, filing.inspection_id)


async def _checked(filing: Filing) -> Filing:
    past(filing.found_on, "foundOn", filing.began_on)
    topic = "LIFE_AND_HEALTH" if filing.harmed_life_or_health else ""
    limit = (await rule_book()).rule("LIMITATION", today(), topic).limit
    check_limitation(filing.ended_on, filing.found_on, limit)
    if filing.ended_on is not None and filing.ended_on < filing.began_on:
        raise Invalid("the act ended before it began", path=("input", "endedOn"))
    for field, most in (("number", 80), ("item", 80), ("act", 4000), ("basis", 300)):
        bounded(getattr(filing, field), field, most)
    if (filing.party_kind is PartyKind.PERSON) != (filing.person is not None):
        raise Invalid("a case against a natural person says who it is", path=("input", "person"))
    if filing.person is None:
        return filing
    age = (await rule_book()).rule("PENALTY_AGE", today()).limit
    return replace(filing, person=persons.checked(filing.person, filing.began_on, age))


def _duty(filing: Filing, place: _Place, body: Body) -> transfers.Duty:
    return transfers.Duty(
        owner=place.owner,
        body=body,
        enterprise_id=place.enterprise.id,
        offender=offender(place.enterprise, filing.person.name if filing.person else ""),
        inspection_id=place.inspection_id,
        item=filing.item.strip(),
        act=filing.act.strip(),
        found_on=filing.found_on,
    )


def offender(enterprise: Enterprise, person: str) -> str:
    """The party in the words of a letter to another body."""
    return f"{person}（{enterprise.name}）"[:200] if person else enterprise.name


async def _open(filing: Filing, place: _Place, body: Body, claim_id: UUID) -> PenaltyCase:
    number, at = filing.number.strip(), clock.now()
    if await PenaltyCase.exists(tenant_id=place.owner.tenant_id, body_id=body.id, number=number):
        raise Conflict("your body used this number already", path=("input", "number"))
    case = await PenaltyCase.create(
        id=new_id(),
        **owned(place.owner),
        enterprise_id=place.enterprise.id,
        premises_id=place.premises.id if place.premises else None,
        inspection_id=place.inspection_id,
        body_id=body.id,
        claim_id=claim_id,
        number=number,
        item=filing.item.strip(),
        act=filing.act.strip(),
        basis=filing.basis.strip(),
        act_from=filing.began_on,
        act_to=filing.ended_on,
        found_on=filing.found_on,
        party_kind=filing.party_kind.value,
        **_of_person(filing.person),
        filed_on=clock.legal_day(at),
        filed_by=current().scope.actor,
        created_at=at,
        updated_at=at,
    )
    await deadlines.start(subject(case), "DECIDE", case.filed_on)
    if place.inspection_id is not None:
        row = await visits.may_grow_into_case(place.inspection_id, body.id)
        await visits.mark_case_filed(row, case.id)
    await note(case, "cases.filed", item=case.item)
    return case


def _of_person(person: persons.Person | None) -> dict[str, Any]:
    if person is None:
        return {}
    return {
        "person_name": person.name,
        "person_role": person.role.value,
        "person_id_kind": person.id_kind.value,
        "person_id_tail": person.id_number[-persons.TAIL :],
        "person_sealed": persons.sealed(person),
    }
