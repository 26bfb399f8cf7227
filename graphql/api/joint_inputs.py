"""Inputs of the plan in the schema: published items, yearly plans, the ledger of caps."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.administration import Body
from api.context import Info
from api.joint import body_of
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise
from service.errors import Invalid
from service.joint import library, records, yearly_plan
from tenants.rights import Right, Role, Subject

DEMANDS = (Subject.DEMAND, Right.WRITE)


@strawberry.type(description="Item that a body has published and may inspect (检查事项)")
class InspectionItem(RowNode, relay.Node):
    """One item of the library."""

    model = records.InspectionItem
    object_kind = Subject.DEMAND

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.InspectionItem]
    code: str = strawberry.field(description="Code that demands name")
    title: str = strawberry.field(description="What is inspected")
    basis: str = strawberry.field(description="Legal basis of the item")
    skill: str = strawberry.field(description="What the officer must master")
    minutes: int = strawberry.field(description="Usual duration in minutes")
    interval_days: int = strawberry.field(
        description="Days before the item may be inspected again at the same premises"
    )
    published_on: date = strawberry.field(description="Day of publication")
    withdrawn_on: date | None = strawberry.field(description="Day of withdrawal")

    @strawberry.field(description="Body that published the item")
    async def body(self, info: Info) -> Body | None:
        """Loaded in batches."""
        return await body_of(info, self.row.body_id)

    @classmethod
    def of(cls, row: records.InspectionItem) -> "InspectionItem":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            code=row.code,
            title=row.title,
            basis=row.basis,
            skill=row.skill,
            minutes=row.minutes,
            interval_days=row.interval_days,
            published_on=row.published_on,
            withdrawn_on=row.withdrawn_on,
        )


@strawberry.type(description="Error in one cell of a yearly plan")
class PlanCellError:
    """One error."""

    row: int = strawberry.field(description="Row of the workbook; the header is row 1")
    column: str = strawberry.field(description="Title of the column")
    problem: str = strawberry.field(description="What is wrong")


@strawberry.type(description="Outcome of reading a yearly plan")
class PlanImport:
    """Nothing is imported while there are errors."""

    rows: int = strawberry.field(description="Rows that were read")
    demands: int = strawberry.field(description="Demands that were made")
    cell_errors: list[PlanCellError] = strawberry.field(description="The first 200 errors")


@strawberry.type(description="Entry of the ledger of yearly caps")
class BudgetEntry:
    """`reservedChange` and `usedChange` add up to the lines of the ledger."""

    kind: str = strawberry.field(description="RESERVED, USED, RELEASED or EXEMPT")
    body_id: strawberry.ID | None = strawberry.field(
        description="Plain id of the body, null for all bodies together"
    )
    visit_id: strawberry.ID = strawberry.field(description="Global id of the visit")
    reserved_change: int = strawberry.field(description="Visits set aside by the entry")
    used_change: int = strawberry.field(description="Visits used up by the entry")
    reason: str | None = strawberry.field(description="Kind of the check that no cap counts")
    entered_at: datetime = strawberry.field(description="Timestamp of the entry")

    @classmethod
    def of(cls, row: records.BudgetEntry) -> "BudgetEntry":
        """The row as the schema shows it."""
        return cls(
            kind=row.kind,
            body_id=None if row.body == "ALL" else strawberry.ID(row.body),
            visit_id=strawberry.ID(str(relay.GlobalID("JointVisit", str(row.visit_id)))),
            reserved_change=row.reserved_change,
            used_change=row.used_change,
            reason=row.reason or None,
            entered_at=row.entered_at,
        )


@strawberry.type
class InputQuery:
    """Questions about the inputs."""

    @strawberry.field(description="Items that bodies of the district have published")
    async def inspection_items(
        self,
        info: Info,
        body_id: Annotated[
            relay.GlobalID | None, strawberry.argument(description="Body that published them")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[InspectionItem]:
        """One page, those in force only."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        found = records.InspectionItem.filter(withdrawn_on__isnull=True)
        if body_id is not None:
            found = found.filter(body_id=node_id(body_id, Body, "bodyId"))
        return await page(found, InspectionItem.of, first=first, after=after, shared=True)

    @strawberry.field(description="Statement of an enterprise: entries of its caps in one year")
    async def frequency_statement(
        self,
        info: Info,
        enterprise_id: relay.GlobalID,
        year: Annotated[int, strawberry.argument(description="Year of the ledger")],
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[BudgetEntry]:
        """Oldest first; an enterprise reads its own."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        wanted = node_id(enterprise_id, Enterprise, "enterpriseId")
        principal = info.context.principal
        if principal.role is Role.ENTERPRISE and principal.enterprise_id != wanted:
            wanted = NOBODY
        found = records.BudgetEntry.filter(enterprise_id=wanted, year=year)
        return await page(found, BudgetEntry.of, first=first, after=after, descending=False)

    @strawberry.field(description="Template of a body's yearly plan, an xlsx file in base64")
    async def yearly_plan_template(self, info: Info) -> str:
        """Empty, with explanations."""
        info.context.require(*DEMANDS)
        return b64encode(yearly_plan.template()).decode()


@strawberry.input(description="Item to be published by the caller's body")
class PublishInspectionItemInput(KeyedInput):
    """Input of `publishInspectionItem`."""

    code: str = strawberry.field(description="Code, at most 80 characters")
    title: str = strawberry.field(description="What is inspected, at most 200 characters")
    basis: str = strawberry.field(description="Legal basis, at most 300 characters")
    skill: str = strawberry.field(description="What the officer must master")
    minutes: int = strawberry.field(description="Usual duration in minutes, 5 to 480")
    interval_days: int = strawberry.field(
        description="Days before it may be inspected again, 0 to 366"
    )


@strawberry.input(description="Item to be withdrawn")
class WithdrawInspectionItemInput(KeyedInput):
    """Input of `withdrawInspectionItem`."""

    item_id: relay.GlobalID = strawberry.field(description="Item of the caller's body")


@strawberry.input(description="Yearly plan of the caller's body")
class ImportYearlyPlanInput(KeyedInput):
    """Input of `importYearlyPlan`."""

    workbook: str = strawberry.field(description="The xlsx file in base64, at most 750 kB")
    dry_run: bool = strawberry.field(
        default=True, description="Indicates that only the errors are wanted"
    )


async def _publish(info: Info, input: PublishInspectionItemInput) -> InspectionItem:
    terms = library.ItemTerms(
        input.code, input.title, input.basis, input.skill, input.minutes, input.interval_days
    )
    body = info.context.principal.body_id
    return InspectionItem.of(await library.publish_item(info.context.home, body, terms))


async def _withdraw(info: Info, input: WithdrawInspectionItemInput) -> InspectionItem:
    wanted = node_id(input.item_id, InspectionItem, "itemId")
    row = await library.withdraw_item(info.context.principal.body_id, wanted)
    return InspectionItem.of(row)


async def _import(info: Info, input: ImportYearlyPlanInput) -> PlanImport:
    try:
        workbook = b64decode(input.workbook, validate=True)
    except NotBase64 as error:
        raise Invalid("the file must be in base64", path=("input", "workbook")) from error
    done = await yearly_plan.import_plan(
        info.context.principal.body_id, workbook, dry_run=input.dry_run
    )
    errors = [PlanCellError(row=e.row, column=e.column, problem=e.problem) for e in done.errors]
    return PlanImport(rows=done.rows, demands=done.made, cell_errors=errors)


@strawberry.type
class InputMutation:
    """Acts on the inputs of the plan."""

    publish_inspection_item: Any = act(
        "publishInspectionItem",
        "Publish an item that the caller's body may inspect from now on",
        PublishInspectionItemInput,
        ("item", InspectionItem),
        _publish,
        needs=DEMANDS,
        codes=("CONFLICT",),
    )
    withdraw_inspection_item: Any = act(
        "withdrawInspectionItem",
        "Withdraw an item; demands that stand keep it",
        WithdrawInspectionItemInput,
        ("item", InspectionItem),
        _withdraw,
        needs=DEMANDS,
        codes=("CONFLICT",),
    )
    import_yearly_plan: Any = act(
        "importYearlyPlan",
        "Read a yearly plan into demands, or say what is wrong in which cell",
        ImportYearlyPlanInput,
        ("outcome", PlanImport),
        _import,
        needs=DEMANDS,
    )
