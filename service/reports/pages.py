"""Pages for whoever reports: a form, a receipt with the tracking code, and where it stands."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.errors import Invalid
from service.hazards.rules import Category
from service.hazards.words import CATEGORY_NAMES
from service.late import Pages
from service.reports import commands
from service.reports.commands import Told
from service.reports.photos import PhotoRefused
from service.reports.photos import clean as clean_photos
from service.reports.records import ReportReceipt
from service.reports.rules import Channel, RewardState, State
from service.storage import StoreUnavailable
from tenants.directory import town_scope
from tenants.records import Tenant
from tenants.wall import tenant_transaction

STATES = {
    State.RECEIVED: "已收到，待受理",
    State.REJECTED: "不予受理",
    State.ACCEPTED: "已受理",
    State.TRANSFERRED: "已转属地镇街核查",
    State.VERIFIED: "已现场核查，待答复",
    State.ANSWERED: "已答复",
}
REWARDS = {
    RewardState.APPROVED: "可以领取",
    RewardState.PAID: "已领取",
    RewardState.FORFEITED: "逾期未领取，视为放弃",
}
_WRONG = {
    "place": "请填写地点（200字以内）。",
    "description": "请填写情况（2000字以内）。",
    "name": "姓名不超过100字。",
    "phone": "姓名和电话请同时填写，或者都不填写（匿名）。",
}
_pages = Pages("service.reports")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form brought: the tracking code, or what is wrong with it."""

    token: str = ""
    problem: str = ""


async def send(
    towns: Sequence[Tenant], form: Mapping[str, str], photos: Sequence[bytes | None] = ()
) -> Sent:
    """Submit the report of a form in the scope of the town that it is about.

    A photo that was too large to be read stands as None.
    """
    town = next((one for one in towns if str(one.id) == form.get("town")), None)
    if town is None:
        return Sent(problem="请选择镇街。")
    if form.get("category") not in {one.value for one in Category}:
        return Sent(problem="请选择类别。")
    nonce = form.get("nonce", "")
    if not 16 <= len(nonce) <= 64:
        return Sent(problem="页面已失效，请重新提交。")
    told = Told(
        Category(form["category"]),
        form.get("place", ""),
        form.get("description", ""),
        form.get("insider") == "yes",
        {key: form.get(key, "") for key in ("name", "phone")},
    )
    try:
        told = commands.checked(told)
        # Before the transaction: nobody waits for a row while a picture is decoded.
        clean = await clean_photos(photos)
        async with tenant_transaction(await town_scope(town.id, "public:report")):
            _, token = await commands.submit(
                town.owner, Channel.WEB, told, nonce=nonce, photos=clean
            )
    except Invalid as refusal:
        return Sent(problem=_WRONG.get(refusal.path[-1], "请检查填写的内容。"))
    except PhotoRefused as refusal:
        return Sent(problem=str(refusal))
    except StoreUnavailable:
        return Sent(problem="照片暂时无法保存，请稍后再试，或者先不带照片提交。")
    return Sent(token=token)


def form(
    district: str, towns: Sequence[Tenant], given: Mapping[str, str], problem: str = ""
) -> str:
    """The form, with what was filled in before; its nonce makes a repeated sending one report."""
    return _pages.get_template("form.html").render(
        district=district,
        towns=[(str(one.id), one.name) for one in towns],
        categories=[(one.value, text) for one, text in CATEGORY_NAMES.items()],
        given={"nonce": secrets.token_urlsafe(18), **given},
        problem=problem,
    )


def receipt(token: str) -> str:
    """The one page that shows the tracking code."""
    return _pages.get_template("receipt.html").render(token=token)


def ask(problem: str = "") -> str:
    """The form that takes a tracking code."""
    return _pages.get_template("ask.html").render(problem=problem)


def track(found: ReportReceipt) -> str:
    """Where the report stands."""
    return _pages.get_template("track.html").render(
        receipt=found,
        state=STATES[State(found.state)],
        reward=REWARDS[RewardState(found.reward_state)] if found.reward_state else "",
        yuan=f"{(found.reward_fen or 0) / 100:,.2f}",
    )


def absent(what: str) -> str:
    """The page for an address that leads nowhere."""
    return _pages.get_template("absent.html").render(what=what)
