"""Documents of a case (执法文书), issued in the transaction of the step that they record.

Articles without a name are of the 行政处罚法 (2021).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service.cases import persons
from service.cases.records import CaseOfficer, CaseTransfer, PenaltyCase, RegisteredEvidence
from service.cases.rules import Delivery, Penalty, PenaltyKind, State
from service.documents.commands import issue, replace, void
from service.documents.kinds import FORMS, DocumentKind, Officer
from service.documents.queries import number_of, valid
from service.documents.records import Document
from service.documents.rules import sayable
from service.evidence.queries import evidence
from service.evidence.rules import SubjectKind
from service.law.queries import rule_book
from service.register.records import Enterprise, Premises
from tenants.records import Body, District

K = DocumentKind
MOST_EVIDENCE = 150
_KINDS = {
    PenaltyKind.WARNING: "警告（通报批评）",
    PenaltyKind.FINE: "罚款",
    PenaltyKind.CONFISCATION: "没收违法所得、非法财物",
    PenaltyKind.LICENCE_SUSPENSION: "暂扣许可证件（降低资质等级）",
    PenaltyKind.LICENCE_REVOCATION: "吊销许可证件",
    PenaltyKind.CLOSURE: "责令停产停业（关闭、限制从业）",
}
_DELIVERIES = {
    Delivery.IN_PERSON: "直接送达",
    Delivery.LEFT: "留置送达",
    Delivery.POST: "邮寄送达",
    Delivery.ELECTRONIC: "电子送达",
    Delivery.PUBLIC_NOTICE: "公告送达",
}
NO_ADDRESS = "以营业执照登记的住所为准"


@dataclass(frozen=True, slots=True)
class Served:
    """What a receipt of service says beside the case; all of it may be empty."""

    place: str = ""
    received_by: str = ""
    note: str = ""
    at: datetime | None = None


PLAIN = Served()


@dataclass(frozen=True, slots=True)
class Hearing:
    """Time and place of a hearing and who chairs it (art. 64)."""

    at: datetime
    place: str
    chair: str
    public: bool = True
    recorder: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What every document of a case repeats."""

    name: str
    code: str
    address: str
    officers: list[Officer] = field(default_factory=list)


def penalty_text(penalty: Penalty) -> str:
    """A penalty in the words of a decision."""
    words = [
        f"罚款人民币{penalty.fine_fen // 100}.{penalty.fine_fen % 100:02}元"
        if kind is PenaltyKind.FINE
        else text
        for kind, text in _KINDS.items()
        if kind in penalty.kinds
    ]
    return "；".join(words)


async def _known(case: PenaltyCase) -> _Known:
    enterprise = await Enterprise.get(id=case.enterprise_id)
    places = Premises.filter(tenant_id=case.tenant_id, enterprise_id=case.enterprise_id)
    if case.premises_id is not None:
        places = places.filter(id=case.premises_id)
    place = await places.order_by("id").first()
    members = await CaseOfficer.filter(case_id=case.id).order_by("id")
    team = [Officer(name=one.name, card=one.card_no) for one in members]
    if case.person_name:
        role = persons.WORDS[persons.PersonRole(case.person_role)]
        kind = persons.DOCUMENTS[persons.IdentityKind(case.person_id_kind)]
        _, address = persons.opened(case.person_sealed)
        return _Known(
            sayable(f"{case.person_name}（{enterprise.name}{role}）"),
            f"{kind}{persons.masked(case.person_id_tail)}",
            sayable(address),
            team,
        )
    return _Known(
        enterprise.name,
        enterprise.credit_code or "",
        place.address if place else NO_ADDRESS,
        team,
    )


async def _issue(case: PenaltyCase, kind: DocumentKind, **said: Any) -> Document:
    return await issue(
        case.owner,
        kind,
        subject="PenaltyCase",
        subject_id=case.id,
        fields=said,
        body_id=case.body_id,
        enterprise_id=reader(case),
    )


def reader(case: PenaltyCase) -> UUID | None:
    """The enterprise whose account may read the papers: none where another person is the party."""
    one = case.person_role in persons.ONE_WITH_ENTERPRISE
    return case.enterprise_id if one else None


async def _contact(body_id: UUID, given: str) -> str:
    return sayable(given) or (await Body.get(id=body_id)).name


async def filing(case: PenaltyCase) -> Document:
    """The sheet of the filing (立案审批表, art. 54), once its investigators are named."""
    known = await _known(case)
    return await _issue(
        case,
        K.CASE_FILING,
        cause=f"涉嫌违反{case.basis}（{case.item}）",
        party=known.name,
        party_code=known.code,
        party_address=known.address,
        source="行政检查" if case.inspection_id else "案件线索",
        facts=sayable(case.act),
        basis="《中华人民共和国行政处罚法》第五十四条",
        officers=known.officers,
        proposal="建议立案调查",
        approval=f"{case.filed_on}立案，案号{case.number}",
    )


async def _evidence(case: PenaltyCase) -> list[str]:
    sealed = evidence(subject_kind=SubjectKind.CASE).filter(subject_id=case.id, state="SEALED")
    things = RegisteredEvidence.filter(case_id=case.id).order_by("id")
    listed = [row.filename for row in await sealed.order_by("id")]
    listed += [f"先行登记保存：{thing.thing}" for thing in await things]
    if case.inspection_id is not None:
        number = await number_of(case.inspection_id, K.INSPECTION_RECORD)
        listed.append(f"现场检查记录{number or ''}")
    if case.report:
        listed.append("调查终结报告")
    return [sayable(one) for one in listed[:MOST_EVIDENCE]] or ["执法人员现场检查"]


async def notice(case: PenaltyCase, penalty: Penalty, contact: str) -> Document:
    """The notice of facts, reasons, basis, penalty and rights (arts. 44, 63), to be served."""
    known = await _known(case)
    return await _issue(
        case,
        K.PENALTY_NOTICE,
        party=known.name,
        cause=case.item,
        facts=sayable(case.act),
        evidence=await _evidence(case),
        basis=case.basis,
        proposed_penalty=penalty_text(penalty),
        hearing=case.hearing_due,
        contact=await _contact(case.body_id, contact),
    )


async def hearing(case: PenaltyCase, held: Hearing) -> Document:
    """The notice of time and place of a hearing (art. 64); called anew it replaces the former."""
    known = await _known(case)
    said = {
        "party": known.name,
        "cause": case.item,
        "held_at": held.at,
        "place": sayable(held.place),
        "public": held.public,
        "chair": sayable(held.chair),
        "recorder": sayable(held.recorder),
        "investigators": [one.name for one in known.officers],
        "contact": await _contact(case.body_id, held.contact),
    }
    former = await valid(case.id, K.HEARING_NOTICE)
    if former is not None:
        return await replace(former.id, said, "听证安排变更")
    return await _issue(case, K.HEARING_NOTICE, **said)


async def decision(
    case: PenaltyCase, penalty: Penalty, day: date, *, basis: str = "", performance: str = ""
) -> Document:
    """The decision with the six contents of art. 59."""
    known = await _known(case)
    heard = f"{case.defence}\n复核意见：{case.defence_answer}" if case.defence else ""
    return await _issue(
        case,
        K.PENALTY_DECISION,
        party=known.name,
        party_code=known.code,
        party_address=known.address,
        cause=case.item,
        facts=sayable(case.act),
        evidence=await _evidence(case),
        defence=sayable(heard),
        basis=sayable(basis) or case.basis,
        penalty=penalty_text(penalty),
        performance=sayable(performance) or await _performance(penalty, day),
        remedies=await _remedies(case, day),
        decided_on=day,
    )


async def _performance(penalty: Penalty, day: date) -> str:
    if not penalty.fine_fen:
        return "自收到本决定书之日起履行"
    book = await rule_book()
    days = book.rule("FINE_PAY", day).limit.amount
    percent = book.rule("FINE_SURCHARGE", day).number
    return (
        f"自收到本决定书之日起{days}日内到指定银行或者通过电子支付系统缴纳罚款；"
        f"到期不缴纳的，每日按罚款数额的{percent}%加处罚款，加处罚款不超过罚款数额"
    )


async def _remedies(case: PenaltyCase, day: date) -> str:
    book = await rule_book()
    days = book.rule("RECONSIDER", day).limit.amount
    months = book.rule("SUE", day).limit.amount
    district = await District.get(id=case.district_id)
    return (
        f"如不服本决定，可以自知道本决定之日起{days}日内向{district.name}人民政府申请行政复议，"
        f"或者自知道本决定之日起{months}个月内依法向人民法院提起行政诉讼。"
        f"复议、诉讼期间不停止执行，法律另有规定的除外"
    )


async def receipt(
    case: PenaltyCase, kind: DocumentKind, day: date, delivery: Delivery, served: Served
) -> Document:
    """The receipt of service (送达回证, art. 61) of the notice or the decision."""
    known = await _known(case)
    number = await number_of(case.id, kind) or ""
    note = f"送达日期：{day}" + (f"；{served.note}" if served.note.strip() else "")
    return await _issue(
        case,
        K.SERVICE_RECEIPT,
        recipient=known.name,
        documents=[f"{FORMS[kind].title} {number}".strip()],
        address=sayable(served.place) or known.address,
        method=_DELIVERIES[delivery],
        served_at=served.at,
        officers=known.officers,
        received_by=sayable(served.received_by),
        note=sayable(note),
    )


async def closing(case: PenaltyCase, report: str, former: State) -> Document:
    """The closing sheet (结案审批表); `former` is where the case stood before it was closed."""
    known = await _known(case)
    result, execution = {
        State.NO_PENALTY: ("不予行政处罚", "无需执行"),
        State.WITHDRAWN: ("处罚决定已撤销", "不再执行"),
    }.get(former, ("", case.execution))
    if not result:
        kinds = frozenset(PenaltyKind(one) for one in case.kinds)
        result = penalty_text(Penalty(kinds, case.fine_fen))
    return await _issue(
        case,
        K.CLOSING_REPORT,
        cause=case.item,
        party=known.name,
        filed_on=case.filed_on,
        decision_number=case.decision_number,
        decided_on=case.decided_on if case.decision_number else None,
        result=result,
        execution=sayable(execution) or "已执行",
        reason=sayable(report),
        officers=known.officers,
    )


async def annulled(case: PenaltyCase, reason: str) -> None:
    """Void the decision that was annulled, so that its public page says so."""
    paper = await valid(case.id, K.PENALTY_DECISION)
    if paper is not None:
        await void(paper.id, reason.strip()[:400])


_REASONS = {
    "NO_POWER": "本机关对该事项没有处罚权",
    "FILED_ELSEWHERE": "贵机关对同一行为先行立案",
    "NOT_IN_CHARGE": "该事项不属于本机关职责",
}


async def transfer_letter(row: CaseTransfer, contact: str) -> Document:
    """The letter that goes with a record (案件移送函, 安全生产法 art. 69)."""
    attached = []
    if row.inspection_id is not None:
        number = await number_of(row.inspection_id, K.INSPECTION_RECORD)
        attached = [f"现场检查记录{number or ''}"]
    return await issue(
        row.owner,
        K.TRANSFER_LETTER,
        subject="PenaltyCase" if row.case_id else "CaseTransfer",
        subject_id=row.case_id or row.id,
        fields={
            "recipient": row.other_body,
            "party": row.offender,
            "cause": row.item,
            "facts": sayable(row.act),
            "reason": _REASONS[row.reason],
            "basis": row.article,
            "attachments": attached,
            "contact": await _contact(row.body_id, contact),
        },
        body_id=row.body_id,
        enterprise_id=row.enterprise_id,
    )
