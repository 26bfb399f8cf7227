"""The rule packs that ship with the product: one file of `packs/` per field of law."""

from datetime import date
from pathlib import Path

from service.law.rules import Rule, Unit
from service.shipped import YES_NO, read_table

PACKS = Path(__file__).resolve().parent / "packs"


def read_pack(path: Path) -> list[Rule]:
    """The rules of one file.

    Columns: `id,topic,amount,unit,text,article,source,valid_from,valid_to,confirmed`.

    Raises:
        ValueError: a line that is no rule, with its number.
    """
    return read_table(path, _rule, "rule")


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
        YES_NO[row["confirmed"]],
    )
