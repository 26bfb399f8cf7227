"""How long evidence is kept (保存期限): the tenant's policy, the state of the case, legal hold.

The law asks for records of the whole process to be archived and kept (行政处罚法 art. 47) without
a term of its own, so the terms are the tenant's.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from service.errors import Invalid


@dataclass(frozen=True, slots=True)
class Policy:
    """Terms in years after the case closed, or after sealing where there is no case.

    `None` keeps for ever.  `quarantine_days` counts from the refusal.
    """

    case_years: int | None = None
    visit_years: int | None = None
    quarantine_days: int = 90

    def __post_init__(self) -> None:
        """Refuse terms that would delete at once.

        Raises:
            Invalid: a term is shorter than a year, or the quarantine shorter than 30 days.
        """
        if any(years is not None and years < 1 for years in (self.case_years, self.visit_years)):
            raise Invalid("keep evidence for at least one year, or leave the term empty")
        if self.quarantine_days < 30:
            raise Invalid("keep refused files for at least 30 days, so that they can be appealed")


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides how long one sealed piece is kept; legal days in China."""

    sealed_on: date
    has_case: bool
    case_closed_on: date | None = None
    legal_hold: bool = False


def keep_until(standing: Standing, policy: Policy) -> date | None:
    """The last day on which the piece must exist; None while it may not be deleted at all."""
    if standing.legal_hold:
        return None
    if standing.has_case:
        if standing.case_closed_on is None:
            return None
        return _years_after(standing.case_closed_on, policy.case_years)
    return _years_after(standing.sealed_on, policy.visit_years)


def quarantine_until(refused_on: date, policy: Policy) -> date:
    """The last day on which a refused file is kept."""
    return refused_on + timedelta(days=policy.quarantine_days)


def _years_after(day: date, years: int | None) -> date | None:
    if years is None:
        return None
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February in a year that has none
        return date(day.year + years, 3, 1)
