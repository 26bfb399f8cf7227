"""Inputs of the acts in a case."""

from datetime import date, datetime

import strawberry
from strawberry import relay

from api.acts import KeyedInput
from api.scalars import FenAmount
from service.cases import decisions
from service.cases.discretion import Circumstance
from service.cases.persons import IdentityKind, Person, PersonRole
from service.cases.rules import Delivery, PartyKind, Penalty, PenaltyKind


@strawberry.input(description="Case that an act is about")
class CaseAct(KeyedInput):
    """The case."""

    case_id: relay.GlobalID = strawberry.field(description="Case of the act")


@strawberry.input(description="Natural person as the party of a case (自然人当事人)")
class OffendingPersonInput:
    """Who it is; the number and the address are kept sealed."""

    name: str = strawberry.field(description="Name, 2 to 60 characters")
    role: PersonRole = strawberry.field(description="In which capacity the person answers")
    id_kind: IdentityKind = strawberry.field(
        default=IdentityKind.RESIDENT_ID, description="Kind of the identity document"
    )
    id_number: str = strawberry.field(description="Number of the identity document")
    address: str = strawberry.field(description="Address of the person, 2 to 200 characters")

    def person(self) -> Person:
        """As the service knows it."""
        return Person(self.name, self.role, self.id_kind, self.id_number, self.address)


@strawberry.input(description="Act that a body means to punish")
class FileCaseInput(KeyedInput):
    """Input of `fileCase`; name an inspection, premises or an enterprise."""

    number: str = strawberry.field(description="Number of the case, at most 80 characters")
    item: str = strawberry.field(description="Code of the violated item")
    act: str = strawberry.field(description="What was done, at most 4000 characters")
    basis: str = strawberry.field(description="Provision that was violated")
    began_on: date = strawberry.field(description="Day on which the act began")
    ended_on: date | None = strawberry.field(
        default=None, description="Day on which it ended, null while it goes on"
    )
    found_on: date = strawberry.field(description="Day on which it was found")
    party_kind: PartyKind = strawberry.field(
        default=PartyKind.BODY, description="Whether the offender is a citizen"
    )
    person: OffendingPersonInput | None = strawberry.field(
        default=None, description="Natural person who is punished; needed for `PERSON` alone"
    )
    harmed_life_or_health: bool = strawberry.field(
        default=False, description="Indicates harm to life or health, which lengthens limitation"
    )
    inspection_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Inspection that found it"
    )
    premises_id: relay.GlobalID | None = strawberry.field(default=None, description="Premises")
    enterprise_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Enterprise, where the act is of no one place"
    )


@strawberry.input(description="Officers who investigate")
class AssignInvestigatorsInput(CaseAct):
    """Input of `assignInvestigators`."""

    officer_ids: list[relay.GlobalID] = strawberry.field(
        description="Officers with valid cards, at least two and at most 12"
    )


@strawberry.input(description="Thing to be registered in advance")
class RegisterEvidenceInput(CaseAct):
    """Input of `registerEvidence`."""

    thing: str = strawberry.field(description="What is registered, at most 400 characters")


@strawberry.input(description="What becomes of a registered thing")
class HandleRegisteredEvidenceInput(KeyedInput):
    """Input of `handleRegisteredEvidence`."""

    evidence_id: strawberry.ID = strawberry.field(description="Id of the registered thing")
    handling: str = strawberry.field(description="What becomes of it")


@strawberry.input
class PenaltyInput(CaseAct):
    """A penalty."""

    kinds: list[PenaltyKind] = strawberry.field(description="Kinds of the penalty")
    fine: FenAmount | None = strawberry.field(default=None, description="Fine in fen")


@strawberry.input(description="End of an investigation")
class SubmitForLegalReviewInput(PenaltyInput):
    """Input of `submitForLegalReview`."""

    findings: str = strawberry.field(description="What was found, at most 8000 characters")
    grave: bool = strawberry.field(
        default=False, description="Indicates a complicated or grave case (art. 57)"
    )


@strawberry.input(description="Opinion of the legal review")
class ReviewCaseInput(CaseAct):
    """Input of `reviewCase`."""

    passed: bool = strawberry.field(description="Indicates that the case may go on")
    opinion: str = strawberry.field(description="Opinion of the reviewer")
    contact: str = strawberry.field(
        default="", description="Contact on the notice, the name of the body by default"
    )


@strawberry.input(description="Service of a document")
class ServeInput(CaseAct):
    """Input of `servePenaltyNotice` and `servePenaltyDecision`."""

    delivery: Delivery = strawberry.field(description="How it was served")
    served_on: date = strawberry.field(description="Day of the service")
    place: str = strawberry.field(
        default="", description="Where it was served, the address of the party by default"
    )
    received_by: str = strawberry.field(default="", description="Who signed for the receipt")
    note: str = strawberry.field(default="", description="Note on the receipt")


@strawberry.input(description="Consent to electronic service")
class RecordDeliveryConsentInput(CaseAct):
    """Input of `recordDeliveryConsent`."""

    signed_on: date = strawberry.field(description="Day of the signature")


@strawberry.input(description="Words of a party or a body")
class CaseTextInput(CaseAct):
    """Input of the acts that consist of words."""

    text: str = strawberry.field(description="What is said")


@strawberry.input(description="Hearing to be called")
class CallHearingInput(CaseAct):
    """Input of `callHearing`."""

    held_at: datetime = strawberry.field(
        description="Timestamp of the hearing, 7 working days ahead at least"
    )
    place: str = strawberry.field(description="Where it is held")
    chair: str = strawberry.field(description="Who chairs it, none of the investigators")
    public: bool = strawberry.field(
        default=True, description="Indicates that the public may attend"
    )
    recorder: str = strawberry.field(default="", description="Who keeps the record")
    contact: str = strawberry.field(
        default="", description="Contact on the notice, the name of the body by default"
    )
    day_off_agreed: bool = strawberry.field(
        default=False, description="Indicates that the party agreed to a hearing on a day off"
    )


@strawberry.input(description="Collective discussion of the heads")
class RecordDiscussionInput(CaseAct):
    """Input of `recordCollectiveDiscussion`."""

    on: date = strawberry.field(description="Day of the discussion")
    record: str = strawberry.field(description="Record of the discussion")


@strawberry.input(description="Decision")
class DecideCaseInput(PenaltyInput):
    """Input of `decideCase`."""

    number: str = strawberry.field(
        default="", description="Number of the decision, that of its document by default"
    )
    penalty_basis: str = strawberry.field(
        default="", description="Provision of the penalty, that of the filing by default"
    )
    performance: str = strawberry.field(
        default="", description="How and until when, the limit of art. 67 by default"
    )
    circumstance: Circumstance | None = strawberry.field(
        default=None, description="Circumstance by the table of discretion of the item"
    )
    departure: str = strawberry.field(
        default="", description="Why the fine leaves that table, at most 1,000 characters"
    )


@strawberry.input(description="Decision on the spot")
class DecideOnTheSpotInput(DecideCaseInput):
    """Input of `decideOnTheSpot`."""

    officer_ids: list[relay.GlobalID] = strawberry.field(description="Officers on the spot")


@strawberry.input(description="Payment of a fine")
class RecordFinePaymentInput(CaseAct):
    """Input of `recordFinePayment`."""

    amount: FenAmount = strawberry.field(description="Amount in fen")
    on: date = strawberry.field(description="Day of the payment")
    reference: str = strawberry.field(description="Receipt of the bank")


@strawberry.input(description="One instalment")
class InstalmentInput:
    """An amount and its last day."""

    on: date = strawberry.field(description="Last day")
    amount: FenAmount = strawberry.field(description="Amount in fen")


@strawberry.input(description="Deferral, or payment by instalments")
class GrantInstalmentsInput(CaseAct):
    """Input of `grantInstalments`."""

    instalments: list[InstalmentInput] = strawberry.field(
        description="Instalments, at most 24; a single one is a deferral"
    )
    reason: str = strawberry.field(description="Why the party is in difficulty")


@strawberry.input(description="Days of a review, suit or stay")
class CaseDaysInput(CaseAct):
    """Input of `recordSuit` and `recordStay`."""

    from_day: date = strawberry.field(description="First day")
    to_day: date | None = strawberry.field(default=None, description="Last day, null while it runs")
    order: str = strawberry.field(default="", description="Order of the court, for a stay")


@strawberry.input(description="Execution in full")
class CompleteExecutionInput(CaseAct):
    """Input of `completeExecution`."""

    execution: str = strawberry.field(description="How it was carried out")
    surcharge_waived: str = strawberry.field(
        default="", description="Why the surcharge is let go (行政强制法 art. 42)"
    )


@strawberry.input(description="Case to be handed over")
class TransferCaseInput(CaseAct):
    """Input of `transferCase`."""

    to_body_id: relay.GlobalID = strawberry.field(description="Body in charge")
    reason: str = strawberry.field(description="Why it is in charge")


@strawberry.input(description="Transfer that an act is about")
class TransferAct(KeyedInput):
    """The transfer."""

    transfer_id: relay.GlobalID = strawberry.field(description="Transfer of the act")


@strawberry.input(description="Record to be sent")
class SendTransferInput(TransferAct):
    """Input of `sendTransfer`."""

    to_body_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Body in charge, needless where another filed first"
    )
    contact: str = strawberry.field(
        default="", description="Contact on the letter, the name of the body by default"
    )


@strawberry.input(description="Answer of the receiver")
class AnswerTransferInput(TransferAct):
    """Input of `answerTransfer`."""

    accepted: bool = strawberry.field(description="Indicates that the body takes the act")
    reason: str = strawberry.field(default="", description="Why it is returned")


@strawberry.input(description="Dispute about who is in charge")
class DisputeJurisdictionInput(TransferAct):
    """Input of `disputeJurisdiction`."""

    reason: str = strawberry.field(description="Why the own body is in charge")


@strawberry.input(description="Designation by the common superior (art. 25)")
class RecordDesignationInput(TransferAct):
    """Input of `recordDesignation`."""

    authority: str = strawberry.field(description="Common superior, such as the government")
    number: str = strawberry.field(description="Number of the designation")
    on: date = strawberry.field(description="Day of the designation")
    to_self: bool = strawberry.field(description="Indicates that the own body is in charge")


@strawberry.input(description="Power as published")
class GrantPowerInput(KeyedInput):
    """Input of `grantPower`; `power` is given by its name."""

    body_id: relay.GlobalID = strawberry.field(
        description="Body that gets it, never the caller's own"
    )
    penalise: bool = strawberry.field(
        description="Indicates the power to penalise, false the power to check"
    )
    item_group: str = strawberry.field(
        default="", description="Beginning of the codes of the items, empty for all"
    )
    basis: str = strawberry.field(description="Law or decision that gives the power")
    document: str = strawberry.field(description="Published document")
    valid_from: date = strawberry.field(description="First day in force")
    published_on: date = strawberry.field(description="Day of the publication")


@strawberry.input(description="Power that ends")
class EndPowerInput(KeyedInput):
    """Input of `endPower`."""

    power_id: relay.GlobalID = strawberry.field(description="Power that ends")
    on: date = strawberry.field(description="First day no longer in force")


def penalty(input: PenaltyInput) -> Penalty:
    """The penalty of an act."""
    return Penalty(frozenset(input.kinds), input.fine or 0)


def decision_of(input: DecideCaseInput) -> decisions.Decision:
    """The decision of an act."""
    return decisions.Decision(
        input.number,
        penalty(input),
        input.penalty_basis,
        input.performance,
        input.circumstance,
        input.departure,
    )
