"""Penalty cases in the schema: where one stands, its clocks, its money, what its file lacks."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Body
from api.context import Info
from api.deadlines import LegalDeadline, deadlines_of
from api.hazards import trader_of
from api.inspections import body_of
from api.nodes import NOBODY, RowNode
from api.register import Enterprise
from api.scalars import FenAmount
from service import clock
from service.cases import files, fines, persons, queries, records
from service.cases.discretion import Circumstance
from service.cases.execution import pauses
from service.cases.persons import ONE_WITH_ENTERPRISE, IdentityKind, PersonRole
from service.cases.rules import Delivery, PartyKind, PenaltyKind, State, Step, possible
from service.law.queries import rule_book
from tenants.principal import Principal
from tenants.rights import Role, Subject

strawberry.enum(State, name="CaseState", description="Where a case stands")
strawberry.enum(Step, name="CaseStep", description="What can happen to a case")
strawberry.enum(
    PenaltyKind, name="CasePenaltyKind", description="Kind of penalty (行政处罚法 art. 9)"
)
strawberry.enum(PartyKind, name="OffenderKind", description="Whether the offender is a citizen")
strawberry.enum(Delivery, name="CaseDelivery", description="How a document was served")
strawberry.enum(
    Circumstance, name="PenaltyCircumstance", description="Circumstance by a table of discretion"
)
strawberry.enum(files.Piece, name="CaseFilePiece", description="Piece of the file of a case")


strawberry.enum(
    PersonRole, name="OffenderRole", description="In which capacity a natural person answers"
)
strawberry.enum(
    IdentityKind, name="IdentityDocumentKind", description="Document that tells who a person is"
)


@strawberry.type(description="Natural person as the party of a case (自然人当事人)")
class OffendingPerson:
    """Who it is, without the number and the address: see `revealOffender`."""

    name: str = strawberry.field(description="Name of the person")
    role: PersonRole = strawberry.field(description="In which capacity the person answers")
    id_kind: IdentityKind = strawberry.field(description="Kind of the identity document")
    id_masked: str = strawberry.field(description="Its number, of which only the end is shown")


@strawberry.type(description="Officer who investigates a case")
class CaseOfficer:
    """One investigator."""

    name: str = strawberry.field(description="Name of the officer")
    card_no: str = strawberry.field(description="Number of the enforcement card")


@strawberry.type(description="Thing registered in advance so that it is not lost (先行登记保存)")
class RegisteredThing:
    """One thing."""

    id: strawberry.ID = strawberry.field(description="Id for `handleRegisteredEvidence`")
    thing: str = strawberry.field(description="What was registered")
    registered_on: date = strawberry.field(description="Day of the registration")
    handling: str | None = strawberry.field(description="What became of it")
    handled_on: date | None = strawberry.field(description="Day on which that was decided")


@strawberry.type(description="Step that was taken in a case")
class CaseHistoryItem:
    """One line of the history."""

    step: Step = strawberry.field(description="Step that was taken")
    state: State = strawberry.field(description="State after the step")
    at: datetime = strawberry.field(description="Timestamp of the step")


@strawberry.type(description="Amount of a fine and its day")
class FineItem:
    """One amount."""

    on: date = strawberry.field(description="Day on which it is due or was paid")
    amount: FenAmount = strawberry.field(description="Amount in fen")


@strawberry.type(description="Money of a decision")
class FineAccount:
    """What is due and what was paid."""

    fine: FenAmount = strawberry.field(description="Fine in fen")
    due: list[FineItem] = strawberry.field(description="Last days, one each instalment")
    paid: list[FineItem] = strawberry.field(description="Payments")
    surcharge: FenAmount = strawberry.field(
        description="Surcharge up to today in fen, 3 % a day and never above the fine"
    )
    owed: FenAmount = strawberry.field(description="What is still owed with the surcharge, in fen")


@strawberry.type(description="What the file of a case must hold and lacks")
class FileCompleteness:
    """The file today."""

    required: list[files.Piece] = strawberry.field(description="Pieces that the state needs")
    missing: list[files.Piece] = strawberry.field(description="Those that the file lacks")
    complete: bool = strawberry.field(description="Indicates that none is missing")


@strawberry.type(description="Penalty case (行政处罚案件) of one body against one enterprise")
class PenaltyCase(RowNode, relay.Node):
    """One case."""

    model = records.PenaltyCase
    object_kind = Subject.CASE

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.PenaltyCase]
    number: str = strawberry.field(description="Number of the case (立案号)")
    state: State = strawberry.field(description="Where the case stands")
    simple: bool = strawberry.field(description="Indicates a decision on the spot (art. 51)")
    item: str = strawberry.field(description="Code of the violated item")
    act: str = strawberry.field(description="What was done against the law")
    basis: str = strawberry.field(description="Provision that was violated")
    found_on: date = strawberry.field(description="Day on which the act was found")
    filed_on: date = strawberry.field(description="Day of the filing")
    inspection_id: strawberry.ID | None = strawberry.field(
        description="Global id of the inspection that it grew out of"
    )
    grave: bool = strawberry.field(description="Indicates that the heads discuss it together")
    hearing_due: bool = strawberry.field(description="Indicates that a hearing may be asked for")
    noticed_kinds: list[PenaltyKind] = strawberry.field(description="Kinds in the notice")
    noticed_fine: FenAmount = strawberry.field(description="Fine in the notice, in fen")
    notice_served_on: date | None = strawberry.field(description="Day of the notice")
    defence: str | None = strawberry.field(description="What the enterprise said")
    defence_answer: str | None = strawberry.field(description="What the body found about it")
    hearing_on: date | None = strawberry.field(description="Day of the hearing")
    decision_number: str | None = strawberry.field(description="Number of the decision")
    decided_on: date | None = strawberry.field(description="Day of the decision")
    kinds: list[PenaltyKind] = strawberry.field(description="Kinds in the decision")
    fine: FenAmount = strawberry.field(description="Fine in the decision, in fen")
    circumstance: Circumstance | None = strawberry.field(
        description="Circumstance by the table of discretion"
    )
    departure: str | None = strawberry.field(description="Why the fine leaves that table")
    served_on: date | None = strawberry.field(description="Day of the service")
    published_on: date | None = strawberry.field(description="Day of the publication")
    executed_on: date | None = strawberry.field(description="Day of the full execution")
    annulled_on: date | None = strawberry.field(description="Day of an annulment")
    withdrawn_on: date | None = strawberry.field(description="Day on which it ceased to be public")
    closed_on: date | None = strawberry.field(description="Day of the closing")

    @strawberry.field(description="Steps that can follow, in the order of the procedure")
    def possible_steps(self) -> list[Step]:
        """By the state alone."""
        return possible(self.state)

    @strawberry.field(description="Whether the party is a natural person")
    def party_kind(self) -> PartyKind:
        """As it was filed."""
        return PartyKind(self.row.party_kind)

    @strawberry.field(description="The natural person who is the party, null for an enterprise")
    def person(self) -> OffendingPerson | None:
        """Whoever reads the case may read its name."""
        row = self.row
        if not row.person_name:
            return None
        return OffendingPerson(
            name=row.person_name,
            role=PersonRole(row.person_role),
            id_kind=IdentityKind(row.person_id_kind),
            id_masked=persons.masked(row.person_id_tail),
        )

    @strawberry.field(description="Enterprise of the case")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Null where the caller may not read the register."""
        return await trader_of(info, self.row.enterprise_id)

    @strawberry.field(description="Body that filed the case")
    async def body(self, info: Info) -> Body | None:
        """Null outside its district."""
        return await body_of(info, self.row.body_id)

    @strawberry.field(description="Officers who investigate")
    async def officers(self, info: Info) -> list[CaseOfficer]:
        """Loaded for the whole page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.CaseOfficer]]:
            found = await queries.officers_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("case_officers", load).load(self.id)
        return [CaseOfficer(name=row.name, card_no=row.card_no) for row in rows]

    @strawberry.field(description="Things registered in advance")
    async def registered_evidence(self, info: Info) -> list[RegisteredThing]:
        """Loaded for the whole page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.RegisteredEvidence]]:
            found = await queries.things_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("registered_evidence", load).load(self.id)
        return [
            RegisteredThing(
                id=strawberry.ID(str(row.id)),
                thing=row.thing,
                registered_on=row.registered_on,
                handling=row.handling or None,
                handled_on=row.handled_on,
            )
            for row in rows
        ]

    @strawberry.field(description="Steps that were taken, oldest first")
    async def history(self, info: Info) -> list[CaseHistoryItem]:
        """Loaded for the whole page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.CaseEvent]]:
            found = await queries.history_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("case_history", load).load(self.id)
        return [
            CaseHistoryItem(step=Step(row.step), state=State(row.state), at=row.at) for row in rows
        ]

    @strawberry.field(description="Legal deadlines of the case, the earliest start first")
    async def deadlines(self, info: Info) -> list[LegalDeadline]:
        """Loaded for the whole page in one statement."""
        return await deadlines_of(info, self.id)

    @strawberry.field(description="Money of the decision, null without a served fine")
    async def account(self, info: Info) -> FineAccount | None:
        """Loaded for the whole page in two statements."""
        if not self.row.fine_fen or self.row.served_on is None:
            return None

        async def load(keys: list[UUID]) -> list[FineAccount]:
            return await _accounts(rows[key] for key in keys)

        rows: dict[UUID, records.PenaltyCase] = info.context.shared("case_rows")
        rows[self.id] = self.row
        found: FineAccount = await info.context.loader("case_accounts", load).load(self.id)
        return found

    @strawberry.field(description="What the file must hold and lacks")
    async def file_completeness(self, info: Info) -> FileCompleteness:
        """Loaded for the whole page in two statements."""

        async def load(keys: list[UUID]) -> list[files.Completeness]:
            found = await queries.completeness_of(rows[key] for key in keys)
            return [found[key] for key in keys]

        rows: dict[UUID, records.PenaltyCase] = info.context.shared("case_rows")
        rows[self.id] = self.row
        found = await info.context.loader("case_files", load).load(self.id)
        return FileCompleteness(
            required=list(found.required),
            missing=list(found.missing),
            complete=not found.missing,
        )

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own, a department its own body's."""
        if principal.role is Role.ENTERPRISE:
            own = found.filter(enterprise_id=principal.enterprise_id or NOBODY)
            return own.filter(person_role__in=ONE_WITH_ENTERPRISE)
        if principal.role is Role.DEPARTMENT:
            return found.filter(body_id=principal.body_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.PenaltyCase) -> "PenaltyCase":
        """The row as the schema shows it."""
        origin = row.inspection_id
        return cls(
            id=row.id,
            row=row,
            number=row.number,
            state=State(row.state),
            simple=row.simple,
            item=row.item,
            act=row.act,
            basis=row.basis,
            found_on=row.found_on,
            filed_on=row.filed_on,
            inspection_id=strawberry.ID(relay.to_base64("Inspection", str(origin)))
            if origin
            else None,
            grave=row.grave,
            hearing_due=row.hearing_due,
            noticed_kinds=[PenaltyKind(one) for one in row.noticed_kinds],
            noticed_fine=FenAmount(row.noticed_fine_fen),
            notice_served_on=row.notice_served_on,
            defence=row.defence or None,
            defence_answer=row.defence_answer or None,
            hearing_on=row.hearing_on,
            decision_number=row.decision_number or None,
            decided_on=row.decided_on,
            kinds=[PenaltyKind(one) for one in row.kinds],
            fine=FenAmount(row.fine_fen),
            circumstance=Circumstance(row.circumstance) if row.circumstance else None,
            departure=row.departure or None,
            served_on=row.served_on,
            published_on=row.published_on,
            executed_on=row.executed_on,
            annulled_on=row.annulled_on,
            withdrawn_on=row.withdrawn_on,
            closed_on=row.closed_on,
        )


async def _accounts(rows: Any) -> list[FineAccount]:
    cases = list(rows)
    money = await queries.money_of(case.id for case in cases)
    book = await rule_book()
    today = clock.legal_day(clock.now())
    made = []
    for case in cases:
        due = [fines.Entry(e.on, e.amount_fen) for e in money[case.id] if e.kind == "DUE"]
        paid = [fines.Entry(e.on, e.amount_fen) for e in money[case.id] if e.kind == "PAID"]
        percent = book.rule("FINE_SURCHARGE", case.served_on).number
        extra = fines.surcharge(
            due, paid, case.executed_on or today, percent=percent, pauses=pauses(case)
        )
        owed = 0
        if case.executed_on is None:
            owed = max(0, case.fine_fen + extra - sum(one.amount_fen for one in paid))
        made.append(
            FineAccount(
                fine=FenAmount(case.fine_fen),
                due=[FineItem(on=e.on, amount=FenAmount(e.amount_fen)) for e in due],
                paid=[FineItem(on=e.on, amount=FenAmount(e.amount_fen)) for e in paid],
                surcharge=FenAmount(extra),
                owed=FenAmount(owed),
            )
        )
    return made
