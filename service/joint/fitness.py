"""Whether visits still fit the day they were planned for: cards, leave, closures, trading premises.

Between a plan and its publication officers leave, cards end and premises shut; nothing of that is
a constraint of the reservations.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from service.joint.days import Span, blocked
from service.joint.records import JointVisit
from service.officers.records import Officer
from service.officers.rules import MINIMUM_TEAM, certified_on
from tenants.wall import current

NO_CARD = "an officer of the team has left office or has no valid card on the day"
ON_LEAVE = "an officer of the team is on leave or duty on the day"
SHUT = "the premises are shut, or nobody is to inspect, on the day"
CLOSED = "the premises do not trade any more"


async def unfit(
    visits: Sequence[JointVisit], officers: Mapping[UUID, Officer]
) -> list[tuple[JointVisit, str]]:
    """Visits that cannot take place as they are planned, each with its first reason."""
    if not visits:
        return []
    gone = await current().fetch(
        "select id from premises where id = any ($1) and status <> 'OPERATING'",
        list({visit.premises_id for visit in visits}),
    )
    closed = {row["id"] for row in gone}
    known = await blocked(
        min(visit.day for visit in visits),
        max(visit.day for visit in visits),
        {visit.premises_id for visit in visits},
    )
    office = known.tenants.get(known.office_id, []) if known.office_id else []
    found = []
    for visit in visits:
        team = [officers[UUID(officer)] for officer in visit.officer_ids]
        quiet = [*known.tenants.get(visit.tenant_id, []), *office]
        if visit.premises_id in closed:
            found.append((visit, CLOSED))
        elif not all(one.active and certified_on(visit.day, one.card_valid_to) for one in team):
            found.append((visit, NO_CARD))
        elif any(_on(visit.day, known.officers.get(one.id, ())) for one in team):
            found.append((visit, ON_LEAVE))
        elif _on(visit.day, known.premises.get(visit.premises_id, ())) or _on(visit.day, quiet):
            found.append((visit, SHUT))
    return found


def _on(day: date, spans: Iterable[Span]) -> bool:
    return any(first <= day <= last for first, last in spans)


async def enough_cards(visit: JointVisit, day: date) -> bool:
    """Whether two of the team may still inspect on the day, as far as its officers are in sight.

    行政处罚法 art. 42: two officers at least.
    """
    team = await Officer.filter(id__in=[UUID(officer) for officer in visit.officer_ids])
    gone = [one for one in team if not (one.active and certified_on(day, one.card_valid_to))]
    return len(visit.officer_ids) - len(gone) >= MINIMUM_TEAM
