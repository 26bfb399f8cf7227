"""The clocks of one case: which limit runs, since when, by which article, and until when."""

from dataclasses import dataclass
from datetime import date

from service.blacklist import rule_packs as packs
from service.blacklist.rule_packs import rule
from service.blacklist.rules import PublicationClass, State
from service.law.rules import NoRule, RuleBook
from service.workdays.rules import Deadline, WorkCalendar, deadline, due

S = State


@dataclass(frozen=True, slots=True)
class CaseDates:
    """Days on which the steps of a case were taken."""

    state: State
    publication: PublicationClass
    decided_on: date | None = None
    served_on: date | None = None
    notice_served_on: date | None = None
    published_on: date | None = None
    repair_requested_on: date | None = None
    repair_accepted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A running limit; `confirmed` is False where the statute's text could not be checked."""

    rule: str
    article: str
    confirmed: bool
    started_on: date
    deadline: Deadline


_RUNNING: tuple[tuple[str, str, frozenset[State]], ...] = (
    (packs.DEFENCE, "notice_served_on", frozenset({S.NOTICE_SERVED})),
    (packs.SERVE, "decided_on", frozenset({S.DECIDED})),
    (packs.PUBLISH, "decided_on", frozenset({S.DECIDED, S.SERVED})),
    (packs.REPAIR_AFTER, "published_on", frozenset({S.PUBLISHED, S.CORRECTED})),
    (packs.REPAIR_ACCEPT, "repair_requested_on", frozenset({S.REPAIR_REQUESTED})),
    (packs.REPAIR_DECIDE, "repair_accepted_on", frozenset({S.REPAIR_ACCEPTED})),
)


def running(case: CaseDates, book: RuleBook, calendar: WorkCalendar) -> list[Clock]:
    """The limits that run in the case's present state."""
    clocks = []
    for rule_id, start, states in _RUNNING:
        day: date | None = getattr(case, start)
        if case.state not in states or day is None:
            continue
        try:
            law = rule(rule_id, case.publication, day, book)
        except NoRule:
            continue
        ends = deadline(day, law.limit, calendar)
        clocks.append(Clock(rule_id, law.citation, law.confirmed, day, ends))
    return clocks


def defence_until(
    publication: PublicationClass, served: date, book: RuleBook, calendar: WorkCalendar
) -> date:
    """Last day on which the party may defend itself after a notice served on `served`.

    Raises:
        NoRule: no such limit on that day.
        YearNotPublished: it runs into a year without a schedule.
    """
    return due(served, rule(packs.DEFENCE, publication, served, book).limit, calendar)


def defence_deadline(
    publication: PublicationClass, served: date, book: RuleBook, calendar: WorkCalendar
) -> Deadline:
    """The same, without a day where a year's schedule is missing.

    Raises:
        NoRule: no such limit on that day.
    """
    return deadline(served, rule(packs.DEFENCE, publication, served, book).limit, calendar)


def published_until(
    publication: PublicationClass, published: date, book: RuleBook, calendar: WorkCalendar
) -> date:
    """Last day of the publication of an entry published on `published`.

    Raises:
        NoRule: no term was in force that day.
    """
    return due(published, rule(packs.TERM, publication, published, book).limit, calendar)


def repair_from(
    publication: PublicationClass, published: date, book: RuleBook, calendar: WorkCalendar
) -> date:
    """First day on which credit repair may be asked for, by the rule of that publication's day.

    Raises:
        NoRule: no rule was in force that day.
    """
    return due(published, rule(packs.REPAIR_AFTER, publication, published, book).limit, calendar)
