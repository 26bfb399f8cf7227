"""Who was on site: officers with their cards as they were that day."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from service.ids import new_id
from service.inspections.records import Inspection, InspectionOfficer
from service.inspections.rules import Member, check_own_officer, check_team
from service.law.queries import rule_book
from service.officers.records import Officer
from tenants.records import owned

VISIT, REINSPECTION = 0, 1
"""Rounds of one inspection."""


async def record_team(
    row: Inspection, officer_ids: Sequence[UUID], day: date, *, round: int = VISIT
) -> None:
    """Keep the team of a round; the database refuses what this would let through.

    Raises:
        TeamTooSmall: fewer officers with valid cards than the law wants.
    """
    wanted = list(dict.fromkeys(officer_ids))
    officers = await Officer.filter(id__in=wanted).order_by("id")
    minimum = (await rule_book()).rule("TEAM", day).number
    check_team([Member(o.id, o.active, o.card_valid_to) for o in officers], minimum, day)
    check_own_officer({o.body_id for o in officers}, row.body_id)
    await InspectionOfficer.bulk_create(
        [
            InspectionOfficer(
                id=new_id(),
                **owned(row.owner),
                inspection_id=row.id,
                round=round,
                officer_id=officer.id,
                name=officer.name,
                card_no=officer.card_no,
                card_valid_to=officer.card_valid_to,
                day=day,
            )
            for officer in officers
        ]
    )
