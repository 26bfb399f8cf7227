"""The change feed in the schema: what changed since a cursor, for clients that keep a copy."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from api.accidents import Accident
from api.assets import Asset
from api.cases import PenaltyCase
from api.context import Info
from api.hazards import Hazard
from api.inspections import Inspection
from api.nodes import RowNode, typed_id
from api.paging import PAGE_DEFAULT, After, First, PageInfo, check_first
from api.register import Enterprise, Premises
from api.risks import RiskPoint
from api.standardisation import StandardisationCert
from api.supervision import SupervisionOrder
from service.changes import queries, rules
from service.changes.rules import WATCHED, ChangedKind, What
from service.errors import Forbidden
from tenants.rights import Right, Role, allows

strawberry.enum(ChangedKind, description="Kind of objects that the change feed follows")
strawberry.enum(What, name="ChangeMeaning", description="What a change asks of the client")

TYPES: dict[ChangedKind, type[RowNode]] = {
    ChangedKind.ENTERPRISE: Enterprise,
    ChangedKind.PREMISES: Premises,
    ChangedKind.HAZARD: Hazard,
    ChangedKind.RISK_POINT: RiskPoint,
    ChangedKind.INSPECTION: Inspection,
    ChangedKind.CASE: PenaltyCase,
    ChangedKind.ACCIDENT: Accident,
    ChangedKind.ASSET: Asset,
    ChangedKind.SUPERVISION_ORDER: SupervisionOrder,
    ChangedKind.STANDARDISATION_CERT: StandardisationCert,
}
FOLLOWERS = frozenset(
    {Role.APP, Role.TENANT_ADMIN, Role.INSPECTOR, Role.DEPARTMENT, Role.COMMITTEE}
)
"""Whose copy is that of whole towns; an enterprise asks for its own objects."""


@strawberry.type(
    description="Line of the change feed. CREATED, UPDATED: keep `object`. REMOVED: drop"
    " `objectId`. RESYNC: drop the kinds of that town and read their lists anew. LOST: drop them"
)
class Change:
    """One line."""

    what: What = strawberry.field(description="What it asks of the client")
    tenant_id: strawberry.ID = strawberry.field(description="Global id of the town")
    kinds: list[ChangedKind] = strawberry.field(
        description="Kind of the object, or all kinds that RESYNC and LOST are about"
    )
    at: datetime = strawberry.field(description="When it happened, timestamp")
    object_id: strawberry.ID | None = strawberry.field(
        description="Global id of the object, null for RESYNC and LOST"
    )
    object: relay.Node | None = strawberry.field(
        description="The object as it is now, null where there is none to see"
    )


@strawberry.type(description="Line of the change feed with its cursor")
class ChangeEdge:
    """One line."""

    node: Change = strawberry.field(description="The line")
    place: strawberry.Private[Callable[[], str]]

    @strawberry.field(
        description="Cursor after this line; `pageInfo.endCursor` is enough for most clients"
    )
    def cursor(self) -> str:
        """Made when it is asked for: it names every town."""
        return self.place()


@strawberry.type(description="Page of the change feed")
class ChangeConnection:
    """One page; there is no count, since a feed has no end."""

    edges: list[ChangeEdge] = strawberry.field(description="Lines in the order of their commits")
    page_info: PageInfo = strawberry.field(
        description="Where the page stands; `endCursor` is never null"
    )


Kinds = Annotated[
    list[ChangedKind] | None,
    strawberry.argument(description="Kinds to follow; all that the caller may read when left out"),
]
Towns = Annotated[
    list[relay.GlobalID] | None,
    strawberry.argument(
        description="Towns to follow, those that the caller may not read left out; all that it may"
        " read, at most 500, when left out"
    ),
]


@strawberry.type
class ChangeQuery:
    """Questions about changes."""

    @strawberry.field(
        description="What changed after a cursor, in commit order and without a gap; without"
        " `after` one RESYNC for each town. Cursors outlive changes of what the caller may read"
    )
    async def changes(
        self,
        info: Info,
        after: After = None,
        first: First = PAGE_DEFAULT,
        kinds: Kinds = None,
        tenants: Towns = None,
    ) -> ChangeConnection:
        """See `service.changes`."""
        served = followed(info, kinds)
        known = rules.decode(after) if after is not None else {}
        towns = None if tenants is None else [typed_id(t, "Tenant", "tenants") for t in tenants]
        page = await queries.page(known, served, towns, check_first(first))
        seen = await current_objects(info, page.changes)
        edges = [
            edge_of(change, seen)
            for change in rules.removed(page.changes, lambda c: c.object_id in seen)
        ]
        return ChangeConnection(
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.more,
                has_previous_page=after is not None,
                start_cursor=edges[0].place() if edges else None,
                end_cursor=rules.encode(page.places),
            ),
        )


def followed(info: Info, asked: list[ChangedKind] | None) -> rules.Kinds:
    """The kinds asked for that the caller may read.

    Raises:
        Forbidden: the caller's is no copy of whole towns.
    """
    principal = info.context.principal
    if principal.role not in FOLLOWERS:
        raise Forbidden("the change feed is for applications and offices")
    return frozenset(
        kind
        for kind, watched in WATCHED.items()
        if (asked is None or kind in asked)
        and allows(principal.role, watched.subject, Right.READ_OWN, capabilities=principal.grants)
    )


async def current_objects(info: Info, changes: list[rules.Change]) -> dict[UUID, relay.Node]:
    """What the changes are about and the caller may see, one statement a kind."""
    wanted: dict[ChangedKind, set[UUID]] = defaultdict(set)
    for change in changes:
        if change.object_id is not None:
            (kind,) = change.kinds
            wanted[kind].add(change.object_id)
    found: dict[UUID, relay.Node] = {}
    for kind, ids in wanted.items():
        ordered = sorted(ids)
        nodes = await TYPES[kind].resolve_nodes(info=info, node_ids=[str(one) for one in ordered])
        found |= {key: node for key, node in zip(ordered, nodes, strict=True) if node is not None}
    return found


def edge_of(change: rules.Change, seen: dict[UUID, relay.Node]) -> ChangeEdge:
    """The change as the schema shows it."""
    kinds = sorted(change.kinds, key=lambda kind: WATCHED[kind].bit)
    key = change.object_id
    line = Change(
        what=change.what,
        tenant_id=strawberry.ID(relay.to_base64("Tenant", str(change.tenant_id))),
        kinds=kinds,
        at=change.at,
        object_id=(
            strawberry.ID(relay.to_base64(WATCHED[kinds[0]].type_name, str(key))) if key else None
        ),
        object=seen.get(key) if key else None,
    )
    return ChangeEdge(node=line, place=partial(rules.encode, change.after or {}))
