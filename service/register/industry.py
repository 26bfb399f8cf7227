"""Trades under supervision: classes of GB/T 4754-2017 and the above-quota thresholds (限额以上)."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from importlib.resources import files

from service.errors import Invalid

FUEL = frozenset({"5162", "5265", "5941"})  # oil products: Order 4 of 2025, Ministry of Commerce
RECYCLING = frozenset({"5191"})
DANGEROUS_STORAGE = frozenset({"5941", "5942", "5949"})


class Sector(Enum):
    """Division of the classification, named as the officers do; the value is its code."""

    WHOLESALE = "51"
    RETAIL = "52"
    STORAGE = "59"
    ACCOMMODATION = "61"
    CATERING = "62"


@dataclass(frozen=True, slots=True)
class Industry:
    """One class (小类) with its four-digit code."""

    code: str
    name: str
    sector: Sector


@dataclass(frozen=True, slots=True)
class Threshold:
    """Yearly main revenue, in fen, from which a unit of a sector counts as above quota.

    In force for basis years from `from_year` to `to_year`; None leaves that end open.
    """

    sector: Sector
    revenue_fen: int
    source: str
    from_year: int | None = None
    to_year: int | None = None

    def valid_for(self, year: int) -> bool:
        """Whether the threshold applies to revenue of `year`."""
        begun = self.from_year is None or self.from_year <= year
        return begun and (self.to_year is None or year <= self.to_year)


_SOURCE = "statistical reporting system of wholesale, retail, accommodation and catering, NBS"
_YUAN = 100  # fen
THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(Sector.WHOLESALE, 20_000_000 * _YUAN, _SOURCE),
    Threshold(Sector.RETAIL, 5_000_000 * _YUAN, _SOURCE),
    Threshold(Sector.ACCOMMODATION, 2_000_000 * _YUAN, _SOURCE),
    Threshold(Sector.CATERING, 2_000_000 * _YUAN, _SOURCE),
)
"""Thresholds in force; storage has none.  A change is a further row with its years."""


@lru_cache(maxsize=1)
def industries() -> Mapping[str, Industry]:
    """All classes in scope by code, read once."""
    text = (files("service.register") / "industry_classes.csv").read_text("utf-8")
    return {
        row["code"]: Industry(row["code"], row["name"], Sector(row["code"][:2]))
        for row in csv.DictReader(text.splitlines())
    }


def in_scope(code: str) -> bool:
    """Whether commerce-and-trade supervision reaches the class."""
    return code in industries()


def industry(code: str) -> Industry:
    """The class with `code`.

    Raises:
        Invalid: not a class in scope; the message names the nearest ones.
    """
    known = industries()
    if code in known:
        return known[code]
    near = [item for item in sorted(known) if code and item.startswith(code[:3])][:5]
    hint = f"; did you mean one of {', '.join(near)}?" if near else ""
    raise Invalid(
        f"industry {code!r} is no class of GB/T 4754-2017 in divisions 51, 52, 59, 61, 62{hint}",
        path=("input", "industryCode"),
    )


def threshold(
    sector: Sector, basis_year: int, thresholds: Sequence[Threshold] = THRESHOLDS
) -> Threshold | None:
    """The threshold of a sector for revenue of `basis_year`; None where there is none."""
    fitting = [item for item in thresholds if item.sector is sector and item.valid_for(basis_year)]
    return max(fitting, key=lambda item: item.from_year or 0, default=None)


def above_quota(
    code: str,
    revenue_fen: int,
    basis_year: int,
    thresholds: Sequence[Threshold] = THRESHOLDS,
) -> bool | None:
    """Whether a unit is above quota by its main revenue, in fen, of `basis_year`.

    None where the sector knows no quota.

    Raises:
        Invalid: a class out of scope, or a negative revenue.
    """
    if revenue_fen < 0:
        raise Invalid("revenue must not be negative", path=("input", "revenueFen"))
    limit = threshold(industry(code).sector, basis_year, thresholds)
    return None if limit is None else revenue_fen >= limit.revenue_fen


def latest_basis_year(today: date) -> int:
    """The last year whose revenue is complete on `today`."""
    return today.year - 1
