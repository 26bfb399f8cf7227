"""Natural persons as parties: opening who one is, and noting what a party said."""

from datetime import date
from typing import Any

import strawberry

from api.acts import act
from api.cases_acts import RULES, WRITES, case_of, step
from api.cases_inputs import CaseAct
from api.context import Info
from api.inspections_acts import body
from service.cases import defence, identities
from service.cases.defence import Statement

strawberry.enum(
    Statement, name="PartyStatementKind", description="What a party said to the body of its case"
)


@strawberry.type(description="Who a natural person is, for a stated purpose")
class OffenderIdentity:
    """What is sealed otherwise."""

    id_number: str = strawberry.field(description="Number of the identity document")
    address: str = strawberry.field(description="Address of the person")


@strawberry.input(description="Case whose person is to be read, and why")
class RevealOffenderInput(CaseAct):
    """Input of `revealOffender`."""

    purpose: str = strawberry.field(
        description="Purpose of reading in 6 to 400 characters; it stays in the town's receipts"
    )


@strawberry.input(description="What a party said by word of mouth or on paper")
class RecordPartyStatementInput(CaseAct):
    """Input of `recordPartyStatement`."""

    kind: Statement = strawberry.field(description="What it said")
    received_on: date = strawberry.field(
        description="Day on which it was said or arrived, which decides whether it was in time"
    )
    text: str = strawberry.field(default="", description="The defence, at most 8000 characters")


async def _reveal(info: Info, input: Any) -> OffenderIdentity:
    number, address = await identities.reveal(
        body(info), case_of(input), input.purpose, info.context.principal.name
    )
    info.context.confidential = True
    return OffenderIdentity(id_number=number, address=address)


@strawberry.type
class CasePersonMutation:
    """Acts about the party of a case."""

    reveal_offender = act(
        "revealOffender",
        "Read the number and the address of a person, with a purpose that leaves a receipt",
        RevealOffenderInput, ("identity", OffenderIdentity), _reveal, needs=WRITES,
        codes=("CONFLICT",),
    )  # fmt: skip
    record_party_statement = step(
        "recordPartyStatement", "Note what a party said by word of mouth or on paper",
        RecordPartyStatementInput,
        lambda i, g: defence.note_statement(
            body(i), case_of(g), g.kind, g.received_on, g.text
        ), "NO_HEARING", *RULES,
    )  # fmt: skip
