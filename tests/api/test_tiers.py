"""Two tiers, one answer: what is compiled says what the resolvers say, byte for byte."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry import relay

from api.context import Context
from api.schema import schema
from service.hazards.records import Hazard, HazardEvent
from service.ids import new_id
from service.register.credit_code import generate
from service.register.records import Enterprise, Premises
from tenants.principal import Principal
from tenants.records import owned
from tenants.rights import Right, Role, Subject, app_scope
from tenants.wall import tenant_transaction
from tests.api.documents import ROOTS, questions
from tests.conftest import MakeWorld, Town

NAMES = [
    '安商"引号"店',
    "反\\斜线",
    "制表\t换行\n",
    "\u0001\u001f\u007f控制",
    "emoji😀𠮷",
    "100%_店",
    "O'Brien's",
    "</script>",
    "\u2028分隔",
    "ß straße İ",
]
"""Names that JSON, SQL and LIKE each treat in a way of their own."""


async def fill(town: Town, seed: int) -> None:
    """Enterprises with premises, hazards and steps; ties in time, empty texts and nulls."""
    random = Random(seed)
    async with tenant_transaction(town.scope()):
        for number, name in enumerate(NAMES):
            enterprise = await Enterprise.create(
                id=new_id(),
                **owned(town.owner),
                credit_code=generate(rng=Random(seed * 100 + number)) if number % 4 else None,
                alternate_id=None if number % 4 else f"旧照{number}",
                name=name,
                industry_code="" if number % 2 else "5211",
                above_quota=bool(number % 2),
                risk=random.choice(["RED", "ORANGE", "YELLOW", "BLUE"]),
                status=random.choice(["OPERATING", "CLOSED"]),
                created_at="2026-01-01T00:00:00Z",
            )
            for place in range(number % 3):
                premises = await Premises.create(
                    id=new_id(),
                    **owned(town.owner),
                    enterprise_id=enterprise.id,
                    name=name,
                    address=f"路{place}",
                    latitude=random.choice([29.0, 29.5, 30.000001, 29.123456789012345]),
                    longitude=random.choice([106.0, 106.25, 106.1 + 0.2]),
                    created_at="2026-01-01T00:00:00Z",
                )
                for at in range(random.randrange(4)):
                    await hazard(town, premises, name, random, at)


async def hazard(town: Town, premises: Premises, text: str, random: Random, at: int) -> None:
    """One hazard; every second has the same instant as its neighbour."""
    day = date(2026, 1, 5)
    moment = f"2026-01-05T08:00:0{at // 2}{random.choice(['', '.5', '.000001'])}+08:00"
    row = await Hazard.create(
        id=new_id(),
        **owned(town.owner),
        enterprise_id=premises.enterprise_id,
        premises_id=premises.id,
        state=random.choice(["FOUND", "ASSIGNED", "OVERDUE", "CLOSED", "SELF_CHECKED"]),
        grade=random.choice([None, "GENERAL", "MAJOR"]),
        category=random.choice(["FIRE", "GAS"]),
        line=random.choice(["fire", "gas"]),
        source="INSPECTION",
        description=text,
        found_on=day,
        due_on=random.choice([None, day + timedelta(days=30)]),
        criterion=random.choice(["", "F-1"]),
        assigned_to=random.choice(["", text]),
        created_at=moment,
        updated_at=moment,
    )
    for step in range(random.randrange(3)):
        await HazardEvent.create(
            id=new_id(),
            **owned(town.owner),
            hazard_id=row.id,
            step="GRADE",
            state="GRADED",
            at=f"2026-01-06T00:00:0{step // 2}Z",
            actor="account:x",
        )


class Stage:
    """A filled district, everybody in it, and what questions may mention."""

    def __init__(
        self, principals: list[Principal], values: dict[str, list[str]], ids: list[str]
    ) -> None:
        self.principals = principals
        self.values = values
        self.ids = ids


async def cursors(principal: Principal, field: str) -> list[str]:
    """Cursors of a list, as the plain tier writes them."""
    query = f"{{ {field}(first: 9) {{ edges {{ cursor }} }} }}"
    result = await schema.execute(query, None, Context(principal))
    assert result.errors is None
    return [edge["cursor"] for edge in result.data[field]["edges"]]


@pytest.fixture
async def stage(make_world: MakeWorld) -> Stage:
    world = await make_world(2)
    for number, town in enumerate(world.towns):
        await fill(town, number + 1)
    first = world.towns[0]
    async with tenant_transaction(first.scope(), read_only=True):
        enterprises = await Enterprise.all()
    trader = enterprises[5]
    grants = frozenset(app_scope(one, Right.READ_OWN) for one in (Subject.REGISTER, Subject.HAZARD))
    principals = [
        first.principal(),
        first.principal(Role.INSPECTOR),
        replace(first.principal(Role.ENTERPRISE), enterprise_id=trader.id),
        replace(first.principal(Role.APP), grants=grants),
        replace(first.principal(Role.APP), grants=frozenset({"register:read"})),
        world.committee(),
        world.department("fire"),
        world.department("gas"),
        world.department("emergency"),
        world.department("commerce"),
    ]
    codes = [one.credit_code for one in enterprises if one.credit_code]
    values = {
        "codes": [*codes[:4], "", "无"],
        "texts": ["", "店", "%", "_", "\\", "o'b", "straSSE", "ß", "91", "旧"],
        "enterprises cursors": await cursors(first.principal(), "enterprises"),
        "hazards cursors": await cursors(first.principal(), "hazards"),
    }
    ids = []
    for town in world.towns:
        async with tenant_transaction(town.scope(), read_only=True):
            for kind in (Enterprise, Premises, Hazard):
                rows: list[Any] = await kind.all().order_by("id").limit(2)
                ids += [relay.to_base64(kind.__name__, str(row.id)) for row in rows]
    return Stage(principals, values, ids)


async def both(principal: Principal, document: str, variables: dict[str, Any]) -> bool:
    """Ask both tiers; whether the compiled one answered."""
    context = Context(principal)  # one for both, so that an application pays once
    with structlog.testing.capture_logs() as logged:
        compiled = await schema.answer(document, variables, context)
    assert logged == [], document  # whatever is compiled can be executed
    plain = await schema.execute(document, variables, context)
    if compiled is None:
        return False
    assert plain.errors is None, (document, plain.errors)
    expected = orjson.dumps({"data": plain.data, "extensions": plain.extensions})
    assert compiled == expected, document
    return True


@pytest.mark.timeout(400)
async def test_generated_questions_have_one_answer_in_both_tiers(stage: Stage) -> None:
    tally = {True: 0, False: 0}
    loop = asyncio.get_running_loop()
    asked: list[tuple[Principal, str, dict[str, Any]]] = []

    @settings(
        max_examples=80,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(stage.principals), questions(stage.values))
    def collect(principal: Principal, question: tuple[str, dict[str, Any]]) -> None:
        asked.append((principal, *question))

    await loop.run_in_executor(None, collect)
    for principal, document, variables in asked:
        tally[await both(principal, document, variables)] += 1

    # What is not compiled lacks a right or a department; most of it is.
    assert tally[True] > len(asked) * 0.6, tally


RATIO = "{ numerator denominator value }"
COUNTS = f"""query ($since: Date, $until: Date) {{ __typename
  hazardCounts(since: $since, until: $until) {{ __typename
    town {{ id name kind status divisionCode }} found open major majorOpen overdue supervised
    closure {RATIO} onTime {RATIO} recurrence {RATIO} fiveConditions {RATIO} }} }}"""
SUMMARIES = """{ townSummaries { town { name } enterprises overdue supervised
  openHazards { ungraded general major } risks { red orange yellow blue } } }"""


async def test_numbers_of_towns_have_one_answer_in_both_tiers(stage: Stage) -> None:
    days: list[dict[str, Any]] = [
        {},
        {"since": "2026-01-05", "until": None},
        {"since": "2026-01-06"},
        {"until": "2026-01-04"},
    ]
    compiled = []
    for principal in stage.principals:
        for variables in days:
            compiled.append((principal.role, await both(principal, COUNTS, variables)))
        compiled.append((principal.role, await both(principal, SUMMARIES, {})))

    # Who may count is asked in words by the plain tier alone.
    refused = {Role.ENTERPRISE, Role.APP}
    assert all(done is (role not in refused) for role, done in compiled), compiled


def test_there_are_lists_and_single_objects_to_ask_for() -> None:
    assert {"enterprise", "enterprises", "hazards"} <= set(ROOTS)


NODE = """query ($id: ID!, $other: ID!) { node(id: $id) { __typename id
  ... on Enterprise { name risk premises { id name } }
  ... on Premises { address latitude }
  ... on Hazard { state possibleSteps enterprise { name } history { step at } } }
  other: node(id: $other) { id } }"""


async def test_objects_by_global_id_have_one_answer_in_both_tiers(stage: Stage) -> None:
    compiled = 0
    for principal in stage.principals:
        for identity in stage.ids:
            variables = {"id": identity, "other": stage.ids[0]}
            compiled += await both(principal, NODE, variables)
    strange = ["", "x", "RW50ZXJwcmlzZTo=", "UXVlcnk6MQ==", "Tm90aGluZzoxMjM="]
    for identity in strange:
        compiled += await both(stage.principals[0], NODE, {"id": identity, "other": "x"})

    # Committees and applications may open no hazard: the plain tier refuses them in words.
    assert compiled > len(stage.principals) * len(stage.ids) * 0.6


@pytest.mark.parametrize(
    "asked",
    [
        "pageInfo { hasPreviousPage }",
        "pageInfo { __typename }",
        "__typename",
        "totalCount pageInfo { hasPreviousPage }",
    ],
)
async def test_what_is_the_same_for_every_page_is_said_once(stage: Stage, asked: str) -> None:
    cursor = stage.values["enterprises cursors"][0]
    for first in (1, 2, 100):
        assert await both(
            stage.principals[0], f"{{ enterprises(first: {first}) {{ {asked} }} }}", {}
        )
    beyond = f'{{ enterprises(first: 9, after: "{cursor}") {{ {asked} }} }}'
    nobodys = f"{{ hazards(first: 9, where: {{state: SUPERVISED}}) {{ {asked} }} }}"
    assert await both(stage.principals[0], beyond, {})
    assert await both(stage.principals[0], nobodys, {})
