"""The blacklist through the schema: from a town's proposal to the tombstone in the feed."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from strawberry.relay import to_base64

from api.app import create_app
from infra import log as log_command
from service.blacklist.records import BlacklistCase
from service.outbox import OutboxEvent
from service.publication import publisher, verifier
from service.publication.publisher import prefix_of
from service.publication.redaction import record_commitment
from service.publication.tlog import is_consistent, leaf_hash, root_from_inclusion
from service.storage import Bucket, store
from tenants.principal import PUBLIC, Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import NAME, PERSON, Desk
from tests.conftest import Execute, Work, World

PROPOSE = """mutation($input: ProposeBlacklistingInput!) {
  proposeBlacklisting(input: $input) {
    blacklistCase { id state partyName possibleSteps } errors { code message path } } }"""
PUBLIC_LIST = """query($district: String!, $asOf: DateTime) {
  publicLog(district: $district) { origin size rootHash verifierKey keyHandovers feedUrl
    consistencyProof(oldSize: 1) }
  publicBlacklist(district: $district, asOf: $asOf) { totalCount edges { node {
    entryId publication event leafIndex leaf salt record inclusionProof
    fields { name value } } } } }"""


def act(name: str) -> str:
    kind = name[0].upper() + name[1:]
    return f"""mutation($input: {kind}Input!) {{ {name}(input: $input) {{
      blacklistCase {{ id state publishedUntil leafIndex }} errors {{ code message }} }} }}"""


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    await store().create_buckets()
    yield Desk(world)
    async with tenant_transaction(world.department_scope()):
        await OutboxEvent.filter(district_id=world.district_id).delete()


class Officers:
    """Runs acts through the schema."""

    def __init__(self, desk: Desk, execute: Execute) -> None:
        self.desk, self.execute, self.case = desk, execute, ""

    async def propose(self, principal: Principal | None = None, **changes: Any) -> dict[str, Any]:
        enterprise = await self.desk.enterprise()
        given = {
            "enterpriseId": to_base64("Enterprise", str(enterprise)),
            "decidingBodyId": to_base64("Body", str(self.desk.body)),
            "publication": "SERIOUS_DISHONESTY",
            "cause": f"{PERSON}拒不整改重大事故隐患",
            "basis": "安全生产法第一百零二条",
            "penaltyNumber": f"示应急罚〔2026〕{enterprise}号",
            "penaltyDecidedOn": "2026-02-27",
            "party": {"representative": PERSON, "phone": "13800138000"},
            **changes,
        }
        who = principal or self.desk.world.towns[0].principal()
        answer = await self.execute(who, PROPOSE, {"input": given})
        assert answer["errors"] == []
        payload: dict[str, Any] = answer["data"]["proposeBlacklisting"]
        if payload["blacklistCase"]:
            self.case = payload["blacklistCase"]["id"]
        return payload

    async def do(
        self, name: str, principal: Principal | None = None, **values: Any
    ) -> dict[str, Any]:
        who = principal or self.desk.world.department()
        answer = await self.execute(who, act(name), {"input": {"caseId": self.case, **values}})
        assert answer["errors"] == []
        payload: dict[str, Any] = answer["data"][name]
        return payload

    async def published(self) -> None:
        """Everything up to the service of the decision, without a refusal."""
        served = {"delivery": "IN_PERSON", "servedOn": "2026-03-02"}
        measure = {"measure": "提高检查频次", "bodyId": to_base64("Body", str(self.desk.body))}
        await self.propose()
        for name, values in (
            ("classifyBlacklisting", {"publication": "SERIOUS_DISHONESTY"}),
            ("serveBlacklistNotice", served),
            ("recordBlacklistDefence", {"waived": True}),
            ("decideBlacklisting", {"decisionNumber": "1", "measures": [measure]}),
            ("serveBlacklistDecision", served),
        ):
            payload = await self.do(name, **values)
            assert payload["errors"] == []


@pytest.fixture
def officers(desk: Desk, execute: Execute) -> Officers:
    return Officers(desk, execute)


async def test_a_town_proposes_and_cannot_classify(officers: Officers) -> None:
    payload = await officers.propose()
    town = officers.desk.world.towns[0].principal()
    refused = await officers.do("classifyBlacklisting", town, publication="SERIOUS_DISHONESTY")

    assert payload["errors"] == []
    assert payload["blacklistCase"]["partyName"] == NAME
    assert payload["blacklistCase"]["possibleSteps"] == ["CLASSIFY", "REJECT", "DROP"]
    assert refused["blacklistCase"] is None
    assert [one["code"] for one in refused["errors"]] in (["FORBIDDEN"], ["NOT_DECIDING_BODY"])


async def test_another_department_is_refused(officers: Officers) -> None:
    await officers.propose()
    fire = officers.desk.world.department("fire")
    payload = await officers.do("classifyBlacklisting", fire, publication="SERIOUS_DISHONESTY")

    assert [one["code"] for one in payload["errors"]] == ["NOT_DECIDING_BODY"]


async def test_an_application_neither_proposes_nor_reads_cases(
    officers: Officers, execute: Execute
) -> None:
    await officers.propose()
    stranger = Principal("app:x", Role.APP, officers.desk.world.towns[0].scope())
    payload = await officers.propose(stranger)
    listed = await execute(stranger, "{ blacklistCases { totalCount } }")
    node = await execute(stranger, f'{{ node(id: "{officers.case}") {{ id }} }}')

    assert [one["code"] for one in payload["errors"]] == ["FORBIDDEN"]
    assert len(listed["errors"]) == 1
    assert node["data"] == {"node": None}


async def test_an_enterprise_sees_its_own_case_only(officers: Officers, execute: Execute) -> None:
    await officers.propose()
    scope = officers.desk.world.towns[0].scope()
    async with tenant_transaction(scope, read_only=True):
        (case,) = await BlacklistCase.all()
    own = Principal("account:e", Role.ENTERPRISE, scope, enterprise_id=case.enterprise_id)
    other = Principal("account:o", Role.ENTERPRISE, scope, enterprise_id=case.id)
    nobody = Principal("account:n", Role.ENTERPRISE, scope)
    document = f"""{{ blacklistCases {{ totalCount }}
      node(id: "{officers.case}") {{ ... on BlacklistCase {{ cause }} }} }}"""
    seen = [(await execute(who, document))["data"] for who in (own, other, nobody)]

    assert seen[0] == {"blacklistCases": {"totalCount": 1}, "node": {"cause": case.cause}}
    assert seen[1] == seen[2] == {"blacklistCases": {"totalCount": 0}, "node": None}
    refused = await officers.do("requestBlacklistRepair", other)
    assert [one["code"] for one in refused["errors"]] == ["FORBIDDEN"]
    too_soon = await officers.do("requestBlacklistRepair", own)
    assert [one["code"] for one in too_soon["errors"]] == ["WRONG_STATE"]


async def test_the_committee_sees_states_without_content(
    officers: Officers, execute: Execute
) -> None:
    await officers.propose()
    document = """{ blacklistCases { edges { node {
      state partyName cause penaltyNumber decidingBody { name } deadlines { rule } } } } }"""
    answer = await execute(officers.desk.world.committee(), document)

    assert answer["errors"] == []
    (edge,) = answer["data"]["blacklistCases"]["edges"]
    assert edge["node"] == {
        "state": "PROPOSED",
        "partyName": None,
        "cause": None,
        "penaltyNumber": None,
        "decidingBody": {"name": "emergency执法机构"},
        "deadlines": [],
    }


async def test_the_running_limits_are_shown_with_their_article(
    officers: Officers, execute: Execute
) -> None:
    await officers.propose()
    await officers.do("classifyBlacklisting", publication="SERIOUS_DISHONESTY")
    await officers.do("serveBlacklistNotice", delivery="IN_PERSON", servedOn="2026-03-02")
    document = """query($id: ID!) { node(id: $id) { ... on BlacklistCase {
      history { step state } deadlines { rule article confirmed startedOn dueOn } } } }"""
    answer = await execute(officers.desk.world.department(), document, {"id": officers.case})

    assert answer["errors"] == []
    assert answer["data"]["node"]["history"] == [
        {"step": "CLASSIFY", "state": "CLASSIFIED"},
        {"step": "SERVE_NOTICE", "state": "NOTICE_SERVED"},
    ]
    assert answer["data"]["node"]["deadlines"] == [
        {
            "rule": "DEFENCE",
            "article": "行政处罚法 art. 64, by analogy",
            "confirmed": False,
            "startedOn": "2026-03-02",
            "dueOn": "2026-03-09",
        }
    ]


async def test_refusals_are_data_with_stable_codes(officers: Officers) -> None:
    await officers.propose()
    early = await officers.do("decideBlacklisting", decisionNumber="1")
    await officers.do("classifyBlacklisting", publication="SERIOUS_DISHONESTY")
    electronic = await officers.do(
        "serveBlacklistNotice", delivery="ELECTRONIC", servedOn="2026-03-02"
    )
    future = await officers.do("serveBlacklistNotice", delivery="POST", servedOn="2099-01-01")
    nobody = await officers.do("withdrawBlacklisting", reason=" ")

    assert [one["code"] for one in early["errors"]] == ["WRONG_STATE"]
    assert [one["code"] for one in electronic["errors"]] == ["NO_CONSENT_TO_ELECTRONIC_DELIVERY"]
    assert [one["code"] for one in future["errors"]] == ["INVALID"]
    assert [one["code"] for one in nobody["errors"]] == ["INVALID"]


async def test_anybody_reads_the_list_and_checks_the_proof(
    officers: Officers, execute: Execute, work: Work
) -> None:
    await officers.published()
    await work()
    before = await execute(PUBLIC, PUBLIC_LIST, {"district": officers.desk.world.code})
    await officers.do("withdrawBlacklisting", reason="处罚决定被撤销")
    await work()
    after = await execute(PUBLIC, PUBLIC_LIST, {"district": officers.desk.world.code})

    assert before["errors"] == after["errors"] == []
    head, (edge,) = before["data"]["publicLog"], before["data"]["publicBlacklist"]["edges"]
    entry = edge["node"]
    assert {"name": "party_name", "value": NAME} in entry["fields"]
    assert PERSON not in json.dumps(before, ensure_ascii=False)
    proof = [bytes.fromhex(one) for one in entry["inclusionProof"]]
    leaf = entry["leaf"].encode()
    assert root_from_inclusion(leaf_hash(leaf), 0, 1, proof).hex() == head["rootHash"]
    committed = record_commitment(json.loads(entry["record"]), bytes.fromhex(entry["salt"]))
    assert json.loads(leaf)["commitment"] == committed.hex()
    assert after["data"]["publicBlacklist"]["totalCount"] == 0
    assert len(after["data"]["publicLog"]["consistencyProof"]) == 1

    then = await execute(
        PUBLIC,
        PUBLIC_LIST,
        {"district": officers.desk.world.code, "asOf": json.loads(leaf)["at"]},
    )
    (edge,) = then["data"]["publicBlacklist"]["edges"]
    assert edge["node"]["entryId"] == entry["entryId"]
    assert (edge["node"]["record"], edge["node"]["fields"]) == (None, [])
    assert NAME not in json.dumps(then, ensure_ascii=False)


BITEMPORAL = """query B($district: String!, $at: DateTime!) {
    publicLog(district: $district) {
        size rootHash asOf(at: $at) { size rootHash consistencyProof } }
    publicBlacklist(district: $district, asOf: $at) { edges { node {
        leafIndex later { event leaf leafIndex inclusionProof } } } } }"""


async def test_a_past_day_is_answered_with_what_is_known_today(
    officers: Officers, execute: Execute, work: Work
) -> None:
    await officers.published()
    await work()
    listed = await execute(PUBLIC, PUBLIC_LIST, {"district": officers.desk.world.code})
    (edge,) = listed["data"]["publicBlacklist"]["edges"]
    await officers.do("withdrawBlacklisting", reason="处罚决定被撤销")
    await work()

    asked = {"district": officers.desk.world.code, "at": json.loads(edge["node"]["leaf"])["at"]}
    answer = await execute(PUBLIC, BITEMPORAL, asked)
    head, (then,) = answer["data"]["publicLog"], answer["data"]["publicBlacklist"]["edges"]
    first = leaf_hash(edge["node"]["leaf"].encode())
    past = {
        **head["asOf"],
        "consistencyProof": [bytes.fromhex(p) for p in head["asOf"]["consistencyProof"]],
    }
    assert (past["size"], past["rootHash"]) == ("1", first.hex())
    now = bytes.fromhex(head["rootHash"])
    assert is_consistent(1, 2, first, now, past["consistencyProof"])
    (later,) = then["node"]["later"]
    assert (then["node"]["leafIndex"], later["event"], later["leafIndex"]) == ("0", "WITHDRAW", "1")
    proof = [bytes.fromhex(one) for one in later["inclusionProof"]]
    assert root_from_inclusion(leaf_hash(later["leaf"].encode()), 1, 2, proof) == now
    early = await execute(PUBLIC, BITEMPORAL, {**asked, "at": "2020-01-01T00:00:00Z"})
    assert early["data"]["publicLog"]["asOf"] is None
    assert early["data"]["publicBlacklist"]["edges"] == []
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z"):
        assert (await execute(PUBLIC, BITEMPORAL, {**asked, "at": at}))["errors"] == []


async def test_an_unknown_district_has_no_log(execute: Execute, database: None) -> None:
    for code in ("999999", "../etc", ""):
        answer = await execute(PUBLIC, PUBLIC_LIST, {"district": code})
        assert answer["errors"] == []
        assert answer["data"]["publicLog"] is None
        assert answer["data"]["publicBlacklist"]["totalCount"] == 0


async def test_the_list_and_its_pages_change_together(
    officers: Officers, execute: Execute, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    await officers.published()
    await work()
    await officers.do("withdrawBlacklisting", reason="处罚决定被撤销")

    async def die(*_: Any) -> None:
        raise ConnectionError("the worker died here")

    with monkeypatch.context() as patched:
        patched.setattr(publisher, "write_feed", die)
        with pytest.raises(ConnectionError):
            await publisher.flush(officers.desk.world.district_id)
    between = await execute(PUBLIC, PUBLIC_LIST, {"district": officers.desk.world.code})
    await publisher.flush(officers.desk.world.district_id)
    after = await execute(PUBLIC, PUBLIC_LIST, {"district": officers.desk.world.code})

    assert between["data"]["publicLog"]["size"] == after["data"]["publicLog"]["size"] == "2"
    assert between["data"]["publicBlacklist"]["totalCount"] == 1
    assert after["data"]["publicBlacklist"]["totalCount"] == 0


async def _refuse(token: str) -> Principal:
    raise AssertionError(token)


async def test_the_feed_is_served_with_safe_headers(officers: Officers, work: Work) -> None:
    await officers.published()
    await work()
    base = f"/feed/{officers.desk.world.code}"
    transport = ASGITransport(app=create_app(_refuse))
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        page = await client.get(f"{base}/")
        same = await client.get(f"{base}/", headers={"If-None-Match": page.headers["etag"]})
        listed = await client.get(f"{base}/pages/000.json")
        entry = listed.json()[0]["entry"]
        own = await client.get(f"{base}/entries/{entry}")
        short = await client.get(base)
        answers = [
            (await client.get(f"{base}/{path}")).status_code
            for path in (
                "nothing",
                "../../x",
                "%2e%2e/x",
                "tile/0/999",
                "entries/x",
                "entries/" + "0" * 32,
            )
        ]
    await officers.do("withdrawBlacklisting", reason="处罚决定被撤销")
    await work()
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        gone = await client.get(f"{base}/entries/{entry}")

    assert (page.status_code, same.status_code) == (200, 304)
    assert NAME in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert [item["record"]["shown"]["party_name"] for item in listed.json()] == [NAME]
    assert short.status_code == 308
    assert answers == [404] * 6
    assert (own.status_code, NAME in own.text) == (200, True)
    assert (gone.status_code, NAME in gone.text) == (200, False)
    assert "处罚决定被撤销" in gone.text


async def test_the_command_line_verifies_and_notices_a_changed_tile(
    officers: Officers, work: Work, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await officers.published()
    await work()
    prefix = prefix_of(officers.desk.world.code) + "/"
    async for head in store().list(Bucket.PUBLIC, prefix):
        path = tmp_path / head.key.removeprefix(prefix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((await store().get(Bucket.PUBLIC, head.key))[0])
    key = (tmp_path / "key").read_text()
    tile = tmp_path / "tile" / "0" / "000.p" / "1"

    assert log_command.verify(str(tmp_path), key=key) == 0
    assert log_command.verify(str(tmp_path)) == 0
    assert log_command.show(str(tmp_path)) == 0
    tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    assert log_command.verify(str(tmp_path), key=key) == 1
    assert log_command.verify(str(tmp_path / "nowhere")) == 2
    printed = capsys.readouterr().out
    assert "FAULT tile/0/000.p/1 does not fit the entries" in printed
    assert "PUBLISH" in printed
    assert verifier.WIDTH == 256
