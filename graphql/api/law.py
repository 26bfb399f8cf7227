"""The law in the schema: rules with article and days in force, and the working-day calendar.

Law is public, so these need no right.
"""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.context import Info
from api.nodes import NOBODY
from service.law import queries
from service.law.records import LawAmendment
from service.law.records import LawRule as LawRow
from service.law.rules import RuleBook, Unit
from service.workdays import queries as workdays

strawberry.enum(Unit, name="LawUnit", description="What the amount of a rule counts")


@strawberry.type(description="Change that an operator made to a rule")
class LawChange:
    """One change."""

    act: str = strawberry.field(description="APPEND for a new row, CONFIRM for a check")
    topic: str = strawberry.field(description="What the row holds for")
    valid_from: date = strawberry.field(description="First day of the row")
    before: JSON = strawberry.field(description="What stood before")
    after: JSON = strawberry.field(description="What stands now")
    amended_by: str | None = strawberry.field(description="Who, null for the public")
    amended_at: datetime = strawberry.field(description="When")
    reason: str = strawberry.field(description="Why")


@strawberry.type(description="Rule of law with its days in force")
class LawRule:
    """One row."""

    row: strawberry.Private[LawRow]
    rule: str = strawberry.field(description="Id of the rule, such as DECIDE")
    topic: str = strawberry.field(description="What it holds for, empty for all")
    amount: float | None = strawberry.field(description="Amount, an integer; null for a text")
    unit: Unit = strawberry.field(description="What the amount counts")
    text: str = strawberry.field(description="What the rule is about")
    article: str = strawberry.field(description="Article of the source")
    source: str = strawberry.field(description="Law, order or practice")
    valid_from: date = strawberry.field(description="First day of events that it governs")
    valid_to: date | None = strawberry.field(description="Day on which it governs no longer")
    confirmed: bool = strawberry.field(
        description="Indicates that it was checked against the promulgated text"
    )
    amended: bool = strawberry.field(description="Indicates that an operator changed it")

    @strawberry.field(description="What operators changed about this rule, oldest first")
    async def changes(self, info: Info) -> list[LawChange]:
        """Loaded for all rules of the answer in one statement."""

        async def load(keys: list[UUID]) -> list[list[LawAmendment]]:
            rules = await LawRow.filter(id__in=keys).values_list("id", "rule", "topic")
            found = await queries.amendments(sorted({str(rule) for _, rule, _ in rules}))
            named = {key: (str(rule), topic) for key, rule, topic in rules}
            return [[a for a in found[named[k][0]] if a.topic == named[k][1]] for k in keys]

        return [
            LawChange(
                act=one.act,
                topic=one.topic,
                valid_from=one.valid_from,
                before=JSON(one.before),
                after=JSON(one.after),
                amended_by=None if info.context.principal.anonymous else one.amended_by,
                amended_at=one.amended_at,
                reason=one.reason,
            )
            for one in await info.context.loader("law_changes", load).load(self.row.id)
        ]

    @classmethod
    def of(cls, row: LawRow) -> "LawRule":
        """The row as the schema shows it."""
        return cls(
            row=row,
            rule=row.rule,
            topic=row.topic,
            amount=row.amount,
            unit=Unit(row.unit),
            text=row.text,
            article=row.article,
            source=row.source,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            confirmed=row.confirmed,
            amended=row.amended,
        )


@strawberry.type(description="Day on which a year differs from Monday to Friday")
class CalendarDay:
    """A holiday or a make-up day (调休)."""

    day: date = strawberry.field(description="Day")
    working: bool = strawberry.field(description="Indicates a make-up day, on which offices work")
    name: str = strawberry.field(description="Name of the holiday")


@strawberry.type(description="Holiday schedule of one year")
class WorkingDayYear:
    """Days are empty where nobody knows yet."""

    year: int = strawberry.field(description="Year")
    published: bool = strawberry.field(
        description="Indicates that the State Council's schedule is entered; until then no limit"
        " in working days that runs into this year has a known end"
    )
    source: str | None = strawberry.field(description="Notice by which it was published")
    working_days: int | None = strawberry.field(
        description="Number of working days of the year, null until published"
    )
    days: list[CalendarDay] = strawberry.field(
        description="Days that differ from Monday to Friday, in order"
    )


async def book_of(info: Info) -> RuleBook:
    """The rules, read once in a request."""

    async def load(keys: list[UUID]) -> list[RuleBook]:
        return [await queries.rule_book()] * len(keys)

    book: RuleBook = await info.context.loader("rule_book", load).load(NOBODY)
    return book


@strawberry.type
class LawQuery:
    """Questions about the law."""

    @strawberry.field(description="Rules of law, by id, topic and first day")
    async def law_rules(
        self,
        on: Annotated[
            date | None, strawberry.argument(description="Only rules in force on this day")
        ] = None,
        id: Annotated[
            str | None, strawberry.argument(description="Only the rule of this id")
        ] = None,
        confirmed: Annotated[
            bool | None, strawberry.argument(description="Only rules that are checked, or not")
        ] = None,
    ) -> list[LawRule]:
        """A few hundred rows at most, known beforehand."""
        return [LawRule.of(row) for row in await queries.rows_on(on, id, confirmed=confirmed)]

    @strawberry.field(description="Holidays and make-up days of a year, as far as published")
    async def working_day_calendar(
        self, year: Annotated[int, strawberry.argument(description="Year, such as 2026")]
    ) -> WorkingDayYear:
        """Says honestly when the year is not published."""
        found = await workdays.year(year)
        return WorkingDayYear(
            year=year,
            published=found.source is not None,
            source=found.source,
            working_days=found.working_days,
            days=[
                CalendarDay(day=one.day, working=one.working, name=one.name) for one in found.days
            ],
        )
