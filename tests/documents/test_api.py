"""Documents through the schema: who reads which, who changes them, and the town's forms."""

from base64 import b64decode
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx2
import pytest
from strawberry.relay import to_base64

from service.documents.kinds import DocumentKind
from service.documents.wording import sample
from service.ids import new_id
from tenants.principal import PUBLIC, Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import Execute, Work
from tests.documents.conftest import SUBJECT, Office
from tests.documents.test_press import words

K = DocumentKind
LIST = """query($where: DocumentWhere) { documents(where: $where) { totalCount edges { node {
  id kind title number version standing state sha256 downloadUrl verifyUrl
  fields { name label value } replaces { number version } } } } }"""
NODE = "query($id: ID!) { node(id: $id) { ... on Document { number } } }"
FORM = """query($kind: DocumentKind!) { documentForm(kind: $kind) { title inForce
  fields { name label mandatory placeholder } blocks { name shipped text }
  versions { number effectiveFrom restores } } }"""


def mutation(name: str, shown: str) -> str:
    kind = name[0].upper() + name[1:]
    return f"""mutation($input: {kind}Input!) {{ {name}(input: $input) {{
      {shown} errors {{ code message path }} }} }}"""


@pytest.fixture
async def shop(office: Office) -> UUID:
    from service.register.commands import enrol_enterprise

    async with tenant_transaction(office.scope):
        row = await enrol_enterprise(office.owner, name="安商甲店", alternate_id="旧照甲")
    return row.id


async def kinds(execute: Execute, who: Principal) -> set[str]:
    answer = await execute(who, LIST)
    assert answer["errors"] == []
    return {edge["node"]["kind"] for edge in answer["data"]["documents"]["edges"]}


async def test_each_role_reads_what_its_rights_say(
    office: Office, execute: Execute, shop: UUID
) -> None:
    world, town = office.world, office.world.towns[0]
    fire = world.departments["fire"]
    for kind in (K.CORRECTION_ORDER, K.CASE_FILING, K.PENALTY_DECISION, K.PLAN_NOTICE, K.PLATE):
        await office.issue(kind, enterprise_id=shop)
    await replace(office, scope=world.department_scope()).issue(K.PENALTY_NOTICE, body_id=fire)
    party = replace(town.principal(Role.ENTERPRISE), enterprise_id=shop)

    everything = {"CORRECTION_ORDER", "CASE_FILING", "PENALTY_DECISION", "PLAN_NOTICE", "PLATE",
                  "PENALTY_NOTICE"}  # fmt: skip
    assert await kinds(execute, town.principal()) == everything
    assert await kinds(execute, town.principal(Role.INSPECTOR)) == everything
    assert await kinds(execute, world.committee()) == {"PLAN_NOTICE", "PLATE"}
    assert await kinds(execute, world.department("fire")) == {
        "CORRECTION_ORDER", "PLAN_NOTICE", "PLATE", "PENALTY_NOTICE",
    }  # fmt: skip
    assert await kinds(execute, party) == {
        "CORRECTION_ORDER", "PENALTY_DECISION", "PLAN_NOTICE", "PLATE",
    }  # fmt: skip
    assert await kinds(execute, replace(party, enterprise_id=new_id())) == set()
    assert await kinds(execute, world.towns[1].principal()) == set()
    refused = await execute(PUBLIC, LIST)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_node_is_null_for_whoever_may_not_read_it(
    office: Office, execute: Execute, shop: UUID
) -> None:
    row = await office.issue(K.CASE_FILING, enterprise_id=shop)
    party = replace(office.world.towns[0].principal(Role.ENTERPRISE), enterprise_id=shop)
    wanted = {"id": to_base64("Document", str(row.id))}

    for who in (office.world.committee(), party, office.world.towns[1].principal(), PUBLIC):
        assert (await execute(who, NODE, wanted))["data"]["node"] is None
    seen = await execute(office.world.towns[0].principal(), NODE, wanted)
    assert seen["data"]["node"] == {"number": row.number}


async def test_the_documents_of_a_subject_with_fields_and_file(
    office: Office, execute: Execute, work: Work
) -> None:
    row = await office.issue(K.CORRECTION_ORDER)
    await work()
    where = {"subjectId": to_base64("Hazard", str(SUBJECT)), "kind": "CORRECTION_ORDER"}
    answer = await execute(office.world.towns[0].principal(), LIST, {"where": where})

    assert answer["errors"] == []
    (edge,) = answer["data"]["documents"]["edges"]
    node = edge["node"]
    assert (node["number"], node["state"], node["replaces"]) == (row.number, "RENDERED", None)
    assert {"name": "requirement", "label": "整改要求", "value": "示例整改要求"} in node["fields"]
    async with httpx2.AsyncClient() as client:
        file = await client.get(node["downloadUrl"])
    assert file.status_code == 200
    assert file.headers["content-disposition"].startswith("attachment")
    assert row.number in words(file.content)
    none = {"where": {"subjectId": str(new_id())}}
    empty = await execute(office.world.towns[0].principal(), LIST, none)
    assert empty["data"]["documents"]["totalCount"] == 0


async def test_only_who_issued_replaces_or_voids(
    office: Office, execute: Execute, shop: UUID
) -> None:
    row = await office.issue(K.CORRECTION_ORDER, enterprise_id=shop)
    world, town = office.world, office.world.towns[0]
    party = replace(town.principal(Role.ENTERPRISE), enterprise_id=shop)
    act = mutation("voidDocument", "document { standing voidReason }")
    given = {"input": {"documentId": to_base64("Document", str(row.id)), "reason": "对象错误"}}

    for who, code in (
        (party, "FORBIDDEN"),
        (world.department("fire"), "FORBIDDEN"),
        (world.committee(), "NOT_FOUND"),
        (world.towns[1].principal(), "NOT_FOUND"),
    ):
        payload = (await execute(who, act, given))["data"]["voidDocument"]
        assert [one["code"] for one in payload["errors"]] == [code]
    assert (await office.read(row.id)).standing == "VALID"
    done = (await execute(town.principal(), act, given))["data"]["voidDocument"]
    assert done == {"document": {"standing": "VOIDED", "voidReason": "对象错误"}, "errors": []}


async def test_a_correction_names_what_it_replaces(office: Office, execute: Execute) -> None:
    row = await office.issue(K.CORRECTION_ORDER)
    act = mutation("replaceDocument", "document { number version replaces { version } }")
    given = {
        "documentId": to_base64("Document", str(row.id)),
        "content": {**sample(K.CORRECTION_ORDER), "due_on": "2026-04-01"},
        "reason": "期限写错",
    }
    who = office.world.towns[0].principal()

    short = {**given, "content": {}}
    refused = (await execute(who, act, {"input": short}))["data"]["replaceDocument"]
    assert [one["code"] for one in refused["errors"]] == ["FIELDS_MISSING"]
    done = (await execute(who, act, {"input": given}))["data"]["replaceDocument"]
    assert done["document"] == {"number": row.number, "version": 2, "replaces": {"version": 1}}


async def test_a_town_adjusts_its_form(office: Office, execute: Execute) -> None:
    world, who = office.world, office.world.towns[0].principal()
    answer = await execute(who, FORM, {"kind": "PENALTY_NOTICE"})
    form = answer["data"]["documentForm"]
    assert (form["title"], form["inForce"], form["versions"]) == ("行政处罚告知书", 0, [])
    assert {one["name"] for one in form["fields"] if one["mandatory"]} >= {"facts", "basis"}

    preview: dict[str, Any] = {"kind": "PENALTY_NOTICE", "blocks": {"defence": "请于三日内陈述。"}}
    tried = (await execute(
        who, mutation("previewDocumentForm", "preview { pdf missing }"), {"input": preview}
    ))["data"]["previewDocumentForm"]  # fmt: skip
    assert tried["errors"] == []
    assert tried["preview"]["missing"] == []
    assert "请于三日内陈述。" in words(b64decode(tried["preview"]["pdf"]))

    save = mutation("saveDocumentTemplate", "template { number }")
    done = (await execute(who, save, {"input": preview}))["data"]["saveDocumentTemplate"]
    assert done == {"template": {"number": 1}, "errors": []}
    bad = {"kind": "PENALTY_NOTICE", "source": "#while true {}"}
    refused = (await execute(who, save, {"input": bad}))["data"]["saveDocumentTemplate"]
    assert [one["code"] for one in refused["errors"]] == ["TEMPLATE_REFUSED"]
    for other in (world.towns[0].principal(Role.INSPECTOR), world.committee()):
        answer = await execute(other, save, {"input": preview})
        assert answer["errors"] == []
        denied = answer["data"]["saveDocumentTemplate"]
        assert [one["code"] for one in denied["errors"]] == ["FORBIDDEN"]

    restore = mutation("restoreDocumentTemplate", "template { number restores }")
    back = await execute(who, restore, {"input": {"kind": "PENALTY_NOTICE", "number": 0}})
    assert back["data"]["restoreDocumentTemplate"]["template"] == {"number": 2, "restores": 0}
    answer = await execute(who, FORM, {"kind": "PENALTY_NOTICE"})
    assert answer["data"]["documentForm"]["inForce"] == 2
