"""The one door to object storage: any S3, its failures typed, its promises not taken on trust.

Checksums are sent only where a store must have them (`request_checksum_calculation`), because
several S3-compatible stores refuse the newer trailing checksums; whole writes carry Content-MD5
instead, which all of them check.  Who needs certainty hashes the bytes again on reading.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread

from service.late import Late
from service.settings import Settings, settings
from service.storage_parts import Body, FileSection, PartStore, at_hand, content_md5
from service.storage_types import (
    CHUNK,
    Bucket,
    Head,
    ObjectMissing,
    Part,
    PreconditionFailed,
    SignedRequest,
    StoreError,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from botocore import exceptions
    from types_boto3_s3 import S3Client
else:
    exceptions = Late("botocore.exceptions")

_CONNECTIONS = 32
_MISSING = {"NoSuchKey", "NoSuchUpload", "NoSuchBucket", "NotFound", "404"}
_REFUSED = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_BROKEN = {"InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout", "500", "502", "503"}

__all__ = [
    "Bucket",
    "FileSection",
    "Head",
    "ObjectMissing",
    "Part",
    "PreconditionFailed",
    "SignedRequest",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "store",
]

T = TypeVar("T")


class Store(PartStore):
    """Asynchronous calls on the four buckets of one deployment; safe to share between tasks.

    Every method raises `StoreUnavailable` when the store cannot be reached within its time.
    """

    def __init__(self, config: Settings) -> None:
        self._prefix = config.s3_bucket_prefix
        self._client = _client(config, config.s3_endpoint)
        # URLs are signed for the host under which phones and browsers reach the store.
        self._signer = (
            _client(config, config.s3_public_endpoint)
            if config.s3_public_endpoint
            else self._client
        )
        self._limiter: CapacityLimiter | None = None

    def bucket_name(self, bucket: Bucket) -> str:
        """The name of `bucket` in the store."""
        return f"{self._prefix}-{bucket}"

    def _at(self, bucket: Bucket, key: str) -> dict[str, Any]:
        return {"Bucket": self.bucket_name(bucket), "Key": key}

    async def create_buckets(self) -> list[Bucket]:
        """Create the buckets that are absent; returns those."""
        created = []
        for bucket in Bucket:
            try:
                await self._call(self._client.head_bucket, Bucket=self.bucket_name(bucket))
            except ObjectMissing:
                await self._call(self._client.create_bucket, Bucket=self.bucket_name(bucket))
                created.append(bucket)
        return created

    async def put(
        self,
        bucket: Bucket,
        key: str,
        body: Body,
        content_type: str,
        cache_control: str | None = None,
    ) -> str:
        """Write or overwrite an object; returns its etag."""
        return await self._put(bucket, key, body, content_type, cache_control)

    async def put_if_absent(
        self,
        bucket: Bucket,
        key: str,
        body: Body,
        content_type: str,
        cache_control: str | None = None,
    ) -> bool:
        """Write an object unless the key is taken; returns whether this call wrote it.

        False may also mean that an answer got lost and the repetition met its own write, so a
        caller that needs to know compares the content.
        """
        try:
            await self._put(bucket, key, body, content_type, cache_control, IfNoneMatch="*")
        except PreconditionFailed:
            return False
        return True

    async def put_if_match(
        self,
        bucket: Bucket,
        key: str,
        body: Body,
        content_type: str,
        etag: str,
        cache_control: str | None = None,
    ) -> str:
        """Replace the version `etag` (compare and swap); returns the new etag.

        Raises:
            PreconditionFailed: another version is there; also after a lost answer, see
                `put_if_absent`.
            ObjectMissing: nothing is there.
        """
        return await self._put(bucket, key, body, content_type, cache_control, IfMatch=f'"{etag}"')

    async def get(self, bucket: Bucket, key: str) -> tuple[bytes, Head]:
        """The whole object, for small ones.

        Raises:
            ObjectMissing: no object has this key.
        """

        def read() -> tuple[bytes, Head]:
            answer = self._client.get_object(**self._at(bucket, key))
            return answer["Body"].read(), _head(key, answer)

        return await self._call(read)

    async def open_stream(
        self, bucket: Bucket, key: str, *, etag: str | None = None, chunk: int = CHUNK
    ) -> AsyncGenerator[bytes, None]:
        """The object in pieces of at most `chunk` bytes, one in memory at a time.

        Raises:
            ObjectMissing: no object has this key.
            PreconditionFailed: `etag` is given and another version is there.
            StoreUnavailable: also when the stream ends before the announced length.
        """
        wish = {"IfMatch": f'"{etag}"'} if etag else {}
        answer = await self._call(self._client.get_object, **self._at(bucket, key), **wish)
        body = answer["Body"]
        try:
            while piece := await self._call(body.read, chunk):
                yield piece
        finally:
            body.close()

    async def head(self, bucket: Bucket, key: str) -> Head:
        """Size, etag and type of an object.

        Raises:
            ObjectMissing: no object has this key.
        """
        answer = await self._call(self._client.head_object, **self._at(bucket, key))
        return _head(key, answer)

    async def exists(self, bucket: Bucket, key: str) -> bool:
        """Whether an object has this key."""
        try:
            await self.head(bucket, key)
        except ObjectMissing:
            return False
        return True

    async def delete(self, bucket: Bucket, key: str) -> None:
        """Remove an object; does nothing when there is none."""
        await self._call(self._client.delete_object, **self._at(bucket, key))

    async def list(self, bucket: Bucket, prefix: str = "") -> AsyncIterator[Head]:
        """The objects whose keys begin with `prefix`, in key order, a page of 1,000 at a time."""
        marker: dict[str, str] = {}
        while True:
            page = await self._call(
                self._client.list_objects_v2,
                Bucket=self.bucket_name(bucket),
                Prefix=prefix,
                **marker,
            )
            for item in page.get("Contents", []):
                yield Head(item["Key"], item["Size"], item["ETag"].strip('"'), item["LastModified"])
            if not page.get("IsTruncated"):
                return
            marker = {"ContinuationToken": page["NextContinuationToken"]}

    async def copy(
        self, source: Bucket, source_key: str, target: Bucket, key: str, *, etag: str | None = None
    ) -> str:
        """Copy inside the store, up to 5 GiB; returns the new etag.

        Raises:
            ObjectMissing: the source does not exist.
            PreconditionFailed: `etag` is given and the source is another version.
        """
        wish = {"CopySourceIfMatch": f'"{etag}"'} if etag else {}
        answer = await self._call(
            self._client.copy_object,
            **self._at(target, key),
            CopySource={"Bucket": self.bucket_name(source), "Key": source_key},
            **wish,
        )
        return str(answer["CopyObjectResult"]["ETag"]).strip('"')

    async def presign_get(
        self,
        bucket: Bucket,
        key: str,
        *,
        seconds: int,
        filename: str,
        content_type: str = "application/octet-stream",
    ) -> str:
        """A URL that downloads one object as an attachment called `filename` for `seconds`.

        S3 cannot be told to send `nosniff`; attachment and a neutral type keep a browser from
        running what it gets.
        """
        plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in filename)
        name = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
        return await self._presign(
            "get_object",
            seconds,
            **self._at(bucket, key),
            ResponseContentDisposition=name,
            ResponseContentType=content_type,
            ResponseCacheControl="private, no-store",
        )

    async def presign_put(
        self, bucket: Bucket, key: str, *, size: int, seconds: int
    ) -> SignedRequest:
        """Permission to PUT one whole object of exactly `size` bytes for `seconds`.

        The length is part of the signature; a store that ignores it is found out by `head`.
        """
        url = await self._presign(
            "put_object", seconds, **self._at(bucket, key), ContentLength=size
        )
        return SignedRequest("PUT", url, {"Content-Length": str(size)})

    async def _put(
        self,
        bucket: Bucket,
        key: str,
        body: Body,
        content_type: str,
        cache_control: str | None,
        **condition: str,
    ) -> str:
        extra: dict[str, Any] = dict(condition)
        if cache_control:
            extra["CacheControl"] = cache_control

        def send() -> str:
            content = at_hand(body)
            answer = self._client.put_object(
                **self._at(bucket, key),
                Body=cast(Any, content),
                ContentType=content_type,
                ContentMD5=content_md5(content),
                **extra,
            )
            return answer["ETag"].strip('"')

        return await self._call(send)

    async def _presign(self, operation: str, seconds: int, **params: Any) -> str:
        return await self._call(
            self._signer.generate_presigned_url,
            ClientMethod=operation,
            Params=params,
            ExpiresIn=seconds,
        )

    async def _call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        if self._limiter is None:
            self._limiter = CapacityLimiter(_CONNECTIONS)
        with _typed_errors():
            return await to_thread.run_sync(
                partial(function, *args, **kwargs), limiter=self._limiter
            )


@lru_cache(maxsize=1)
def store() -> Store:
    """The store of this process."""
    return Store(settings())


def _client(config: Settings, endpoint: str) -> "S3Client":
    # The first use of the store loads them: 15 MiB that no process without one needs.
    import boto3
    from botocore.client import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=config.s3_region,
        aws_access_key_id=config.s3_access_key,
        aws_secret_access_key=config.s3_secret_key.get_secret_value(),
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=5,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 4},
            max_pool_connections=_CONNECTIONS,
        ),
    )


@contextmanager
def _typed_errors() -> Iterator[None]:
    try:
        yield
    except exceptions.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        known = {code, str(status)}
        for codes, kind in (
            (_MISSING, ObjectMissing),
            (_REFUSED, PreconditionFailed),
            (_BROKEN, StoreUnavailable),
        ):
            if known & codes:
                raise kind(str(error)) from error
        raise StoreError(str(error)) from error
    except (exceptions.BotoCoreError, OSError) as error:
        # Connection, time-out and broken-stream errors; none of them says the call was wrong.
        raise StoreUnavailable(str(error)) from error


def _head(key: str, answer: Any) -> Head:
    return Head(
        key,
        answer["ContentLength"],
        answer["ETag"].strip('"'),
        answer["LastModified"],
        answer.get("ContentType", ""),
    )
