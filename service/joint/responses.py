"""What an enterprise answers: it refuses whoever shows no valid code, and rates who came.

Without a code the enterprise may refuse: 国办发〔2024〕54号 (扫码入企), practice in Ningxia;
Order 375 of Chongqing art. 18 excepts recorded special reasons.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import settings_of
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.ids import new_id
from service.joint.records import JointVisit, VisitRating, VisitRefusal
from service.joint.rules import VisitState, check_reason
from service.register.records import Premises
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current


@dataclass(frozen=True, slots=True)
class Marks:
    """1 (bad) to 5 (good): done by the law, with courtesy, of use."""

    lawful: int
    courteous: int
    useful: int

    def __post_init__(self) -> None:
        if not all(1 <= mark <= 5 for mark in (self.lawful, self.courteous, self.useful)):
            raise Invalid("each mark is 1 to 5", path=("input",))


async def refuse_inspection(
    enterprise_id: UUID | None,
    premises_id: UUID,
    visit_id: UUID | None,
    who_came: str,
    reason: str,
) -> VisitRefusal:
    """Record that an enterprise turned away somebody who showed no valid code.

    One visit is refused once: again gives the refusal that stands.

    Raises:
        Forbidden: the caller speaks for no enterprise.
        NotFound: no such premises of the enterprise, or visit to them.
        Invalid: no word on who came, or no reason.
        Conflict: the code of this very visit was checked and was valid.
    """
    if enterprise_id is None:
        raise Forbidden("the enterprise itself refuses")
    checked = check_reason(reason)
    if not 2 <= len(who_came.strip()) <= 200:
        raise Invalid("say who came in 2 to 200 characters", path=("input", "whoCame"))
    premises = await Premises.get_or_none(id=premises_id, enterprise_id=enterprise_id)
    if premises is None:
        raise NotFound("no such premises of yours", path=("input", "premisesId"))
    standing = await _check_refusable(premises, visit_id)
    if standing is not None:
        return standing
    row = await VisitRefusal.create(
        id=new_id(),
        **owned(premises.owner),
        premises_id=premises.id,
        enterprise_id=enterprise_id,
        visit_id=visit_id,
        who_came=who_came.strip(),
        reason=checked,
        refused_by=current().scope.actor,
        refused_at=clock.now(),
    )
    await audit.record("joint.inspection_refused", premises.owner, "Premises", premises.id)
    await outbox.emit("joint.inspection_refused", premises.owner, {"refusal": str(row.id)})
    return row


async def _check_refusable(premises: Premises, visit_id: UUID | None) -> VisitRefusal | None:
    """The refusal of this visit that stands already."""
    if visit_id is None:
        return None
    await current().fetch("select 1 from joint_visits where id = $1 for update", visit_id)
    visit = await JointVisit.get_or_none(id=visit_id, premises_id=premises.id)
    if visit is None:
        raise NotFound("no such visit to these premises", path=("input", "visitId"))
    today = clock.legal_day(clock.now())
    if (
        visit.state == VisitState.PUBLISHED.value
        and visit.day == today
        and visit.code_checked_at is not None
    ):
        raise Conflict(
            "the code of this visit was checked and is valid; it may not be refused",
            path=("input", "visitId"),
        )
    return await VisitRefusal.get_or_none(tenant_id=visit.tenant_id, visit_id=visit.id)


async def rate_visit(enterprise_id: UUID | None, visit_id: UUID, marks: Marks) -> None:
    """Rate the body that led a visit, once; nothing links the marks to the visit.

    The row carries a random id and the month alone, so that neither its key nor its time tells
    who gave it.

    Raises:
        NotFound: no such visit to the enterprise.
        Conflict: it has not taken place, or is rated already.
    """
    visit = await JointVisit.get_or_none(id=visit_id)
    if visit is None or enterprise_id is None or visit.enterprise_id != enterprise_id:
        raise NotFound("no such visit to you", path=("input", "visitId"))
    if visit.state != VisitState.DONE.value:
        raise Conflict("rate a visit after it took place", path=("input", "visitId"))
    taken = await current().fetch(
        "update joint_visits set rated = true where tenant_id = $1 and id = $2 and not rated"
        " returning id",
        visit.tenant_id,
        visit.id,
    )
    if not taken:
        raise Conflict("you have rated this visit", path=("input", "visitId"))
    await current().fetch(
        "insert into visit_ratings"
        " (id, tenant_id, district_id, body_id, month, lawful, courteous, useful)"
        " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7) returning id",
        visit.tenant_id,
        visit.district_id,
        visit.lead_body_id,
        visit.day.replace(day=1),
        marks.lawful,
        marks.courteous,
        marks.useful,
    )
    await audit.record("joint.visit_rated", visit.owner, "JointVisit", visit.id)


@dataclass(frozen=True, slots=True)
class BodyRating:
    """Means of the marks of one body in a period, over the ratings in scope."""

    body_id: UUID
    ratings: int
    lawful: float
    courteous: float
    useful: float


async def ratings(home: Owner, first: date, last: date) -> list[BodyRating]:
    """Means by body of the months from `first` to `last`; bodies with too few are left out."""
    chosen = await settings_of(home, last)
    least = int(str(chosen["inspection.ratings_minimum"]))
    rows = await VisitRating.filter(month__gte=first.replace(day=1), month__lte=last).values_list(
        "body_id", "lawful", "courteous", "useful"
    )
    by_body: dict[UUID, list[tuple[int, int, int]]] = {}
    for body, *given in rows:
        by_body.setdefault(body, []).append((given[0], given[1], given[2]))
    means = {
        body: [round(sum(marks) / len(given), 2) for marks in zip(*given, strict=True)]
        for body, given in by_body.items()
        if len(given) >= least
    }
    return [BodyRating(body, len(by_body[body]), *means[body]) for body in sorted(means)]
