"""Why a demand stays unserved: stable codes and the sentence that belongs to each."""

from enum import StrEnum


class Reason(StrEnum):
    """Cause of an unserved demand."""

    CLOSED = "CLOSED"
    TOO_LONG = "TOO_LONG"
    NO_SKILL = "NO_SKILL"
    LAW = "LAW"
    CAPACITY = "CAPACITY"
    DISPUTED = "DISPUTED"


WORDS = {
    Reason.CLOSED: "the premises are closed on every day of the demand's window",
    Reason.TOO_LONG: "it takes longer than one visit to these premises may last",
    Reason.NO_SKILL: "no two certified officers, one with the skill it needs, are on the roll",
    Reason.LAW: "the gap between visits and the yearly caps leave no room for it beside "
    "demands that weigh more",
    Reason.CAPACITY: "every lawful day was left without a free team that could reach the premises",
    Reason.DISPUTED: "the committee took its visit out of the plan after an objection",
}
