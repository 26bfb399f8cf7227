"""Job one, evidence: an inspector's photo goes from the phone to the seal.

The phone takes the digest before it sends anything.  The bytes go straight to the object store;
the service reads them back, looks into them, and seals what is what it claims to be.
"""

import io
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from PIL import Image

pytestmark = pytest.mark.timeout(300)  # the first of them seeds a district


def photo(colour: str) -> bytes:
    """A picture of the kind that a phone takes, small."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return out.getvalue()


def declared(case: str, taken: bytes, filename: str = "现场照片.jpg") -> dict[str, Any]:
    """What the phone states before it sends: name, type, length, digest, time and place."""
    return {
        "subjectKind": "CASE",
        "subjectId": case,
        "filename": filename,
        "mediaType": "image/jpeg",
        "byteLength": len(taken),
        "sha256": sha256(taken).hexdigest(),
        "capturedAt": datetime.now(UTC).isoformat(),
        "location": {"latitude": 29.72, "longitude": 106.63},
    }


async def send(requests: list[dict[str, Any]], content: bytes, part_length: int) -> list[int]:
    """PUT each part as its permission says; returns the store's answers."""
    answers = []
    async with httpx2.AsyncClient(timeout=30) as phone:
        for part in requests:
            start = (part["number"] - 1) * part_length
            answer = await phone.request(
                part["method"],
                part["url"],
                headers={header["name"]: header["value"] for header in part["headers"]},
                content=content[start : start + int(part["byteLength"])],
            )
            answers.append(answer.status_code)
    return answers


async def test_a_photo_is_sealed_and_can_be_checked_by_anyone_who_may_see_it(
    sign_in: Any, eventually: Any
) -> None:
    inspector = await sign_in("inspector")
    case, taken = str(uuid4()), photo("orange")

    # The phone declares the photo and gets a permission for each part.
    begun = await inspector.act("BeginEvidenceUpload", **declared(case, taken))
    evidence, upload = begun["evidence"], begun["upload"]
    assert evidence["state"] == "PENDING"

    # It sends the bytes to the store, past the service, and hands the photo in.
    assert await send(upload["requests"], taken, int(upload["partLength"])) == [200]
    handed_in = await inspector.act("CompleteEvidenceUpload", evidenceId=evidence["id"])
    assert handed_in["evidence"]["state"] == "UPLOADED"

    # A worker reads it back, hashes and decodes it, and seals it.
    async def sealed() -> Any:
        found = await inspector.ask("Evidence", id=evidence["id"])
        return found if found["state"] not in {"UPLOADED", "VERIFYING"} else None

    found = await eventually(sealed)
    assert (found["state"], found["reason"]) == ("SEALED", None)
    assert found["sha256"] == sha256(taken).hexdigest()
    assert found["content"] == {"width": 640, "height": 480, "hasThumbnail": True}

    # Each link of its chain of custody says who did what.
    chain = [edge["node"] for edge in found["custody"]["edges"]]
    assert [link["act"] for link in chain][:2] == ["DECLARED", "UPLOADED"]
    assert "SEALED" in {link["act"] for link in chain}
    assert all(json.loads(link["entry"])["act"] == link["act"] for link in chain)

    # Looking at it needs a purpose, and what comes back is the photo, bit by bit.
    link = await inspector.act("EvidenceLink", evidenceId=evidence["id"], purpose="核对现场情况")
    async with httpx2.AsyncClient() as browser:
        download = await browser.get(link["url"])
    assert download.content == taken
    assert download.headers["content-disposition"].startswith("attachment")


async def test_what_is_not_the_declared_photo_never_becomes_evidence(
    sign_in: Any, eventually: Any
) -> None:
    inspector = await sign_in("inspector")
    case = str(uuid4())

    # A page that calls itself a photo is declared truthfully but for its type.
    page = b"<html><script>alert(1)</script></html>" * 20
    begun = await inspector.act("BeginEvidenceUpload", **declared(case, page))
    upload = begun["upload"]
    assert await send(upload["requests"], page, int(upload["partLength"])) == [200]
    await inspector.act("CompleteEvidenceUpload", evidenceId=begun["evidence"]["id"])

    async def judged() -> Any:
        found = await inspector.ask("Evidence", id=begun["evidence"]["id"])
        return found if found["state"] not in {"UPLOADED", "VERIFYING"} else None

    assert (await eventually(judged))["state"] == "QUARANTINED"
    assert (
        await inspector.refused(
            "EvidenceLink", evidenceId=begun["evidence"]["id"], purpose="核对现场情况"
        )
        == "EVIDENCE_STATE"
    )


async def test_the_store_takes_no_other_bytes_than_those_declared(sign_in: Any) -> None:
    inspector = await sign_in("inspector")
    taken, other = photo("orange"), photo("purple")
    begun = await inspector.act("BeginEvidenceUpload", **declared(str(uuid4()), taken))
    (part,) = begun["upload"]["requests"]

    # The permission is bound to length and digest: another photo is refused by the store itself.
    (answer,) = await send([part], other.ljust(len(taken), b"\0")[: len(taken)], 0)
    assert 400 <= answer < 500

    assert (
        await inspector.refused("CompleteEvidenceUpload", evidenceId=begun["evidence"]["id"])
        == "PARTS_MISSING"
    )


async def test_evidence_is_seen_in_its_town_and_as_a_receipt_by_the_committee(
    public: Any, sign_in: Any
) -> None:
    inspector, committee = await sign_in("inspector"), await sign_in("committee")
    taken = photo("green")
    begun = await inspector.act("BeginEvidenceUpload", **declared(str(uuid4()), taken))

    seen = await committee.ask("Evidence", id=begun["evidence"]["id"])
    assert seen["sha256"] == sha256(taken).hexdigest()
    assert (seen["filename"], seen["capturedAt"]) == (None, None)

    answer = await public.send("Evidence", id=begun["evidence"]["id"])
    assert answer["data"]["evidence"] is None
