"""Keeping evidence through the schema: who may, and what each of them sees."""

from typing import Any
from uuid import UUID

import pytest
from strawberry import relay

from service.evidence.sealing import verify_and_seal
from service.storage import Bucket, store
from tenants.principal import Principal
from tenants.rights import Role
from tests.conftest import Execute, Work, World
from tests.evidence.conftest import Desk
from tests.journeys.conftest import DOCUMENTS


async def sealed(desk: Desk) -> str:
    evidence_id = await desk.hand_in()
    await verify_and_seal(desk.scope, evidence_id)
    return as_global(evidence_id)


def as_global(evidence_id: UUID) -> str:
    return relay.to_base64("Evidence", str(evidence_id))


async def act(execute: Execute, who: Principal, operation: str, **given: Any) -> Any:
    answer = await execute(who, only(operation), {"input": given})
    assert answer["errors"] == []
    (payload,) = answer["data"].values()
    return payload


def only(operation: str) -> str:
    """The one operation of the shipped document."""
    text = DOCUMENTS[operation]
    start = min(i for i in (text.find(f"{w} {operation}") for w in ("query", "mutation")) if i >= 0)
    end = text.find("\n}\n", start)
    line = text.find("\n", start)
    return text[start : line if text[start:line].endswith("}") else end + 2]


async def test_a_clerk_holds_and_lifts_and_sees_who_looked(
    world: World, desk: Desk, execute: Execute
) -> None:
    wanted, clerk = await sealed(desk), world.towns[0].principal()

    held = await act(
        execute, clerk, "HoldEvidence", evidenceId=wanted, reason="法院调取证据，暂缓销毁"
    )
    assert held["errors"] == []
    assert held["evidence"]["legalHold"] is True
    twice = await act(execute, clerk, "HoldEvidence", evidenceId=wanted, reason="重复的保全申请")
    assert [error["code"] for error in twice["errors"]] == ["CONFLICT"]
    await act(execute, clerk, "EvidenceLink", evidenceId=wanted, purpose="案件复核查看")

    shown = (await execute(clerk, only("EvidenceKeeping"), {"id": wanted}))["data"]["evidence"]
    assert [hold["liftedAt"] for hold in shown["holds"]] == [None]
    assert [edge["node"]["purpose"] for edge in shown["accesses"]["edges"]] == ["案件复核查看"]
    lifted = await act(
        execute, clerk, "LiftEvidenceHold", evidenceId=wanted, reason="案件终审，解除保全"
    )
    assert lifted["evidence"]["legalHold"] is False


@pytest.mark.parametrize("role", ["COMMITTEE", "DEPARTMENT", "ENTERPRISE"])
async def test_others_neither_keep_nor_see_who_looked(
    world: World, desk: Desk, execute: Execute, role: str
) -> None:
    wanted = await sealed(desk)
    other = {
        "COMMITTEE": world.committee(),
        "DEPARTMENT": world.department("fire"),
        "ENTERPRISE": world.towns[0].principal(Role.ENTERPRISE),
    }[role]
    for operation, given in (
        ("HoldEvidence", {"reason": "法院调取证据，暂缓销毁"}),
        ("OrderPublicCopy", {"rectangles": []}),
    ):
        payload = await act(execute, other, operation, evidenceId=wanted, **given)
        assert [error["code"] for error in payload["errors"]] == ["FORBIDDEN"]
    answer = await execute(other, only("EvidenceKeeping"), {"id": wanted})
    if answer["data"] and answer["data"]["evidence"]:
        assert answer["data"]["evidence"]["accesses"]["edges"] == []
        assert answer["data"]["evidence"]["holds"] == []


async def test_a_copy_for_the_public_is_made_in_the_background(
    world: World, desk: Desk, execute: Execute, work: Work
) -> None:
    wanted, clerk = await sealed(desk), world.towns[0].principal()
    early = await act(
        execute, clerk, "EvidenceLink",
        evidenceId=wanted, purpose="公示前核对照片", variant="PUBLIC_COPY",
    )  # fmt: skip
    assert [error["code"] for error in early["errors"]] == ["NOT_FOUND"]

    face = {"left": 100, "top": 100, "width": 300, "height": 300}
    ordered = await act(execute, clerk, "OrderPublicCopy", evidenceId=wanted, rectangles=[face])
    assert ordered["errors"] == []
    assert "evidence.copy" in await work()

    shown = (await execute(clerk, only("EvidenceKeeping"), {"id": wanted}))["data"]["evidence"]
    assert [copy["version"] for copy in shown["publicCopies"]] == [1]
    link = await act(
        execute, clerk, "EvidenceLink",
        evidenceId=wanted, purpose="公示前核对照片", variant="PUBLIC_COPY",
    )  # fmt: skip
    assert "blurred-" in link["url"]


async def test_an_upload_is_given_up_and_its_parts_are_freed(
    world: World, desk: Desk, execute: Execute, work: Work
) -> None:
    upload = await desk.begin(b"x" * 100)
    inspector = world.towns[0].principal(Role.INSPECTOR)

    given_up = await act(
        execute, inspector, "AbandonEvidenceUpload", evidenceId=as_global(upload.evidence.id)
    )

    assert given_up["evidence"]["state"] == "ABANDONED"
    await work()
    uploads = await store().list_uploads(Bucket.INCOMING, f"{desk.owner.tenant_id}/")
    assert [one for one in uploads if one.id == upload.evidence.upload_id] == []
    answer = await execute(world.towns[0].principal(), only("EvidenceUsage"))
    assert answer["data"]["evidenceUsage"]["byteLength"] == 0
