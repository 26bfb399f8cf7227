"""Sends a file as evidence over a bad network: hashed first, in parts, taken up where it broke.

Whoever starts it again with the same file and subject goes on with the same upload.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2

from service.errors import SafetyError
from service.evidence.rules import MEDIA_TYPES

PARALLEL = 3  # parts on their way at once
TRIES = 8  # of one part in a row before the upload gives up for now
PAUSE = 0.5  # seconds before the second try; doubled each time, up to 30
CHUNK = 1 << 20

Ask = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Sends one document with variables to the API; answers with `data`."""
Progress = Callable[[int], None]
"""Hears of the bytes of each part that arrived."""

UPLOAD = """heldParts partLength partCount
    requests { number byteLength method url headers { name value } }"""
BEGIN = f"""mutation ($input: BeginEvidenceUploadInput!) {{ beginEvidenceUpload(input: $input) {{
    evidence {{ id }} upload {{ {UPLOAD} }} errors {{ code message }} }} }}"""
RENEW = f"""mutation ($input: RenewEvidenceUploadInput!) {{ renewEvidenceUpload(input: $input) {{
    upload {{ {UPLOAD} }} errors {{ code message }} }} }}"""
COMPLETE = """mutation ($input: CompleteEvidenceUploadInput!) {
    completeEvidenceUpload(input: $input) { evidence { id state } errors { code message } } }"""
STATE = """query ($id: ID!) { evidence(id: $id) { state reason reasonMessage } }"""
LATER = frozenset({"STORE_UNAVAILABLE"})
"""Refusals that pass by themselves."""
MISSING = "PARTS_MISSING"
DONE = frozenset({"EVIDENCE_STATE"})
"""Refusals of a renewal that mean that the file was handed in before."""


class UploadStopped(SafetyError):
    """The upload did not come to its end; starting it again goes on with it."""

    code = "UPLOAD_STOPPED"


class Refused(SafetyError):
    """The service does not take the file; the message says why."""

    code = "UPLOAD_REFUSED"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the evidence belongs to: VISIT, CASE or BLACKLIST_CASE, and its id."""

    kind: str
    id: str


def media_type_of(path: Path) -> str:
    """The accepted media type that a file's ending stands for.

    Raises:
        Refused: no accepted type has this ending.
    """
    for media in MEDIA_TYPES.values():
        if path.name.lower().endswith(media.endings):
            return media.name
    endings = sorted(ending for media in MEDIA_TYPES.values() for ending in media.endings)
    raise Refused(f"{path.name}: send a file that ends in {', '.join(endings)}")


def digest_of(path: Path) -> str:
    """SHA-256 of a file, a piece at a time."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


class Uploader:
    """One file on its way."""

    def __init__(
        self, ask: Ask, http: httpx2.AsyncClient, progress: Progress | None = None
    ) -> None:
        self._ask, self._http = ask, http
        self._progress = progress or (lambda _: None)
        self.sent_again = 0
        """Parts that were sent more than once."""

    async def send(
        self, path: Path, subject: Subject, *, captured_at: datetime | None = None
    ) -> str:
        """Send a file and hand it in; returns the id of the evidence.

        Raises:
            Refused: the service does not take it.
            UploadStopped: the network or the service failed for too long.
        """
        digest, told = await asyncio.to_thread(lambda: (digest_of(path), path.stat()))
        taken = captured_at or datetime.fromtimestamp(told.st_mtime, UTC)
        declared = {
            "subjectKind": subject.kind,
            "subjectId": subject.id,
            "filename": path.name,
            "mediaType": media_type_of(path),
            "byteLength": told.st_size,
            "sha256": digest,
            "capturedAt": taken.isoformat(),
        }
        key = sha256(f"{subject.kind}:{subject.id}:{path.name}:{digest}".encode()).hexdigest()
        begun = await self._act(BEGIN, {**declared, "idempotencyKey": f"upload-{key[:60]}"})
        evidence_id: str = begun["evidence"]["id"]
        upload = begun["upload"]
        if upload is None or int(upload["partCount"]) > 1:
            # The first answer may be an old one, repeated; a renewal says what is true now.
            upload = await self._renew(evidence_id)
        for _ in range(TRIES):
            await self._all_parts(path, evidence_id, upload)
            if await self._handed_in(evidence_id):
                return evidence_id
            upload = await self._renew(evidence_id)
        raise UploadStopped("the store keeps losing parts; start again later")

    async def _all_parts(self, path: Path, evidence_id: str, upload: dict[str, Any] | None) -> None:
        """Send parts and ask for further permissions until the store has them all."""
        idle = 0
        while upload is not None and upload["requests"]:
            held = len(upload["heldParts"])
            whole = await self._parts(path, upload)
            upload = None if whole else await self._renew(evidence_id)
            idle = idle + 1 if upload and len(upload["heldParts"]) <= held else 0
            if idle == TRIES:
                raise UploadStopped(
                    "the store refuses every part; compare its clock with the API's"
                )

    async def _handed_in(self, evidence_id: str) -> bool:
        """Whether it could be handed in; not while parts are missing."""
        try:
            await self._act(COMPLETE, {"evidenceId": evidence_id})
        except Refused as refusal:
            if refusal.args[1:] == (MISSING,):
                return False
            raise
        return True

    async def verdict(self, evidence_id: str, *, seconds: float = 600) -> dict[str, Any]:
        """What became of a file that was handed in: its state, and the reason of a quarantine.

        Raises:
            UploadStopped: nothing was decided within `seconds`.
        """
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            found = (await self._ask(STATE, {"id": evidence_id}))["evidence"]
            if found["state"] not in ("PENDING", "UPLOADED", "VERIFYING"):
                return dict(found)
            await asyncio.sleep(0.5)
        raise UploadStopped("the file was handed in and is still being verified; ask again later")

    async def _renew(self, evidence_id: str) -> dict[str, Any] | None:
        try:
            renewed = await self._act(RENEW, {"evidenceId": evidence_id})
        except Refused as refusal:
            if refusal.args[1:] and refusal.args[1] in DONE:
                return None
            raise
        return dict(renewed["upload"])

    async def _act(self, document: str, given: dict[str, Any]) -> dict[str, Any]:
        async def once() -> dict[str, Any] | None:
            (payload,) = (await self._ask(document, {"input": given})).values()
            for error in payload["errors"]:
                if error["code"] in LATER:
                    return None
                raise _refused(error)
            return dict(payload)

        payload: dict[str, Any] = await _patiently(once, "the service does not answer")
        return payload

    async def _parts(self, path: Path, upload: dict[str, Any]) -> bool:
        """Send what there are permissions for; whether that was all, and all of it arrived."""
        gate = asyncio.Semaphore(PARALLEL)

        async def one(request: dict[str, Any]) -> bool:
            async with gate:
                return await self._part(path, request, int(upload["partLength"]))

        async with asyncio.TaskGroup() as group:
            sent = [group.create_task(one(request)) for request in upload["requests"]]
        arrived = sum(one.result() for one in sent)
        return bool(len(upload["heldParts"]) + arrived == int(upload["partCount"]))

    async def _part(self, path: Path, request: dict[str, Any], part_length: int) -> bool:
        """Send one part; one whose permission is over is left to the next renewal."""
        length, start = int(request["byteLength"]), (request["number"] - 1) * part_length
        tries = 0

        async def once() -> bool | None:
            nonlocal tries
            tries += 1
            self.sent_again += tries > 1
            body = await asyncio.to_thread(_read, path, start, length)
            headers = {header["name"]: header["value"] for header in request["headers"]}
            answer = await self._http.request(
                request["method"], request["url"], content=body, headers=headers
            )
            if answer.status_code in (403, 404):  # expired, or handed in meanwhile
                return False
            if answer.status_code >= 500:
                return None
            if answer.status_code != 200:
                raise Refused(f"the store refuses part {request['number']}: {answer.status_code}")
            return True

        arrived: bool = await _patiently(once, f"part {request['number']} does not get through")
        if arrived:
            self._progress(length)
        return arrived


async def _patiently(once: Callable[[], Awaitable[Any]], trouble: str) -> Any:
    """The first answer that is not None; network errors and None are tried again.

    Raises:
        UploadStopped: `TRIES` in a row failed.
    """
    pause = PAUSE
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  no secret
            pause = min(30.0, 2 * pause)
        try:
            answer = await once()
        except (httpx2.TransportError, httpx2.HTTPStatusError):
            continue
        if answer is not None:
            return answer
    raise UploadStopped(f"{trouble}; start again to go on where it stopped")


def _refused(error: dict[str, Any]) -> Refused:
    refusal = Refused(error["message"])
    refusal.args = (error["message"], error["code"])
    return refusal


def _read(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)


def over_http(http: httpx2.AsyncClient, url: str, token: str) -> Ask:
    """A way to ask an API over HTTP with a bearer token."""

    async def ask(document: str, variables: dict[str, Any]) -> dict[str, Any]:
        answer = await http.post(
            url,
            json={"query": document, "variables": variables},
            headers={"authorization": f"Bearer {token}"},
        )
        if answer.status_code >= 500:
            answer.raise_for_status()
        body = answer.json()
        if body.get("errors"):
            first = body["errors"][0]
            code = first.get("extensions", {}).get("code", "")
            raise _refused({"message": first["message"], "code": code})
        return dict(body["data"])

    return ask
