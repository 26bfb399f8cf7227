"""Acts on reports: intake, handling, verification, answer, reward."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.administration import Tenant
from api.context import Info
from api.hazards import Hazard
from api.nodes import node_id
from api.register import Premises
from api.reports import Report
from api.scalars import FenAmount
from service.accidents.rules import Level
from service.errors import NotFound
from service.hazards.rules import Category
from service.reports import commands, rewards
from service.reports.commands import Told
from service.reports.rules import Channel, Finding, Ground, Merit
from tenants import records as tenancy
from tenants.rights import Right, Role, Subject


@strawberry.input(description="Person who reports; both or neither")
class ReporterInput:
    """Sealed at once and never shown again."""

    name: str = strawberry.field(description="Name")
    phone: str = strawberry.field(description="Telephone")


@strawberry.input(description="Report that came in by telephone, or through a platform")
class SubmitReportInput(KeyedInput):
    """Input of `submitReport`."""

    town_id: relay.GlobalID = strawberry.field(description="Town that it is about")
    category: Category = strawberry.field(description="What it is about")
    place: str = strawberry.field(description="Where, at most 200 characters")
    description: str = strawberry.field(description="What, at most 2000 characters")
    insider: bool = strawberry.field(default=False, description="Whether the reporter works there")
    reporter: ReporterInput | None = strawberry.field(
        default=None, description="Who reports, anonymous by default"
    )


@strawberry.input(description="Report that an act is about")
class ReportInput(KeyedInput):
    """Input of acts without more."""

    report_id: relay.GlobalID = strawberry.field(description="Report of the act")


@strawberry.input(description="Report that an act is about, and why")
class ReportReasonInput(ReportInput):
    """Input of acts with a reason."""

    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.input(description="Report that is transferred to its town")
class TransferReportInput(ReportInput):
    """Input of `transferReport`."""

    premises_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Premises that it is about, where known"
    )


@strawberry.input(description="Visit that is asked for because of a report")
class RequestReportVisitInput(ReportInput):
    """Input of `requestReportVisit`."""

    items: list[str] = strawberry.field(description="Items to inspect, published by the body")
    due_on: date = strawberry.field(description="Last day of the visit")
    minutes: int = strawberry.field(description="Time on site in minutes")
    premises_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Premises to visit, those of the report by default"
    )


@strawberry.input(description="What was found on site")
class VerifyReportInput(ReportInput):
    """Input of `verifyReport`."""

    finding: Finding = strawberry.field(description="What was found")
    verification: str = strawberry.field(description="How, at most 2000 characters")
    hazard_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Hazard that was entered for it"
    )
    duplicate_of: relay.GlobalID | None = strawberry.field(
        default=None, description="Earlier report of the same, for a duplicate only"
    )


@strawberry.input(description="Answer to a reporter")
class AnswerReportInput(ReportInput):
    """Input of `answerReport`."""

    answer: str = strawberry.field(description="What the reporter reads, at most 2000 characters")


@strawberry.input(description="What a reward is reckoned from")
class ReckonReportRewardInput(ReportInput):
    """The amount follows from the law of the day of receipt."""

    ground: Ground = strawberry.field(description="What it is for")
    fine: FenAmount | None = strawberry.field(default=None, description="Fine in fen, if any")
    deaths: int = strawberry.field(default=0, description="Deaths that were concealed")
    level: Level = strawberry.field(
        default=Level.ORDINARY, description="Level of a concealed accident"
    )


@strawberry.input(description="Reward that somebody collects")
class PayReportRewardInput(ReportInput):
    """Input of `payReportReward`."""

    tracking_code: str = strawberry.field(description="Code that the reporter shows")


@strawberry.input(description="Survey of how many know that they can report")
class RecordAwarenessSurveyInput(KeyedInput):
    """Input of `recordAwarenessSurvey`."""

    held_on: date = strawberry.field(description="Day of the survey")
    asked: int = strawberry.field(description="People asked")
    aware: int = strawberry.field(description="Those who knew of it")
    method: str = strawberry.field(description="How it was held, at most 200 characters")


@strawberry.type(description="Survey of how many know that they can report (知晓率)")
class AwarenessSurvey:
    """One survey."""

    held_on: date = strawberry.field(description="Day of the survey")
    asked: int = strawberry.field(description="People asked")
    aware: int = strawberry.field(description="Those who knew of it")
    method: str = strawberry.field(description="How it was held")


def _id(given: ReportInput) -> UUID:
    return node_id(given.report_id, Report, "reportId")


def _optional(given: relay.GlobalID | None, kind: type[relay.Node], field: str) -> UUID | None:
    return None if given is None else node_id(given, kind, field)


async def _submit(info: Info, given: SubmitReportInput) -> dict[str, Any]:
    town = await tenancy.Tenant.get_or_none(id=node_id(given.town_id, Tenant, "townId"))
    if town is None or town.id not in info.context.principal.scope.writable:
        raise NotFound("no such town", path=("input", "townId"))
    who = given.reporter
    told = Told(
        given.category,
        given.place,
        given.description,
        given.insider,
        {"name": who.name, "phone": who.phone} if who else None,
    )
    made, code = await commands.submit(town.owner, Channel.HOTLINE, told, nonce=str(uuid4()))
    # An application that hands a report in has no right to read it.
    reads = info.context.principal.role is not Role.APP
    return {"report": Report.of(made) if reads else None, "tracking_code": code}


async def _accept(info: Info, given: ReportInput) -> Report:
    return Report.of(await commands.accept(_id(given)))


async def _reject(info: Info, given: ReportReasonInput) -> Report:
    return Report.of(await commands.reject(_id(given), given.reason))


async def _transfer(info: Info, given: TransferReportInput) -> Report:
    place = _optional(given.premises_id, Premises, "premisesId")
    return Report.of(await commands.transfer(_id(given), place))


async def _extend(info: Info, given: ReportReasonInput) -> Report:
    return Report.of(await commands.extend(_id(given), given.reason))


async def _request_visit(info: Info, given: RequestReportVisitInput) -> Report:
    info.context.require(Subject.DEMAND, Right.WRITE)
    row = await commands.request_visit(
        _id(given),
        info.context.principal.body_id,
        given.items,
        due_on=given.due_on,
        minutes=given.minutes,
        premises_id=_optional(given.premises_id, Premises, "premisesId"),
    )
    return Report.of(row)


async def _verify(info: Info, given: VerifyReportInput) -> Report:
    row = await commands.verify(
        _id(given),
        given.finding,
        given.verification,
        hazard_id=_optional(given.hazard_id, Hazard, "hazardId"),
        duplicate_of=_optional(given.duplicate_of, Report, "duplicateOf"),
    )
    return Report.of(row)


async def _answer(info: Info, given: AnswerReportInput) -> Report:
    return Report.of(await commands.answer(_id(given), given.answer))


async def _reckon(info: Info, given: ReckonReportRewardInput) -> Report:
    merit = Merit(given.ground, int(given.fine or 0), given.deaths, given.level)
    return Report.of(await rewards.reckon(_id(given), merit))


async def _approve(info: Info, given: ReportInput) -> Report:
    return Report.of(await rewards.approve(_id(given)))


async def _pay(info: Info, given: PayReportRewardInput) -> Report:
    return Report.of(await rewards.pay(_id(given), given.tracking_code))


async def _survey(info: Info, given: RecordAwarenessSurveyInput) -> AwarenessSurvey:
    row = await commands.record_survey(
        info.context.home, given.held_on, given.asked, given.aware, given.method
    )
    return AwarenessSurvey(held_on=row.held_on, asked=row.asked, aware=row.aware, method=row.method)


_R = Subject.REPORT
_SHOWN = ("report", Report)
_LATE = ("CONFLICT",)


@strawberry.type
class ReportMutation:
    """Acts on reports."""

    submit_report = act(
        "submitReport", "Enter a report that came in by telephone or through a platform",
        SubmitReportInput, _SHOWN, _submit, needs=(_R, Right.WRITE),
        also={"tracking_code": (str, "Code for the reporter, shown this once")},
    )  # fmt: skip
    accept_report = act(
        "acceptReport", "Accept a report; its limit runs from today", ReportInput, _SHOWN,
        _accept, needs=(_R, Right.DECIDE), codes=_LATE,
    )  # fmt: skip
    reject_report = act(
        "rejectReport", "Turn a report away, with a reason", ReportReasonInput, _SHOWN,
        _reject, needs=(_R, Right.DECIDE), codes=_LATE,
    )  # fmt: skip
    transfer_report = act(
        "transferReport", "Hand a report to the town that it is about", TransferReportInput,
        _SHOWN, _transfer, needs=(_R, Right.DECIDE), codes=_LATE,
    )  # fmt: skip
    extend_report = act(
        "extendReport", "Prolong the handling of a report once", ReportReasonInput, _SHOWN,
        _extend, needs=(_R, Right.DECIDE), codes=_LATE,
    )  # fmt: skip
    request_report_visit = act(
        "requestReportVisit", "Ask for a visit because of a report, outside all frequency caps",
        RequestReportVisitInput, _SHOWN, _request_visit, needs=(_R, Right.WRITE), codes=_LATE,
    )  # fmt: skip
    verify_report = act(
        "verifyReport", "Say what was found on site", VerifyReportInput, _SHOWN,
        _verify, needs=(_R, Right.VERIFY), codes=_LATE,
    )  # fmt: skip
    answer_report = act(
        "answerReport", "Answer the reporter", AnswerReportInput, _SHOWN,
        _answer, needs=(_R, Right.WRITE), codes=_LATE,
    )  # fmt: skip
    reckon_report_reward = act(
        "reckonReportReward", "Reckon the reward by the law of the day of receipt",
        ReckonReportRewardInput, _SHOWN, _reckon, needs=(_R, Right.DECIDE),
        codes=("CONFLICT", "NO_RULE_IN_FORCE"),
    )  # fmt: skip
    approve_report_reward = act(
        "approveReportReward", "Approve a reward that somebody else has reckoned", ReportInput,
        _SHOWN, _approve, needs=(_R, Right.DECIDE), codes=("CONFLICT", "NO_RULE_IN_FORCE"),
    )  # fmt: skip
    pay_report_reward = act(
        "payReportReward", "Note that the reward was paid to whoever showed the tracking code",
        PayReportRewardInput, _SHOWN, _pay, needs=(_R, Right.DECIDE), codes=_LATE,
    )  # fmt: skip
    record_awareness_survey = act(
        "recordAwarenessSurvey", "Enter a survey of how many know that they can report",
        RecordAwarenessSurveyInput, ("survey", AwarenessSurvey), _survey,
        needs=(_R, Right.WRITE),
    )  # fmt: skip
