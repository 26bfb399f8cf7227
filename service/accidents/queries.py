"""What can be asked about accidents, and the numbers of a year town by town."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from tortoise.queryset import QuerySet

from service import clock
from service.accidents.records import Accident, AccidentReport
from service.accidents.rules import Level, Toll, in_time, level_of
from service.errors import Invalid
from service.hazards.indicators import Ratio
from service.law.queries import rule_book
from service.law.rules import RuleBook


@dataclass(frozen=True, slots=True)
class Counts:
    """Accidents of one town in a year; the target of deaths is zero."""

    accidents: int
    deaths: int
    serious_injuries: int
    concealed: int
    by_level: dict[Level, int]
    latency: Ratio


NONE = Counts(0, 0, 0, 0, {}, Ratio(0, 0))


def accidents() -> QuerySet[Accident]:
    """Accidents in scope."""
    return Accident.all()


async def reports_of(accident_ids: Iterable[UUID]) -> dict[UUID, list[AccidentReport]]:
    """Reports by accident, the first first, in one statement."""
    wanted = list(accident_ids)
    found: dict[UUID, list[AccidentReport]] = {one: [] for one in wanted}
    for row in await AccidentReport.filter(accident_id__in=wanted).order_by("number", "id"):
        found[row.accident_id].append(row)
    return found


def level(row: Accident, book: RuleBook) -> Level:
    """The level of an accident by the law of its day and its latest numbers."""
    toll = Toll(row.deaths, row.serious_injuries, row.direct_loss_fen)
    return level_of(toll, clock.legal_day(row.occurred_at), book)


def reported_in_time(row: Accident, book: RuleBook) -> bool:
    """Whether its first report came in time, by the law of its day."""
    hours = book.rule("ACCIDENT_REPORT", clock.legal_day(row.occurred_at)).number
    concealed = row.concealed_at is not None
    return in_time(row.known_at, row.reported_at, hours, concealed=concealed)


async def counts(year: int) -> dict[UUID, Counts]:
    """Numbers of the accidents that happened in a year (of China), by town; two statements.

    Raises:
        Invalid: a year before the regulation was in force, or beyond reason.
    """
    if not 2008 <= year <= 9000:
        raise Invalid("ask for a year from 2008 on", path=("year",))
    since, until = _begin(year), _begin(year + 1)
    book = await rule_book()
    found: dict[UUID, list[Accident]] = {}
    for row in await Accident.filter(occurred_at__gte=since, occurred_at__lt=until):
        found.setdefault(row.tenant_id, []).append(row)
    return {town: _counted(rows, book) for town, rows in found.items()}


def _counted(rows: list[Accident], book: RuleBook) -> Counts:
    return Counts(
        len(rows),
        sum(row.deaths for row in rows),
        sum(row.serious_injuries for row in rows),
        sum(row.concealed_at is not None for row in rows),
        dict(Counter(level(row, book) for row in rows)),
        Ratio(sum(reported_in_time(row, book) for row in rows), len(rows)),
    )


def _begin(year: int) -> datetime:
    return datetime.combine(date(year, 1, 1), time(), clock.SHANGHAI).astimezone(UTC)
