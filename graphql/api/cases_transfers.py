"""Transfers, powers and lists of cases in the schema."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Body
from api.cases import PenaltyCase
from api.context import Info
from api.inspections import body_of
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise
from api.scalars import FenAmount
from service import clock
from service.cases import queries, records
from service.cases.discretion import Circumstance, table
from service.cases.rules import State
from service.cases.transfers import Direction, Reason, TransferState
from service.law.queries import rule_book
from service.powers import queries as powers
from service.powers import records as power_records
from service.powers.rules import Power
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject

strawberry.enum(Reason, name="TransferReason", description="Why an act is another body's")
strawberry.enum(TransferState, description="Where a transfer stands")
strawberry.enum(Direction, name="TransferDirection", description="Handed over, or received")
strawberry.enum(Power, name="EnforcementPower", description="What a body may do")
OfBody = Annotated[relay.GlobalID | None, strawberry.argument(description="Body whose powers")]
OfState = Annotated[TransferState | None, strawberry.argument(description="State of the transfer")]


@strawberry.type(description="Duty to hand an act to the body in charge, with its record (移送)")
class CaseTransfer(RowNode, relay.Node):
    """One transfer, as sender or receiver sees it."""

    model = records.CaseTransfer
    object_kind = Subject.CASE

    id: relay.NodeID[UUID]
    direction: Direction = strawberry.field(description="Whether handed over or received")
    reason: Reason = strawberry.field(description="Why the act is another body's")
    state: TransferState = strawberry.field(description="Where the transfer stands")
    article: str = strawberry.field(description="Article that makes it a duty")
    offender: str = strawberry.field(
        description="Name of the party, a person with the enterprise in brackets"
    )
    item: str = strawberry.field(description="Code of the violated item")
    act: str = strawberry.field(description="What was done against the law")
    found_on: date = strawberry.field(description="Day on which the act was found")
    other_body: str | None = strawberry.field(description="Body in charge, null until named")
    other_filed_on: date | None = strawberry.field(
        description="Day on which that body filed its case"
    )
    opened_on: date = strawberry.field(description="Day on which the duty arose")
    sent_on: date | None = strawberry.field(description="Day on which the record was sent")
    answered_on: date | None = strawberry.field(description="Day of the receiver's answer")
    answer: str | None = strawberry.field(description="Reason of the receiver's answer")
    dispute: str | None = strawberry.field(description="Why the body thinks itself in charge")
    designated_by: str | None = strawberry.field(
        description="Common superior that designated the body in charge"
    )
    designation: str | None = strawberry.field(description="Number of the designation")
    designated_on: date | None = strawberry.field(description="Day of the designation")
    designated_self: bool | None = strawberry.field(
        description="Indicates that the own body was put in charge"
    )

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Not for enterprises; a department sees its own body's."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(id=NOBODY)
        if principal.role is Role.DEPARTMENT:
            return found.filter(body_id=principal.body_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.CaseTransfer) -> "CaseTransfer":
        """The row as the schema shows it; of the other body its name and day, no more."""
        return cls(
            id=row.id,
            direction=Direction(row.direction),
            reason=Reason(row.reason),
            state=TransferState(row.state),
            article=row.article,
            offender=row.offender,
            item=row.item,
            act=row.act,
            found_on=row.found_on,
            other_body=row.other_body or None,
            other_filed_on=row.other_filed_on,
            opened_on=row.opened_on,
            sent_on=row.sent_on,
            answered_on=row.answered_on,
            answer=row.answer or None,
            dispute=row.dispute or None,
            designated_by=row.designated_by or None,
            designation=row.designation or None,
            designated_on=row.designated_on,
            designated_self=row.designated_self,
        )


@strawberry.type(description="Power of one body for a group of items, as published")
class BodyPower(RowNode, relay.Node):
    """One power; the whole district may read it."""

    model = power_records.BodyPower

    id: relay.NodeID[UUID]
    row: strawberry.Private[power_records.BodyPower]
    power: Power = strawberry.field(description="What the body may do")
    item_group: str = strawberry.field(
        description="Beginning of the codes of the items, empty for all"
    )
    basis: str = strawberry.field(description="Law or decision that gives the power")
    document: str = strawberry.field(description="Published document")
    valid_from: date = strawberry.field(description="First day in force")
    valid_to: date | None = strawberry.field(description="First day no longer in force")
    published_on: date = strawberry.field(description="Day of the publication")

    @strawberry.field(description="Body that holds the power")
    async def body(self, info: Info) -> Body | None:
        """Batched."""
        return await body_of(info, self.row.body_id)

    @classmethod
    def of(cls, row: power_records.BodyPower) -> "BodyPower":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            power=Power(row.power),
            item_group=row.item_group,
            basis=row.basis,
            document=row.document,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            published_on=row.published_on,
        )


@strawberry.input(description="Filters of the list of cases; all given must hold")
class PenaltyCaseWhere:
    """Every filter is optional."""

    state: State | None = strawberry.field(default=None, description="State of the case")
    enterprise_id: relay.GlobalID | None = strawberry.field(default=None, description="Enterprise")


@strawberry.type(description="Band of a table of discretion (行政处罚裁量基准)")
class DiscretionBand:
    """One circumstance."""

    circumstance: Circumstance = strawberry.field(description="Circumstance of the act")
    least: FenAmount = strawberry.field(description="Least fine in fen")
    most: FenAmount = strawberry.field(description="Largest fine in fen")
    source: str = strawberry.field(description="Document in which the table was published")
    confirmed: bool = strawberry.field(
        description="Indicates that it was checked against that document"
    )


@strawberry.type
class CaseQuery:
    """Questions about cases."""

    @strawberry.field(
        description="Table of discretion of an item on a day, the lightest first; empty without one"
    )
    async def penalty_discretion(
        self,
        info: Info,
        item: Annotated[str, strawberry.argument(description="Code of the violated item")],
        on: Annotated[
            date | None, strawberry.argument(description="Day of the act, today by default")
        ] = None,
    ) -> list[DiscretionBand]:
        """What a fine is measured by."""
        info.context.require(Subject.CASE, Right.READ_OWN)
        day = on or clock.legal_day(clock.now())
        return [
            DiscretionBand(
                circumstance=one.circumstance,
                least=FenAmount(one.least_fen),
                most=FenAmount(one.most_fen),
                source=one.source,
                confirmed=one.confirmed,
            )
            for one in table(await rule_book(), item.strip(), day)
        ]

    @strawberry.field(description="Penalty cases that the caller may see, newest first")
    async def penalty_cases(
        self,
        info: Info,
        where: PenaltyCaseWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[PenaltyCase]:
        """One page; an enterprise sees its own, a department its own body's."""
        info.context.require(Subject.CASE, Right.READ_OWN)
        chosen = where or PenaltyCaseWhere()
        trader = chosen.enterprise_id
        found = queries.cases(
            state=chosen.state,
            enterprise_id=node_id(trader, Enterprise, "enterpriseId") if trader else None,
        )
        seen = PenaltyCase.seen(info.context.principal, found)
        return await page(seen, PenaltyCase.of, first=first, after=after, key="created_at")

    @strawberry.field(description="Duties to hand acts over, and acts received, newest first")
    async def case_transfers(
        self,
        info: Info,
        state: OfState = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[CaseTransfer]:
        """One page."""
        info.context.require(Subject.CASE, Right.READ_OWN)
        seen = CaseTransfer.seen(info.context.principal, queries.transfers(state))
        return await page(seen, CaseTransfer.of, first=first, after=after, key="opened_on")

    @strawberry.field(description="Powers of the bodies of the district, the latest first")
    async def body_powers(
        self,
        info: Info,
        body_id: OfBody = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[BodyPower]:
        """One page of the directory; powers are published, so nobody in it is refused."""
        found = powers.powers(node_id(body_id, Body, "bodyId") if body_id else None)
        return await page(
            found, BodyPower.of, first=first, after=after, key="valid_from", shared=True
        )
