"""What may never reach a score: fines, confiscations, and how often somebody was inspected.

行政处罚法 (2021) art. 74 forbids to link fines and confiscations to the assessment of the
authority or its staff, directly or in disguise; 国办发〔2024〕54号 forbids to assess by the
number of inspections.
"""

from collections.abc import Iterable

from service.indicators.rules import Tainted

Column = tuple[str, str]
"""Table and column; the column is empty where rows are counted."""

FINES = "行政处罚法 (2021) art. 74"
INSPECTIONS = "国办发〔2024〕54号"

TABLES: dict[str, str] = {
    "joint_visits": INSPECTIONS,
    "inspection_demands": INSPECTIONS,
    "frequency_budgets": INSPECTIONS,
    "premises_reservations": INSPECTIONS,
    "officer_reservations": INSPECTIONS,
    "joint_visit_moves": INSPECTIONS,
    "visit_refusals": INSPECTIONS,
    "visit_ratings": INSPECTIONS,
    "budget_entries": INSPECTIONS,
    "result_recognitions": INSPECTIONS,
    "inspections": INSPECTIONS,
    "inspection_officers": INSPECTIONS,
    "inspection_checks": INSPECTIONS,
    "inspection_events": INSPECTIONS,
    "low_yield_alarms": INSPECTIONS,
    "penalty_cases": FINES,
    "fine_entries": FINES,
    "act_claims": FINES,
}
"""Tables no row of which may be counted for a score, with the reason."""

COLUMNS: dict[Column, str] = {
    ("blacklist_cases", "penalty"): FINES,
    ("blacklist_cases", "penalty_number"): FINES,
    ("blacklist_cases", "penalty_decided_on"): FINES,
    ("blacklist_cases", "penalty_body_id"): FINES,
    ("blacklist_objections", "penalty_body_id"): FINES,
}
"""Columns that may not be read for a score, with the reason."""

HARMLESS: dict[str, str] = {
    "bodies.can_penalise": "a power, not its use",
    "inspection_items": "what a body may inspect, not what it did",
    "guidance_visits": "advice without coercive power, a duty of its own (检查指导)",
}
"""Tables and columns whose names remind of fines or inspections, and why they are neither."""

OPAQUE = "its body could read anything"


def reasons(columns: Iterable[Column]) -> dict[Column, str]:
    """Those of the columns that no score may read, each with the law that says so."""
    return {
        (table, column): reason for table, column in columns if (reason := _reason(table, column))
    }


def _reason(table: str, column: str) -> str | None:
    if table == "function":
        return OPAQUE
    return TABLES.get(table) or COLUMNS.get((table, column))


def check(code: str, columns: Iterable[Column]) -> None:
    """Refuse a formula that reads what may never reach a score.

    Raises:
        Tainted: it does; the message names the columns and the law.
    """
    found = reasons(columns)
    if found:
        named = ", ".join(sorted(".".join(filter(None, column)) for column in found))
        law = ", ".join(sorted(set(found.values())))
        raise Tainted(f"{code} reads {named} and may not be scored ({law}); leave it descriptive")
