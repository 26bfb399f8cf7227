"""Natural persons as parties: who is punished, what is kept of them, and who may know."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from stdnum.cn import ric
from strawberry.relay import to_base64
from tortoise.exceptions import IntegrityError

from service.blacklist.records import BlacklistCase
from service.cases import commands, decisions, defence, filing, identities, persons
from service.cases.defence import Statement
from service.cases.persons import IdentityKind, Person, PersonRole
from service.cases.records import PenaltyCase
from service.cases.rules import (
    Delivery,
    NoHearing,
    NotSimple,
    PartyKind,
    Penalty,
    PenaltyKind,
    State,
)
from service.deadlines.records import LegalDeadline
from service.documents.records import Document
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.publication.redaction import FullRecord, public_record
from service.receipts import AccessReceipt
from service.register.records import Enterprise
from service.workdays.rules import Limit, Unit
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import current, tenant_transaction
from tests.cases.conftest import ACT, HEAD, LARGE, REVIEWER, SMALL, Court
from tests.conftest import World
from tests.inspections.conftest import TODAY

AGE = Limit(14, Unit.YEARS)
SLIGHT = Penalty(frozenset({PenaltyKind.FINE}), 20_000)


def number(seed: int, born: date = date(1980, 1, 1)) -> str:
    """An identity number of an area that does not exist."""
    stem = f"990112{born:%Y%m%d}{Random(seed).randrange(1000):03}"
    return stem + ric.calc_check_digit(stem + "0")


def somebody(seed: int, **changes: Any) -> Person:
    """A made-up principal."""
    told = Person(
        "赵示例", PersonRole.PRINCIPAL, IdentityKind.RESIDENT_ID, number(seed), "示例路9号2单元"
    )
    return replace(told, **changes)


SEEDS = iter(range(1, 1000))


async def against(court: Court, person: Person | None = None, **changes: Any) -> PenaltyCase:
    """A case against a natural person of the shop."""
    who = person or somebody(next(SEEDS))
    return await court.file(party_kind=PartyKind.PERSON, person=who, **changes)


async def told(court: Court, case: PenaltyCase, penalty: Penalty = LARGE) -> PenaltyCase:
    """A case whose notice is served."""
    do, body = court.do, court.body
    await do(commands.assign, body, case.id, court.officers)
    await do(commands.report, body, case.id, commands.Report("查明违法事实", penalty))
    await do(commands.review, body, case.id, passed=True, opinion="同意", actor=REVIEWER)
    served: PenaltyCase = await do(commands.serve_notice, body, case.id, Delivery.IN_PERSON, TODAY)
    return served


async def decided(court: Court, case: PenaltyCase) -> PenaltyCase:
    """The same, decided with a fine and served."""
    do, body = court.do, court.body
    await told(court, case, SMALL)
    await court.lapse(case, "CASE_DEFENCE", "HEAR_REQ")
    decision = decisions.Decision("", SMALL)
    await do(decisions.decide, body, case.id, decision, actor=HEAD)
    served: PenaltyCase = await do(decisions.serve, body, case.id, Delivery.IN_PERSON, TODAY)
    return served


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id_number": number(1)[:17] + ("0" if number(1)[17] != "0" else "1")}, "idNumber"),
        ({"id_number": "12"}, "idNumber"),
        ({"id_number": number(1, TODAY - timedelta(days=365 * 13))}, "idNumber"),
        ({"id_kind": IdentityKind.OTHER, "id_number": "E12"}, "idNumber"),
        ({"name": " "}, "name"),
        ({"address": ""}, "address"),
    ],
)
def test_a_person_is_told_by_name_number_and_address(changes: dict[str, Any], field: str) -> None:
    person = somebody(1, **changes)

    with pytest.raises(Invalid) as refusal:
        persons.checked(person, TODAY, AGE)

    assert refusal.value.path == ("input", "person", field)


def test_whoever_was_fourteen_at_the_act_is_punished() -> None:
    born = date(2010, 3, 1)
    person = somebody(2, id_number=number(2, born))

    assert persons.checked(person, date(2024, 3, 1), AGE).name == "赵示例"
    with pytest.raises(Invalid):
        persons.checked(person, date(2024, 2, 29), AGE)


async def test_the_database_holds_no_number_and_shows_its_end(court: Court) -> None:
    person = somebody(next(SEEDS))
    case = await against(court, person)

    async with tenant_transaction(court.world.towns[0].scope(), read_only=True):
        rows = await current().fetch(
            "select row_to_json(c)::text as row from penalty_cases c where id = $1", case.id
        )
        said = await current().fetch(
            "select (select coalesce(string_agg(entry, ''), '') from audit_entries) as audit,"
            " (select coalesce(string_agg(payload::text, ''), '') from outbox_events) as events"
        )
    for text in (rows[0]["row"], said[0]["audit"], said[0]["events"]):
        assert person.id_number not in text
        assert person.address not in text
    assert person.name not in said[0]["audit"] + said[0]["events"]
    assert case.person_id_tail == person.id_number[-4:]
    assert persons.opened(case.person_sealed) == (person.id_number, person.address)
    assert person.id_number not in repr(person)


async def test_a_case_names_the_person_exactly_where_the_party_is_one(court: Court) -> None:
    for kind, who in ((PartyKind.PERSON, None), (PartyKind.BODY, somebody(next(SEEDS)))):
        with pytest.raises(Invalid) as refusal:
            await court.file(party_kind=kind, person=who)
        assert refusal.value.path == ("input", "person")

    async with tenant_transaction(court.world.towns[0].scope(), read_only=True):
        assert not await PenaltyCase.filter(enterprise_id=court.shop.enterprise_id).exists()


async def test_the_database_knows_no_person_without_a_name_and_keeps_the_party(
    court: Court,
) -> None:
    case, plain = await against(court), await court.file()
    wrong = [
        (case.id, {"person_name": ""}),
        (case.id, {"party_kind": "BODY"}),
        (case.id, {"person_name": "钱示例"}),
        (case.id, {"person_sealed": "x" * 200}),
        (plain.id, {"person_name": "钱示例"}),
        (plain.id, {"party_kind": "PERSON"}),
    ]
    for identity, values in wrong:
        with pytest.raises(IntegrityError):
            async with tenant_transaction(court.world.towns[0].scope()):
                await PenaltyCase.filter(id=identity).update(**values)
    async with tenant_transaction(court.world.towns[0].scope()):
        kept = await PenaltyCase.get(id=plain.id)
        fresh = {k: v for k, v in dict(kept).items() if k not in ("id", "number")}
        with pytest.raises(IntegrityError):
            await PenaltyCase.create(**{**fresh, "number": "无名", "party_kind": "PERSON"})


async def test_one_act_of_a_person_has_one_case_and_the_enterprise_another(court: Court) -> None:
    person = somebody(next(SEEDS))
    item = {"item": "fire.exit.both"}
    await against(court, person, **item)

    await court.file(**item)  # the law fines both, each once
    await against(court, somebody(next(SEEDS)), **item)
    with pytest.raises(Conflict):  # the same number, however it is typed and whatever the name
        again = replace(person, id_number=f" {person.id_number.lower()} ", name="赵 示例")
        await against(court, again, **item)


async def test_a_second_body_gets_the_duty_and_no_second_fine(world: World, court: Court) -> None:
    person, item = somebody(next(SEEDS)), f"fire.exit.{next(SEEDS)}.person"
    case = await against(court, person, item=item)
    fire = world.departments["fire"]
    given = replace(
        ACT, number="消立1号", item=item, premises_id=court.shop.id,
        party_kind=PartyKind.PERSON, person=person,
    )  # fmt: skip

    filed = await court.do(filing.file, fire, given)

    assert filed.case is None
    assert filed.transfer is not None
    assert filed.transfer.offender.startswith("赵示例（")
    assert filed.transfer.other_body_id == case.body_id


async def test_on_the_spot_a_person_pays_two_hundred_yuan_and_an_enterprise_three_thousand(
    court: Court,
) -> None:
    person, unit = await against(court), await court.file()
    over = Penalty(frozenset({PenaltyKind.FINE}), 20_001)

    with pytest.raises(NotSimple):
        await court.do(
            decisions.decide_on_spot, court.body, person.id, decisions.Decision("", over),
            court.officers,
        )  # fmt: skip
    assert (await court.reload_case(person)).state == State.FILED.value
    for case, penalty in ((person, SLIGHT), (unit, over)):
        done = await court.do(
            decisions.decide_on_spot, court.body, case.id, decisions.Decision("", penalty),
            court.officers,
        )  # fmt: skip
        assert done.state == State.SERVED.value


async def test_the_decision_names_the_person_and_is_not_the_enterprises_to_read(
    court: Court,
) -> None:
    person = somebody(next(SEEDS))
    case = await decided(court, await against(court, person))

    async with tenant_transaction(court.world.towns[0].scope(), read_only=True):
        papers = await Document.filter(subject_id=case.id).order_by("id")
    said = {paper.kind: paper.content for paper in papers}
    decision = said["PENALTY_DECISION"]
    assert decision["party"].startswith("赵示例（")
    assert decision["party"].endswith("主要负责人）")
    assert decision["party_code"] == f"居民身份证**************{person.id_number[-4:]}"
    assert decision["party_address"] == person.address
    assert all(person.id_number not in str(fields) for fields in said.values())
    assert {paper.enterprise_id for paper in papers} == {None}


async def test_the_enterprise_neither_sees_nor_speaks_in_the_case_of_a_person(
    court: Court, execute: Any
) -> None:
    case = await against(court)
    shop = await against(court, somebody(next(SEEDS), role=PersonRole.OPERATOR))
    party = court.shop.enterprise_id
    account = Principal(
        "account:shop", Role.ENTERPRISE, court.world.towns[0].scope(), "店", enterprise_id=party
    )

    found = await execute(
        account,
        "{ penaltyCases { edges { node { number person { name } } } }"
        " legalDeadlines { edges { node { subjectId } } } }",
    )

    clocks = {edge["node"]["subjectId"] for edge in found["data"]["legalDeadlines"]["edges"]}
    assert clocks == {to_base64("PenaltyCase", str(shop.id))}
    seen = [edge["node"] for edge in found["data"]["penaltyCases"]["edges"]]
    assert seen == [{"number": shop.number, "person": {"name": "赵示例"}}]
    await told(court, case)
    for act in (defence.ask_hearing, defence.waive_hearing):
        with pytest.raises(NotFound):
            await court.do(act, party, case.id)
    with pytest.raises(NotFound):
        await court.do(defence.defend, party, case.id, "已整改")


async def test_what_a_person_says_is_noted_by_the_day_it_arrived(court: Court) -> None:
    case = await told(court, await against(court))
    note = defence.note_statement
    with pytest.raises(Invalid):
        await court.do(
            note, court.body, case.id, Statement.DEFENCE, TODAY - timedelta(days=1), "不知情"
        )
    said = await court.do(note, court.body, case.id, Statement.DEFENCE, TODAY, "事发时不在岗")
    assert (said.state, said.defence) == (State.DEFENCE.value, f"{TODAY}: 事发时不在岗")

    asked = await court.do(note, court.body, case.id, Statement.HEARING_REQUEST, TODAY)
    assert (asked.state, asked.hearing_asked_on) == (State.HEARING_ASKED.value, TODAY)
    waived = await court.do(note, court.body, case.id, Statement.HEARING_WAIVER, TODAY)
    assert waived.state == State.DEFENCE.value

    async with tenant_transaction(court.world.towns[0].scope()):
        await LegalDeadline.filter(subject_id=case.id, rule="HEAR_REQ").update(
            due_on=TODAY - timedelta(days=1)
        )
    with pytest.raises(NoHearing):
        await court.do(note, court.body, case.id, Statement.HEARING_REQUEST, TODAY)


async def test_a_number_is_read_for_a_purpose_that_leaves_a_receipt(
    court: Court, execute: Any
) -> None:
    person = somebody(next(SEEDS))
    case = await against(court, person)
    with pytest.raises(Invalid):
        await court.do(identities.reveal, court.body, case.id, "查看", "甲")
    with pytest.raises(Forbidden):
        await court.do(
            identities.reveal, court.world.departments["fire"], case.id, "申请强制执行", "甲"
        )
    unit = await court.file()
    with pytest.raises(Conflict):
        await court.do(identities.reveal, court.body, unit.id, "申请强制执行", "甲")

    town = court.world.towns[0]
    async with tenant_transaction(town.scope(), read_only=True):
        assert not await AccessReceipt.filter(tenant_id=town.owner.tenant_id).exists()
    shown = await court.do(identities.reveal, court.body, case.id, "申请法院强制执行", "甲")

    assert shown == (person.id_number, person.address)
    async with tenant_transaction(town.scope(), read_only=True):
        (left,) = await AccessReceipt.filter(tenant_id=town.owner.tenant_id)
    assert (left.subject, left.purpose, left.reader_name) == (
        f"PenaltyCase:{case.id}", "申请法院强制执行", "甲",
    )  # fmt: skip


async def test_the_public_learns_of_the_penalty_and_not_of_the_person(
    court: Court, work: Any
) -> None:
    person = somebody(next(SEEDS))
    case = await decided(court, await against(court, person))
    case = await court.do(decisions.publish, court.body, case.id)

    assert "blacklist.open_publicity" in await work()

    async with tenant_transaction(court.world.towns[0].scope(), read_only=True):
        listed = await BlacklistCase.get(penalty_number=case.decision_number)
        shop = await Enterprise.get(id=court.shop.enterprise_id)
    assert listed.party_kind == "NATURAL_PERSON"
    assert listed.party == {"party_name": "赵示例"}
    record = FullRecord(
        listed.publication, listed.party_kind, {**listed.party, "cause": listed.cause,
        "penalty": f"对{shop.name}的赵示例{listed.penalty}"}, tuple(listed.persons), b"s" * 32,
    )  # fmt: skip
    public = str(public_record(record))
    assert "NATURAL" in public
    for secret in (person.name, person.id_number, person.address, shop.name):
        assert secret not in public


async def test_a_person_is_filed_against_and_read_for_a_purpose_through_the_schema(
    court: Court, execute: Any
) -> None:
    inspector = court.member(Role.INSPECTOR, "account:inspector")
    number_of = number(next(SEEDS))
    filing = """mutation($input: FileCaseInput!) { fileCase(input: $input) {
        case { id partyKind person { name role idKind idMasked } } errors { code path } } }"""
    given = {
        "number": "演立9号", "item": "fire.exit.schema", "act": "疏散通道堵塞", "basis": "消防法",
        "beganOn": str(TODAY), "foundOn": str(TODAY), "partyKind": "PERSON",
        "premisesId": to_base64("Premises", str(court.shop.id)),
    }  # fmt: skip
    person = {"name": "赵示例", "role": "PRINCIPAL", "idNumber": number_of, "address": "示例路9号"}

    refused = await execute(inspector, filing, {"input": given})
    filed = await execute(inspector, filing, {"input": {**given, "person": person}})

    assert refused["data"]["fileCase"]["errors"] == [
        {"code": "INVALID", "path": ["input", "person"]}
    ]
    case = filed["data"]["fileCase"]["case"]
    assert case["partyKind"] == "PERSON"
    assert case["person"] == {
        "name": "赵示例", "role": "PRINCIPAL", "idKind": "RESIDENT_ID",
        "idMasked": f"**************{number_of[-4:]}",
    }  # fmt: skip
    reveal = """mutation($input: RevealOffenderInput!) { revealOffender(input: $input) {
        identity { idNumber address } errors { code path } } }"""
    asked = {"caseId": case["id"], "purpose": "申请法院强制执行", "idempotencyKey": "开封一次"}
    first = await execute(inspector, reveal, {"input": asked})
    again = await execute(inspector, reveal, {"input": asked})
    assert first["data"]["revealOffender"]["identity"] == {
        "idNumber": number_of, "address": "示例路9号",
    }  # fmt: skip
    assert again == first
    async with tenant_transaction(court.world.towns[0].scope(), read_only=True):
        kept = await current().fetch("select response from idempotency_keys")
        receipts = await AccessReceipt.filter(purpose="申请法院强制执行").count()
    assert receipts == 1
    assert not any(number_of in (row["response"] or "") for row in kept)
    for stranger in (
        court.member(Role.ENTERPRISE, "account:x", enterprise_id=court.shop.enterprise_id),
        court.world.committee(),
    ):
        answer = await execute(stranger, reveal, {"input": {**asked, "idempotencyKey": "另一把"}})
        assert answer["data"]["revealOffender"]["errors"][0]["code"] == "FORBIDDEN"
