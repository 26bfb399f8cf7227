"""Random draws in the schema, and their public documents with the script that draws again."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import strawberry
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from strawberry import relay

from api.acts import KeyedInput, act
from api.administration import Body
from api.context import Info
from api.joint import InspectionDemand, body_of
from api.nodes import RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service.draws import commands, queries, records, redraw
from service.draws.rules import DrawState
from service.errors import Invalid
from service.joint import drawn
from service.joint.drawn_teams import CHINESE as TEAM_WORDS
from service.joint.drawn_teams import TeamNote, TeamOfDraw, teams_of_draws
from service.joint.records import InspectionDemand as DemandRow
from service.joint.rules import DemandKind, DemandTerms
from service.register.rules import RiskColour
from tenants.rights import Right, Role, Subject

strawberry.enum(DrawState, description="Where a random draw stands")
WRITES = (Subject.DEMAND, Right.WRITE)
SCRIPT = Path(redraw.__file__).read_text(encoding="utf-8")
_SAFE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=60"}


@strawberry.type(description="Object of a random draw with its officers")
class DrawnObject:
    """One result."""

    stratum: str = strawberry.field(description="Stratum it was drawn from")
    premises_id: strawberry.ID = strawberry.field(description="Global id of the premises")
    officer_ids: list[strawberry.ID] = strawberry.field(description="Global ids of the officers")


@strawberry.type(description="Who was drawn for premises, and who comes or came there")
class DrawnTeam:
    """One announced visit that a draw led to."""

    premises_id: strawberry.ID = strawberry.field(description="Global id of the premises")
    drawn_officer_ids: list[strawberry.ID] = strawberry.field(
        description="Global ids of the officers who were drawn"
    )
    officer_ids: list[strawberry.ID] = strawberry.field(description="Global ids of the team")
    differs: bool = strawberry.field(
        description="Indicates that somebody who was drawn is not in the team"
    )
    note: TeamNote | None = strawberry.field(description="Why, null when everybody is")
    done: bool = strawberry.field(description="Indicates that the visit took place")

    @classmethod
    def of(cls, row: TeamOfDraw) -> "DrawnTeam":
        """The team as the schema shows it."""
        return cls(
            premises_id=strawberry.ID(str(relay.GlobalID("Premises", str(row.premises_id)))),
            drawn_officer_ids=_officers(row.drawn),
            officer_ids=_officers(row.team),
            differs=not set(row.drawn) <= set(row.team),
            note=row.note,
            done=row.done,
        )


def _officers(ids: Sequence[str]) -> list[strawberry.ID]:
    return [strawberry.ID(str(relay.GlobalID("Officer", one))) for one in ids]


@strawberry.type(description="Random draw of objects and officers (双随机) that anybody can repeat")
class RandomDraw(RowNode, relay.Node):
    """One draw."""

    model = records.RandomDraw
    object_kind = Subject.DEMAND

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.RandomDraw]
    number: int = strawberry.field(description="Number of the draw; none is ever left out")
    title: str = strawberry.field(description="Title of the draw")
    state: DrawState = strawberry.field(description="Where the draw stands")
    seed_source: str = strawberry.field(description="Where the public seed is read")
    seed_known_after: datetime = strawberry.field(
        description="Timestamp before which nobody can know the seed"
    )
    commitment: str = strawberry.field(
        description="SHA-256 of the lists, published before the seed was known"
    )
    committed_at: datetime = strawberry.field(description="Timestamp of the commitment")
    objects: int = strawberry.field(description="Number of objects in the lists")
    seed: str | None = strawberry.field(description="The public seed, null before the draw")
    void_reason: str | None = strawberry.field(description="Why it was given up, null if not")

    @strawberry.field(
        description="Demands that the draw led to, at most 500; empty before they are asked for"
    )
    async def demands(self, info: Info) -> list[InspectionDemand]:
        """Loaded in batches; an enterprise sees its own."""

        async def load(keys: list[UUID]) -> list[list[DemandRow]]:
            found = await drawn.of_draws(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("demands_of_draw", load).load(self.id)
        principal = info.context.principal
        if principal.role is Role.ENTERPRISE:
            rows = [row for row in rows if row.enterprise_id == principal.enterprise_id]
        return [InspectionDemand.of(row) for row in rows[:500]]

    @strawberry.field(
        description="Teams of the announced visits that the draw led to, at most 500; empty before"
    )
    async def teams(self, info: Info) -> list[DrawnTeam]:
        """Loaded in batches; what anybody may read at `teamsPath`."""

        async def load(keys: list[UUID]) -> list[list[TeamOfDraw]]:
            found = await teams_of_draws(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("teams_of_draw", load).load(self.id)
        principal = info.context.principal
        if principal.role is Role.ENTERPRISE:
            rows = [row for row in rows if row.enterprise_id == principal.enterprise_id]
        return [DrawnTeam.of(row) for row in rows[:500]]

    teams_path: str = strawberry.field(
        description="Path on this server where anybody reads who was drawn and who came"
    )
    path: str = strawberry.field(
        description="Path on this server of the public document, to draw again"
    )

    @strawberry.field(description="Body that draws")
    async def body(self, info: Info) -> Body | None:
        """Loaded in batches."""
        return await body_of(info, self.row.body_id)

    @strawberry.field(description="What was drawn, at most 500 objects; empty before the draw")
    def drawn(self) -> list[DrawnObject]:
        """In the order of the draw."""
        return [
            DrawnObject(
                stratum=one["stratum"],
                premises_id=strawberry.ID(str(relay.GlobalID("Premises", one["object"]))),
                officer_ids=[
                    strawberry.ID(str(relay.GlobalID("Officer", o))) for o in one["officers"]
                ],
            )
            for one in self.row.result.get("drawn", [])[:500]
        ]

    @classmethod
    def of(cls, row: records.RandomDraw) -> "RandomDraw":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            number=row.number,
            title=row.title,
            state=DrawState(row.state),
            seed_source=row.seed_source,
            seed_known_after=row.seed_known_after,
            commitment=row.commitment,
            committed_at=row.committed_at,
            objects=row.objects,
            seed=row.seed,
            void_reason=row.void_reason or None,
            path=f"/draws/{row.id}.json",
            teams_path=f"/draws/{row.id}/teams.json",
        )


@strawberry.type
class DrawQuery:
    """Questions about draws."""

    @strawberry.field(description="Random draws that the caller may see, newest first")
    async def random_draws(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[RandomDraw]:
        """One page."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        return await page(queries.draws(), RandomDraw.of, first=first, after=after)


@strawberry.input(description="How many premises of one risk colour are drawn")
class DrawStratumInput:
    """One stratum."""

    risk: RiskColour = strawberry.field(description="Risk colour of the enterprises")
    take: int = strawberry.field(description="Number of premises drawn")


@strawberry.input(description="Draw to be committed to")
class CommitRandomDrawInput(KeyedInput):
    """Input of `commitRandomDraw`."""

    title: str = strawberry.field(description="Title, 2 to 200 characters")
    strata: list[DrawStratumInput] = strawberry.field(description="Strata, each colour once")
    team: int = strawberry.field(default=2, description="Officers of each object, 2 to 6")
    seed_source: str = strawberry.field(
        description="Where the seed will be read, such as a lottery draw or a beacon round"
    )
    seed_known_after: datetime = strawberry.field(
        description="Timestamp before which nobody can know the seed, ten minutes ahead at least"
    )
    horizon_days: int = strawberry.field(
        default=90, description="Premises with an announced visit within these days are left out"
    )


@strawberry.input(description="Draw and its public seed")
class DrawAtRandomInput(KeyedInput):
    """Input of `drawAtRandom`."""

    draw_id: relay.GlobalID = strawberry.field(description="Draw that was committed to")
    seed: str = strawberry.field(description="The public seed, 1 to 400 characters")


@strawberry.input(description="Draw to be given up")
class VoidRandomDrawInput(KeyedInput):
    """Input of `voidRandomDraw`."""

    draw_id: relay.GlobalID = strawberry.field(description="Draw that was committed to")
    reason: str = strawberry.field(description="Reason, 4 to 400 characters")


@strawberry.input(description="Draw whose objects are to be inspected, and on which terms")
class DemandDrawnPremisesInput(KeyedInput):
    """Input of `demandDrawnPremises`."""

    draw_id: relay.GlobalID = strawberry.field(description="Draw that was drawn")
    kind: DemandKind = strawberry.field(
        default=DemandKind.ROUTINE, description="ROUTINE or SPECIAL; a draw decides on no other"
    )
    items: list[str] = strawberry.field(description="Items to be inspected, 1 to 20")
    release_on: date = strawberry.field(description="First day of the window")
    due_on: date = strawberry.field(description="Last day of the window")
    minutes: int = strawberry.field(description="Duration in minutes, 5 to 480")
    risk: int = strawberry.field(description="Risk from 1 (low) to 4 (high)")
    mandatory: bool = strawberry.field(
        default=True, description="Indicates that the visits must be made"
    )
    basis: str = strawberry.field(description="Legal basis of the demands")


async def _demand(info: Info, input: DemandDrawnPremisesInput) -> RandomDraw:
    terms = DemandTerms(
        input.kind,
        input.items,
        input.release_on,
        input.due_on,
        input.minutes,
        input.risk,
        input.mandatory,
        input.basis,
        interval_days=0,
    )
    wanted = node_id(input.draw_id, RandomDraw, "drawId")
    row, _ = await commands.demand_draw(info.context.principal.body_id, wanted, terms)
    return RandomDraw.of(row)


async def _commit(info: Info, input: CommitRandomDrawInput) -> RandomDraw:
    take = {one.risk: one.take for one in input.strata}
    if len(take) != len(input.strata):
        raise Invalid("name each colour once", path=("input", "strata"))
    if input.seed_known_after.tzinfo is None:
        raise Invalid("give the time with its offset", path=("input", "seedKnownAfter"))
    wish = commands.Wish(
        input.title,
        take,
        input.team,
        input.seed_source,
        input.seed_known_after,
        input.horizon_days,
    )
    body = info.context.principal.body_id
    return RandomDraw.of(await commands.commit_draw(info.context.home, body, wish))


async def _draw(info: Info, input: DrawAtRandomInput) -> RandomDraw:
    wanted = node_id(input.draw_id, RandomDraw, "drawId")
    row = await commands.draw(info.context.principal.body_id, wanted, input.seed)
    return RandomDraw.of(row)


async def _void(info: Info, input: VoidRandomDrawInput) -> RandomDraw:
    wanted = node_id(input.draw_id, RandomDraw, "drawId")
    row = await commands.void_draw(info.context.principal.body_id, wanted, input.reason)
    return RandomDraw.of(row)


@strawberry.type
class DrawMutation:
    """Acts on draws."""

    commit_random_draw: Any = act(
        "commitRandomDraw",
        "Fix the lists of a draw and publish their commitment, before the seed is known",
        CommitRandomDrawInput,
        ("draw", RandomDraw),
        _commit,
        needs=WRITES,
    )
    draw_at_random: Any = act(
        "drawAtRandom",
        "Draw with the seed that has become public",
        DrawAtRandomInput,
        ("draw", RandomDraw),
        _draw,
        needs=WRITES,
        codes=("CONFLICT",),
    )
    demand_drawn_premises: Any = act(
        "demandDrawnPremises",
        "Ask for an inspection of everything that was drawn; once, however often it is asked",
        DemandDrawnPremisesInput,
        ("draw", RandomDraw),
        _demand,
        needs=WRITES,
        codes=("CONFLICT",),
    )
    void_random_draw: Any = act(
        "voidRandomDraw",
        "Give a draw up; it stays on the list, and what it led to is withdrawn",
        VoidRandomDrawInput,
        ("draw", RandomDraw),
        _void,
        needs=WRITES,
        codes=("CONFLICT",),
    )


async def serve_draw(request: Request) -> Response:
    """The public face of a draw: its commitment at once, its very document once drawn."""
    try:
        row = await queries.public_draw(UUID(request.path_params["draw"]))
    except ValueError:
        row = None
    if row is None:
        return Response(status_code=404, headers=_SAFE)
    document = queries.shown_document(row)
    if document is not None:
        headers = {**_SAFE, "X-Draw-Seed": row.seed.encode().hex() if row.seed else ""}
        return Response(document, media_type="application/json", headers=headers)
    return JSONResponse(
        {
            "number": row.number,
            "title": row.title,
            "state": row.state,
            "commitment": row.commitment,
            "seedSource": row.seed_source,
            "seedKnownAfter": row.seed_known_after.isoformat(),
            "committedAt": row.committed_at.isoformat(),
            "voidReason": row.void_reason,
        },
        headers=_SAFE,
    )


async def serve_teams(request: Request) -> Response:
    """Who was drawn and who comes or came, of all visits that a draw led to."""
    try:
        found = await queries.public_teams(UUID(request.path_params["draw"]))
    except ValueError:
        found = None
    if found is None:
        return Response(status_code=404, headers=_SAFE)
    return JSONResponse(
        [
            {
                "object": str(one.premises_id),
                "drawn": list(one.drawn),
                "team": list(one.team),
                "note": one.note.value if one.note else None,
                "noteZh": TEAM_WORDS[one.note] if one.note else None,
                "done": one.done,
            }
            for one in found
        ],
        headers=_SAFE,
    )


async def serve_script(request: Request) -> Response:
    """The script that draws again."""
    return PlainTextResponse(SCRIPT, headers=_SAFE)


routes = [
    Route("/draws/redraw.py", serve_script, methods=["GET"]),
    Route("/draws/{draw}/teams.json", serve_teams, methods=["GET"]),
    Route("/draws/{draw}.json", serve_draw, methods=["GET"]),
]
