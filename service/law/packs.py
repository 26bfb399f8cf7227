"""The rule packs that ship with the product: one file of `packs/` per field of law."""

import csv
from datetime import date
from pathlib import Path

from service.law.rules import Rule, Unit

PACKS = Path(__file__).resolve().parent / "packs"
_WORDS = {"yes": True, "no": False}


def read_pack(path: Path) -> list[Rule]:
    """The rules of one file.

    Columns: `id,topic,amount,unit,text,article,source,valid_from,valid_to,confirmed`.

    Raises:
        ValueError: a line that is no rule, with its number.
    """
    rules = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                rules.append(_rule(row))
            except (KeyError, ValueError, TypeError) as error:
                raise ValueError(f"line {number} of {path.name} is no rule: {error}") from error
    return rules


def shipped() -> list[Rule]:
    """All rules of all packs."""
    return [rule for path in sorted(PACKS.glob("*.csv")) for rule in read_pack(path)]


def _rule(row: dict[str, str]) -> Rule:
    unit = Unit(row["unit"])
    if (unit is Unit.TEXT) != (row["amount"] == ""):
        raise ValueError("an amount belongs to every unit but TEXT")
    if not (row["article"] and row["source"]):
        raise ValueError("a rule names its article and its source")
    return Rule(
        row["id"],
        row["topic"],
        int(row["amount"]) if row["amount"] else None,
        unit,
        row["text"],
        row["article"],
        row["source"],
        date.fromisoformat(row["valid_from"]),
        date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        _WORDS[row["confirmed"]],
    )
