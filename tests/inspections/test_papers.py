"""Documents of an inspection: each comes with its step and says what was found."""

import pytest

from service.documents.kinds import DocumentKind
from service.documents.records import Document
from service.inspections import visits
from service.inspections.records import Inspection
from service.inspections.rules import Signature, State, WrongStep
from tenants.wall import tenant_transaction
from tests.inspections.conftest import ITEMS, TODAY, Patrol

K = DocumentKind


async def papers(patrol: Patrol, row: Inspection) -> list[Document]:
    """The documents of an inspection, oldest first."""
    async with tenant_transaction(patrol.world.towns[patrol.town].scope(), read_only=True):
        return await Document.filter(subject_id=row.id).order_by("issued_at", "id")


async def test_the_loop_leaves_record_order_and_opinion_that_name_one_another(
    patrol: Patrol,
) -> None:
    row = await patrol.at(State.CLOSED)

    record, order, opinion = await papers(patrol, row)
    team = [{"name": "执法员0"}, {"name": "执法员1"}]
    assert [one.kind for one in (record, order, opinion)] == [
        "INSPECTION_RECORD", "CORRECTION_ORDER", "REINSPECTION_OPINION",
    ]  # fmt: skip
    assert {one.body_id for one in (record, order, opinion)} == {patrol.body}
    assert {one.enterprise_id for one in (record, order, opinion)} == {row.enterprise_id}
    said = record.content
    assert (said["enterprise_name"], said["address"]) == ("安商甲店", "某路1号")
    assert said["content"] == [f"{ITEMS[0]}：不符合", f"{ITEMS[1]}：不适用"]
    assert said["findings"] == ["疏散通道堵塞一处"]
    assert (said["handling"], said["signed_by"], said["refusal"]) == ("责令限期整改", "周示例", "")
    assert [{"name": one["name"]} for one in said["officers"]] == team
    assert order.content["problems"] == [f"{ITEMS[0]}：疏散通道堵塞"]
    assert (order.content["requirement"], order.content["due_on"]) == ("清理通道", str(TODAY))
    assert order.content["record_number"] == record.number
    assert opinion.content["order_number"] == order.number
    assert opinion.content["corrections"] == [
        {"problem": f"{ITEMS[0]}：疏散通道堵塞", "corrected": True, "note": ""}
    ]
    assert opinion.content["reinspected_on"] == str(TODAY)


async def test_a_refused_signature_stands_on_the_record(patrol: Patrol) -> None:
    row = await patrol.at(State.RECORD_REFUSED)

    (record,) = await papers(patrol, row)
    assert record.content["refusal"] == "拒绝签字，理由：不认可；见证人：李见证"
    assert record.content["signed_by"] == ""


async def test_a_step_that_is_refused_issues_nothing_and_skips_no_number(patrol: Patrol) -> None:
    first = await patrol.at(State.RECORD_SIGNED)
    with pytest.raises(WrongStep):
        await patrol.do(visits.sign_record, patrol.body, first.id, patrol.record())
    second = await patrol.at(State.RECORD_SIGNED)

    made = [*await papers(patrol, first), *await papers(patrol, second)]
    assert [one.sequence for one in made] == [1, 2]


async def test_a_long_record_with_strange_characters_is_not_lost(patrol: Patrol) -> None:
    row = await patrol.at(State.ON_SITE)
    await patrol.check(row.id, violated=False)
    findings = "一" * 4100 + "\r\n通道\x07堵塞"
    long = patrol.record(findings=findings, signature=Signature.SIGNED)

    await patrol.do(visits.sign_record, patrol.body, row.id, long)

    (record,) = await papers(patrol, row)
    assert record.content["findings"] == ["一" * 4000, "一" * 100, "通道堵塞"]
