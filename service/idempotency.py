"""Idempotency keys: a repeated mutation is answered with the first answer, byte for byte.

An answer that shows a secret is kept encrypted, so that the database holds none.
"""

from hashlib import sha256
from typing import Any

import orjson
from cryptography.fernet import Fernet
from tortoise import fields

from service import clock, closing
from service.errors import SafetyError
from service.sealing import box
from tenants.ids import new_id
from tenants.records import TenantOwned
from tenants.scope import Owner
from tenants.wall import current, text

KEEP_DAYS = 30
SEALED = "sealed:"  # no JSON text begins so
TAKEN = "INSERT 0 1"  # what PostgreSQL says of a key that was not there


class IdempotencyKey(TenantOwned):
    """Answer already given to one key of one principal."""

    principal = fields.CharField(max_length=120)
    key = fields.CharField(max_length=100)
    request_hash = fields.CharField(max_length=64)
    response = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "idempotency_keys"


class KeyReused(SafetyError):
    """The key was used before for a different request."""

    code = "IDEMPOTENCY_KEY_REUSED"


def fingerprint(
    document: str, variables: dict[str, Any] | None, operation_name: str | None = None
) -> str:
    """SHA-256 of a request, equal for equal documents, operations and variables."""
    # Without a name it reads as it did before names were looked at: kept answers stay valid.
    parts = [document, variables or {}, *([operation_name] if operation_name else [])]
    body = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS, default=str)
    return sha256(body).hexdigest()


def claim(owner: Owner, principal: str, key: str, request_hash: str) -> str:
    """The statement that takes `key`, for the beginning of a transaction; `kept` says how it went.

    A second request with the same key waits for the first to commit or roll back.
    """
    return (
        "insert into idempotency_keys"
        " (id, tenant_id, district_id, principal, key, request_hash, created_at)"
        f" values ('{new_id()}', '{owner.tenant_id}', '{owner.district_id}', {text(principal)},"
        f" {text(key)}, {text(request_hash)}, '{clock.now().isoformat()}')"
        " on conflict (tenant_id, principal, key) do nothing"
    )


async def kept(owner: Owner, principal: str, key: str, request_hash: str) -> str | None:
    """The answer that `key` was given, None where the open transaction has just taken it.

    Raises:
        KeyReused: the key belongs to a different request.
    """
    if current().first == TAKEN:
        return None
    row = await IdempotencyKey.get(tenant_id=owner.tenant_id, principal=principal, key=key)
    if row.request_hash != request_hash:
        raise KeyReused(
            "this idempotencyKey was used for another request; choose a fresh one",
            path=("input", "idempotencyKey"),
        )
    given = row.response
    if given is not None and given.startswith(SEALED):
        return _box().decrypt(given.removeprefix(SEALED)).decode()
    return given


async def answer(
    owner: Owner, principal: str, key: str, response: str, *, confidential: bool = False
) -> None:
    """Keep the answer of a claimed key, in the transaction of the act."""
    shown = SEALED + _box().encrypt(response.encode()).decode() if confidential else response
    transaction = current()
    if transaction.keep is not None:
        transaction.held.append(closing.Answered(owner, principal, key, shown))
        return
    await IdempotencyKey.filter(tenant_id=owner.tenant_id, principal=principal, key=key).update(
        response=shown
    )


def _box() -> Fernet:
    return box(b"anshang kept answers 1")
