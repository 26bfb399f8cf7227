"""The hall of a town whose calendar can be turned."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from service import clock
from service.guidance import commands
from service.guidance.commands import CheckIn
from service.guidance.records import GuidanceVisit
from service.guidance.rules import Place
from tests.conftest import World
from tests.responsibility.conftest import Hall
from tests.responsibility.conftest import statements as statements

AT_THE_SHOP = Place(29.6, 106.5)


def noon(day: date) -> datetime:
    """Noon of a legal day in China, in UTC."""
    return datetime.combine(day, time(12), clock.SHANGHAI).astimezone(UTC)


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Set the clock: to noon of a day in China, or to an instant."""

    def to(moment: date | datetime) -> None:
        at = moment if isinstance(moment, datetime) else noon(moment)
        monkeypatch.setattr(clock, "now", lambda: at)

    return to


@pytest.fixture
async def hall(world: World) -> Hall:
    """The first town's hall."""
    return Hall(world)


async def visit(
    hall: Hall, person: Any, premises: Any, at: Any = None, **more: Any
) -> GuidanceVisit:
    """A head checks in on site, now unless told otherwise."""
    given = CheckIn(at or clock.now(), **{"place": AT_THE_SHOP, **more})
    row: GuidanceVisit = await hall.do(commands.check_in, person.id, premises.id, given)
    return row
