"""A clerk imports a table: dry run, commit, undo; nothing half done."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import outbox
from service.outbox import OutboxDelivery, OutboxEvent
from service.register import importing
from service.register.credit_code import generate
from service.register.records import Enterprise, Premises, RegisterChange, SearchTerm
from tasks.actors import HANDLERS
from tenants.rights import Role
from tenants.wall import current, tenant_transaction
from tests.conftest import Work, World
from tests.register.conftest import Ask
from tests.register.tables import cells, line, text, xlsx

SHOWN = """enterpriseImport { id state problem total created changed unchanged refused kept
  faults { row column message } keptRows { row name reason } annotatedFile }"""
BEGIN = f"""mutation B($input: BeginEnterpriseImportInput!) {{
  beginEnterpriseImport(input: $input) {{ {SHOWN} upload {{ method url contentLength }}
  errors {{ code path }} }} }}"""
NODE = f"query N($id: ID!) {{ node(id: $id) {{ ... on EnterpriseImport {SHOWN[16:]} }} }}"
EXPORT = """mutation X($input: ExportEnterprisesInput!) { exportEnterprises(input: $input) {
  export { id } job { id } errors { code } } }"""
FILE = "query F($id: ID!) { node(id: $id) { ... on EnterpriseExport { ready rows file } } }"

Step = Callable[..., Awaitable[dict[str, Any]]]


def act(verb: str) -> str:
    """The mutation of a step."""
    return (
        f"mutation S($input: {verb}EnterpriseImportInput!) {{"
        f" {verb.lower()}EnterpriseImport(input: $input) {{"
        " enterpriseImport { id } job { id } errors { code path } } }"
    )


class Clerk:
    """A clerk of a town who sends files and looks at what came of them."""

    def __init__(self, world: World, ask: Ask, work: Work) -> None:
        self.principal = world.towns[0].principal()
        self.scope = world.towns[0].scope()
        self.ask, self.work = ask, work

    async def send(self, data: bytes, name: str = "名单.xlsx") -> str:
        begun = await self.ask(
            self.principal, BEGIN, input={"filename": name, "byteLength": len(data)}
        )
        assert begun["errors"] == []
        async with httpx2.AsyncClient() as client:
            answer = await client.put(begun["upload"]["url"], content=data)
        assert answer.status_code == 200
        return str(begun["enterpriseImport"]["id"])

    async def step(self, verb: str, identity: str, **more: Any) -> list[dict[str, Any]]:
        done = await self.ask(self.principal, act(verb), input={"importId": identity, **more})
        return list(done["errors"])

    async def look(self, identity: str) -> dict[str, Any]:
        return dict(await self.ask(self.principal, NODE, id=identity))

    async def check(self, data: bytes, name: str = "名单.xlsx") -> dict[str, Any]:
        identity = await self.send(data, name)
        assert await self.step("Check", identity) == []
        await self.work()
        return await self.look(identity)

    async def bring_in(self, data: bytes, **more: Any) -> dict[str, Any]:
        checked = await self.check(data)
        assert checked["state"] == "CHECKED", checked
        assert await self.step("Commit", checked["id"], **more) == []
        await self.work()
        return await self.look(checked["id"])

    async def undo(self, identity: str) -> dict[str, Any]:
        assert await self.step("Undo", identity) == []
        await self.work()
        return await self.look(identity)

    async def register(self) -> list[Any]:
        """Everything that a person can see of the register, and what it is found by."""
        async with tenant_transaction(self.scope, read_only=True):
            tenant = next(iter(self.scope.readable))
            columns = (
                "id, credit_code, alternate_id, name, industry_code, risk, scale, status,"
                " principal_name, contact_name, contact_phone"
            )
            rows = await current().fetch(
                f"select {columns} from enterprises where tenant_id = $1 order by id", tenant
            )
            places = await current().fetch(
                "select id, enterprise_id, name, address, latitude, longitude, cell, status"
                " from premises where tenant_id = $1 order by id",
                tenant,
            )
            terms = await current().fetch(
                "select term, enterprise_id from search_terms where tenant_id = $1"
                " order by term, enterprise_id",
                tenant,
            )
        return [rows, places, terms]


@pytest.fixture
def clerk(world: World, ask: Ask, work: Work) -> Clerk:
    return Clerk(world, ask, work)


def counts(shown: dict[str, Any]) -> tuple[int, ...]:
    return tuple(shown[name] for name in ("created", "changed", "unchanged", "refused"))


async def test_a_dry_run_counts_and_changes_nothing(clerk: Clerk) -> None:
    before = await clerk.register()

    shown = await clerk.check(text([line(1), line(2, risk="紫")], "gbk"), "名单.csv")

    assert (shown["state"], counts(shown)) == ("CHECKED", (1, 0, 0, 1))
    assert shown["faults"] == [
        {"row": 3, "column": "风险等级", "message": "只能填写：红、橙、黄、蓝"}
    ]
    assert await clerk.register() == before


async def test_the_annotated_file_comes_back_with_the_fault(clerk: Clerk) -> None:
    shown = await clerk.check(xlsx([line(1), line(2, risk="紫")]))

    async with httpx2.AsyncClient() as client:
        marked = await client.get(shown["annotatedFile"])

    assert marked.status_code == 200
    assert cells(marked.content)[2][-1] == "只能填写：红、橙、黄、蓝"


async def test_a_file_is_entered_changed_and_left_alone(clerk: Clerk) -> None:
    first = await clerk.bring_in(xlsx([line(1), line(1, address="分店路9号"), line(2)]))
    again = await clerk.bring_in(xlsx([line(1), line(2, risk="红"), line(3)]))

    assert counts(first) == (3, 0, 0, 0)
    assert counts(again) == (1, 1, 1, 0)
    async with tenant_transaction(clerk.scope, read_only=True):
        assert await Enterprise.filter(tenant_id__in=clerk.scope.readable).count() == 3
        assert await Premises.filter(tenant_id__in=clerk.scope.readable).count() == 4
        (red,) = await Enterprise.filter(risk="RED")
        assert (red.name, red.version) == ("安商示例商行2", 2)
        change = await RegisterChange.get(enterprise_id=red.id, version=2)
        assert (change.act, change.before, change.after) == (
            "IMPORTED",
            {"risk": "BLUE"},
            {"risk": "RED"},
        )
        events = await OutboxEvent.filter(event="register.import_committed").count()
        assert events == 2
        assert await SearchTerm.filter(term__gte="示例商", enterprise_id=red.id).exists()


async def test_refused_rows_are_left_out_only_when_the_clerk_says_so(clerk: Clerk) -> None:
    checked = await clerk.check(xlsx([line(1), line(2, risk="紫")]))

    refused = await clerk.step("Commit", checked["id"])
    assert refused == [{"code": "HAS_REFUSED_ROWS", "path": ["input", "skipRefused"]}]
    assert await clerk.step("Commit", checked["id"], skipRefused=True) == []
    await clerk.work()

    assert counts(await clerk.look(checked["id"])) == (1, 0, 0, 1)


async def test_a_business_that_got_its_code_is_met_by_its_old_number(clerk: Clerk) -> None:
    old = {"credit_code": "", "alternate_id": "旧照0001"}
    await clerk.bring_in(xlsx([line(5, **old)]))

    shown = await clerk.bring_in(xlsx([line(5, alternate_id="旧照0001")]))

    assert counts(shown) == (0, 1, 0, 0)
    async with tenant_transaction(clerk.scope, read_only=True):
        (row,) = await Enterprise.filter(tenant_id__in=clerk.scope.readable)
    assert (row.credit_code, row.alternate_id) == (generate(rng=Random(5)), "旧照0001")


async def test_an_undoing_keeps_what_was_changed_or_used_since(
    clerk: Clerk, world: World, ask: Ask
) -> None:
    await clerk.bring_in(xlsx([line(1), line(2)]))
    shown = await clerk.bring_in(xlsx([line(1, risk="红"), line(2, risk="红"), line(3), line(4)]))
    async with tenant_transaction(clerk.scope, read_only=True):
        rows = {
            row.name: row for row in await Enterprise.filter(tenant_id__in=clerk.scope.readable)
        }
        used = await Premises.get(enterprise_id=rows["安商示例商行4"].id)
    from strawberry import relay

    await ask(
        clerk.principal,
        """mutation U($input: UpdateEnterpriseInput!) { updateEnterprise(input: $input) {
        errors { code } } }""",
        input={
            "enterpriseId": relay.to_base64("Enterprise", str(rows["安商示例商行2"].id)),
            "contactName": "示例",
        },
    )
    await ask(
        clerk.principal,
        "mutation H($input: ReportHazardInput!) { reportHazard(input: $input) {"
        " errors { code } } }",
        input={
            "premisesId": relay.to_base64("Premises", str(used.id)),
            "category": "FIRE",
            "description": "通道堵塞",
        },
    )

    undone = await clerk.undo(shown["id"])

    assert (undone["state"], undone["kept"]) == ("UNDONE", 3)
    assert undone["keptRows"] == [
        {"row": 3, "name": "安商示例商行2", "reason": "导入后又有修改，保持现状"},
        {"row": 5, "name": "安商示例商行4", "reason": "已有检查、隐患等记录，保持现状"},
    ]
    async with tenant_transaction(clerk.scope, read_only=True):
        left = await Enterprise.filter(tenant_id__in=clerk.scope.readable)
    assert sorted((row.name[-1], row.risk) for row in left) == [
        ("1", "BLUE"),
        ("2", "RED"),
        ("4", "BLUE"),
    ]


ROWS = st.lists(
    st.builds(
        lambda seed, risk, name, place: line(
            seed, risk=risk, name=f"某{name}行{seed}", address=f"示例路{seed}-{place}号"
        ),
        st.integers(1, 6),
        st.sampled_from("红橙黄蓝"),
        st.sampled_from("甲乙"),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[1],
)


@given(ROWS, ROWS)
@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_import_then_undo_is_the_identity(
    clerk: Clerk, first: list[list[str]], second: list[list[str]]
) -> None:
    await clerk.bring_in(xlsx(first))
    before = await clerk.register()

    shown = await clerk.bring_in(xlsx(second))
    undone = await clerk.undo(shown["id"])

    assert (undone["state"], undone["kept"]) == ("UNDONE", 0)
    assert await clerk.register() == before


@pytest.mark.parametrize("kind", ["XLSX", "CSV"])
async def test_export_then_import_changes_nothing(clerk: Clerk, kind: str) -> None:
    rows = [line(1, name="=危险(1)商行"), line(2), line(2, address="-3号"), line(3, risk="红")]
    await clerk.bring_in(xlsx(rows))
    asked = await clerk.ask(
        clerk.principal, EXPORT, input={"format": kind, "where": {"search": "商行"}}
    )
    await clerk.work()
    shown = await clerk.ask(clerk.principal, FILE, id=asked["export"]["id"])
    async with httpx2.AsyncClient() as client:
        written = (await client.get(shown["file"])).content

    again = await clerk.check(written, f"名单.{kind.lower()}")

    assert (shown["ready"], shown["rows"]) == (True, 4)
    assert counts(again) == (0, 0, 4, 0)


async def test_what_cannot_be_read_says_why_and_can_be_sent_again(clerk: Clerk) -> None:
    shown = await clerk.check(xlsx([line(1)], merge="A5:B6"))

    assert shown["state"] == "UNREADABLE"
    assert "合并单元格" in shown["problem"]
    assert [e["code"] for e in await clerk.step("Commit", shown["id"])] == ["CONFLICT"]


async def test_a_file_that_never_came_is_asked_for(clerk: Clerk) -> None:
    begun = await clerk.ask(
        clerk.principal, BEGIN, input={"filename": "名单.xlsx", "byteLength": 10}
    )
    identity = begun["enterpriseImport"]["id"]
    await clerk.step("Check", identity)
    await clerk.work()

    assert (await clerk.look(identity))["problem"] == "没有收到文件，请先上传再检查"


async def test_a_file_of_100_megabytes_is_refused_before_it_is_sent(clerk: Clerk) -> None:
    begun = await clerk.ask(
        clerk.principal, BEGIN, input={"filename": "名单.xlsx", "byteLength": 100 << 20}
    )

    assert begun["errors"] == [{"code": "TOO_LARGE", "path": ["input", "byteLength"]}]


async def test_a_commit_that_was_cancelled_enters_nothing(clerk: Clerk) -> None:
    checked = await clerk.check(xlsx([line(1)]))
    started = await clerk.ask(clerk.principal, act("Commit"), input={"importId": checked["id"]})
    await clerk.ask(
        clerk.principal,
        "mutation C($input: CancelJobInput!) { cancelJob(input: $input) { errors { code } } }",
        input={"jobId": started["job"]["id"]},
    )
    await clerk.work()

    assert (await clerk.look(checked["id"]))["state"] == "CHECKED"
    assert (await clerk.register())[0] == []


async def test_a_worker_that_dies_leaves_nothing_and_the_next_one_does_it_all(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = await clerk.check(xlsx([line(1), line(2)]))
    await clerk.step("Commit", checked["id"])

    async def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(importing, "_note_outcomes", die)
        with pytest.raises(KeyboardInterrupt):
            await clerk.work()
    assert (await clerk.register())[0] == []
    assert (await clerk.look(checked["id"]))["state"] == "COMMITTING"

    # The queue gives the message to another worker once the lease of the dead one has run out.
    async with tenant_transaction(clerk.scope, read_only=True):
        delivery = await OutboxDelivery.get(task="register.commit_import", state="SENT")
    await outbox.perform(delivery.owner, delivery.id, HANDLERS[delivery.task])
    await clerk.work()

    shown = await clerk.look(checked["id"])
    assert (shown["state"], counts(shown)) == ("COMMITTED", (2, 0, 0, 0))
    rows, places, terms = await clerk.register()
    assert (len(rows), len(places)) == (2, 2)
    assert {row["enterprise_id"] for row in terms} == {row["id"] for row in rows}


async def test_others_neither_import_nor_see_the_files(
    clerk: Clerk, world: World, ask: Ask
) -> None:
    shown = await clerk.check(xlsx([line(1)]))

    for stranger in (world.committee(), world.towns[0].principal(Role.ENTERPRISE)):
        done = await ask(stranger, BEGIN, input={"filename": "甲", "byteLength": 1})
        assert [one["code"] for one in done["errors"]] == ["FORBIDDEN"]
    assert await ask(world.towns[1].principal(), NODE, id=shown["id"]) is None
