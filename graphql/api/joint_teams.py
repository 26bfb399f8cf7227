"""Teams of announced visits in the schema: which lack officers, and another team for them."""

from typing import Any

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.joint import JointVisit
from api.nodes import node_id
from api.officers import Officer
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service.errors import Forbidden
from service.joint import queries, teams
from tenants.rights import Right, Role, Subject


@strawberry.type
class TeamQuery:
    """Questions about teams."""

    @strawberry.field(
        description="Announced visits that lack officers or a skill since their teams changed, "
        "soonest first"
    )
    async def visits_short_of_officers(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[JointVisit]:
        """One page; an enterprise is told by whoever comes."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        if info.context.principal.role is Role.ENTERPRISE:
            raise Forbidden("the team is the authority's own affair")
        return await page(
            queries.short_visits(),
            JointVisit.of,
            first=first,
            after=after,
            key="day",
            descending=False,
        )


@strawberry.input(description="Another team for an announced visit")
class ChangeJointVisitTeamInput(KeyedInput):
    """Input of `changeJointVisitTeam`."""

    visit_id: relay.GlobalID = strawberry.field(description="Visit that the caller's body leads")
    officer_ids: list[relay.GlobalID] = strawberry.field(
        description="The whole team, 2 to 12 officers"
    )
    reason: str = strawberry.field(description="Reason, 4 to 400 characters")


async def _change(info: Info, input: ChangeJointVisitTeamInput) -> JointVisit:
    row = await teams.change_team(
        info.context.principal.body_id,
        node_id(input.visit_id, JointVisit, "visitId"),
        [node_id(one, Officer, "officerIds") for one in input.officer_ids],
        input.reason,
    )
    return JointVisit.of(row)


@strawberry.type
class TeamMutation:
    """Acts on teams."""

    change_joint_visit_team: Any = act(
        "changeJointVisitTeam",
        "Send another team to an announced visit; its day, hour, lead and demands stay",
        ChangeJointVisitTeamInput,
        ("visit", JointVisit),
        _change,
        needs=(Subject.DEMAND, Right.DECIDE),
        codes=("CONFLICT",),
    )
