"""Acts in a case: every step of the procedure, one mutation each."""

from typing import Any
from uuid import UUID

import strawberry

from api import cases_inputs as given
from api.acts import act
from api.administration import Body
from api.cases import PenaltyCase
from api.cases_transfers import BodyPower, CaseTransfer
from api.context import Info
from api.inspections import Inspection
from api.inspections_acts import body, team_of
from api.nodes import NOBODY, node_id
from api.register import Enterprise, Premises
from service.cases import (
    commands,
    decisions,
    defence,
    execution,
    filing,
    fines,
    papers,
    transfers,
)
from service.cases.steps import locked
from service.errors import Invalid
from service.powers import commands as powers
from service.powers.rules import Power
from tenants.rights import Right, Subject

WRITES, DECIDES = (Subject.CASE, Right.WRITE), (Subject.CASE, Right.DECIDE)
OBJECTS, FILES = (Subject.CASE, Right.OBJECT), (Subject.INSPECTION, Right.WRITE)
RULES = ("NO_RULE_IN_FORCE",)


def case_of(input: Any) -> UUID:
    """The plain id of the act's case."""
    return node_id(input.case_id, PenaltyCase, "caseId")


def transfer_of(input: Any) -> UUID:
    """The plain id of the act's transfer."""
    return node_id(input.transfer_id, CaseTransfer, "transferId")


def party(info: Info) -> UUID:
    """The enterprise that the caller speaks for."""
    return info.context.principal.enterprise_id or NOBODY


def served(input: given.ServeInput) -> papers.Served:
    """What the receipt of service says."""
    return papers.Served(input.place, input.received_by, input.note)


def step(
    name: str, description: str, kind: type, perform: Any, *codes: str, needs: Any = WRITES
) -> Any:
    """A mutation that answers with the case."""

    async def run(info: Info, input: Any) -> PenaltyCase:
        return PenaltyCase.of(await perform(info, input))

    return act(
        name, description, kind, ("case", PenaltyCase), run,
        needs=needs, codes=("WRONG_STATE", *codes),
    )  # fmt: skip


def handing(
    name: str, description: str, kind: type, perform: Any, *codes: str, needs: Any = FILES
) -> Any:
    """A mutation that answers with the transfer."""

    async def run(info: Info, input: Any) -> CaseTransfer:
        return CaseTransfer.of(await perform(info, input))

    return act(
        name, description, kind, ("transfer", CaseTransfer), run,
        needs=needs, codes=("CONFLICT", *codes),
    )  # fmt: skip


async def _file(info: Info, input: given.FileCaseInput) -> dict[str, Any]:
    places = {
        "inspection_id": (input.inspection_id, Inspection, "inspectionId"),
        "premises_id": (input.premises_id, Premises, "premisesId"),
        "enterprise_id": (input.enterprise_id, Enterprise, "enterpriseId"),
    }
    known = {name: node_id(one, kind, field) for name, (one, kind, field) in places.items() if one}
    filed = await filing.file(
        body(info),
        filing.Filing(
            input.number,
            input.item,
            input.act,
            input.basis,
            input.began_on,
            input.found_on,
            input.ended_on,
            input.party_kind,
            input.harmed_life_or_health,
            person=input.person.person() if input.person else None,
            **known,
        ),
    )
    return {
        "case": PenaltyCase.of(filed.case) if filed.case else None,
        "transfer": CaseTransfer.of(filed.transfer) if filed.transfer else None,
    }


async def _register(info: Info, input: given.RegisterEvidenceInput) -> Any:
    row = await commands.register_evidence(body(info), case_of(input), input.thing)
    return await locked(row.case_id, body(info))


async def _handle(info: Info, input: given.HandleRegisteredEvidenceInput) -> Any:
    try:
        thing = UUID(input.evidence_id)
    except ValueError as error:
        raise Invalid("evidenceId is not an id of ours", path=("input", "evidenceId")) from error
    row = await commands.handle_evidence(body(info), thing, input.handling)
    return await locked(row.case_id, body(info))


async def _report(info: Info, input: given.SubmitForLegalReviewInput) -> Any:
    report = commands.Report(input.findings, given.penalty(input), input.grave)
    return await commands.report(body(info), case_of(input), report)


async def _decide(info: Info, input: given.DecideCaseInput) -> Any:
    return await decisions.decide(body(info), case_of(input), given.decision_of(input))


async def _on_spot(info: Info, input: given.DecideOnTheSpotInput) -> Any:
    return await decisions.decide_on_spot(
        body(info), case_of(input), given.decision_of(input), team_of(input.officer_ids)
    )


async def _call_hearing(info: Info, input: given.CallHearingInput) -> Any:
    if input.held_at.tzinfo is None:
        raise Invalid("give the time with its offset, such as +08:00", path=("input", "heldAt"))
    held = papers.Hearing(
        input.held_at, input.place, input.chair, input.public, input.recorder, input.contact
    )
    return await defence.call_hearing(
        body(info), case_of(input), held, day_off_agreed=input.day_off_agreed
    )


async def _instalments(info: Info, input: given.GrantInstalmentsInput) -> Any:
    plan = [fines.Entry(one.on, one.amount) for one in input.instalments[:25]]
    return await execution.grant_instalments(body(info), case_of(input), plan, input.reason)


async def _designate(info: Info, input: given.RecordDesignationInput) -> Any:
    designation = transfers.Designation(input.authority, input.number, input.on, input.to_self)
    return await transfers.designate(body(info), transfer_of(input), designation)


async def _grant(info: Info, input: given.GrantPowerInput) -> BodyPower:
    row = await powers.enter(
        body(info),
        node_id(input.body_id, Body, "bodyId"),
        Power.PENALISE if input.penalise else Power.CHECK,
        basis=input.basis,
        document=input.document,
        valid_from=input.valid_from,
        published_on=input.published_on,
        item_group=input.item_group,
    )
    return BodyPower.of(row)


async def _end(info: Info, input: given.EndPowerInput) -> BodyPower:
    power = node_id(input.power_id, BodyPower, "powerId")
    return BodyPower.of(await powers.revoke(body(info), power, input.on))


@strawberry.type
class CaseMutation:
    """Acts of the body, from the filing to the decision."""

    file_case = act(
        "fileCase", "Open a case, or the duty to hand the act to the body that has it or may",
        given.FileCaseInput, ("case", PenaltyCase), _file, needs=FILES,
        codes=("NOT_AN_ENFORCEMENT_BODY", "CONFLICT", "TIME_BARRED", "WRONG_STATE", *RULES),
        also={"transfer": (CaseTransfer, "Duty to hand the act over, where no case was opened")},
    )  # fmt: skip
    assign_investigators = step(
        "assignInvestigators", "Put at least two officers on the case",
        given.AssignInvestigatorsInput,
        lambda i, g: commands.assign(body(i), case_of(g), team_of(g.officer_ids)),
        "TEAM_TOO_SMALL", *RULES,
    )  # fmt: skip
    register_evidence = step(
        "registerEvidence", "Register a thing in advance; decide on it in 7 working days",
        given.RegisterEvidenceInput, _register, *RULES,
    )  # fmt: skip
    handle_registered_evidence = step(
        "handleRegisteredEvidence", "Say what becomes of a registered thing",
        given.HandleRegisteredEvidenceInput, _handle, "CONFLICT",
    )  # fmt: skip
    submit_for_legal_review = step(
        "submitForLegalReview", "End the investigation and hand the case to legal review",
        given.SubmitForLegalReviewInput, _report, *RULES,
    )  # fmt: skip
    review_case = step(
        "reviewCase", "Review the case as another person than its investigators",
        given.ReviewCaseInput,
        lambda i, g: commands.review(
            body(i), case_of(g), passed=g.passed, opinion=g.opinion, contact=g.contact
        ), "SAME_PERSON",
    )  # fmt: skip
    record_delivery_consent = step(
        "recordDeliveryConsent", "Note the party's signed consent to electronic service",
        given.RecordDeliveryConsentInput,
        lambda i, g: commands.consent(body(i), case_of(g), g.signed_on),
    )  # fmt: skip
    serve_penalty_notice = step(
        "servePenaltyNotice", "Serve the notice of facts, reasons, penalty and rights",
        given.ServeInput,
        lambda i, g: commands.serve_notice(
            body(i), case_of(g), g.delivery, g.served_on, served(g)
        ),
        "NO_CONSENT", *RULES,
    )  # fmt: skip
    answer_defence = step(
        "answerDefence", "Answer what the enterprise said in its defence", given.CaseTextInput,
        lambda i, g: defence.answer_defence(body(i), case_of(g), g.text), "CONFLICT",
    )  # fmt: skip
    call_hearing = step(
        "callHearing", "Call the hearing that was asked for", given.CallHearingInput,
        _call_hearing, "TOO_SOON", "DAY_OFF", "YEAR_NOT_PUBLISHED", *RULES,
    )  # fmt: skip
    record_hearing = step(
        "recordHearing", "Record the hearing that was held", given.CaseTextInput,
        lambda i, g: defence.hold_hearing(body(i), case_of(g), g.text), "TOO_SOON",
    )  # fmt: skip
    record_collective_discussion = step(
        "recordCollectiveDiscussion", "Record that the heads discussed the case together",
        given.RecordDiscussionInput,
        lambda i, g: defence.discuss(body(i), case_of(g), g.on, g.record), needs=DECIDES,
    )  # fmt: skip
    decide_case = step(
        "decideCase", "Decide, no heavier than noticed and with one fine for one act",
        given.DecideCaseInput, _decide, "TOO_SOON", "CONFLICT", "HEAVIER_THAN_NOTICED",
        "COLLECTIVE_DISCUSSION_MISSING", "ALREADY_FINED", "SAME_PERSON", "OUTSIDE_DISCRETION",
        *RULES, needs=DECIDES,
    )  # fmt: skip
    decide_on_the_spot = step(
        "decideOnTheSpot", "Decide a warning or a small fine on the spot (art. 51)",
        given.DecideOnTheSpotInput, _on_spot, "NOT_SIMPLE", "TEAM_TOO_SMALL", "ALREADY_FINED",
        "OUTSIDE_DISCRETION",
        *RULES,
    )  # fmt: skip
    close_without_penalty = step(
        "closeWithoutPenalty", "Impose no penalty (不予处罚), with the reason",
        given.CaseTextInput, lambda i, g: commands.spare(body(i), case_of(g), g.text),
        needs=DECIDES,
    )  # fmt: skip
    suspend_case = step(
        "suspendCase", "Suspend a case that cannot go on", given.CaseTextInput,
        lambda i, g: commands.suspend(body(i), case_of(g), g.text), needs=DECIDES,
    )  # fmt: skip
    resume_case = step(
        "resumeCase", "Go on where the case was suspended", given.CaseAct,
        lambda i, g: commands.resume(body(i), case_of(g)), *RULES, needs=DECIDES,
    )  # fmt: skip
    transfer_case = step(
        "transferCase", "Hand the case to the body in charge, with its record",
        given.TransferCaseInput,
        lambda i, g: commands.transfer(
            body(i), case_of(g), node_id(g.to_body_id, Body, "toBodyId"), g.reason
        ), "CONFLICT", needs=DECIDES,
    )  # fmt: skip


@strawberry.type
class CaseExecutionMutation:
    """Acts after the decision."""

    serve_penalty_decision = step(
        "servePenaltyDecision", "Serve the decision; its fine is due 15 days later",
        given.ServeInput,
        lambda i, g: decisions.serve(
            body(i), case_of(g), g.delivery, g.served_on, served(g)
        ),
        "NO_CONSENT", *RULES,
    )  # fmt: skip
    publish_penalty_decision = step(
        "publishPenaltyDecision", "Hand the served decision to publication", given.CaseAct,
        lambda i, g: decisions.publish(body(i), case_of(g)), needs=DECIDES,
    )  # fmt: skip
    record_fine_payment = step(
        "recordFinePayment", "Note a payment at the bank", given.RecordFinePaymentInput,
        lambda i, g: execution.record_payment(
            body(i), case_of(g), g.amount, g.on, g.reference
        ), "CONFLICT", *RULES,
    )  # fmt: skip
    grant_instalments = step(
        "grantInstalments", "Let a party in difficulty pay later or by instalments",
        given.GrantInstalmentsInput, _instalments, *RULES, needs=DECIDES,
    )  # fmt: skip
    record_suit = step(
        "recordSuit", "Note a review or suit: execution goes on, the surcharge waits",
        given.CaseDaysInput,
        lambda i, g: execution.record_suit(body(i), case_of(g), g.from_day, g.to_day),
        "CONFLICT",
    )  # fmt: skip
    record_stay = step(
        "recordStay", "Note that court or superior stayed the execution", given.CaseDaysInput,
        lambda i, g: execution.record_stay(
            body(i), case_of(g), g.from_day, g.to_day, g.order
        ), "CONFLICT",
    )  # fmt: skip
    complete_execution = step(
        "completeExecution", "Note that the decision is carried out in full",
        given.CompleteExecutionInput,
        lambda i, g: execution.execute(
            body(i), case_of(g), g.execution, g.surcharge_waived
        ), "NOT_PAID", "CONFLICT", *RULES,
    )  # fmt: skip
    annul_penalty_decision = step(
        "annulPenaltyDecision", "Annul a decision; what is public goes in 3 working days",
        given.CaseTextInput, lambda i, g: decisions.annul(body(i), case_of(g), g.text), *RULES,
        needs=DECIDES,
    )  # fmt: skip
    confirm_withdrawal = step(
        "confirmWithdrawal", "Note that an annulled decision is public no more", given.CaseAct,
        lambda i, g: decisions.confirm_withdrawal(body(i), case_of(g)), "CONFLICT",
    )  # fmt: skip
    close_case = step(
        "closeCase", "Close a case with its closing report", given.CaseTextInput,
        lambda i, g: execution.close(body(i), case_of(g), g.text), "CONFLICT", needs=DECIDES,
    )  # fmt: skip
    submit_defence = step(
        "submitDefence", "State one's defence, as the enterprise of the case",
        given.CaseTextInput, lambda i, g: defence.defend(party(i), case_of(g), g.text),
        needs=OBJECTS,
    )  # fmt: skip
    request_hearing = step(
        "requestHearing", "Ask for a hearing within 5 working days of the notice",
        given.CaseAct, lambda i, g: defence.ask_hearing(party(i), case_of(g)), "NO_HEARING",
        needs=OBJECTS,
    )  # fmt: skip
    waive_hearing = step(
        "waiveHearing", "Take the request for a hearing back", given.CaseAct,
        lambda i, g: defence.waive_hearing(party(i), case_of(g)), needs=OBJECTS,
    )  # fmt: skip
    send_transfer = handing(
        "sendTransfer", "Hand the record of an act to the body in charge",
        given.SendTransferInput,
        lambda i, g: transfers.send(
            body(i), transfer_of(g),
            node_id(g.to_body_id, Body, "toBodyId") if g.to_body_id else None,
            contact=g.contact,
        ),
    )  # fmt: skip
    answer_transfer = handing(
        "answerTransfer", "Take an act that was handed over, or return it with a reason",
        given.AnswerTransferInput,
        lambda i, g: transfers.answer(
            body(i), transfer_of(g), accepted=g.accepted, reason=g.reason
        ),
    )  # fmt: skip
    dispute_jurisdiction = handing(
        "disputeJurisdiction", "Dispute that the other body is in charge",
        given.DisputeJurisdictionInput,
        lambda i, g: transfers.dispute(body(i), transfer_of(g), g.reason),
    )  # fmt: skip
    record_designation = handing(
        "recordDesignation", "Record which body the common superior put in charge",
        given.RecordDesignationInput, _designate,
    )  # fmt: skip
    grant_power = act(
        "grantPower", "Enter a power of another body as published, as the district",
        given.GrantPowerInput,
        ("power", BodyPower), _grant, needs=(Subject.POWER, Right.WRITE),
    )  # fmt: skip
    end_power = act(
        "endPower", "End a power of another body, as the district", given.EndPowerInput,
        ("power", BodyPower), _end,
        needs=(Subject.POWER, Right.WRITE), codes=("CONFLICT",),
    )  # fmt: skip
