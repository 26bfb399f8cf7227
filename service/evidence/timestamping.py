"""Trusted time stamps (可信时间戳, RFC 3161) over the digests of sealed evidence.

A token proves that the digest existed at that time, by a key that is not ours.
"""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import httpx2
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    decode_timestamp_response,
)

from service import audit, outbox
from service.evidence.ledger import Act, enter
from service.evidence.records import Evidence, EvidenceTimestamp
from service.evidence.rules import State
from service.ids import new_id
from service.settings import settings
from tenants.records import owned
from tenants.scope import Scope
from tenants.wall import tenant_transaction

TIMEOUT_SECONDS = 20
GRANTED = {0, 1}  # PKIStatus granted and grantedWithMods, RFC 3161 section 2.4.2


class StampRefused(Exception):
    """The authority gave no token for this digest; to be tried again."""


def statement(row: Evidence) -> bytes:
    """What is stamped: the line of `sha256sum` for the original, so that anybody can make it."""
    return f"{row.sha256}  {row.id}\n".encode()


async def stamp(scope: Scope, evidence_id: UUID) -> None:
    """Have sealed evidence stamped where an authority is configured.  Safe to run twice.

    Raises:
        StampRefused, httpx2.HTTPError: to be tried again.
    """
    url = settings().tsa_url
    async with tenant_transaction(scope, read_only=True):
        row = await Evidence.get(id=evidence_id)
        stamped = await EvidenceTimestamp.filter(evidence_id=row.id).exists()
    if not url or stamped or row.state != State.SEALED:
        async with tenant_transaction(scope):
            await outbox.settle()
        return
    token, at = await ask(url, statement(row))
    async with tenant_transaction(scope):
        row = await Evidence.filter(id=evidence_id).select_for_update().get()
        if not await EvidenceTimestamp.filter(tenant_id=row.tenant_id, evidence_id=row.id).exists():
            await EvidenceTimestamp.create(
                id=new_id(),
                **owned(row.owner),
                evidence_id=row.id,
                authority=url[:300],
                stamped_at=at,
                token=token,
            )
            await enter(
                row.owner, Act.STAMPED, row.id, token_sha256=sha256(token).hexdigest(), time=at
            )
            await audit.record("evidence.stamped", row.owner, "Evidence", row.id)
        await outbox.settle()


async def ask(url: str, data: bytes) -> tuple[bytes, datetime]:
    """The answer of an authority over SHA-256 of `data`, and the time it states.

    The answer must be about our digest and our nonce; whose key signed it is judged by whoever
    relies on it, with `openssl ts -verify` and the authority's certificate.

    Raises:
        StampRefused: no token, or one for something else.
    """
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
        answer = await client.post(
            url,
            content=request.as_bytes(),
            headers={"content-type": "application/timestamp-query"},
        )
        answer.raise_for_status()
    return answer.content, _time(answer.content, request.nonce, sha256(data).digest())


def _time(token: bytes, nonce: int | None, digest: bytes) -> datetime:
    try:
        told: TimeStampResponse = decode_timestamp_response(token)
        if told.status not in GRANTED:
            raise StampRefused(f"the authority refuses: {told.status_string}")
        info = told.tst_info
        if info.message_imprint.message != digest or info.nonce != nonce:
            raise StampRefused("the token is about something else")
        return info.gen_time.replace(tzinfo=info.gen_time.tzinfo or UTC)
    except ValueError as error:
        shown = b64encode(token[:60]).decode()
        raise StampRefused(f"what the authority sent is no answer: {shown}") from error
