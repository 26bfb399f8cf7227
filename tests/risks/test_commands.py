"""Risk points in the database: evaluated, graded, controlled, failing, and due for review."""

from datetime import timedelta
from decimal import Decimal

import pytest

from service import audit
from service.administration.commands import change_settings
from service.errors import Conflict, Invalid, NotFound
from service.hazards.records import Hazard
from service.hazards.rules import Category
from service.ids import new_id
from service.outbox import OutboxEvent
from service.register.records import Premises
from service.register.rules import RiskColour
from service.risks import commands, queries
from service.risks.methods import NoMethod
from service.risks.records import RiskControl, RiskEvaluation, RiskPoint
from service.risks.rules import Control, Level, LevelMissing, State, Step, TooSeldom, WrongStep
from tasks.hazards import mark_review_due
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.risks.conftest import TODAY, Desk, open_shop

CONTROLS = [
    Control(Level.L1, "每月带队检查", "负责人", 31),
    Control(Level.L2, "每周检查", "安全部", 7),
    Control(Level.L3, "每日巡查", "班组长", 1),
]
LEC = {"L": Decimal(6), "E": Decimal(6), "C": Decimal(15)}
ACTS = {
    Step.EVALUATE: lambda i: commands.evaluate(i, "LEC", LEC),
    Step.GRADE: commands.grade,
    Step.CONTROL: lambda i: commands.set_controls(i, CONTROLS),
}


async def test_inputs_method_and_version_stay_with_every_score(desk: Desk) -> None:
    point = await desk.identify()
    await desk.do(commands.evaluate, point.id, "LEC", LEC)
    await desk.do(commands.evaluate, point.id, "LS", {"L": Decimal(4), "S": Decimal(3)})
    graded = await desk.do(commands.grade, point.id)

    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        rows = (await queries.evaluations_of([point.id]))[point.id]
        assert (await audit.verify(point.owner)).broken_at is None
    assert [(one.method_id, one.method_version, one.score, one.colour) for one in rows] == [
        ("LEC", "1", Decimal("540.0000"), "RED"),
        ("LS", "1", Decimal("12.0000"), "YELLOW"),
    ]
    assert rows[0].inputs == {"L": "6", "E": "6", "C": "15"}
    assert (graded.colour, graded.evaluation_id) == ("YELLOW", rows[1].id)
    assert graded.review_due_on == TODAY + timedelta(365)


async def test_an_evaluation_stays_as_it_was_written(desk: Desk) -> None:
    point = await desk.at(State.EVALUATED)

    with pytest.raises(Exception, match="permission denied"):
        await desk.do(RiskEvaluation.filter(risk_point_id=point.id).update, score=1)


@pytest.mark.parametrize("state", State, ids=lambda one: one.value)
async def test_a_step_that_does_not_fit_changes_nothing(desk: Desk, state: State) -> None:
    point = await desk.at(state)
    fitting = {
        State.IDENTIFIED: {Step.EVALUATE},
        State.EVALUATED: {Step.EVALUATE, Step.GRADE},
        State.GRADED: {Step.EVALUATE, Step.CONTROL},
        State.CONTROLLED: {Step.EVALUATE, Step.CONTROL},
        State.REVIEW_DUE: {Step.EVALUATE},
    }[state]

    for taken, act in ACTS.items():
        if taken not in fitting:
            with pytest.raises(WrongStep):
                await desk.do(act, point.id)
    after = await desk.reload(point)
    assert (after.state, after.updated_at) == (state.value, point.updated_at)
    assert (await desk.do(ACTS[Step.EVALUATE], point.id)).state == "EVALUATED"


async def test_a_red_risk_needs_all_three_levels(desk: Desk) -> None:
    point = await desk.at(State.GRADED)

    with pytest.raises(LevelMissing, match="L1"):
        await desk.do(commands.set_controls, point.id, CONTROLS[1:])
    with pytest.raises(TooSeldom, match="L3"):
        await desk.do(
            commands.set_controls, point.id, [*CONTROLS[:2], Control(Level.L3, "巡查", "班组", 2)]
        )
    for wrong in ([], CONTROLS * 17):
        with pytest.raises(Invalid, match="1 to 50"):
            await desk.do(commands.set_controls, point.id, wrong)
    assert (await desk.reload(point)).state == "GRADED"
    await desk.do(commands.set_controls, point.id, CONTROLS)
    await desk.do(commands.set_controls, point.id, CONTROLS)

    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        in_force = (await queries.controls_of([point.id]))[point.id]
        assert await RiskControl.filter(risk_point_id=point.id).count() == 6
    assert [one.level for one in in_force] == ["L1", "L2", "L3"]


async def test_the_tenant_sets_levels_and_review(desk: Desk) -> None:
    changes = {"risk.control_days_red": [90], "risk.review_days": 30}
    await desk.do(change_settings, desk.shop.owner, changes)
    point = await desk.at(State.GRADED)
    await desk.do(commands.set_controls, point.id, [Control(Level.L3, "巡查", "班组长", 90)])

    assert (await desk.reload(point)).review_due_on == TODAY + timedelta(30)


async def test_a_colour_is_raised_with_a_reason(desk: Desk) -> None:
    point = await desk.identify()
    await desk.do(commands.evaluate, point.id, "LS", {"L": Decimal(1), "S": Decimal(1)})
    with pytest.raises(Invalid, match="say why"):
        await desk.do(commands.grade, point.id, raised_to=RiskColour.RED)
    graded = await desk.do(
        commands.grade, point.id, raised_to=RiskColour.RED, reason="人员密集，直接判定"
    )

    assert (graded.colour, graded.colour_reason) == ("RED", "人员密集，直接判定")


async def test_a_failed_measure_makes_one_hazard_until_it_is_closed(desk: Desk) -> None:
    point = await desk.at(State.CONTROLLED)
    control = await desk.control(point)
    hazard = await desk.do(commands.record_failure, control.id, "巡查三日未做")
    with pytest.raises(Conflict, match="still open"):
        await desk.do(commands.record_failure, control.id, "又未做")
    await desk.do(Hazard.filter(id=hazard.id).update, state="CLOSED", closed_on=TODAY)
    second = await desk.do(commands.record_failure, control.id, "又未做")

    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        failures = (await queries.failures_of([point.id]))[point.id]
        events = await OutboxEvent.filter(tenant_id=point.tenant_id, event="risks.control_failed")
    assert [one.hazard_id for one in failures] == [hazard.id, second.id]
    assert (hazard.source, hazard.category, hazard.premises_id) == (
        "CONTROL_FAILURE", "ELECTRICAL", point.premises_id,
    )  # fmt: skip
    assert second.recurrence_of == hazard.id
    assert len(events) == 2


async def test_a_replaced_measure_fails_no_more(desk: Desk) -> None:
    point = await desk.at(State.CONTROLLED)
    control = await desk.control(point)
    await desk.do(commands.set_controls, point.id, CONTROLS)

    with pytest.raises(NotFound, match="no such measure"):
        await desk.do(commands.record_failure, control.id, "未做")


async def test_an_enterprise_acts_on_its_own_only(desk: Desk) -> None:
    point, stranger = await desk.at(State.CONTROLLED), new_id()
    control = await desk.control(point)

    for act in (
        lambda: desk.do(commands.evaluate, point.id, "LEC", LEC, stranger),
        lambda: desk.do(commands.grade, point.id, party=stranger),
        lambda: desk.do(commands.set_controls, point.id, CONTROLS, stranger),
        lambda: desk.do(commands.record_failure, control.id, "未做", stranger),
        lambda: desk.identify(party=stranger),
    ):
        with pytest.raises(NotFound):
            await act()
    own = await desk.identify(name="配电室", party=desk.shop.enterprise_id)
    assert own.enterprise_id == desk.shop.enterprise_id


async def test_names_are_unique_at_the_premises(desk: Desk) -> None:
    await desk.identify()

    with pytest.raises(Conflict, match="of this name already"):
        await desk.identify()


async def test_unknown_methods_and_values_are_refused(desk: Desk) -> None:
    point = await desk.identify()

    with pytest.raises(NoMethod):
        await desk.do(commands.evaluate, point.id, "HAZOP", {})
    with pytest.raises(Invalid, match="L is one of 10, 6, 3"):
        await desk.do(commands.evaluate, point.id, "LEC", {**LEC, "L": Decimal(5)})
    assert (await desk.reload(point)).state == "IDENTIFIED"


async def test_reviews_fall_due_after_downtime_and_once(desk: Desk) -> None:
    late, holds = await desk.at(State.CONTROLLED), await desk.at(State.GRADED, "冷库")
    evaluated = await desk.at(State.EVALUATED, "厨房")
    await desk.do(
        RiskPoint.filter(id__in=[late.id, evaluated.id]).update,
        review_due_on=TODAY - timedelta(40),
    )
    await desk.do(RiskPoint.filter(id=holds.id).update, review_due_on=TODAY)

    first = await commands.mark_review_due(desk.world.district_id, TODAY)
    second = await commands.mark_review_due(desk.world.district_id, TODAY)
    await mark_review_due()

    assert (first, second) == ([late.id], [])
    states = [(await desk.reload(one)).state for one in (late, holds, evaluated)]
    assert states == ["REVIEW_DUE", "GRADED", "EVALUATED"]


async def test_coverage_counts_operating_premises_with_a_current_assessment(world: World) -> None:
    desk = Desk(world, await open_shop(world))
    for name in ("安商乙店", "安商丙店"):
        await open_shop(world, 0, name)
    closed = await open_shop(world, 0, "安商丁店")
    await desk.do(Premises.filter(id=closed.id).update, status="CLOSED")
    await desk.at(State.GRADED)
    await desk.at(State.CONTROLLED, "冷库")

    async with tenant_transaction(world.committee().scope, read_only=True):
        today = await queries.coverage(TODAY)
        later = await queries.coverage(TODAY + timedelta(366))
    tenant = world.towns[0].owner.tenant_id
    assert {key: (one.numerator, one.denominator) for key, one in today.items()} == {tenant: (1, 3)}
    assert (later[tenant].numerator, later[tenant].denominator) == (0, 3)


async def test_another_town_finds_no_point(desk: Desk) -> None:
    point = await desk.identify()

    async with tenant_transaction(desk.world.towns[1].scope()):
        with pytest.raises(NotFound):
            await commands.evaluate(point.id, "LEC", LEC)
        with pytest.raises(NotFound):
            await commands.identify(desk.shop.id, name="x", category=Category.FIRE)
