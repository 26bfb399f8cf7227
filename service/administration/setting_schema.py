"""What a tenant can set: every setting of `settings.csv` with its kind, range and default.

Only what law or policy leaves to the body in charge is a setting.  A default whose source is
"practice" was seen in use somewhere and is no law.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import MappingProxyType

from service.errors import Invalid
from service.shipped import YES_NO, read_table

Value = int | bool | str | tuple[int, ...]
"""Value of a setting, in the kind that its definition names."""

LEAST, MOST = 0, 1_000_000
"""Bounds of a number where its definition names none."""


class SettingKind(Enum):
    """What a value looks like."""

    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    TEXT = "TEXT"
    CHOICE = "CHOICE"
    INTEGERS = "INTEGERS"
    """A list of whole numbers, each once, in falling order."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Definition of one setting; `low` and `high` bound numbers, and lengths of a text."""

    key: str
    kind: SettingKind
    default: Value
    description: str
    unit: str = ""
    low: int = LEAST
    high: int = MOST
    choices: tuple[str, ...] = ()
    source: str = ""
    contains: tuple[str, ...] = ()
    """What a text must hold to mean anything."""


K = SettingKind
_FILE = Path(__file__).with_name("settings.csv")


def read_settings(path: Path) -> list[Setting]:
    """The settings of one file.

    Columns: `key,kind,default,unit,low,high,choices,contains,source,description`; an empty
    bound is `LEAST` or `MOST`.  Several numbers of a default stand behind one another,
    several choices or parts of a text between bars.

    Raises:
        ValueError: a line that is no setting, with its number.
    """
    return read_table(path, _setting, "setting")


def _setting(row: dict[str, str]) -> Setting:
    kind, text = SettingKind(row["kind"]), row["default"]
    default: dict[SettingKind, Callable[[], Value]] = {
        K.INTEGER: lambda: int(text),
        K.BOOLEAN: lambda: YES_NO[text],
        K.INTEGERS: lambda: tuple(int(number) for number in text.split()),
    }
    made = Setting(
        row["key"],
        kind,
        default[kind]() if kind in default else text,
        row["description"],
        row["unit"],
        int(row["low"] or LEAST),
        int(row["high"] or MOST),
        tuple(filter(None, row["choices"].split("|"))),
        row["source"],
        tuple(filter(None, row["contains"].split("|"))),
    )
    if fitting(made, made.default) is None:
        raise ValueError(f"its default must be {expected(made)}")
    return made


def fitting(setting: Setting, given: object) -> Value | None:
    """The value in the form that is kept, None where it is of the wrong kind or out of range."""
    checks: dict[SettingKind, Callable[[Setting, object], Value | None]] = {
        K.INTEGER: _integer,
        K.BOOLEAN: _boolean,
        K.TEXT: _text,
        K.CHOICE: _choice,
        K.INTEGERS: _integers,
    }
    return checks[setting.kind](setting, given)


def check_value(key: str, given: object) -> Value | None:
    """The value in the form that is kept; None returns the setting to its default.

    Raises:
        Invalid: an unknown setting, or a value of the wrong kind or out of range.
    """
    setting = SCHEMA.get(key)
    if setting is None:
        raise Invalid(f"there is no setting {key!r}", path=("input", "changes", key))
    if given is None:
        return None
    value = fitting(setting, given)
    if value is None:
        raise Invalid(f"{key} must be {expected(setting)}", path=("input", "changes", key))
    return value


def expected(setting: Setting) -> str:
    """What a value must be, in words."""
    unit = f" {setting.unit}" if setting.unit else ""
    return {
        K.INTEGER: f"a whole number from {setting.low} to {setting.high}{unit}",
        K.BOOLEAN: "true or false",
        K.TEXT: f"a text of at most {setting.high} characters"
        + (f" that holds {', '.join(setting.contains)}" if setting.contains else ""),
        K.CHOICE: f"one of {', '.join(setting.choices)}",
        K.INTEGERS: f"1 to 10 whole numbers from {setting.low} to {setting.high}{unit}",
    }[setting.kind]


def _integer(setting: Setting, given: object) -> int | None:
    # A bool is an int to Python and to nobody else.
    fits = isinstance(given, int) and not isinstance(given, bool)
    return given if fits and setting.low <= given <= setting.high else None  # type: ignore[operator,return-value]


def _boolean(_setting: Setting, given: object) -> bool | None:
    return given if isinstance(given, bool) else None


def _text(setting: Setting, given: object) -> str | None:
    if not isinstance(given, str) or len(given.strip()) > setting.high:
        return None
    if any(part not in given for part in setting.contains):
        return None
    return given.strip() if given.isprintable() else None


def _choice(setting: Setting, given: object) -> str | None:
    return given if isinstance(given, str) and given in setting.choices else None


def _integers(setting: Setting, given: object) -> tuple[int, ...] | None:
    if not isinstance(given, Sequence) or isinstance(given, str) or not 1 <= len(given) <= 10:
        return None
    numbers = [number for item in given if (number := _integer(setting, item)) is not None]
    if len(numbers) != len(given):
        return None
    return tuple(sorted(set(numbers), reverse=True))


SCHEMA: Mapping[str, Setting] = MappingProxyType({s.key: s for s in read_settings(_FILE)})
DEFAULTS: Mapping[str, Value] = MappingProxyType({s.key: s.default for s in SCHEMA.values()})
