"""Officers in the schema: who may inspect, and until when the card is valid."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from api.administration import Body
from api.context import Info
from api.nodes import RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service.errors import Invalid
from service.officers import records
from tenants.rights import Right, Subject

BODIES_MAX = 50

CardDay = Annotated[
    date | None, strawberry.argument(description="Day on which the card must be valid")
]
Bodies = Annotated[
    list[relay.GlobalID] | None,
    strawberry.argument(description=f"Bodies that they serve, at most {BODIES_MAX}, null for all"),
]
InOffice = Annotated[
    bool | None,
    strawberry.argument(description="True for those in office, false for who left, null for both"),
]
EndsBy = Annotated[
    date | None,
    strawberry.argument(description="Only those in office whose card ends on that day or before"),
]


@strawberry.type(description="Officer with an enforcement card (执法人员)")
class Officer(RowNode, relay.Node):
    """One officer."""

    model = records.Officer
    object_kind = Subject.OFFICER

    id: relay.NodeID[UUID]
    name: str = strawberry.field(description="Name of the officer")
    card_no: str = strawberry.field(description="Number of the enforcement card (执法证)")
    card_valid_to: date = strawberry.field(description="Last day of the card")
    skills: list[str] = strawberry.field(description="Lines that the officer masters")
    active: bool = strawberry.field(description="Indicates that the officer is in office")
    version: int = strawberry.field(description="Number that grows with each change of the entry")
    left_on: date | None = strawberry.field(description="Day of leaving office, null while in it")
    reason: str | None = strawberry.field(
        description="Why the officer left or came to another body, null when neither"
    )
    body_id: strawberry.ID = strawberry.field(description="Plain id of the enforcement body")

    @classmethod
    def of(cls, row: records.Officer) -> "Officer":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            name=row.name,
            card_no=row.card_no,
            card_valid_to=row.card_valid_to,
            skills=list(row.skills),
            active=row.active,
            version=row.version,
            left_on=row.left_on,
            reason=row.reason or None,
            body_id=strawberry.ID(str(row.body_id)),
        )


@strawberry.type
class OfficerQuery:
    """Questions about officers."""

    @strawberry.field(description="Officers that the caller may see")
    async def officers(
        self,
        info: Info,
        certified_on: CardDay = None,
        body_ids: Bodies = None,
        in_office: InOffice = None,
        card_ends_by: EndsBy = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Officer]:
        """One page, newest entry first; what is asked for beside one another holds together."""
        info.context.require(Subject.OFFICER, Right.READ_OWN)
        found = records.Officer.all()
        if certified_on is not None:
            found = found.filter(active=True, card_valid_to__gte=certified_on)
        if body_ids is not None:
            if len(body_ids) > BODIES_MAX:
                raise Invalid(f"name at most {BODIES_MAX} bodies", path=("bodyIds",))
            found = found.filter(body_id__in=[node_id(one, Body, "bodyIds") for one in body_ids])
        if in_office is not None:
            found = found.filter(active=in_office)
        if card_ends_by is not None:
            found = found.filter(active=True, card_valid_to__lte=card_ends_by)
        return await page(found, Officer.of, first=first, after=after)
