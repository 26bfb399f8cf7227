"""What happens in a town, told as stories that are merged in the order of time.

A story is a generator: it yields the moment and the person of its next act, and whatever it does
until it yields again happens then and by that person.
"""

import heapq
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from infra.demo.model import DemoEnterprise, DemoPlan
from infra.demo.past import at_moment, office_hour
from infra.demo.steps import ACTOR, District, Index
from service.workdays.rules import WorkCalendar, YearNotPublished, next_working_day
from tenants.scope import Owner
from tenants.wall import current

Act = tuple[datetime, str]
"""When, and by whom."""
Story = AsyncIterator[Act]


@dataclass(frozen=True, slots=True)
class Shop:
    """An enterprise of the plan with its ids; `place` is its first premises."""

    number: int
    plan: DemoEnterprise
    enterprise: UUID
    place: UUID


@dataclass(frozen=True, slots=True)
class Town:
    """A town whose life is told; the one whose people sign in is told at length."""

    code: str
    owner: Owner
    office: Owner
    body: UUID
    shops: list[Shop]
    today: date
    days: WorkCalendar
    rng: Random
    at_length: bool
    small: bool
    """Indicates the smallest demo, which shows one of each and not many."""
    bodies: dict[str, UUID] = field(default_factory=dict)
    """Departments of the district by code."""

    def on(self, ago: int, who: str = "clerk", minute: int | None = None) -> Act:
        """An act so many days ago, in office hours."""
        minute = self.rng.randrange(520, 1060) if minute is None else minute
        return office_hour(self.today - timedelta(days=ago), minute), who

    def day(self, ago: int) -> date:
        """The day so many days ago; a negative number is a day to come."""
        return self.today - timedelta(days=ago)

    def working(self, ago: int) -> date:
        """The first working day from then on, where the calendar knows it; no past day grows to
        one to come."""
        try:
            found = next_working_day(self.day(ago), self.days)
        except YearNotPublished:
            return self.day(ago)
        return min(found, self.today) if ago >= 0 else found


def town_of(
    plan: DemoPlan, district: District, known: Index, code: str, days: WorkCalendar, *, length: bool
) -> Town:
    """The town with its shops, in the order of the plan."""
    shops = [
        Shop(number, item, known.enterprises[number], known.premises[(number, 0)])
        for number, item in enumerate(plan.enterprises)
        if item.town_code == code
    ]
    bodies = {body: row for (body, town), row in known.bodies.items() if town is None}
    return Town(
        code,
        district.owner(code),
        district.office,
        known.bodies[("town", code)],
        shops,
        plan.today,
        days,
        Random(f"{plan.seed}:town:{code}"),  # noqa: S311  invented data, no secret
        length,
        plan.size == "S",
        bodies,
    )


@contextmanager
def acting(who: str) -> Iterator[None]:
    """Let somebody act in the open transaction, since the law wants several persons."""
    transaction = current()
    before = transaction.scope
    transaction.scope = replace(before, actor=f"{ACTOR}:{who}")
    try:
        yield
    finally:
        transaction.scope = before


async def tell(stories: Iterable[Story]) -> int:
    """Tell all stories in the open transaction, always the earliest act next; how many acts."""
    told = 0
    waiting: list[tuple[datetime, int, str, Story]] = []
    for number, story in enumerate(stories):
        await _wait(waiting, number, story)
    while waiting:
        moment, number, who, story = heapq.heappop(waiting)
        with at_moment(moment), acting(who):
            await _wait(waiting, number, story)
        told += 1
    return told


async def _wait(waiting: list[tuple[datetime, int, str, Story]], number: int, story: Story) -> None:
    following = await anext(story, None)
    if following is not None:
        heapq.heappush(waiting, (following[0], number, following[1], story))
