"""Evidence through the schema, as a device, an officer, a committee and an enterprise see it."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import httpx2
import pytest

from service.evidence.records import EvidenceAccess
from service.ids import new_id
from service.receipts import AccessReceipt
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.evidence import samples

BEGIN = """
mutation Begin($input: BeginEvidenceUploadInput!) {
  beginEvidenceUpload(input: $input) {
    evidence { id state sha256 byteLength }
    upload { partLength partCount heldParts requests { number url headers { name value } } }
    errors { code message path }
  }
}"""
RENEW = """
mutation Renew($input: RenewEvidenceUploadInput!) {
  renewEvidenceUpload(input: $input) {
    upload { heldParts requests { number url headers { name value } } }
    errors { code message path }
  }
}"""
COMPLETE = """
mutation Complete($input: CompleteEvidenceUploadInput!) {
  completeEvidenceUpload(input: $input) { evidence { id state } errors { code message path } }
}"""
SHOW = """
query Show($id: ID!) {
  evidence(id: $id) {
    state kind mediaType sha256 filename subjectId capturedAt location { latitude }
    reason reasonMessage scan decidedAt
    content { width height hasThumbnail clockGapSeconds recordedAt location { longitude } }
    custody(first: 10) { edges { node { seq act actor hash } } totalCount }
  }
}"""
LIST = """
query List($where: EvidenceWhere) {
  evidenceList(where: $where) { totalCount edges { node { id state filename } } }
}"""
LINK = """
mutation Link($input: EvidenceLinkInput!) {
  evidenceLink(input: $input) { url expiresAt errors { code message path } }
}"""
NODE = "query Node($id: ID!) { node(id: $id) { id } }"


def declared(body: bytes, **changed: Any) -> dict[str, Any]:
    return {
        "subjectKind": "CASE",
        "subjectId": str(new_id()),
        "filename": "现场.jpg",
        "mediaType": "image/jpeg",
        "byteLength": len(body),
        "sha256": sha256(body).hexdigest(),
        "capturedAt": "2026-03-05T14:29:00+08:00",
        "location": {"latitude": 29.72, "longitude": 106.63},
        **changed,
    }


async def put(requests: list[dict[str, Any]], body: bytes) -> None:
    async with httpx2.AsyncClient(timeout=60) as client:
        for request in requests:
            headers = {header["name"]: header["value"] for header in request["headers"]}
            answer = await client.put(request["url"], content=body, headers=headers)
            assert answer.status_code == 200, answer.text


@pytest.fixture
def hand_in(execute: Any, work: Any) -> Any:
    """The whole way of one file, background work included; returns its id."""

    async def run(who: Principal, body: bytes, **changed: Any) -> str:
        begun = await execute(who, BEGIN, {"input": declared(body, **changed)})
        answer = begun["data"]["beginEvidenceUpload"]
        assert answer["errors"] == []
        await put(answer["upload"]["requests"], body)
        evidence_id: str = answer["evidence"]["id"]
        done = await execute(who, COMPLETE, {"input": {"evidenceId": evidence_id}})
        assert done["data"]["completeEvidenceUpload"]["evidence"]["state"] == "UPLOADED"
        assert "evidence.verify" in await work()
        return evidence_id

    return run


async def test_photo_goes_from_the_device_to_the_seal(
    world: Any, execute: Any, hand_in: Any
) -> None:
    officer = world.towns[0].principal(Role.INSPECTOR)
    body = samples.jpeg(exif=samples.exif())

    evidence_id = await hand_in(officer, body)
    shown = (await execute(officer, SHOW, {"id": evidence_id}))["data"]["evidence"]

    custody = shown.pop("custody")
    assert [edge["node"]["act"] for edge in custody["edges"]] == ["DECLARED", "UPLOADED", "SEALED"]
    assert custody["totalCount"] == 3
    assert shown.pop("decidedAt") is not None
    assert shown.pop("subjectId") is not None
    assert shown == {
        "state": "SEALED",
        "kind": "PHOTO",
        "mediaType": "image/jpeg",
        "sha256": sha256(body).hexdigest(),
        "filename": "现场.jpg",
        "capturedAt": "2026-03-05T06:29:00+00:00",
        "location": {"latitude": 29.72},
        "reason": None,
        "reasonMessage": None,
        "scan": "UNSCANNED",
        "content": {
            "width": 640,
            "height": 480,
            "hasThumbnail": True,
            "clockGapSeconds": 60,
            "recordedAt": "2026-03-05T06:30:00+00:00",
            "location": {"longitude": 106.63},
        },
    }


async def test_file_that_is_none_is_quarantined_with_its_reason(
    world: Any, execute: Any, hand_in: Any
) -> None:
    officer = world.towns[0].principal()

    evidence_id = await hand_in(officer, samples.png())
    shown = (await execute(officer, SHOW, {"id": evidence_id}))["data"]["evidence"]

    assert (shown["state"], shown["reason"]) == ("QUARANTINED", "TYPE_DIFFERS")
    assert shown["reasonMessage"] == "the file is no JPEG"
    assert shown["content"] is None


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"byteLength": (50 << 20) + 1}, "FILE_TOO_LARGE", "byteLength"),
        ({"byteLength": 9 * 1024**3, "mediaType": "video/mp4", "filename": "a.mp4"},
         "FILE_TOO_LARGE", "byteLength"),
        ({"byteLength": 1.5}, "INVALID", "byteLength"),
        ({"mediaType": "image/svg+xml"}, "MEDIA_TYPE_NOT_ACCEPTED", "mediaType"),
        ({"sha256": "00"}, "INVALID", "sha256"),
        ({"subjectId": "nonsense"}, "INVALID", "subjectId"),
        ({"partDigests": [{"number": 1, "sha256": "00"}]}, "INVALID", "partDigests"),
        ({"capturedAt": "2999-01-01T00:00:00Z"}, "INVALID", "capturedAt"),
    ],
)  # fmt: skip
async def test_bad_declaration_is_refused_by_field(
    world: Any, execute: Any, changed: dict[str, Any], code: str, field: str
) -> None:
    officer = world.towns[0].principal()

    answer = await execute(officer, BEGIN, {"input": declared(samples.jpeg(), **changed)})

    refusal = answer["data"]["beginEvidenceUpload"]
    assert refusal["evidence"] is None
    assert [(e["code"], e["path"]) for e in refusal["errors"]] == [(code, ["input", field])]
    listed = await execute(officer, LIST)
    assert listed["data"]["evidenceList"]["totalCount"] == 0


async def test_object_named_as_subject_must_be_visible(world: Any, execute: Any) -> None:
    officer = world.towns[0].principal()
    enrol = (
        "mutation E($input: EnrolEnterpriseInput!) { enrolEnterprise(input: $input) {"
        " enterprise { id } errors { code } } }"
    )
    made = await execute(
        world.towns[1].principal(), enrol, {"input": {"name": "邻镇", "alternateId": "1"}}
    )
    theirs = made["data"]["enrolEnterprise"]["enterprise"]["id"]

    answer = await execute(officer, BEGIN, {"input": declared(samples.jpeg(), subjectId=theirs)})

    assert answer["data"]["beginEvidenceUpload"]["errors"][0]["code"] == "NOT_FOUND"


async def test_upload_is_taken_up_through_the_schema(world: Any, execute: Any) -> None:
    officer = world.towns[0].principal()
    body = samples.jpeg()
    begun = await execute(officer, BEGIN, {"input": declared(body)})
    evidence_id = begun["data"]["beginEvidenceUpload"]["evidence"]["id"]
    given = {"input": {"evidenceId": evidence_id}}

    early = await execute(officer, COMPLETE, given)
    renewed = await execute(officer, RENEW, given)
    await put(renewed["data"]["renewEvidenceUpload"]["upload"]["requests"], body)
    done = await execute(officer, COMPLETE, given)
    late = await execute(officer, RENEW, given)

    assert early["data"]["completeEvidenceUpload"]["errors"][0]["code"] == "PARTS_MISSING"
    assert done["data"]["completeEvidenceUpload"]["errors"] == []
    assert late["data"]["renewEvidenceUpload"]["errors"][0]["code"] == "EVIDENCE_STATE"


async def test_repeated_declaration_gets_the_first_answer(world: Any, execute: Any) -> None:
    officer = world.towns[0].principal()
    given = {"input": declared(samples.jpeg(), idempotencyKey="device-7-photo-1")}

    first = await execute(officer, BEGIN, given)
    second = await execute(officer, BEGIN, given)

    assert first == second
    listed = await execute(officer, LIST)
    assert listed["data"]["evidenceList"]["totalCount"] == 1


async def test_link_needs_a_purpose_and_leaves_a_record(
    world: Any, execute: Any, hand_in: Any
) -> None:
    town = world.towns[0]
    officer = town.principal(Role.INSPECTOR)
    body = samples.jpeg()
    evidence_id = await hand_in(officer, body)

    silent = await execute(officer, LINK, {"input": {"evidenceId": evidence_id, "purpose": " 看 "}})
    link = await execute(
        officer, LINK, {"input": {"evidenceId": evidence_id, "purpose": "核对整改前后照片"}}
    )
    small = await execute(
        officer,
        LINK,
        {
            "input": {
                "evidenceId": evidence_id,
                "purpose": "核对整改前后照片",
                "variant": "THUMBNAIL",
            }
        },
    )

    assert silent["data"]["evidenceLink"]["errors"][0]["path"] == ["input", "purpose"]
    async with httpx2.AsyncClient() as client:
        answer = await client.get(link["data"]["evidenceLink"]["url"])
        thumbnail = await client.get(small["data"]["evidenceLink"]["url"])
    assert answer.content == body
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert thumbnail.content.startswith(b"\xff\xd8\xff")
    async with tenant_transaction(town.scope(), read_only=True):
        accesses = await EvidenceAccess.all().order_by("id")
        assert [(a.role, a.variant, a.purpose) for a in accesses] == [
            ("INSPECTOR", "ORIGINAL", "核对整改前后照片"),
            ("INSPECTOR", "THUMBNAIL", "核对整改前后照片"),
        ]
        assert await AccessReceipt.all().count() == 0


async def test_department_that_looks_leaves_a_receipt_with_the_town(
    world: Any, execute: Any, hand_in: Any
) -> None:
    evidence_id = await hand_in(world.towns[0].principal(), samples.jpeg())

    link = await execute(
        world.department("fire"),
        LINK,
        {"input": {"evidenceId": evidence_id, "purpose": "同案消防核查"}},
    )

    assert link["data"]["evidenceLink"]["errors"] == []
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        receipt = await AccessReceipt.get()
        assert (receipt.reader, receipt.purpose) == ("account:fire", "同案消防核查")


async def test_other_town_learns_nothing(world: Any, execute: Any, hand_in: Any) -> None:
    evidence_id = await hand_in(world.towns[0].principal(), samples.jpeg())
    stranger = world.towns[1].principal()

    shown = await execute(stranger, SHOW, {"id": evidence_id})
    node = await execute(stranger, NODE, {"id": evidence_id})
    listed = await execute(stranger, LIST)
    given = {"input": {"evidenceId": evidence_id, "purpose": "好奇好奇好奇"}}
    link = await execute(stranger, LINK, given)

    assert shown["data"]["evidence"] is None
    assert node["data"]["node"] is None
    assert listed["data"]["evidenceList"] == {"totalCount": 0, "edges": []}
    assert [e["code"] for e in link["data"]["evidenceLink"]["errors"]] == ["NOT_FOUND"]


async def test_committee_sees_the_receipt_only(world: Any, execute: Any, hand_in: Any) -> None:
    body = samples.jpeg(exif=samples.exif())
    evidence_id = await hand_in(world.towns[0].principal(), body)
    committee = world.committee()

    shown = (await execute(committee, SHOW, {"id": evidence_id}))["data"]["evidence"]
    link = await execute(
        committee, LINK, {"input": {"evidenceId": evidence_id, "purpose": "了解情况了解情况"}}
    )
    begun = await execute(committee, BEGIN, {"input": declared(body)})

    assert (shown["state"], shown["sha256"]) == ("SEALED", sha256(body).hexdigest())
    assert shown["custody"]["totalCount"] == 3
    for hidden in ("filename", "subjectId", "capturedAt", "location", "content"):
        assert shown[hidden] is None
    assert link["data"]["evidenceLink"]["errors"][0]["code"] == "FORBIDDEN"
    assert begun["data"]["beginEvidenceUpload"]["errors"][0]["code"] == "FORBIDDEN"


async def test_enterprise_sees_its_own_submissions_only(
    world: Any, execute: Any, hand_in: Any
) -> None:
    town = world.towns[0]
    mine = replace(town.principal(Role.ENTERPRISE), enterprise_id=new_id())
    other = replace(town.principal(Role.ENTERPRISE), enterprise_id=new_id())
    nobody = replace(mine, enterprise_id=None)
    submitted = await hand_in(mine, samples.jpeg())
    officers = await hand_in(town.principal(), samples.jpeg())

    for principal, visible in ((mine, [submitted]), (other, []), (nobody, [])):
        listed = (await execute(principal, LIST))["data"]["evidenceList"]
        assert [edge["node"]["id"] for edge in listed["edges"]] == visible
        node = await execute(principal, NODE, {"id": officers})
        assert node["data"]["node"] is None
    assert len((await execute(town.principal(), LIST))["data"]["evidenceList"]["edges"]) == 2


@pytest.mark.parametrize("role", [Role.APP, Role.PUBLIC])
async def test_applications_and_the_public_get_nothing(
    world: Any, execute: Any, hand_in: Any, role: Role
) -> None:
    evidence_id = await hand_in(world.towns[0].principal(), samples.jpeg())
    stranger = world.towns[0].principal(role)

    shown = await execute(stranger, SHOW, {"id": evidence_id})
    node = await execute(stranger, NODE, {"id": evidence_id})
    listed = await execute(stranger, LIST)

    assert shown["data"]["evidence"] is None
    assert node["data"]["node"] is None
    assert listed["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_list_is_filtered_by_subject_and_state(
    world: Any, execute: Any, hand_in: Any
) -> None:
    officer = world.towns[0].principal()
    case = str(new_id())
    sealed = await hand_in(officer, samples.jpeg(), subjectId=case)
    await hand_in(officer, samples.png(), subjectId=case)
    await hand_in(officer, samples.jpeg(), subjectKind="VISIT")

    async def found(**where: str) -> list[str]:
        answer = await execute(officer, LIST, {"where": where})
        return [edge["node"]["id"] for edge in answer["data"]["evidenceList"]["edges"]]

    assert await found(subjectId=case, state="SEALED") == [sealed]
    assert len(await found(subjectId=case)) == 2
    assert len(await found(subjectKind="VISIT")) == 1
    assert await found(subjectId="nonsense") == []
