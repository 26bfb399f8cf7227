"""Kinds of documents, and what each of them must say, with the article that asks for it.

A field without a default is mandatory.  Its label is the wording of the form.
"""

from dataclasses import MISSING, dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any

OFFICERS = 2  # at least, at an inspection or an investigation: 行政处罚法 (2021) art. 42


class DocumentKind(Enum):
    """What a document is for."""

    INSPECTION_RECORD = "INSPECTION_RECORD"
    CORRECTION_ORDER = "CORRECTION_ORDER"
    REINSPECTION_OPINION = "REINSPECTION_OPINION"
    CASE_FILING = "CASE_FILING"
    PENALTY_NOTICE = "PENALTY_NOTICE"
    HEARING_NOTICE = "HEARING_NOTICE"
    PENALTY_DECISION = "PENALTY_DECISION"
    SERVICE_RECEIPT = "SERVICE_RECEIPT"
    CLOSING_REPORT = "CLOSING_REPORT"
    TRANSFER_LETTER = "TRANSFER_LETTER"
    PLATE = "PLATE"
    SUPERVISION_NOTICE = "SUPERVISION_NOTICE"
    PLAN_NOTICE = "PLAN_NOTICE"


def said(label: str, *, default: Any = MISSING, at_least: int = 1) -> Any:
    """A field of a form; `at_least` counts the items of a list that is mandatory."""
    return field(default=default, metadata={"label": label, "at_least": at_least})


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """An officer who acts, with the enforcement card that is shown."""

    name: str = said("姓名")
    card: str = said("执法证号")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One problem of an order, as it was found again."""

    problem: str = said("问题")
    corrected: bool = said("是否整改到位")
    note: str = said("复查情况", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsible:
    """One of the three responsible persons of a plate."""

    name: str = said("姓名")
    post: str = said("单位及职务")
    phone: str = said("联系电话", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionRecord:
    """现场检查记录: time, place, content, findings, handling, signatures (安全生产法 art. 68)."""

    enterprise_name: str = said("被检查单位")
    enterprise_code: str = said("统一社会信用代码", default="")
    address: str = said("检查场所")
    principal: str = said("现场负责人", default="")
    started_at: datetime = said("检查开始时间")
    ended_at: datetime = said("检查结束时间")
    officers: tuple[Officer, ...] = said("检查人员", at_least=OFFICERS)
    content: tuple[str, ...] = said("检查内容")
    findings: tuple[str, ...] = said("发现的问题", at_least=0)
    handling: str = said("处理情况")
    signed_by: str = said("被检查单位负责人签名", default="")
    refusal: str = said("拒绝签字情况", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionOrder:
    """责令限期整改指令书 (安全生产法 art. 65)."""

    enterprise_name: str = said("被责令单位")
    address: str = said("地址", default="")
    found_on: date = said("检查日期")
    problems: tuple[str, ...] = said("存在的问题")
    basis: str = said("依据")
    requirement: str = said("整改要求")
    due_on: date = said("整改期限")
    officers: tuple[Officer, ...] = said("执法人员", at_least=OFFICERS)
    record_number: str = said("现场检查记录文号", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinspectionOpinion:
    """整改复查意见书."""

    enterprise_name: str = said("被复查单位")
    order_number: str = said("整改指令书文号")
    reinspected_on: date = said("复查日期")
    corrections: tuple[Correction, ...] = said("逐项复查情况")
    opinion: str = said("复查意见")
    officers: tuple[Officer, ...] = said("复查人员", at_least=OFFICERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFiling:
    """立案审批表 (行政处罚法 art. 54)."""

    cause: str = said("案由")
    party: str = said("当事人")
    party_code: str = said("统一社会信用代码或者身份证件", default="")
    party_address: str = said("地址", default="")
    source: str = said("案件来源")
    facts: str = said("基本案情")
    basis: str = said("立案依据")
    officers: tuple[Officer, ...] = said("承办人", at_least=OFFICERS)
    proposal: str = said("承办人意见")
    review: str = said("审核意见", default="")
    approval: str = said("审批意见", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyNotice:
    """行政处罚告知书: content, facts, reasons, basis, rights (行政处罚法 art. 44 and 63)."""

    party: str = said("当事人")
    cause: str = said("案由")
    facts: str = said("违法事实")
    evidence: tuple[str, ...] = said("主要证据")
    basis: str = said("违反的规定及处罚依据")
    proposed_penalty: str = said("拟作出的行政处罚")
    hearing: bool = said("是否告知听证权利")
    contact: str = said("联系人及联系方式")
    address: str = said("机关地址", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingNotice:
    """行政处罚听证会通知书: time and place 7 working days before (行政处罚法 art. 64)."""

    party: str = said("当事人")
    cause: str = said("案由")
    held_at: datetime = said("听证时间")
    place: str = said("听证地点")
    public: bool = said("是否公开举行")
    chair: str = said("听证主持人")
    recorder: str = said("记录员", default="")
    investigators: tuple[str, ...] = said("案件调查人员")
    contact: str = said("联系人及联系方式")


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyDecision:
    """行政处罚决定书: the six contents of 行政处罚法 art. 59; body and seal stand below."""

    party: str = said("当事人姓名或者名称")
    party_code: str = said("统一社会信用代码或者身份证件", default="")
    party_address: str = said("当事人地址")
    cause: str = said("案由", default="")
    facts: str = said("违反法律、法规、规章的事实")
    evidence: tuple[str, ...] = said("证据")
    defence: str = said("陈述申辩及采纳情况", default="")
    basis: str = said("处罚依据")
    penalty: str = said("处罚种类")
    performance: str = said("履行方式和期限")
    remedies: str = said("行政复议、行政诉讼的途径和期限")
    decided_on: date = said("决定日期")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReceipt:
    """送达回证 (行政处罚法 art. 61)."""

    recipient: str = said("受送达人")
    documents: tuple[str, ...] = said("送达文书名称及文号")
    address: str = said("送达地点")
    method: str = said("送达方式")
    served_at: datetime | None = said("送达时间", default=None)
    officers: tuple[Officer, ...] = said("送达人", at_least=OFFICERS)
    received_by: str = said("收件人签名", default="")
    note: str = said("备注", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingReport:
    """结案审批表."""

    cause: str = said("案由")
    party: str = said("当事人")
    filed_on: date = said("立案日期")
    decision_number: str = said("处罚决定书文号", default="")
    decided_on: date | None = said("处罚决定日期", default=None)
    result: str = said("处理结果")
    execution: str = said("执行情况")
    reason: str = said("结案理由")
    officers: tuple[Officer, ...] = said("承办人", at_least=OFFICERS)
    review: str = said("审核意见", default="")
    approval: str = said("审批意见", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLetter:
    """案件移送函 (安全生产法 art. 69, 行政处罚法 art. 27)."""

    recipient: str = said("受移送机关")
    party: str = said("当事人")
    cause: str = said("案由")
    facts: str = said("基本情况")
    reason: str = said("移送理由")
    basis: str = said("移送依据")
    attachments: tuple[str, ...] = said("附件", default=())
    contact: str = said("联系人及联系方式")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """责任公示牌: the three responsible persons of premises (三个责任人)."""

    premises_name: str = said("场所名称")
    enterprise_name: str = said("企业名称")
    address: str = said("地址")
    administrative_head: Responsible = said("行政负责人")
    industry_head: Responsible = said("行业监管部门负责人")
    enterprise_head: Responsible = said("企业责任人")
    risk_level: str = said("风险等级", default="")
    duties: tuple[str, ...] = said("主要职责", default=())
    hotline: str = said("监督举报电话", default="12350")


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionNotice:
    """挂牌督办通知书 (安全生产法 art. 41)."""

    level: str = said("督办级别")
    recipient: str = said("被督办单位")
    address: str = said("隐患所在地点")
    hazard: str = said("隐患情况")
    basis: str = said("督办依据")
    requirement: str = said("整改要求")
    responsible: str = said("督办责任人")
    listed_on: date = said("挂牌日期")
    due_on: date = said("整改期限")
    contact: str = said("联系人及联系方式", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNotice:
    """联合检查通知 (安全生产法 art. 69, 市政府令第375号 art. 17)."""

    enterprise_name: str = said("被检查单位")
    address: str = said("检查场所")
    planned_on: date = said("检查日期")
    lead_body: str = said("牵头单位")
    bodies: tuple[str, ...] = said("参加单位")
    items: tuple[str, ...] = said("检查事项")
    basis: str = said("检查依据")
    code_note: str = said("执法码", default="")
    contact: str = said("联系人及联系方式")


@dataclass(frozen=True, slots=True)
class Form:
    """A kind as an office knows it: its title, its mark in the number, and what it says."""

    title: str
    mark: str
    schema: type[Any]
    case: bool = False
    """Indicates that it belongs to a case, whose rights are stricter."""


K = DocumentKind
FORMS: dict[DocumentKind, Form] = {
    K.INSPECTION_RECORD: Form("现场检查记录", "检记", InspectionRecord),
    K.CORRECTION_ORDER: Form("责令限期整改指令书", "责改", CorrectionOrder),
    K.REINSPECTION_OPINION: Form("整改复查意见书", "复查", ReinspectionOpinion),
    K.CASE_FILING: Form("立案审批表", "立案", CaseFiling, case=True),
    K.PENALTY_NOTICE: Form("行政处罚告知书", "罚告", PenaltyNotice, case=True),
    K.HEARING_NOTICE: Form("行政处罚听证会通知书", "听通", HearingNotice, case=True),
    K.PENALTY_DECISION: Form("行政处罚决定书", "罚决", PenaltyDecision, case=True),
    K.SERVICE_RECEIPT: Form("送达回证", "送达", ServiceReceipt, case=True),
    K.CLOSING_REPORT: Form("结案审批表", "结案", ClosingReport, case=True),
    K.TRANSFER_LETTER: Form("案件移送函", "移送", TransferLetter, case=True),
    K.PLATE: Form("安全生产责任公示牌", "公示", Plate),
    K.SUPERVISION_NOTICE: Form("挂牌督办通知书", "督办", SupervisionNotice),
    K.PLAN_NOTICE: Form("联合检查通知书", "联检", PlanNotice),
}
CASE_KINDS = frozenset(kind for kind, form in FORMS.items() if form.case)
INTERNAL_KINDS = frozenset({K.CASE_FILING, K.CLOSING_REPORT, K.TRANSFER_LETTER})
"""Papers between authorities, which the party does not get."""
