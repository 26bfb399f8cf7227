"""Nothing of a natural person in any public form, wherever somebody wrote it.

The detector shares no pattern with the scrubber: it squeezes a text to its letters and digits and
looks for what it planted.
"""

import unicodedata
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from api.app import create_app
from service.blacklist import listing
from service.identity.queries import authenticate
from service.outbox import OutboxEvent
from service.publication import feed
from service.publication.events import EventKind, PublicEvent
from service.publication.feed import Entry
from service.publication.notes import Checkpoint
from service.publication.pages import (
    EntryView,
    Results,
    Row,
    entry_html,
    everywhere_html,
    search_html,
)
from service.publication.publisher import prefix_of
from service.publication.redaction import (
    FullRecord,
    ending_record,
    public_record,
    record_commitment,
    scrub,
)
from service.publication.tlog import leaf_hash
from service.storage import Bucket, store
from tenants.principal import PUBLIC
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import DAY, Desk, at
from tests.conftest import Execute, Work, World
from tests.publication.district import NOW, SIGNER, SITE

SALT = bytes(range(32))
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
LEGAL, SOLE = "91990112MA0000016D", "92990112MA0000016A"
NAMES = ("钱示例", "欧阳示范", "阿依努尔·示例江", "王安")
TEXTS = ("cause", "basis", "penalty", "penalty_number", "decision_number", "measures", "address",
         "decided_by", "party_name")  # fmt: skip
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")


def squeezed(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def digits(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(
        str.maketrans("零一二三四五六七八九", "0123456789")
    )
    return "".join(sign for sign in plain if sign.isdigit())


def _spread(between: str) -> Any:
    return lambda text: between.join(text)


HIDING = (
    str, lambda t: t.translate(FULL_WIDTH), lambda t: t.translate(CHINESE), _spread(" "),
    _spread("-"), _spread("\u200b"), _spread("　"), _spread(" . "), _spread("_"), _spread("o"),
    lambda t: t[:3] + "-" + t[3:7] + "/" + t[7:], lambda t: t.lower(), lambda t: "\ue000" + t,
)  # fmt: skip
numbers = st.one_of(
    st.from_regex(r"\A1[3-9][0-9]{9}\Z"),
    st.from_regex(r"\A990112(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}[0-9X]\Z"),
    st.from_regex(r"\A0[1-9][0-9]{1,2}-[2-9][0-9]{7}\Z"),
)
mails = st.from_regex(r"\A[a-z][a-z0-9._]{2,12}[a-z]@[a-z]{3,9}\.(cn|com|com\.cn)\Z")
plates = st.from_regex(r"\A[渝川京粤][A-G](·)?[A-HJ-NP-Z0-9]{5,6}\Z")
hidden_number = st.tuples(numbers, st.sampled_from(HIDING)).map(lambda p: (p[0], p[1](p[0])))
hidden_name = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from((str, _spread(" "), _spread("·"), _spread("　"), _spread("\u200b"))),
).map(lambda p: (p[0], p[1](p[0])))
plain_fact = st.one_of(mails, plates).map(lambda text: (text, text))
around = st.sampled_from(("负责人", "，电话", "号", "（", "车辆", "示例路", "“", "、", "某"))
facts = st.lists(
    st.tuples(
        st.sampled_from(TEXTS), around, st.one_of(hidden_number, hidden_name, plain_fact), around
    ),
    min_size=1,
    max_size=4,
)


def forms(entry: Entry) -> dict[str, str]:
    """Every public form that an entry takes."""
    files, digest = feed.page_files(SITE, 0, [entry])
    parts, part = feed.part_files(SITE, 0, [digest])
    files |= parts | feed.list_files(SITE, [part], [entry], [(0, entry.event.leaf())], NOW)
    leaf = entry.event.leaf()
    checkpoint = Checkpoint(SIGNER.name, 1, leaf_hash(leaf))
    note = SIGNER.sign(checkpoint.text())
    row = Row(0, entry.id, entry.event.publication, AT, entry.shown, ())
    found = Results("q", False, 1, 1, (("1", row),))
    view = EntryView("1", entry, not entry.visible, checkpoint, note, ())
    return {
        **{name: file.body.decode() for name, file in files.items()},
        "entry": entry_html(view, (1, 1)),
        "search": search_html("1", found),
        "everywhere": everywhere_html(found, [("1", "示例区")]),
    }


def made(full: FullRecord, kind: EventKind, reason: str) -> Entry:
    record = public_record(full) if kind is EventKind.PUBLISH else ending_record(full, reason)
    event = PublicEvent(
        UUID(int=1), UUID(int=2), kind, full.publication, AT, record_commitment(record, SALT)
    )
    return Entry(0, event, record, SALT, AT)


@budget(max_examples=250, deadline=None)
@given(
    facts,
    st.sampled_from(("PENALTY_PUBLICITY", "SERIOUS_DISHONESTY", "MEDIA_EXPOSURE")),
    st.sampled_from((("ORGANISATION", LEGAL), ("SOLE_TRADER", SOLE), ("ORGANISATION", SOLE),
                     ("NATURAL_PERSON", ""), ("UNKNOWN", LEGAL))),
    st.sampled_from((EventKind.PUBLISH, EventKind.REPAIR)),
)  # fmt: skip
def test_no_planted_fact_is_in_any_form(
    planted: list[Any], publication: str, who: tuple[str, str], kind: EventKind
) -> None:
    kind_of_party, code = who
    fields = {
        "party_name": "示例商贸有限公司", "credit_code": code, "representative": NAMES[0],
        "cause": "未建立制度", "basis": "安全生产法第一百零一条", "decided_by": "示例区应急管理局",
    }  # fmt: skip
    for field, before, (_, written), after in planted:
        fields[field] = f"{fields.get(field, '')}{before}{written}{after}"
    full = FullRecord(publication, kind_of_party, fields, NAMES, SALT)
    entry = made(full, kind, fields["cause"])
    texts = [value for name, value in entry.shown.items() if name not in ("credit_code",)]

    for name, body in forms(entry).items():
        content = squeezed(body)
        for _, _, (fact, _), _ in planted:
            assert squeezed(fact) not in content, (name, fact)
    for _, _, (fact, written), _ in planted:
        if len(digits(fact)) >= 11 and written != fact:
            assert all(digits(fact) not in digits(text) for text in texts), fact


@pytest.mark.parametrize("kind", ["SOLE_TRADER", "UNKNOWN", None])
def test_a_shop_that_bears_its_owners_name_is_named_nowhere(kind: str | None) -> None:
    fields = {
        "party_name": "钱示例烟火店", "credit_code": SOLE, "cause": "钱示例 烟火店拒不整改",
        "decided_by": "示例区应急管理局",
    }  # fmt: skip
    entry = made(FullRecord("SERIOUS_DISHONESTY", kind, fields, (), SALT), EventKind.PUBLISH, "")

    assert not any("钱示例" in squeezed(body) for body in forms(entry).values())


@pytest.mark.parametrize(
    "text",
    ["渝北应急罚〔2026〕123号", "示应急失信[2026]12345号", "安全生产法第一百零一条", "罚款5万元",
     "GB 35181条款", "2026年3月5日检查", "示例区应急管理局"],
)  # fmt: skip
def test_what_people_search_by_stays_readable(text: str) -> None:
    assert scrub(text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize(
    "text",
    ["138〔2013〕80013号", "〔2013〕80013号8000", "〔2013〕80013号 800138", "〔1380〕01380号00"],
)
def test_a_telephone_number_dressed_as_a_document_is_masked(text: str) -> None:
    assert len(digits(scrub(text))) < 7


async def test_nothing_planted_leaves_by_any_door(
    world: World, work: Work, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store().create_buckets()
    desk = Desk(world)
    at(monkeypatch, DAY)
    secrets = ["钱示例", "13800138000", "990112199003070014", "qian@example.cn", "渝A·12345"]
    text = (
        "钱 示 例（１３８ ００１３ ８０００，9901121990 0307 0014）驾驶渝A 12345，QIAN@example.cn"
    )
    case = await desk.served(
        name="钱示例烟火店", cause=text, basis="安全生产法", penalty=text,
        party_kind="SOLE_TRADER", persons=("钱示例",),
    )  # fmt: skip
    other = await desk.served(cause=text, persons=("钱示例",))
    await work()
    await desk.do(listing.withdraw, other, f"处罚决定被撤销：{text}")
    await work()

    bodies = {}
    async for head in store().list(Bucket.PUBLIC, prefix_of(world.code) + "/"):
        bodies[head.key] = (await store().get(Bucket.PUBLIC, head.key))[0].decode("utf-8", "ignore")
    transport = httpx2.ASGITransport(app=create_app(authenticate), client=("192.0.2.77", 4000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://anshang.test") as client:
        for path in ("search?q=钱示例", "search?q=烟火", f"entries/{case.entry_id}",
                     f"entries/{other.entry_id}", "feed.atom"):  # fmt: skip
            page = (await client.get(f"/feed/{world.code}/{path}")).text
            bodies[path] = page.replace('value="钱示例"', "")
    document = """query P($d: String!) { publicBlacklist(district: $d) { edges { node {
        fields { name value } record leaf } } } }"""
    answer = await execute(PUBLIC, document, {"d": world.code})
    assert len(answer["data"]["publicBlacklist"]["edges"]) == 1
    bodies["graphql"] = orjson.dumps(answer).decode()
    async with tenant_transaction(desk.scope, read_only=True):
        for row in await OutboxEvent.filter(district_id=world.district_id):
            bodies[f"event {row.event} {row.id}"] = orjson.dumps(row.payload).decode()

    leaks = {
        (name, secret)
        for name, body in bodies.items()
        for secret in secrets
        if squeezed(secret) in squeezed(body)
    }
    assert leaks == set()
