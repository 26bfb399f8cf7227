"""Validation of the two JSON formats; every refusal names the path of the value at fault."""

import re
from datetime import date
from reprlib import Repr
from typing import Any

from service.joint.planning.model import (
    Base,
    Certificate,
    Demand,
    Instance,
    Officer,
    Plan,
    PlannedVisit,
    Premises,
    Travel,
    Unserved,
)

DAY_MINUTES = 24 * 60
MAX_DAYS = 1500
MAX_TEXT = 200  # characters of an id or a reason
# What would tear a report line apart, and halves of characters that no file can hold.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SHORT = Repr()


class FormatError(ValueError):
    """A document does not follow its format; `path` is like `demands[3].due`."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


def _shown(value: Any) -> str:
    """A value in a few words, however large it is."""
    text = _SHORT.repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _field(row: Any, key: str, path: str) -> Any:
    if not isinstance(row, dict):
        raise FormatError(path, f"must be an object, not {_shown(row)}")
    if key not in row:
        raise FormatError(f"{path}.{key}", "is missing")
    return row[key]


def _whole(row: Any, key: str, path: str, low: int, high: int) -> int:
    value = _field(row, key, path)
    if type(value) is not int or not low <= value <= high:
        raise FormatError(f"{path}.{key}", f"must be an integer {low}..{high}, not {_shown(value)}")
    return value


def _real(row: Any, key: str, path: str, low: float, high: float) -> float:
    value = _field(row, key, path)
    if type(value) not in (int, float) or not low <= value <= high:
        raise FormatError(f"{path}.{key}", f"must be a number {low}..{high}, not {_shown(value)}")
    return float(value)


def _text(row: Any, key: str, path: str) -> str:
    return _words(_field(row, key, path), f"{path}.{key}")


def _words(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value:
        raise FormatError(path, f"must be a non-empty string, not {_shown(value)}")
    if len(value) > MAX_TEXT:
        raise FormatError(path, f"has {len(value)} characters, at most {MAX_TEXT} are allowed")
    if _UNPRINTABLE.search(value):
        raise FormatError(path, f"must be printable text, not {_shown(value)}")
    return value


def _truth(row: Any, key: str, path: str) -> bool:
    value = _field(row, key, path)
    if not isinstance(value, bool):
        raise FormatError(f"{path}.{key}", f"must be true or false, not {_shown(value)}")
    return value


def _list(row: Any, key: str, path: str) -> list[Any]:
    value = _field(row, key, path)
    if not isinstance(value, list):
        raise FormatError(f"{path}.{key}", f"must be a list, not {_shown(value)}")
    return value


def _texts(row: Any, key: str, path: str) -> tuple[str, ...]:
    values = _list(row, key, path)
    return tuple(_words(value, f"{path}.{key}[{i}]") for i, value in enumerate(values))


def _day_numbers(row: Any, key: str, path: str, days: int) -> frozenset[int]:
    values = _list(row, key, path)
    for i, value in enumerate(values):
        if type(value) is not int or not 0 <= value < days:
            raise FormatError(f"{path}.{key}[{i}]", f"must be a day number 0..{days - 1}")
    return frozenset(values)


def _span(value: Any, path: str) -> tuple[int, int]:
    if (
        not isinstance(value, list)
        or len(value) != 2
        or any(type(v) is not int for v in value)
        or not 0 <= value[0] < value[1] <= DAY_MINUTES
    ):
        raise FormatError(path, f"must be [from, to] in minutes of a day, not {_shown(value)}")
    return value[0], value[1]


def _days(document: Any) -> tuple[date, ...]:
    values = _list(document, "days", "$")
    if not 1 <= len(values) <= MAX_DAYS:
        raise FormatError("days", f"must hold 1..{MAX_DAYS} days, not {len(values)}")
    days: list[date] = []
    for i, value in enumerate(values):
        path = f"days[{i}]"
        try:
            day = date.fromisoformat(value)
        except (TypeError, ValueError):
            day = None
        if day is None or day.isoformat() != value:
            raise FormatError(path, f"must be a date like 2026-01-05, not {_shown(value)}")
        if days and day <= days[-1]:
            raise FormatError(path, "days must ascend without repetition")
        days.append(day)
    return tuple(days)


def _unique(ids: list[str], path: str) -> set[str]:
    seen: set[str] = set()
    for i, value in enumerate(ids):
        if value in seen:
            raise FormatError(f"{path}[{i}].id", f"{_shown(value)} occurs twice")
        seen.add(value)
    return seen


def _base(row: Any, path: str) -> Base:
    return Base(
        _text(row, "id", path),
        _real(row, "lat", path, -90, 90),
        _real(row, "lon", path, -180, 180),
    )


def _officer(row: Any, path: str, days: int, bases: set[str]) -> Officer:
    base = _text(row, "base", path)
    if base not in bases:
        raise FormatError(f"{path}.base", f"no base has the id {_shown(base)}")
    return Officer(
        _text(row, "id", path),
        _text(row, "body", path),
        base,
        _texts(row, "skills", path),
        _truth(row, "certified", path),
        _day_numbers(row, "absent", path, days),
    )


def _premises(row: Any, path: str, days: int) -> Premises:
    opened = _field(row, "open", path)
    return Premises(
        _text(row, "id", path),
        _text(row, "enterprise", path),
        _text(row, "tenant", path),
        _real(row, "lat", path, -90, 90),
        _real(row, "lon", path, -180, 180),
        _day_numbers(row, "closed", path, days),
        None if opened is None else _span(opened, f"{path}.open"),
        _whole(row, "min_gap_days", path, 0, 3660),
        _whole(row, "max_visits", path, 0, 1000),
        _whole(row, "max_visits_per_body", path, 0, 1000),
        _whole(row, "max_minutes", path, 1, DAY_MINUTES),
    )


def _demand(row: Any, path: str, days: int, premises: set[str]) -> Demand:
    place = _text(row, "premises", path)
    if place not in premises:
        raise FormatError(f"{path}.premises", f"no premises have the id {_shown(place)}")
    release = _whole(row, "release", path, 0, days - 1)
    return Demand(
        _text(row, "id", path),
        _text(row, "body", path),
        _text(row, "skill", path),
        place,
        release,
        _whole(row, "due", path, release, days - 1),
        _whole(row, "minutes", path, 1, DAY_MINUTES),
        _whole(row, "risk", path, 1, 4),
        _truth(row, "mandatory", path),
        _truth(row, "exempt", path),
        _texts(row, "officers", path) if "officers" in row else (),
    )


def _visit(row: Any, path: str, days: int) -> PlannedVisit:
    return PlannedVisit(
        _text(row, "premises", path),
        _whole(row, "day", path, 0, days - 1),
        _whole(row, "start", path, 0, DAY_MINUTES),
        _whole(row, "minutes", path, 1, DAY_MINUTES),
        _texts(row, "officers", path),
        _text(row, "lead_body", path),
        _texts(row, "demands", path),
    )


def _format(document: Any, name: str) -> None:
    value = _field(document, "format", "$")
    if value != name:
        raise FormatError("$.format", f"must be {name!r}, not {_shown(value)}")


def parse_instance(document: Any) -> Instance:
    """Check a decoded `anshang.joint/1` document and give it its types."""
    _format(document, "anshang.joint/1")
    days = _days(document)
    count = len(days)
    travel = _field(document, "travel", "$")
    bases = [_base(r, f"bases[{i}]") for i, r in enumerate(_list(document, "bases", "$"))]
    base_ids = _unique([b.id for b in bases], "bases")
    officers = [
        _officer(r, f"officers[{i}]", count, base_ids)
        for i, r in enumerate(_list(document, "officers", "$"))
    ]
    _unique([o.id for o in officers], "officers")
    premises = [
        _premises(r, f"premises[{i}]", count)
        for i, r in enumerate(_list(document, "premises", "$"))
    ]
    places = _unique([p.id for p in premises], "premises")
    demands = [
        _demand(r, f"demands[{i}]", count, places)
        for i, r in enumerate(_list(document, "demands", "$"))
    ]
    _unique([d.id for d in demands], "demands")
    listed = [] if document.get("fixed") is None else _list(document, "fixed", "$")
    fixed = tuple(_visit(r, f"fixed[{i}]", count) for i, r in enumerate(listed))
    place_of = {d.id: d.premises for d in demands}
    _check_fixed(fixed, places, place_of, {o.id for o in officers})
    return Instance(
        days,
        _span(_field(document, "shift", "$"), "$.shift"),
        Travel(
            _real(travel, "kmh", "travel", 0.1, 1000),
            _real(travel, "detour", "travel", 1, 10),
            _real(travel, "fixed_minutes", "travel", 0, DAY_MINUTES),
        ),
        tuple(bases),
        tuple(officers),
        tuple(premises),
        tuple(demands),
        fixed,
    )


def _check_fixed(
    fixed: tuple[PlannedVisit, ...],
    places: set[str],
    place_of: dict[str, str],
    officers: set[str],
) -> None:
    """Notified visits name what is known, and no demand is served by two of them."""
    served: set[str] = set()
    for i, visit in enumerate(fixed):
        if visit.premises not in places:
            raise FormatError(f"fixed[{i}].premises", f"no premises {_shown(visit.premises)}")
        for key, named in (("officers", visit.officers), ("demands", visit.demands)):
            if not named:
                raise FormatError(f"fixed[{i}].{key}", "must not be empty")
        for j, officer in enumerate(visit.officers):
            if officer not in officers:
                raise FormatError(f"fixed[{i}].officers[{j}]", f"{_shown(officer)} is not known")
        for j, demand in enumerate(visit.demands):
            path = f"fixed[{i}].demands[{j}]"
            if demand not in place_of:
                raise FormatError(path, f"{_shown(demand)} is not known")
            if place_of[demand] != visit.premises:
                raise FormatError(path, f"belongs to the premises {_shown(place_of[demand])}")
            if demand in served:
                raise FormatError(path, f"{_shown(demand)} is served twice")
            served.add(demand)


_COUNTS = (
    "mandatory_unserved",
    "mandatory_unserved_bound",
    "discretionary_unserved",
    "discretionary_unserved_bound",
    "visits",
    "visits_lower_bound",
    "officer_days",
    "travel_minutes",
    "seed",
)
_BIG = 2**63


def _claimed(row: Any, key: str, path: str) -> int | None:
    return None if row.get(key) is None else _whole(row, key, path, 0, _BIG)


def _certificate(row: Any) -> Certificate:
    path = "certificate"
    counts = {key: _whole(row, key, path, 0, _BIG) for key in _COUNTS}
    return Certificate(
        **counts,
        mandatory_unserved_risk=_claimed(row, "mandatory_unserved_risk", path),
        mandatory_unserved_risk_bound=_claimed(row, "mandatory_unserved_risk_bound", path),
        gap=_real(row, "gap", path, 0, _BIG),
        budget=str(_field(row, "budget", path)),
        solver_version=str(_field(row, "solver_version", path)),
        input_sha256=_text(row, "input_sha256", path),
    )


def parse_plan(document: Any) -> Plan:
    """Check a decoded `anshang.plan/1` document and give it its types."""
    _format(document, "anshang.plan/1")
    visits = tuple(
        _visit(r, f"visits[{i}]", MAX_DAYS) for i, r in enumerate(_list(document, "visits", "$"))
    )
    unserved = tuple(
        Unserved(_text(r, "demand", f"unserved[{i}]"), _text(r, "reason", f"unserved[{i}]"))
        for i, r in enumerate(_list(document, "unserved", "$"))
    )
    certificate = document.get("certificate")
    return Plan(visits, unserved, None if certificate is None else _certificate(certificate))
