"""Acts of standardisation: a certificate from its application to its end, items of conformity."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.nodes import node_id
from api.register import Enterprise
from api.standardisation import ConformityItem, StandardisationCert
from service.standardisation import commands, conformity
from service.standardisation.conformity import Level
from tenants.rights import Right, Subject

ENTERS = (Subject.STANDARDISATION, Right.WRITE)
REVIEWS = (Subject.STANDARDISATION, Right.VERIFY)
DECIDES = (Subject.STANDARDISATION, Right.DECIDE)
CERT = ("certificate", StandardisationCert)
ITEM = ("item", ConformityItem)


@strawberry.input
class CertificateInput(KeyedInput):
    """The certificate that an act is about."""

    certificate_id: relay.GlobalID = strawberry.field(description="Certificate of the act")


@strawberry.input(description="Application of an enterprise for a certificate")
class ApplyForStandardisationInput(KeyedInput):
    """Input of `applyForStandardisation`."""

    enterprise_id: relay.GlobalID = strawberry.field(description="Enterprise")
    grade: int = strawberry.field(description="Grade, 1 (highest) to 3")
    applied_on: date = strawberry.field(description="Day of the application, today at the latest")


@strawberry.input(description="Certificate that was granted on paper before")
class RecordStandardisationCertInput(KeyedInput):
    """Input of `recordStandardisationCert`."""

    enterprise_id: relay.GlobalID = strawberry.field(description="Enterprise")
    grade: int = strawberry.field(description="Grade, 1 (highest) to 3")
    number: str = strawberry.field(description="Number, at most 60 characters")
    issued_on: date = strawberry.field(description="First day on which it holds")
    valid_to: date | None = strawberry.field(
        default=None,
        description="First day on which it no longer holds; by the law of the day of issue where"
        " it is left out",
    )


@strawberry.input(description="Mark that an enterprise gave itself")
class EnterSelfAssessmentInput(CertificateInput):
    """Input of `enterSelfAssessment`."""

    score: int = strawberry.field(description="Mark, 0 to 100")
    assessed_on: date = strawberry.field(description="Day of the self-assessment")


@strawberry.input(description="Mark of a review")
class ReviewStandardisationInput(CertificateInput):
    """Input of `reviewStandardisation`."""

    score: int = strawberry.field(description="Mark, 0 to 100, at least what the grade asks for")
    reviewed_on: date = strawberry.field(description="Day of the review")


@strawberry.input(description="Application with the reason why it goes back")
class ReturnStandardisationInput(CertificateInput):
    """Input of `returnStandardisation` and `withdrawStandardisation`."""

    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.input(description="First day of the publicity of who passed")
class PublishStandardisationInput(CertificateInput):
    """Input of `publishStandardisation`."""

    published_on: date = strawberry.field(description="First day, today at the latest")


@strawberry.input(description="Certificate that is granted")
class GrantStandardisationInput(CertificateInput):
    """Input of `grantStandardisation`."""

    number: str = strawberry.field(description="Number, at most 60 characters")
    issued_on: date = strawberry.field(
        description="First day on which it holds, after the last day for objections"
    )


@strawberry.input(description="Certificate that is taken back")
class RevokeStandardisationInput(CertificateInput):
    """Input of `revokeStandardisation`."""

    reason: str = strawberry.field(description="Why, at most 400 characters")
    revoked_on: date = strawberry.field(description="First day on which it no longer holds")


@strawberry.input(description="Item of conformity to keep")
class ConformityItemInput:
    """One item."""

    level: Level = strawberry.field(description="What it is about")
    name: str = strawberry.field(description="Name, at most 100 characters")
    required: bool = strawberry.field(
        default=True, description="Indicates that the enterprise conforms only where this does"
    )


@strawberry.input(description="Items of conformity of an enterprise")
class KeepConformityItemsInput(KeyedInput):
    """Input of `keepConformityItems`."""

    enterprise_id: relay.GlobalID = strawberry.field(description="Enterprise")
    items: list[ConformityItemInput] = strawberry.field(description="Items, 1 to 100, each once")


@strawberry.input(description="Assessment of an item")
class AssessConformityInput(KeyedInput):
    """Input of `assessConformity`."""

    item_id: relay.GlobalID = strawberry.field(description="Item")
    passed: bool = strawberry.field(description="Indicates that it conforms")
    assessed_on: date = strawberry.field(description="Day, today at the latest")
    note: str = strawberry.field(default="", description="Note, at most 400 characters")


@strawberry.input(description="Item that is kept no longer")
class EndConformityItemInput(KeyedInput):
    """Input of `endConformityItem`."""

    item_id: relay.GlobalID = strawberry.field(description="Item")


def _cert(given: CertificateInput) -> UUID:
    return node_id(given.certificate_id, StandardisationCert, "certificateId")


def _shop(given: ApplyForStandardisationInput | RecordStandardisationCertInput) -> UUID:
    return node_id(given.enterprise_id, Enterprise, "enterpriseId")


async def _apply(info: Info, input: ApplyForStandardisationInput) -> StandardisationCert:
    row = await commands.apply(_shop(input), input.grade, input.applied_on)
    return StandardisationCert.of(row)


async def _record(info: Info, input: RecordStandardisationCertInput) -> StandardisationCert:
    row = await commands.record(
        _shop(input), input.grade, input.number, input.issued_on, input.valid_to
    )
    return StandardisationCert.of(row)


async def _self_assess(info: Info, input: EnterSelfAssessmentInput) -> StandardisationCert:
    row = await commands.self_assess(_cert(input), input.score, input.assessed_on)
    return StandardisationCert.of(row)


async def _review(info: Info, input: ReviewStandardisationInput) -> StandardisationCert:
    row = await commands.review(_cert(input), input.score, input.reviewed_on)
    return StandardisationCert.of(row)


async def _return(info: Info, input: ReturnStandardisationInput) -> StandardisationCert:
    return StandardisationCert.of(await commands.give_back(_cert(input), input.reason))


async def _withdraw(info: Info, input: ReturnStandardisationInput) -> StandardisationCert:
    return StandardisationCert.of(await commands.withdraw(_cert(input), input.reason))


async def _publish(info: Info, input: PublishStandardisationInput) -> StandardisationCert:
    return StandardisationCert.of(await commands.publish(_cert(input), input.published_on))


async def _grant(info: Info, input: GrantStandardisationInput) -> StandardisationCert:
    row = await commands.grant(_cert(input), input.number, input.issued_on)
    return StandardisationCert.of(row)


async def _revoke(info: Info, input: RevokeStandardisationInput) -> StandardisationCert:
    row = await commands.revoke(_cert(input), input.reason, input.revoked_on)
    return StandardisationCert.of(row)


async def _keep(info: Info, input: KeepConformityItemsInput) -> list[ConformityItem]:
    rows = await conformity.keep(
        node_id(input.enterprise_id, Enterprise, "enterpriseId"),
        [conformity.Wanted(one.level, one.name, one.required) for one in input.items],
    )
    return [ConformityItem.of(row) for row in rows]


async def _assess(info: Info, input: AssessConformityInput) -> ConformityItem:
    row = await conformity.assess(
        node_id(input.item_id, ConformityItem, "itemId"),
        passed=input.passed,
        assessed_on=input.assessed_on,
        note=input.note,
    )
    return ConformityItem.of(row)


async def _end(info: Info, input: EndConformityItemInput) -> ConformityItem:
    return ConformityItem.of(await conformity.end(node_id(input.item_id, ConformityItem, "itemId")))


@strawberry.type
class StandardisationMutation:
    """Acts of standardisation."""

    apply_for_standardisation: Any = act(
        "applyForStandardisation",
        "Enter the application of an enterprise for a certificate of standardisation",
        ApplyForStandardisationInput, CERT, _apply, needs=ENTERS, codes=("CONFLICT",),
    )  # fmt: skip
    record_standardisation_cert: Any = act(
        "recordStandardisationCert",
        "Enter a certificate that was granted on paper before; for the body that grants",
        RecordStandardisationCertInput, CERT, _record, needs=DECIDES,
        codes=("CONFLICT", "NO_RULE_IN_FORCE"),
    )  # fmt: skip
    enter_self_assessment: Any = act(
        "enterSelfAssessment", "Enter the mark that an enterprise gave itself",
        EnterSelfAssessmentInput, CERT, _self_assess, needs=ENTERS, codes=("WRONG_STATE",),
    )  # fmt: skip
    review_standardisation: Any = act(
        "reviewStandardisation", "Enter the mark of the review, by another than who applied",
        ReviewStandardisationInput, CERT, _review, needs=REVIEWS,
        codes=("WRONG_STATE", "SAME_PERSON", "SCORE_TOO_LOW", "NO_RULE_IN_FORCE"),
    )  # fmt: skip
    return_standardisation: Any = act(
        "returnStandardisation", "Return an application to its beginning",
        ReturnStandardisationInput, CERT, _return, needs=REVIEWS, codes=("WRONG_STATE",),
    )  # fmt: skip
    withdraw_standardisation: Any = act(
        "withdrawStandardisation", "Take an application back",
        ReturnStandardisationInput, CERT, _withdraw, needs=ENTERS, codes=("WRONG_STATE",),
    )  # fmt: skip
    publish_standardisation: Any = act(
        "publishStandardisation", "Publish who passed the review, for objections (公示)",
        PublishStandardisationInput, CERT, _publish, needs=DECIDES,
        codes=("WRONG_STATE", "NO_RULE_IN_FORCE", "YEAR_NOT_PUBLISHED"),
    )  # fmt: skip
    grant_standardisation: Any = act(
        "grantStandardisation", "Grant a certificate once nobody can object any more",
        GrantStandardisationInput, CERT, _grant, needs=DECIDES,
        codes=("WRONG_STATE", "TOO_SOON", "CONFLICT", "NO_RULE_IN_FORCE"),
    )  # fmt: skip
    revoke_standardisation: Any = act(
        "revokeStandardisation", "Take a certificate back",
        RevokeStandardisationInput, CERT, _revoke, needs=DECIDES, codes=("WRONG_STATE",),
    )  # fmt: skip
    keep_conformity_items: Any = act(
        "keepConformityItems",
        "Keep disciplines and posts of an enterprise that must conform; also changes whether one"
        " is required",
        KeepConformityItemsInput, ("items", list[ConformityItem]), _keep, needs=ENTERS,
        codes=("CONFLICT",),
    )  # fmt: skip
    assess_conformity: Any = act(
        "assessConformity", "Enter whether a discipline or post conforms",
        AssessConformityInput, ITEM, _assess, needs=ENTERS, codes=("ENDED",),
    )  # fmt: skip
    end_conformity_item: Any = act(
        "endConformityItem", "Keep an item no longer",
        EndConformityItemInput, ITEM, _end, needs=ENTERS, codes=("ENDED",),
    )  # fmt: skip
