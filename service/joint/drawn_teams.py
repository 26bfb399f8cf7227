"""Officers who were drawn (双随机) are bound to the visit of their draw, or it is said why not.

Objects and officers are drawn, and who was drawn goes (国办发〔2015〕58号).  The planner takes them
into the team; where one has left office meanwhile, or has no card on the day, the visit goes on
with others, and the draw's page tells everybody who was drawn, who came, and why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from service.joint.batches import rows_by_id
from service.joint.planning.model import MOST_NAMES, Demand, Officer
from service.joint.records import InspectionDemand, JointVisit, OfficerAbsence
from service.joint.rules import VisitState
from service.officers.records import Officer as OfficerRow
from service.officers.rules import certified_on
from tenants.wall import current


class TeamNote(StrEnum):
    """Why somebody who was drawn is not in the team."""

    LEFT_OFFICE = "LEFT_OFFICE"
    NO_CARD = "NO_CARD"
    ON_LEAVE = "ON_LEAVE"
    TOO_MANY_DRAWN = "TOO_MANY_DRAWN"
    REPLACED = "REPLACED"


CHINESE = {
    TeamNote.LEFT_OFFICE: "抽中的执法人员已离任或调离该单位",
    TeamNote.NO_CARD: "抽中的执法人员检查当日无有效执法证",
    TeamNote.ON_LEAVE: "抽中的执法人员检查当日休假、值班或培训",
    TeamNote.TOO_MANY_DRAWN: "同一计划内抽中的执法人员过多，未能全部绑定",
    TeamNote.REPLACED: "牵头单位更换了检查组",
}


def bind_drawn(
    demands: Sequence[Demand], drawn: Mapping[str, Sequence[str]], officers: Sequence[Officer]
) -> list[Demand]:
    """The demands with the officers who were drawn for them, as far as these can come at all.

    The planner tells few officers apart by name; what is due first is bound first.
    """
    known = {officer.id: officer for officer in officers}
    room = MOST_NAMES - len({demand.skill for demand in demands})
    named: set[str] = set()
    bound: dict[str, tuple[str, ...]] = {}
    for demand in sorted(
        (one for one in demands if one.id in drawn), key=lambda one: (one.due, one.id)
    ):
        able = tuple(o for o in drawn[demand.id] if o in known and _comes(known[o], demand))
        if len(named.union(able)) <= room:
            named.update(able)
            bound[demand.id] = able
    return [replace(d, officers=bound[d.id]) if d.id in bound else d for d in demands]


def _comes(officer: Officer, demand: Demand) -> bool:
    """Whether an officer of the body that drew is on duty on a day of the window."""
    window = range(demand.release, demand.due + 1)
    return (
        officer.certified
        and officer.body == demand.body
        and any(day not in officer.absent for day in window)
    )


async def note_teams(visits: Mapping[UUID, JointVisit], otherwise: TeamNote) -> None:
    """Write at each demand of a draw why its visit goes without somebody who was drawn.

    `otherwise` is the reason where nothing keeps the officer from coming.
    """
    demands = [
        row
        for row in await InspectionDemand.filter(visit_id__in=list(visits), draw_id__isnull=False)
        if row.officer_ids
    ]
    drawn = {UUID(officer) for row in demands for officer in row.officer_ids}
    officers = await rows_by_id(OfficerRow, drawn)
    away = await OfficerAbsence.filter(officer_id__in=sorted(drawn)) if drawn else []
    for row in demands:
        assert row.visit_id is not None
        visit = visits[row.visit_id]
        missing = sorted(set(row.officer_ids) - set(visit.officer_ids))
        notes = [_note(officers.get(UUID(o)), row.body_id, visit, away) for o in missing]
        note = next((one for one in notes if one), otherwise) if missing else ""
        if note != row.team_note:
            row.team_note = str(note)
            await row.save(update_fields=["team_note"])


def _note(
    officer: OfficerRow | None, body_id: UUID, visit: JointVisit, away: Sequence[OfficerAbsence]
) -> TeamNote | None:
    if officer is None or not officer.active or officer.body_id != body_id:
        return TeamNote.LEFT_OFFICE
    if not certified_on(visit.day, officer.card_valid_to):
        return TeamNote.NO_CARD
    if any(one.officer_id == officer.id and one.covers(visit.day) for one in away):
        return TeamNote.ON_LEAVE
    return None


async def note_plan(plan_id: UUID) -> None:
    """Do so for the drafts of a plan that was just stored."""
    rows = await current().fetch(
        "select distinct visit_id from inspection_demands where plan_id = $1"
        " and draw_id is not null and visit_id is not null",
        plan_id,
    )
    if rows:
        visits = await rows_by_id(JointVisit, [row["visit_id"] for row in rows])
        await note_teams(visits, TeamNote.TOO_MANY_DRAWN)


@dataclass(frozen=True, slots=True)
class TeamOfDraw:
    """Who was drawn for premises, who comes or came there, and why it is not the same."""

    premises_id: UUID
    enterprise_id: UUID
    drawn: tuple[str, ...]
    team: tuple[str, ...]
    note: TeamNote | None
    done: bool


async def teams_of_draws(draw_ids: Iterable[UUID]) -> dict[UUID, list[TeamOfDraw]]:
    """The announced visits in scope that each draw led to, in the order of their premises."""
    found: dict[UUID, list[TeamOfDraw]] = {one: [] for one in draw_ids}
    demands = await InspectionDemand.filter(draw_id__in=list(found), visit_id__isnull=False)
    visits = await rows_by_id(JointVisit, [row.visit_id for row in demands if row.visit_id])
    announced = (VisitState.PUBLISHED.value, VisitState.DONE.value)
    for row in sorted(demands, key=lambda one: one.premises_id):
        assert row.visit_id is not None
        assert row.draw_id is not None
        visit = visits[row.visit_id]
        if visit.state in announced:
            found[row.draw_id].append(
                TeamOfDraw(
                    row.premises_id,
                    row.enterprise_id,
                    tuple(row.officer_ids),
                    tuple(visit.officer_ids),
                    TeamNote(row.team_note) if row.team_note else None,
                    visit.state == VisitState.DONE.value,
                )
            )
    return found
