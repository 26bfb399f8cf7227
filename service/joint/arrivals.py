"""At the door: the team shows its code, the enterprise checks it, the team scans the premises."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from service import audit, clock, outbox
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.ids import new_id
from service.joint import codes
from service.joint.fitness import enough_cards
from service.joint.records import InspectionDemand, JointVisit, PremisesCode
from service.joint.rules import VisitState
from service.officers.records import Officer
from service.register.records import Premises
from tenants.directory import department_scope
from tenants.records import Body
from tenants.scope import Scope
from tenants.wall import current, tenant_transaction


class CodeVerdict(Enum):
    """What an enforcement code is worth."""

    VALID = "VALID"
    STALE = "STALE"
    NOT_OURS = "NOT_OURS"
    NOT_TODAY = "NOT_TODAY"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Checked:
    """Outcome of checking a code, with what the door must know of a valid one."""

    verdict: CodeVerdict
    visit: JointVisit | None = None
    premises: str = ""
    bodies: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


async def taking_part(visit_id: UUID, body_id: UUID | None) -> JointVisit:
    """The visit, if the body takes part in it.

    Raises:
        NotFound: no such visit in scope.
        Forbidden: the body has no demand in it.
    """
    visit = await JointVisit.get_or_none(id=visit_id)
    if visit is None:
        raise NotFound("no such visit", path=("input", "visitId"))
    bodies = await InspectionDemand.filter(tenant_id=visit.tenant_id, visit_id=visit.id)
    if body_id is None or body_id not in {visit.lead_body_id, *(row.body_id for row in bodies)}:
        raise Forbidden("your body does not take part in this visit")
    return visit


async def show_code(visit_id: UUID, body_id: UUID | None) -> tuple[str, datetime]:
    """The code of this half minute, and its last moment.

    Raises:
        NotFound, Forbidden: see `taking_part`.
        Conflict: the visit is not announced, or not due today.
    """
    visit = await taking_part(visit_id, body_id)
    now = clock.now()
    if visit.state != VisitState.PUBLISHED.value:
        raise Conflict(f"a visit that is {visit.state} shows no code")
    if visit.day != clock.legal_day(now):
        raise Conflict(f"this visit is announced for {visit.day}")
    if not await enough_cards(visit, visit.day):
        raise Conflict("fewer than two of the team hold a valid card today")
    step = codes.step_of(now)
    return codes.visit_code(visit.owner, visit.id, step), codes.valid_until(step)


async def judge(code: str, enterprise_id: UUID | None = None) -> tuple[CodeVerdict, UUID | None]:
    """What a code is worth, in an open transaction that may write its town; with its visit.

    With `enterprise_id` a code of a visit to somebody else is not one of ours.  Judging a code
    valid leaves the moment with the visit: from then on it may not be refused.
    """
    named, fresh = codes.read_visit_code(code, clock.now())
    if named is None:
        return CodeVerdict.NOT_OURS, None
    visit = await JointVisit.get_or_none(id=named.subject)
    if visit is None or enterprise_id not in (None, visit.enterprise_id):
        return CodeVerdict.NOT_OURS, None
    if not fresh:
        return CodeVerdict.STALE, None
    if visit.state != VisitState.PUBLISHED.value:
        return CodeVerdict.WITHDRAWN, None
    if visit.day != clock.legal_day(clock.now()):
        return CodeVerdict.NOT_TODAY, None
    if visit.code_checked_at is None:
        visit.code_checked_at = clock.now()
        await visit.save(update_fields=["code_checked_at"])
    return CodeVerdict.VALID, visit.id


async def check_code(code: str) -> Checked:
    """The same for anybody at the door, with what the door must know of a valid visit.

    Opens transactions of its own, since nobody has signed in.
    """
    named, _ = codes.read_visit_code(code, clock.now())
    if named is None:
        return Checked(CodeVerdict.NOT_OURS)
    async with tenant_transaction(Scope.of_tenant(named.owner, "public:code")):
        verdict, visit_id = await judge(code)
        visit = await JointVisit.get(id=visit_id) if visit_id else None
    return await _shown(visit) if visit else Checked(verdict)


async def _shown(visit: JointVisit) -> Checked:
    scope = await department_scope(visit.district_id, "public:code")
    async with tenant_transaction(scope, read_only=True):
        premises = await Premises.get(id=visit.premises_id)
        demands = await InspectionDemand.filter(visit_id=visit.id)
        bodies = await Body.filter(id__in=[visit.lead_body_id, *(d.body_id for d in demands)])
        team = await Officer.filter(id__in=[UUID(o) for o in visit.officer_ids]).order_by("id")
    names = sorted((b.id != visit.lead_body_id, b.name) for b in bodies)
    return Checked(
        CodeVerdict.VALID,
        visit,
        premises.name,
        tuple(name for _, name in names),
        tuple(officer.card_no for officer in team),
        tuple(sorted({item for d in demands for item in d.items})),
    )


async def current_print(premises_id: UUID) -> str:
    """The code to hang at premises; the first is made when it is first asked for.

    Raises:
        NotFound: no such premises in scope.
    """
    premises = await _premises(premises_id)
    row = await PremisesCode.get_or_none(tenant_id=premises.tenant_id, premises_id=premises.id)
    number = row.number if row else 1
    return codes.premises_code(premises.owner, premises.id, number)


async def reprint(premises_id: UUID) -> str:
    """Make a new code for premises; every older print is void.

    Raises:
        NotFound: no such premises in scope.
    """
    premises = await _premises(premises_id)
    (row,) = await current().fetch(
        "insert into premises_codes (id, tenant_id, district_id, premises_id, number, issued_at)"
        " values ($1, $2, $3, $4, 2, $5) on conflict on constraint premises_codes_one"
        " do update set number = premises_codes.number + 1, issued_at = excluded.issued_at"
        " returning number",
        new_id(),
        premises.tenant_id,
        premises.district_id,
        premises.id,
        clock.now(),
    )
    await audit.record("joint.premises_code_reprinted", premises.owner, "Premises", premises.id)
    return codes.premises_code(premises.owner, premises.id, row["number"])


async def _premises(premises_id: UUID) -> Premises:
    premises = await Premises.get_or_none(id=premises_id)
    if premises is None:
        raise NotFound("no such premises", path=("input", "premisesId"))
    return premises


async def arrive(visit_id: UUID, body_id: UUID | None, premises_code: str) -> JointVisit:
    """Note that the team scanned the code at the premises; scanning twice changes nothing.

    Raises:
        NotFound, Forbidden: see `taking_part`.
        Invalid: the code is forged, void, or of other premises.
        Conflict: the visit is not announced, or not due today.
    """
    visit = await taking_part(visit_id, body_id)
    named = codes.read_premises_code(premises_code)
    if named is None:
        raise Invalid("this is no premises code of ours", path=("input", "premisesCode"))
    if named.subject != visit.premises_id:
        raise Invalid("this code hangs at other premises", path=("input", "premisesCode"))
    row = await PremisesCode.get_or_none(tenant_id=visit.tenant_id, premises_id=visit.premises_id)
    if named.number != (row.number if row else 1):
        raise Invalid("this print was replaced by a newer one", path=("input", "premisesCode"))
    if visit.state != VisitState.PUBLISHED.value:
        raise Conflict(f"a visit that is {visit.state} does not begin", path=("input", "visitId"))
    if visit.day != clock.legal_day(clock.now()):
        raise Conflict(f"this visit is announced for {visit.day}", path=("input", "visitId"))
    if not await enough_cards(visit, visit.day):
        raise Conflict(
            "fewer than two of the team hold a valid card today; release the visit or have it"
            " planned again (行政处罚法 art. 42)",
            path=("input", "visitId"),
        )
    if visit.arrived_at is None:
        visit.arrived_at, visit.arrived_by = clock.now(), current().scope.actor
        await visit.save(update_fields=["arrived_at", "arrived_by"])
        await audit.record("joint.team_arrived", visit.owner, "JointVisit", visit.id)
        await outbox.emit("joint.team_arrived", visit.owner, {"visit": str(visit.id)})
    return visit
