"""Teams of announced visits: who can still go, what a visit lacks, and another team for it.

An officer leaves, a card ends, leave is entered: none of that undoes an announced visit, and none
of it may pass unseen.  A town does not see the officers of all bodies, so the desk of the district
counts.
"""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from service import audit, clock, outbox
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.joint.drawn_teams import TeamNote, note_teams
from service.joint.records import InspectionDemand, JointVisit, OfficerAbsence
from service.joint.reserving import ReservationRefused, lock_all, reseat
from service.joint.rules import Member, Shortage, VisitState, check_reason, shortage_of
from service.officers.records import Officer
from service.officers.rules import certified_on
from tenants.directory import department_scope, districts
from tenants.wall import current, tenant_transaction

MOST_OFFICERS = 12
ACTOR = "task:joint.recount_teams"

_AFFECTED = """
select distinct v.id from joint_visits v
    join officer_reservations r on r.visit_id = v.id
    join officers o on o.tenant_id = r.tenant_id and o.id = r.officer_id
    where v.state = 'PUBLISHED' and v.day >= $1 and (v.shortage <> '' or o.id = $2
        or not o.active or o.card_valid_to < v.day
        or exists (select 1 from officer_absences a where a.tenant_id = o.tenant_id
            and a.officer_id = o.id and a.first_day <= v.day and a.last_day >= v.day))"""


async def recount(district_id: UUID, officer_id: UUID | None = None) -> int:
    """Look at the teams of a district anew; how many visits lack something else than before.

    With an officer also at the visits where nothing but skills or the body changed.
    """
    today = clock.legal_day(clock.now())
    async with tenant_transaction(await department_scope(district_id, ACTOR)):
        found = await current().fetch(_AFFECTED, today, officer_id)
        changed = await _recount([row["id"] for row in found])
        await outbox.settle()
    return changed


async def recount_everywhere() -> None:
    """Do so in every district: what no event told of, such as leave that was taken back."""
    for district_id in await districts(ACTOR):
        await recount(district_id)


async def _recount(ids: Collection[UUID]) -> int:
    visits = (
        await JointVisit.filter(id__in=sorted(ids)).order_by("tenant_id", "id").select_for_update()
    )
    lacking = await _lacking(visits)
    changed = 0
    for visit in visits:
        lack = lacking[visit.id]
        now = lack.value if lack else ""
        if now == visit.shortage:
            continue
        changed += 1
        visit.shortage = now
        await visit.save(update_fields=["shortage"])
        act = "joint.visit_short" if now else "joint.visit_staffed"
        await audit.record(act, visit.owner, "JointVisit", visit.id, shortage=now)
        await outbox.emit(act, visit.owner, {"visit": str(visit.id), "shortage": now})
    return changed


async def _lacking(visits: Sequence[JointVisit]) -> dict[UUID, Shortage | None]:
    """What each visit lacks, with three statements however many they are."""
    team = {UUID(officer) for visit in visits for officer in visit.officer_ids}
    officers = {row.id: row for row in await Officer.filter(id__in=sorted(team))}
    away: dict[UUID, list[OfficerAbsence]] = {}
    for absence in await OfficerAbsence.filter(officer_id__in=sorted(team)):
        away.setdefault(absence.officer_id, []).append(absence)
    skills: dict[UUID, set[str]] = {visit.id: set() for visit in visits}
    for demand in await InspectionDemand.filter(visit_id__in=list(skills)):
        assert demand.visit_id is not None
        skills[demand.visit_id].add(demand.skill)
    found = {}
    for visit in visits:
        members = [
            member_on(visit.day, officers[UUID(o)], away.get(UUID(o), ()))
            for o in visit.officer_ids
            if UUID(o) in officers
        ]
        found[visit.id] = shortage_of(members, visit.lead_body_id, skills[visit.id])
    return found


def member_on(day: date, officer: Officer, away: Collection[OfficerAbsence]) -> Member:
    """The officer as one of the team of a day."""
    comes = (
        officer.active
        and certified_on(day, officer.card_valid_to)
        and not any(one.covers(day) for one in away)
    )
    return Member(comes, officer.body_id, officer.skills)


async def change_team(
    body_id: UUID | None, visit_id: UUID, officer_ids: Sequence[UUID], reason: str
) -> JointVisit:
    """Send another team to an announced visit; day, hour, lead and demands stay.

    Raises:
        NotFound: no such visit or officer in scope.
        Forbidden: another body leads the visit.
        Invalid: no reason, or an officer is named twice.
        Conflict: the visit is over or begun, the team could not go, or is at another visit then;
            nothing changed.
    """
    why = check_reason(reason)
    wanted = list(officer_ids)
    if len(set(wanted)) != len(wanted) or len(wanted) > MOST_OFFICERS:
        raise Invalid(
            f"name up to {MOST_OFFICERS} officers, each once", path=("input", "officerIds")
        )
    await current().fetch("select 1 from joint_visits where id = $1 for update", visit_id)
    visit = await JointVisit.get_or_none(id=visit_id)
    if visit is None:
        raise NotFound("no such visit", path=("input", "visitId"))
    if visit.lead_body_id != body_id:
        raise Forbidden("only the lead body chooses the team")
    if visit.state != VisitState.PUBLISHED.value or visit.arrived_at is not None:
        raise Conflict("the team of this visit is settled", path=("input", "visitId"))
    if await Officer.filter(id__in=wanted).count() != len(wanted):
        raise NotFound("an officer of this team is not in your sight", path=("input", "officerIds"))
    old, visit.officer_ids = visit.officer_ids, [str(one) for one in wanted]
    lack = (await _lacking([visit]))[visit.id]
    if lack is not None:
        raise Conflict(f"this team cannot go: {lack.value}", path=("input", "officerIds"))
    await lock_all([visit])
    try:
        await reseat(visit)
    except ReservationRefused as refused:
        raise Conflict(refused.reasons[0][1], path=("input", "officerIds")) from refused
    visit.shortage, visit.sequence, visit.changed_at = "", visit.sequence + 1, clock.now()
    await visit.save(update_fields=["officer_ids", "shortage", "sequence", "changed_at"])
    await note_teams({visit.id: visit}, TeamNote.REPLACED)
    await audit.record(
        "joint.team_changed",
        visit.owner,
        "JointVisit",
        visit.id,
        before=old,
        after=visit.officer_ids,
        reason=why,
    )
    await outbox.emit("joint.team_changed", visit.owner, {"visit": str(visit.id)})
    return visit
