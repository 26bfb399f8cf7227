"""The clocks of one case: which limit runs, since when, by which article, and until when."""

from dataclasses import dataclass
from datetime import date

from service.blacklist import rule_packs as packs
from service.blacklist.rule_packs import rule
from service.blacklist.rules import CreditClass, PublicationClass, State
from service.law.rules import NoRule, RuleBook
from service.workdays.rules import Deadline, WorkCalendar, deadline, due

S = State


@dataclass(frozen=True, slots=True)
class CaseDates:
    """Days on which the steps of a case were taken."""

    state: State
    publication: PublicationClass
    penalty_decided_on: date | None = None
    severity: CreditClass = CreditClass.GENERAL
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


UNPUBLISHED = frozenset({S.PROPOSED, S.CLASSIFIED, S.DECIDED, S.SERVED})
"""States on the way of a penalty decision to its publicity, which has no second procedure."""

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
    for rule_id, named, usual in _RUNNING:
        start, states = _counted(rule_id, case.publication, named, usual)
        day: date | None = getattr(case, start)
        if case.state not in states or day is None:
            continue
        try:
            law = rule(rule_id, case.publication, day, book, case.severity)
        except NoRule:
            continue
        ends = deadline(day, law.limit, calendar)
        clocks.append(Clock(rule_id, law.citation, law.confirmed, day, ends))
    return clocks


def _counted(
    rule_id: str, publication: PublicationClass, start: str, states: frozenset[State]
) -> tuple[str, frozenset[State]]:
    """Where a limit starts: publicity counts from the penalty itself (安全生产法 art. 78)."""
    if rule_id == packs.PUBLISH and publication is PublicationClass.PENALTY_PUBLICITY:
        return "penalty_decided_on", UNPUBLISHED
    return start, states


def publication_overdue(
    case: CaseDates, today: date, book: RuleBook, calendar: WorkCalendar
) -> bool:
    """Whether the last day to publish has passed; an unknown last day has not."""
    clocks = running(case, book, calendar)
    return any(one.rule == packs.PUBLISH and one.deadline.is_over(today) for one in clocks)


def answer_by(
    rule_id: str, publication: PublicationClass, day: date, book: RuleBook, calendar: WorkCalendar
) -> date | None:
    """Last day of a limit that began on `day`, None while a year's holidays are not published.

    Raises:
        NoRule: no such limit on that day.
    """
    return deadline(day, rule(rule_id, publication, day, book).limit, calendar).due


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
    publication: PublicationClass,
    published: date,
    book: RuleBook,
    calendar: WorkCalendar,
    severity: CreditClass = CreditClass.GENERAL,
) -> date:
    """Last day of the publication of an entry published on `published`.

    Raises:
        NoRule: no term was in force that day.
    """
    return due(published, rule(packs.TERM, publication, published, book, severity).limit, calendar)


def repair_from(
    publication: PublicationClass,
    published: date,
    book: RuleBook,
    calendar: WorkCalendar,
    severity: CreditClass = CreditClass.GENERAL,
) -> date:
    """First day on which credit repair may be asked for, by the rule of that publication's day.

    Raises:
        NoRule: no rule was in force that day.
    """
    law = rule(packs.REPAIR_AFTER, publication, published, book, severity)
    return due(published, law.limit, calendar)
