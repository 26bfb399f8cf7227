"""An indicator and the capability that it measures say the same numbers of the same period."""

from datetime import date, timedelta
from typing import Any

import pytest

from service.case_reviews import queries as reviews
from service.cases.indicators import measures
from service.deadlines.records import LegalDeadline
from service.indicators import queries
from service.inspections.records import Inspection
from service.inspections.rules import State
from tenants.wall import tenant_transaction
from tests.case_reviews.conftest import GRAVE, SLIGHT, Panel
from tests.case_reviews.conftest import panel as panel
from tests.inspections.conftest import TODAY, Patrol

PERIODS = [
    (TODAY - timedelta(days=60), TODAY - timedelta(days=1)),
    (TODAY - timedelta(days=30), TODAY - timedelta(days=11)),
    (TODAY - timedelta(days=12), TODAY - timedelta(days=3)),
]


async def measured(panel: Panel, code: str, since: date, until: date) -> Any:
    async with tenant_transaction(panel.world.committee().scope, read_only=True):
        values = await queries.measure(since, until)
    found = values[code].get(panel.world.towns[0].owner.tenant_id)
    return (found.numerator, found.denominator) if found else (0, 0)


async def test_the_closed_loop_is_that_of_enforcement(panel: Panel) -> None:
    patrol = panel.court
    town = panel.world.towns[0]
    for number, state in enumerate((State.CLOSED, State.RECTIFY_ORDERED, State.FAILED)):
        for days in (5 + number, 10 + 3 * number, 40):
            row = await Patrol.at(patrol, state)
            until = TODAY - timedelta(days=days)
            async with tenant_transaction(town.scope()):
                await Inspection.filter(id=row.id).update(rectify_until=until)
                await LegalDeadline.filter(subject_id=row.id).update(started_on=until)

    seen = set()
    for since, until in PERIODS:
        async with tenant_transaction(panel.world.committee().scope, read_only=True):
            own = (await measures(since, until, TODAY))[town.owner.tenant_id]
        (loop,) = [one for one in own if one.code == "loop_closed"]
        assert await measured(panel, "loop_closed", since, until) == (
            loop.numerator, loop.denominator,
        )  # fmt: skip
        seen.add((loop.numerator, loop.denominator))
    assert len(seen) == 3


@pytest.mark.parametrize("found", [SLIGHT, GRAVE])
async def test_defects_are_those_of_the_reviews(panel: Panel, found: Any) -> None:
    await panel.result(found)

    async with tenant_transaction(panel.world.committee().scope, read_only=True):
        counts = await reviews.counts(TODAY, TODAY, TODAY)
    own = counts[panel.world.towns[0].owner.tenant_id]
    assert await measured(panel, "procedural_defects", TODAY, TODAY) == (
        own.defects, own.reviewed,
    )  # fmt: skip
    assert (own.defects, own.reviewed) == (len(found), 1)
