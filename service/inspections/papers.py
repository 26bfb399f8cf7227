"""Documents of an inspection (执法文书), issued in the transaction of the step that they record."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from service.documents.commands import issue
from service.documents.kinds import Correction, DocumentKind, Officer
from service.documents.queries import number_of
from service.documents.records import Document
from service.documents.rules import parts, sayable
from service.inspections.records import Inspection, InspectionCheck, InspectionOfficer
from service.inspections.rules import ItemResult
from service.inspections.teams import REINSPECTION, VISIT
from service.register.records import Enterprise, Premises

ORDER_BASIS = "《中华人民共和国安全生产法》第六十五条"
_RESULTS = {
    ItemResult.COMPLIANT: "符合",
    ItemResult.NOT_COMPLIANT: "不符合",
    ItemResult.NOT_APPLICABLE: "不适用",
    ItemResult.NOT_CHECKED: "未检查",
}


async def _issue(row: Inspection, kind: DocumentKind, **said: Any) -> Document:
    return await issue(
        row.owner,
        kind,
        subject="Inspection",
        subject_id=row.id,
        fields=said,
        body_id=row.body_id,
        enterprise_id=row.enterprise_id,
    )


async def _team(row: Inspection, round: int) -> list[Officer]:
    members = InspectionOfficer.filter(inspection_id=row.id, round=round)
    return [Officer(name=one.name, card=one.card_no) for one in await members.order_by("id")]


async def _checks(row: Inspection) -> list[InspectionCheck]:
    return await InspectionCheck.filter(inspection_id=row.id).order_by("id")


def _problems(checks: Sequence[InspectionCheck]) -> list[str]:
    return [
        sayable(f"{check.item}：{check.note}")
        for check in checks
        if check.result == ItemResult.NOT_COMPLIANT.value
    ]


async def record_visit(row: Inspection) -> Document:
    """The record of the visit (现场检查记录, 安全生产法 art. 68), signed or with the refusal."""
    enterprise = await Enterprise.get(id=row.enterprise_id)
    premises = await Premises.get(id=row.premises_id)
    refusal = ""
    if row.refusal_reason:
        refusal = f"拒绝签字，理由：{row.refusal_reason}；见证人：{row.refusal_witness}"
    return await _issue(
        row,
        DocumentKind.INSPECTION_RECORD,
        enterprise_name=enterprise.name,
        enterprise_code=enterprise.credit_code or "",
        address=sayable(row.place or premises.address),
        principal=sayable(row.signed_by),
        started_at=row.on_site_at,
        ended_at=row.recorded_at,
        officers=await _team(row, VISIT),
        content=[
            f"{check.item}：{_RESULTS[ItemResult(check.result)]}" for check in await _checks(row)
        ],
        findings=parts(row.findings),
        handling=sayable(row.handling),
        signed_by=sayable(row.signed_by),
        refusal=sayable(refusal),
    )


async def order(row: Inspection, found_on: date) -> Document:
    """The order to put right what was found (责令限期整改指令书, 安全生产法 art. 65)."""
    enterprise = await Enterprise.get(id=row.enterprise_id)
    premises = await Premises.get(id=row.premises_id)
    return await _issue(
        row,
        DocumentKind.CORRECTION_ORDER,
        enterprise_name=enterprise.name,
        address=premises.address,
        found_on=found_on,
        problems=_problems(await _checks(row)),
        basis=ORDER_BASIS,
        requirement=sayable(row.measures),
        due_on=row.rectify_until,
        officers=await _team(row, VISIT),
        record_number=await number_of(row.id, DocumentKind.INSPECTION_RECORD) or "",
    )


async def reinspection(row: Inspection, *, passed: bool) -> Document:
    """The opinion after a re-inspection (整改复查意见书)."""
    enterprise = await Enterprise.get(id=row.enterprise_id)
    return await _issue(
        row,
        DocumentKind.REINSPECTION_OPINION,
        enterprise_name=enterprise.name,
        order_number=await number_of(row.id, DocumentKind.CORRECTION_ORDER) or "无文号",
        reinspected_on=row.reinspected_on,
        corrections=[
            Correction(problem=problem, corrected=passed)
            for problem in _problems(await _checks(row))
        ],
        opinion=sayable(row.reinspection),
        officers=await _team(row, REINSPECTION),
    )
