"""Responsibility in the schema: persons, plates with their history, and the holes."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Tenant
from api.context import Info
from api.hazards import place_of, trader_of
from api.hazards_counts import Ratio, towns_in_scope
from api.nodes import NOBODY, RowNode, node_id
from api.paging import (
    PAGE_DEFAULT,
    After,
    Connection,
    Edge,
    First,
    PageInfo,
    check_first,
    decode,
    encode,
    page,
)
from api.register import Enterprise, Premises
from service import clock
from service.errors import Forbidden
from service.responsibility import plate_page, queries, records
from service.responsibility.queries import HoleKind
from service.responsibility.rules import Outcome, PlateState, Slot
from tenants import records as tenancy
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject

strawberry.enum(Slot, name="ResponsibilitySlot", description="Place on a plate (三个责任人)")
strawberry.enum(PlateState, description="Where a version of a plate stands")
strawberry.enum(Outcome, name="PlateOutcome", description="What an assignment makes of premises")
strawberry.enum(
    HoleKind, name="ResponsibilityHoleKind", description="What is wrong with the responsibility"
)


@strawberry.type(description="Person in an office who may stand on plates")
class ResponsiblePerson(RowNode, relay.Node):
    """One person in one office."""

    model = records.ResponsiblePerson
    object_kind = Subject.SETTINGS

    id: relay.NodeID[UUID]
    name: str = strawberry.field(description="Name of the person")
    office: str = strawberry.field(description="Office of the person (职务)")
    organisation: str = strawberry.field(description="Organisation of the office (单位)")
    official: bool = strawberry.field(
        description="Indicates a person of the authorities, not of an enterprise"
    )
    in_office_from: date = strawberry.field(description="First day in office")
    in_office_to: date | None = strawberry.field(description="First day no longer in office")

    @strawberry.field(description="Indicates that the person is in office today")
    def in_office(self) -> bool:
        """On the legal day."""
        today = clock.legal_day(clock.now())
        return self.in_office_from <= today and (
            self.in_office_to is None or today < self.in_office_to
        )

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own people; those on its plates it sees there."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.ResponsiblePerson) -> "ResponsiblePerson":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            name=row.name,
            office=row.office,
            organisation=row.organisation,
            official=row.enterprise_id is None,
            in_office_from=row.in_office_from,
            in_office_to=row.in_office_to,
        )


async def person_of(info: Info, person_id: UUID) -> ResponsiblePerson:
    """The person; batched."""

    async def load(keys: list[UUID]) -> list[records.ResponsiblePerson]:
        rows = await queries.persons_by_id(None, keys)
        return [rows[key] for key in keys]

    return ResponsiblePerson.of(await info.context.loader("person", load).load(person_id))


@strawberry.type(description="Version of the plate of one premises (责任公示牌)")
class ResponsibilityPlate(RowNode, relay.Node):
    """One version."""

    model = records.ResponsibilityPlate
    object_kind = Subject.SETTINGS

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.ResponsibilityPlate]
    version: int = strawberry.field(description="Number of the version, from 1")
    state: PlateState = strawberry.field(description="Where the version stands")
    valid_from: date = strawberry.field(description="Day of publication")
    valid_to: date | None = strawberry.field(description="Day on which the version ended")
    published_at: datetime = strawberry.field(description="Timestamp of publication")
    reason: str | None = strawberry.field(description="Why this version was issued")

    @strawberry.field(description="Administrative head (行政负责人)")
    async def admin_head(self, info: Info) -> ResponsiblePerson:
        """Batched."""
        return await person_of(info, self.row.admin_head_id)

    @strawberry.field(description="Head of the department in charge (行业监管部门负责人)")
    async def industry_head(self, info: Info) -> ResponsiblePerson:
        """Batched."""
        return await person_of(info, self.row.industry_head_id)

    @strawberry.field(description="Person of the enterprise (企业责任人)")
    async def enterprise_head(self, info: Info) -> ResponsiblePerson:
        """Batched."""
        return await person_of(info, self.row.enterprise_head_id)

    @strawberry.field(description="Premises of the plate")
    async def premises(self, info: Info) -> Premises | None:
        """Null where the caller may not read the register."""
        return await place_of(info, self.row.premises_id)

    @strawberry.field(description="Enterprise of the plate")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Null where the caller may not read the register."""
        return await trader_of(info, self.row.enterprise_id)

    @strawberry.field(description="Address of the public page, the same for all versions")
    async def public_url(self, info: Info) -> str | None:
        """Batched."""

        async def load(keys: list[UUID]) -> list[str | None]:
            rows = await queries.tokens_of(keys)
            return [rows.get(key) for key in keys]

        token = await info.context.loader("plate_token", load).load(self.row.premises_id)
        return plate_page.plate_url(token) if token else None

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.ResponsibilityPlate) -> "ResponsibilityPlate":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            version=row.version,
            state=PlateState(row.state),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            published_at=row.published_at,
            reason=row.reason or None,
        )


@strawberry.type(description="Operating premises that nobody, or not everybody, answers for")
class ResponsibilityHole:
    """One hole."""

    row: strawberry.Private[queries.Hole]
    kind: HoleKind = strawberry.field(description="What is wrong")

    @strawberry.field(description="Places without a person in office")
    def vacant(self) -> list[Slot]:
        """All three where there is no plate."""
        return [s for s, one in zip(Slot, self.row.vacant.all(), strict=True) if one]

    @strawberry.field(description="Premises of the hole")
    async def premises(self, info: Info) -> Premises | None:
        """Null where the caller may not read the register."""
        return await place_of(info, self.row.premises_id)


@strawberry.type(description="Plates of one town, in numbers")
class PlateCounts:
    """Numbers only."""

    town: Tenant = strawberry.field(description="Town that is counted")
    premises: int = strawberry.field(description="Operating premises")
    plates: int = strawberry.field(description="Those with a plate")
    holes: int = strawberry.field(
        description="Operating premises without a plate, or with somebody out of office on it"
    )
    plates_current: Ratio = strawberry.field(
        description="Plates whose three persons are all in office, of the plates"
    )
    plated: Ratio = strawberry.field(description="Operating premises with a plate, of all")

    @classmethod
    def of(cls, town: tenancy.Tenant, found: queries.PlateCounts) -> "PlateCounts":
        """The counts as the schema shows them."""
        return cls(
            town=Tenant.of(town),
            premises=found.premises,
            plates=found.plates,
            holes=found.holes,
            plates_current=Ratio.of(found.current_rate),
            plated=Ratio.of(found.plated_rate),
        )


@strawberry.input(description="Filters of the list of plates; all given must hold")
class PlateWhere:
    """Every filter is optional."""

    state: PlateState | None = strawberry.field(
        default=PlateState.CURRENT, description="State; the current versions by default"
    )
    premises_id: relay.GlobalID | None = strawberry.field(default=None, description="Premises")


def require_authority(info: Info) -> None:
    """Refuse lists over a whole town to enterprises.

    Raises:
        Forbidden: as said, or the role may not read plates at all.
    """
    info.context.require(Subject.SETTINGS, Right.READ_OWN)
    if info.context.principal.role is Role.ENTERPRISE:
        raise Forbidden("an enterprise reads its own plates only")


OnTown = Annotated[relay.GlobalID | None, strawberry.argument(description="Town, all by default")]


@strawberry.type
class ResponsibilityQuery:
    """Questions about who answers for what."""

    @strawberry.field(description="Responsible persons that the caller may see, newest first")
    async def responsible_persons(
        self,
        info: Info,
        in_office: Annotated[
            bool | None, strawberry.argument(description="Only those in office today")
        ] = None,
        official: Annotated[
            bool | None, strawberry.argument(description="Of the authorities, or of enterprises")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[ResponsiblePerson]:
        """One page."""
        info.context.require(Subject.SETTINGS, Right.READ_OWN)
        today = clock.legal_day(clock.now())
        found = queries.persons(in_office_on=today if in_office else None, official=official)
        seen = ResponsiblePerson.seen(info.context.principal, found)
        return await page(seen, ResponsiblePerson.of, first=first, after=after, key="created_at")

    @strawberry.field(description="Plates that the caller may see, newest first")
    async def responsibility_plates(
        self,
        info: Info,
        where: PlateWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[ResponsibilityPlate]:
        """One page; with `state: null` the whole history."""
        info.context.require(Subject.SETTINGS, Right.READ_OWN)
        chosen = where or PlateWhere()
        place = chosen.premises_id
        found = queries.plates(
            state=chosen.state,
            premises_id=node_id(place, Premises, "premisesId") if place else None,
        )
        seen = ResponsibilityPlate.seen(info.context.principal, found)
        return await page(
            seen, ResponsibilityPlate.of, first=first, after=after, key="published_at"
        )

    @strawberry.field(description="Operating premises that lack a plate in order, by premises")
    async def responsibility_holes(
        self, info: Info, town: OnTown = None, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[ResponsibilityHole]:
        """One page; a committee sees those of all its towns."""
        require_authority(info)
        size = check_first(first)
        only = node_id(town, Tenant, "town") if town else None
        today = clock.legal_day(clock.now())
        since = _after(after)
        rows = await queries.holes(today, after=since, limit=size + 1, tenant_id=only)
        edges = [
            Edge(
                node=ResponsibilityHole(row=row, kind=row.kind),
                cursor=encode(str(row.premises_id), row.premises_id),
            )
            for row in rows[:size]
        ]

        async def count() -> int:
            return await queries.count_holes(today, only)

        return Connection(
            edges=edges,
            page_info=PageInfo(
                has_next_page=len(rows) > size,
                has_previous_page=after is not None,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
            count=count,
        )

    @strawberry.field(description="Plates of each town in numbers, by division code")
    async def plate_counts(self, info: Info) -> list[PlateCounts]:
        """As of today."""
        require_authority(info)
        found = await queries.counts(clock.legal_day(clock.now()))
        none = queries.PlateCounts()
        towns = await towns_in_scope(info)
        return [PlateCounts.of(town, found.get(town.id, none)) for town in towns]


def _after(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    key, identity = decode(cursor)
    if key != str(identity):
        raise GraphQLError("this is not a cursor of this list", extensions={"code": "CURSOR"})
    return identity
