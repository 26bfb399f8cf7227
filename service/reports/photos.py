"""Photos that come with a report: at most three, without what the camera wrote beside them."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from uuid import UUID

from service.evidence.inspection.report import Refused
from service.evidence.inspection.sandbox import InspectionFailed
from service.evidence.rules import Reason
from service.evidence.scanner import ScannerUnavailable
from service.evidence.strangers import MAX_BYTES, CleanPhoto, cleaned
from service.ids import new_id
from service.reports.records import Report, ReportPhoto
from service.storage import Bucket, store
from tenants.records import owned

MOST = 3  # photos of one report
LINK_SECONDS = 600  # for which a photo can be fetched once the report was opened
_WHY = {
    Reason.TYPE_DIFFERS: "不是 JPEG、PNG、HEIC 或 WebP 格式的照片",
    Reason.UNREADABLE: "已损坏，打不开",
    Reason.TOO_COMPLEX: "尺寸过大，或者不是静态照片",
    Reason.INFECTED: "被病毒扫描程序拦截",
}
_KEPT = "填写的文字都已保留，照片请重新选择，也可以不带照片提交。"


class PhotoRefused(Exception):
    """A photo cannot be taken; the message says in Chinese which, why, and what to do."""


async def clean(sent: Sequence[bytes | None]) -> list[CleanPhoto]:
    """The copies of photos in the order they were sent; None stands for one that was too large.

    Raises:
        PhotoRefused: too many of them, or one that cannot be taken.
    """
    if len(sent) > MOST:
        raise PhotoRefused(f"照片最多 {MOST} 张，您选择了 {len(sent)} 张。{_KEPT}")
    found = []
    for number, body in enumerate(sent, 1):
        if body is None:
            raise PhotoRefused(f"第 {number} 张照片超过 {MAX_BYTES >> 20} MB。{_KEPT}")
        try:
            found.append(await cleaned(body))
        except Refused as refusal:
            why = _WHY.get(refusal.reason, "里夹带了照片以外的内容")
            raise PhotoRefused(f"第 {number} 张照片{why}。{_KEPT}") from refusal
        except (ScannerUnavailable, InspectionFailed) as error:
            raise PhotoRefused(f"照片暂时无法检查，请稍后再试。{_KEPT}") from error
    return found


async def attach(report: Report, photos: Sequence[CleanPhoto]) -> None:
    """Keep the photos of a report that is being received.

    The object follows its row inside the transaction, so that no row is ever without its object.
    Should the commit fail, an object is left that no row names and nobody gets an address of.

    Raises:
        StoreUnavailable: the object store does not answer; the report is not received.
    """
    for number, photo in enumerate(photos, 1):
        row = await ReportPhoto.create(
            id=new_id(),
            **owned(report.owner),
            report_id=report.id,
            number=number,
            byte_length=len(photo.body),
            sha256=sha256(photo.body).hexdigest(),
            sent_sha256=photo.sent_sha256,
            scan=photo.scan.value,
        )
        await store().put(Bucket.DERIVED, row.key, photo.body, "image/jpeg")


async def photos_of(reports: Iterable[UUID]) -> dict[UUID, list[ReportPhoto]]:
    """Photos of each report in their order, in one statement."""
    found: dict[UUID, list[ReportPhoto]] = {one: [] for one in reports}
    for row in await ReportPhoto.filter(report_id__in=list(found)).order_by("number"):
        found[row.report_id].append(row)
    return found


async def link(row: ReportPhoto) -> str:
    """A URL that serves one photo for `LINK_SECONDS`; made without asking the store."""
    return await store().presign_get(
        Bucket.DERIVED, row.key, seconds=LINK_SECONDS, filename=f"{row.report_id}-{row.number}.jpg"
    )
