"""What the plan is made of: published items, blocked days, the ledger, a yearly plan in a file."""

from base64 import b64encode
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from strawberry import relay

from service import clock
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.joint import commands, days, library, yearly_plan
from service.joint.records import InspectionDemand
from service.joint.rules import DemandKind
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.joint.conftest import monday


async def test_what_is_not_published_may_not_be_inspected(stage: Any) -> None:
    with pytest.raises(Invalid, match=r"not published by your body: fire\.doors"):
        await stage.demand(0, "fire", items=["fire.exits", "fire.doors"])

    assert await stage.fetch("select 1 from inspection_demands") == []


async def test_the_interval_of_an_item_binds_whoever_demands_it(stage: Any) -> None:
    async with tenant_transaction(stage.world.department_scope()):
        terms = library.ItemTerms("fire.doors", "防火门", "清单", "fire", 30, 120)
        await library.publish_item(stage.world.office, stage.world.departments["fire"], terms)

    demand = await stage.demand(0, "fire", items=["fire.doors"], interval_days=7)

    assert demand.interval_days == 120


async def test_an_item_is_in_force_once_and_ends(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fire = stage.world.departments["fire"]
    terms = library.ItemTerms("fire.exits", "安全出口", "清单", "fire", 30, 30)
    async with tenant_transaction(stage.world.department_scope()):
        with pytest.raises(Conflict, match="in force"):
            await library.publish_item(stage.world.office, fire, terms)
    async with tenant_transaction(stage.world.department_scope()):
        today = clock.legal_day(clock.now())
        item = (await library.in_force(fire, today, ["fire.exits"]))["fire.exits"]
        with pytest.raises(NotFound):
            await library.withdraw_item(stage.world.departments["gas"], item.id)
        tomorrow = clock.now() + timedelta(days=1)
        monkeypatch.setattr(clock, "now", lambda: tomorrow)
        await library.withdraw_item(fire, item.id)
    with pytest.raises(Invalid, match="not published"):
        await stage.demand(0, "fire", items=["fire.exits"])


async def test_nobody_is_planned_on_leave_and_nothing_on_days_that_are_blocked(
    stage: Any, work: Any
) -> None:
    week = monday() + timedelta(days=6)
    async with tenant_transaction(stage.world.department_scope()):
        away, *_ = await stage_officers(stage)
        await days.enter_absence(
            stage.world.departments["fire"], away, days.AbsenceKind.LEAVE, monday(), week
        )
        with pytest.raises(Forbidden):
            await days.enter_absence(
                stage.world.departments["gas"], away, days.AbsenceKind.DUTY, monday(), week
            )
        await days.close_premises(
            None, stage.premises[0].id, monday(), monday() + timedelta(days=1), "装修"
        )
        await days.keep_quiet(
            stage.world.office, monday() + timedelta(days=2), monday() + timedelta(days=2), "会展"
        )
    for place in (0, 1, 2, 3):
        await stage.demand(place, "fire", due_on=week)

    plan = await stage.plan(work)

    visits = await stage.visits(plan)
    assert plan.certificate["mandatory_unserved"] == 0
    assert str(away) not in {officer for visit in visits for officer in visit.officer_ids}
    quiet = monday() + timedelta(days=2)
    assert quiet not in {visit.day for visit in visits}
    (shut,) = [v for v in visits if v.premises_id == stage.premises[0].id]
    assert shut.day > quiet


async def stage_officers(stage: Any) -> list[Any]:
    from service.officers.records import Officer

    fire = stage.world.departments["fire"]
    return [row.id for row in await Officer.filter(body_id=fire).order_by("id")]


async def test_blocked_days_are_taken_back_by_whom_they_belong_to(stage: Any) -> None:
    own, other = stage.world.towns
    async with tenant_transaction(own.scope()):
        row = await days.keep_quiet(own.owner, monday(), monday(), "集市")
    async with tenant_transaction(other.scope()):
        with pytest.raises(NotFound):
            await days.take_back(row.id)
    async with tenant_transaction(own.scope()):
        await days.take_back(row.id)

    assert await stage.fetch("select 1 from quiet_days") == []


async def test_premises_rest_on_weekdays_and_an_enterprise_keeps_its_own_days(
    stage: Any, work: Any, execute: Any
) -> None:
    place, other = stage.premises[0], stage.premises[1]
    town = stage.world.towns[0]
    principal = Principal(
        "account:enterprise",
        Role.ENTERPRISE,
        town.scope(),
        "企业",
        enterprise_id=place.enterprise_id,
    )
    close = """mutation C($input: ClosePremisesDaysInput!) { closePremisesDays(input: $input) {
        entry { entryId weekdays } errors { code } } }"""
    shown = "query Q($id: ID!) { premisesClosures(premisesId: $id) { edges { node { entryId } } } }"
    back = (
        "mutation B($input: TakeBackDaysInput!) { takeBackDays(input: $input) { errors { code } } }"
    )

    async def ask(document: str, **variables: Any) -> Any:
        answer = await execute(principal, document, variables)
        assert answer["errors"] == []
        (value,) = answer["data"].values()
        return value

    def wish(premises: Any, weekdays: list[int]) -> dict[str, Any]:
        span = {
            "firstDay": monday().isoformat(),
            "lastDay": (monday() + timedelta(days=60)).isoformat(),
        }
        place_id = str(relay.GlobalID("Premises", str(premises.id)))
        return {"premisesId": place_id, "weekdays": weekdays, "reason": "休市", **span}

    refused = await ask(close, input=wish(other, [0]))
    assert refused["errors"] == [{"code": "NOT_FOUND"}]
    assert (await ask(close, input=wish(place, [7])))["errors"] == [{"code": "INVALID"}]
    made = await ask(close, input=wish(place, [3, 0, 1, 2, 3]))
    assert made["entry"]["weekdays"] == [0, 1, 2, 3]

    await stage.demand(0, "fire")
    plan = await stage.plan(work)
    (visit,) = await stage.visits(plan)
    assert visit.day.weekday() == 4

    async with tenant_transaction(town.scope()):
        foreign = await days.close_premises(None, other.id, monday(), monday(), "装修")
        quiet = await days.keep_quiet(town.owner, monday(), monday(), "集市")
    for entry in (foreign, quiet):
        told = await ask(back, input={"entryId": str(entry.id)})
        assert told["errors"] == [{"code": "NOT_FOUND"}]
    mine = str(relay.GlobalID("Premises", str(place.id)))
    assert len((await ask(shown, id=mine))["edges"]) == 1
    assert (await ask(back, input={"entryId": made["entry"]["entryId"]}))["errors"] == []
    assert (await ask(shown, id=mine))["edges"] == []
    theirs = str(relay.GlobalID("Premises", str(other.id)))
    assert (await ask(shown, id=theirs))["edges"] == []


async def test_the_ledger_is_the_sum_of_its_entries_and_exempt_visits_leave_theirs(
    stage: Any, work: Any, execute: Any
) -> None:
    await stage.demand(0, "fire")
    await stage.demand(0, "gas")
    await stage.demand(1, "fire")
    await stage.demand(2, "market", kind=DemandKind.CLUE, exemption_reason="12350举报")
    _, visits = await stage.published(work)
    given_up = next(v for v in visits if v.premises_id == stage.premises[1].id)
    async with tenant_transaction(stage.world.department_scope()):
        await commands.release_visit(given_up.lead_body_id, given_up.id, "企业停业装修")

    lines = await stage.fetch(
        "select b.reserved, b.used, coalesce(sum(e.reserved_change), 0)::int as r,"
        " coalesce(sum(e.used_change), 0)::int as u from frequency_budgets b"
        " left join budget_entries e on e.enterprise_id = b.enterprise_id and e.body = b.body"
        " and e.year = b.year group by b.tenant_id, b.id, b.reserved, b.used"
    )
    assert len(lines) == 5
    assert all((line["reserved"], line["used"]) == (line["r"], line["u"]) for line in lines)
    exempt = await stage.fetch("select reason from budget_entries where kind = 'EXEMPT'")
    assert exempt == [{"reason": "CLUE"}]
    answer = await execute(
        stage.world.committee(),
        """query($id: ID!, $year: Int!) { frequencyStatement(enterpriseId: $id, year: $year) {
             edges { node { kind reservedChange usedChange } } } }""",
        {
            "id": str(relay.GlobalID("Enterprise", str(stage.premises[1].enterprise_id))),
            "year": given_up.day.year,
        },
    )
    kinds = [e["node"]["kind"] for e in answer["data"]["frequencyStatement"]["edges"]]
    assert sorted(kinds) == ["RELEASED", "RELEASED", "RESERVED", "RESERVED"]


def workbook(*rows: list[Any]) -> bytes:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        form = book.add_format({"num_format": "yyyy-mm-dd"})
        for column, title in enumerate(yearly_plan.COLUMNS):
            sheet.write(0, column, title)
        for number, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, form)
                else:
                    sheet.write(number, column, cell)
    return buffer.getvalue()


def good(**changes: Any) -> list[Any]:
    due = monday() + timedelta(days=25)
    row: dict[str, Any] = {
        "code": "旧照00",
        "name": "",
        "items": "fire.exits，fire.pumps",
        "kind": "日常",
        "first": monday(),
        "last": due.isoformat(),
        "minutes": 40,
        "risk": "3",
        "must": "是",
        "basis": "年度检查计划",
    }
    return list({**row, **changes}.values())


async def imported(stage: Any, data: bytes, *, dry_run: bool = False) -> yearly_plan.Outcome:
    async with tenant_transaction(stage.world.department_scope()):
        fire = stage.world.departments["fire"]
        return await yearly_plan.import_plan(fire, data, dry_run=dry_run)


async def test_a_yearly_plan_becomes_demands_after_a_dry_run(stage: Any, work: Any) -> None:
    data = workbook(good(), [""] * 10, good(code="旧照01", items="fire.exits", must="否"))

    tried = await imported(stage, data, dry_run=True)
    assert (tried.rows, tried.made, list(tried.errors)) == (2, 0, [])
    assert await stage.fetch("select 1 from inspection_demands") == []
    done = await imported(stage, data)

    assert (done.rows, done.made) == (2, 2)
    async with tenant_transaction(stage.world.department_scope(), read_only=True):
        first, second = await InspectionDemand.all().order_by("id")
    assert (first.items, first.minutes, first.risk) == (["fire.exits", "fire.pumps"], 40, 3)
    assert (first.release_on, first.mandatory, first.skill) == (monday(), True, "fire")
    assert (second.premises_id, second.mandatory) == (stage.premises[1].id, False)
    assert (await stage.plan(work)).certificate["visits"] == 2


async def test_every_error_names_its_cell_and_nothing_is_imported(stage: Any) -> None:
    data = workbook(
        good(),
        good(code="没有"),
        good(code="旧照01", name="别处"),
        good(code="旧照01", items="fire.doors"),
        good(code="旧照01", kind="联合"),
        good(code="旧照01", first="明天"),
        good(code="旧照01", last=(monday() - timedelta(days=90)).isoformat()),
        good(code="旧照01", minutes="一小时"),
        good(code="旧照01", risk=5),
        good(code="旧照01", must="也许"),
        good(code="旧照01", basis=""),
    )

    done = await imported(stage, data)

    columns = yearly_plan.COLUMNS
    assert [(e.row, columns.index(e.column)) for e in done.errors] == [
        (3, 0), (4, 1), (5, 2), (6, 3), (7, 4), (8, 5), (9, 6), (10, 7), (11, 8), (12, 9),
    ]  # fmt: skip
    assert done.made == 0
    assert await stage.fetch("select 1 from inspection_demands") == []


async def test_a_file_asks_for_nothing_twice(stage: Any) -> None:
    done = await imported(stage, workbook(good(), good(items="fire.pumps")))

    ((error),) = done.errors
    assert (error.row, error.problem) == (3, "与第 2 行重复: 同一场所同一事项的时间重叠")


async def test_what_is_no_workbook_is_refused(stage: Any, execute: Any) -> None:
    for data in (b"", b"no workbook", workbook(), b"PK\x03\x04" + bytes(100)):
        with pytest.raises(Invalid):
            await imported(stage, data)
    answer = await execute(
        stage.world.department("fire"),
        """mutation($input: ImportYearlyPlanInput!) { importYearlyPlan(input: $input) {
             outcome { rows demands cellErrors { row column problem } } errors { code path } } }""",
        {"input": {"workbook": b64encode(workbook(good(code="没有"))).decode()}},
    )
    shown = answer["data"]["importYearlyPlan"]["outcome"]
    assert (shown["rows"], shown["demands"]) == (1, 0)
    assert shown["cellErrors"][0]["row"] == 2


def test_the_template_has_the_columns_and_no_rows() -> None:
    book = CalamineWorkbook.from_filelike(BytesIO(yearly_plan.template()))

    table = book.get_sheet_by_index(0).to_python()

    assert table[0] == list(yearly_plan.COLUMNS)
    with pytest.raises(Invalid, match="1 to 8000 rows"):
        yearly_plan.read_rows(yearly_plan.template())


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=400))
def test_no_file_breaks_the_reader(data: bytes) -> None:
    with pytest.raises(Invalid):
        yearly_plan.read_rows(data)
