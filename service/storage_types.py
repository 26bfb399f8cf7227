"""Words of object storage: buckets, objects, parts, signed requests and what can go wrong."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

CHUNK = 1 << 20  # bytes read from the store at a time
MIN_PART = 5 << 20  # bytes; S3 refuses smaller parts, the last one apart
MAX_PARTS = 10_000


class StoreError(Exception):
    """The store answered something it should not have; a defect or a wrong configuration."""


class StoreUnavailable(StoreError):
    """The store did not answer, broke off or asked to slow down; trying later may help."""


class ObjectMissing(StoreError):
    """No object has this key, or the multipart upload is over or aborted."""


class PreconditionFailed(StoreError):
    """The object is there already, or is no longer the version that was to be replaced."""


class StoreUnfit(StoreError):
    """The store lacks a promise that nothing here can make up for; another one is needed."""


class Bucket(StrEnum):
    """What a bucket is for; its name is the configured prefix, a hyphen and this value."""

    INCOMING = "incoming"
    SEALED = "sealed"
    DERIVED = "derived"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Head:
    """What the store says of an object; `etag` without quotes, `size` in bytes."""

    key: str
    size: int
    etag: str
    modified: datetime
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart upload as the store has it, numbered from 1; `size` in bytes."""

    number: int
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload in parts that is still open."""

    key: str
    id: str
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A URL that does one thing for a while, and the headers that must be sent with it."""

    method: str
    url: str
    headers: dict[str, str]
