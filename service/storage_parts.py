"""Uploads in parts: what a store needs beside whole objects to take several GiB piece by piece."""

import os
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import md5
from io import RawIOBase
from typing import TYPE_CHECKING, Any, TypeVar, cast

from service.storage_types import CHUNK, Bucket, ObjectMissing, Part, SignedRequest, Upload

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

T = TypeVar("T")


class FileSection(RawIOBase):
    """So many bytes of an open file as a body of its own, read where and when they are sent.

    Up to `PIECE` bytes they are sent as one piece: the client reads a file 16 KiB at a time, which
    takes longer than sending it.  A longer section costs no memory.
    """

    def __init__(self, file: int, start: int, length: int) -> None:
        self._file, self._start, self._length, self._at = file, start, length, 0

    def __len__(self) -> int:
        return self._length

    def whole(self) -> bytes:
        """All of it."""
        return os.pread(self._file, self._length, self._start)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always: a repetition begins anew."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place of the section."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """The place in the section."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` from here on; returns how many bytes there were."""
        wanted = min(len(buffer), max(0, self._length - self._at))
        read = os.preadv(self._file, [memoryview(buffer)[:wanted]], self._start + self._at)
        self._at += read
        return read


Body = bytes | FileSection
PIECE = 16 << 20  # bytes


def at_hand(body: Body) -> Body:
    """The bytes of a section that is short enough to be sent as one piece."""
    return body.whole() if isinstance(body, FileSection) and len(body) <= PIECE else body


def content_md5(body: Body) -> str:
    """The Content-MD5 header of `body` (RFC 1864): guards a transfer, proves nothing."""
    digest = md5(usedforsecurity=False)
    if isinstance(body, bytes):
        digest.update(body)
    else:
        while piece := body.read(CHUNK):
            digest.update(piece)
        body.seek(0)
    return b64encode(digest.digest()).decode()


class PartStore(ABC):
    """The multipart half of `service.storage.Store`."""

    _client: "S3Client"

    @abstractmethod
    async def _call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T: ...

    @abstractmethod
    async def _presign(self, operation: str, seconds: int, **params: Any) -> str: ...

    @abstractmethod
    def _at(self, bucket: Bucket, key: str) -> dict[str, Any]: ...

    async def create_multipart(self, bucket: Bucket, key: str, content_type: str) -> str:
        """Begin an upload in parts; returns its id."""
        answer = await self._call(
            self._client.create_multipart_upload,
            **self._at(bucket, key),
            ContentType=content_type,
        )
        return str(answer["UploadId"])

    async def presign_part(
        self,
        bucket: Bucket,
        key: str,
        upload_id: str,
        number: int,
        *,
        size: int,
        seconds: int,
        sha256: bytes | None = None,
    ) -> SignedRequest:
        """Permission to PUT one part of exactly `size` bytes, and of digest `sha256` if given.

        Length and digest are part of the signature: other headers than the returned ones make
        the URL void.  A store may ignore the digest, never the signature.
        """
        headers = {"Content-Length": str(size)}
        params: dict[str, Any] = {"ContentLength": size}
        if sha256 is not None:
            params["ChecksumSHA256"] = b64encode(sha256).decode()
            headers["x-amz-checksum-sha256"] = params["ChecksumSHA256"]
        url = await self._presign(
            "upload_part",
            seconds,
            **self._at(bucket, key),
            UploadId=upload_id,
            PartNumber=number,
            **params,
        )
        return SignedRequest("PUT", url, headers)

    async def put_part(
        self, bucket: Bucket, key: str, upload_id: str, number: int, body: Body
    ) -> Part:
        """Write one part from here."""

        def send() -> Part:
            content = at_hand(body)
            answer = self._client.upload_part(
                **self._at(bucket, key),
                UploadId=upload_id,
                PartNumber=number,
                Body=cast(Any, content),
                ContentMD5=content_md5(content),
            )
            return Part(number, len(body), answer["ETag"].strip('"'))

        return await self._call(send)

    async def list_parts(self, bucket: Bucket, key: str, upload_id: str) -> tuple[Part, ...]:
        """The parts the store has, by number.

        Raises:
            ObjectMissing: the upload is over or aborted.
        """

        def read() -> tuple[Part, ...]:
            pages = self._client.get_paginator("list_parts").paginate(
                **self._at(bucket, key), UploadId=upload_id
            )
            return tuple(
                Part(item["PartNumber"], item["Size"], item["ETag"].strip('"'))
                for page in pages
                for item in page.get("Parts", [])
            )

        return await self._call(read)

    async def complete_multipart(
        self,
        bucket: Bucket,
        key: str,
        upload_id: str,
        parts: Sequence[Part],
        *,
        if_absent: bool = False,
    ) -> str:
        """Join the parts into the object; returns its etag.

        Raises:
            ObjectMissing: the upload is over or aborted.
            PreconditionFailed: `if_absent` is set and the key is taken.
        """
        answer = await self._call(
            self._client.complete_multipart_upload,
            **self._at(bucket, key),
            UploadId=upload_id,
            MultipartUpload={
                "Parts": [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in parts]
            },
            **({"IfNoneMatch": "*"} if if_absent else {}),
        )
        return str(answer["ETag"]).strip('"')

    async def abort_multipart(self, bucket: Bucket, key: str, upload_id: str) -> None:
        """Give up an upload and free its parts; does nothing when it is over already."""
        try:
            await self._call(
                self._client.abort_multipart_upload,
                **self._at(bucket, key),
                UploadId=upload_id,
            )
        except ObjectMissing:
            return

    async def list_uploads(self, bucket: Bucket, prefix: str) -> tuple[Upload, ...]:
        """Uploads in parts that were begun and neither completed nor aborted."""

        def read() -> tuple[Upload, ...]:
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._at(bucket, "")["Bucket"], Prefix=prefix
            )
            return tuple(
                Upload(item["Key"], item["UploadId"], item["Initiated"])
                for page in pages
                for item in page.get("Uploads", [])
            )

        return await self._call(read)
