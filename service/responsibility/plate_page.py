"""The plate as the public reads it: a page without scripts, and the code that leads to it."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO
from re import compile as pattern
from typing import TYPE_CHECKING
from uuid import UUID

from markupsafe import Markup

from service import clock
from service.administration.queries import settings_of
from service.late import Late, Pages
from service.register.records import Enterprise, Premises
from service.responsibility.records import PlatePage, ResponsibilityPlate, ResponsiblePerson
from service.responsibility.rules import PlateState, Slot
from service.settings import settings
from tenants.records import Tenant
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

if TYPE_CHECKING:
    import segno
else:
    segno = Late("segno")

ACTOR = "public:plate"
TOKEN = pattern(r"[A-Za-z0-9_-]{22}")
SLOT_NAMES = {
    Slot.ADMIN_HEAD: "行政负责人",
    Slot.INDUSTRY_HEAD: "行业监管部门负责人",
    Slot.ENTERPRISE_HEAD: "企业责任人",
}
STYLE = (
    "body{margin:0;background:#eee;color:#111;"
    'font:17px/1.6 "Noto Sans CJK SC","Microsoft YaHei",sans-serif}'
    "main{background:#fff;max-width:40rem;margin:0 auto;padding:1.2rem}"
    "h1{font-size:1.5rem;text-align:center;margin:.4rem 0;color:#a00}"
    ".unit{font-size:1.25rem;font-weight:bold;text-align:center;margin:.3rem 0}"
    ".at{text-align:center;margin:0 0 1rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #666;padding:.6rem;text-align:left;vertical-align:top}"
    "th{width:8.5em;background:#f6f6f6}.late{color:#a00}"
    ".foot{display:flex;justify-content:space-between;align-items:center;margin-top:1rem}"
    ".hint{text-align:center}"
    "@page{size:A4;margin:18mm}"
    "@media print{body{background:#fff;font-size:20px}main{max-width:none;padding:0}"
    "a{color:inherit;text-decoration:none}}"
)
CONTENT_SECURITY = (
    "default-src 'none'; img-src 'self';"
    f" style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The one style by its hash; nothing else is loaded but the code's picture."""


def day_in_words(day: date) -> str:
    """A day as notices write it."""
    return f"{day.year}年{day.month}月{day.day}日"


_pages = Pages(
    "service.responsibility",
    day=day_in_words,
    style=Markup(STYLE),  # noqa: S704  a constant of ours
)


@dataclass(frozen=True, slots=True)
class PublicHead:
    """One person as published: name, office and organisation, nothing else."""

    place: str
    name: str
    office: str
    organisation: str
    in_office: bool


@dataclass(frozen=True, slots=True)
class PublicPlate:
    """What the public may know of a plate."""

    token: str
    town: str
    premises: str
    address: str
    heads: tuple[PublicHead, ...]
    phone: str
    office: str
    valid_from: date
    version: int
    asked_on: date


async def find_plate(token: str) -> PublicPlate | None:
    """The current plate of a token; None where it was taken down or the premises have closed.

    Raises:
        LookupError: nobody ever issued this token.
    """
    if not TOKEN.fullmatch(token):
        raise LookupError(token)
    async with tenant_transaction(Scope.of_platform(ACTOR), read_only=True):
        page = await PlatePage.get_or_none(token=token)
        tenant = await Tenant.get_or_none(id=page.tenant_id) if page else None
    if page is None or tenant is None:
        raise LookupError(token)
    async with tenant_transaction(Scope.of_tenant(tenant.owner, ACTOR), read_only=True):
        return await _published(tenant.owner, tenant.name, page.premises_id, token)


async def _published(owner: Owner, town: str, premises: UUID, token: str) -> PublicPlate | None:
    plate = await ResponsibilityPlate.get_or_none(
        tenant_id=owner.tenant_id, premises_id=premises, state=PlateState.CURRENT.value
    )
    place = await Premises.get_or_none(tenant_id=owner.tenant_id, id=premises)
    if plate is None or place is None:
        return None
    trader = await Enterprise.get(tenant_id=owner.tenant_id, id=plate.enterprise_id)
    if "CLOSED" in (place.status, trader.status):
        return None
    wanted = [one for one in plate.heads.all() if one]
    people = {row.id: row for row in await ResponsiblePerson.filter(id__in=wanted)}
    today = clock.legal_day(clock.now())
    chosen = await settings_of(owner)
    heads = tuple(
        PublicHead(
            SLOT_NAMES[slot],
            people[one].name,
            people[one].office,
            people[one].organisation,
            people[one].term.holds(today),
        )
        for slot, one in zip(Slot, plate.heads.all(), strict=True)
        if one
    )
    return PublicPlate(
        token,
        town,
        place.name,
        place.address,
        heads,
        str(chosen["contact.phone"]),
        str(chosen["contact.office"]),
        plate.valid_from,
        plate.version,
        today,
    )


def plate_html(plate: PublicPlate) -> str:
    """The page, printable on A4."""
    return _pages.get_template("plate.html").render(plate=plate)


def absent_html(*, withdrawn: bool) -> str:
    """Why there is no plate, in words."""
    if withdrawn:
        words = "该场所的责任公示已撤下，可能已停止经营。如有疑问，请向所在镇街咨询。"
        return _pages.get_template("none.html").render(title="责任公示牌已撤下", words=words)
    words = "没有这块责任公示牌。请核对网址，或重新扫描现场公示牌上的二维码。"
    return _pages.get_template("none.html").render(title="未找到责任公示牌", words=words)


def plate_url(token: str) -> str:
    """Public address of a plate."""
    return f"{settings().public_url}/plates/{token}"


def qr_svg(token: str) -> bytes:
    """The code that leads to the plate, as SVG; level M survives a dirty wall."""
    out = BytesIO()
    segno.make_qr(plate_url(token), error="m").save(out, kind="svg", scale=4, border=4, title=None)
    return out.getvalue()


def qr_png(token: str) -> bytes:
    """The same as PNG, for documents and printers."""
    out = BytesIO()
    segno.make_qr(plate_url(token), error="m").save(out, kind="png", scale=8, border=4)
    return out.getvalue()
