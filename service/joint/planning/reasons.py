"""Why a demand stays unserved: stable codes and the sentence that belongs to each."""

from enum import StrEnum


class Reason(StrEnum):
    """Cause of an unserved demand."""

    CLOSED = "CLOSED"
    TOO_LONG = "TOO_LONG"
    NO_SKILL = "NO_SKILL"
    LAW = "LAW"
    CAPACITY = "CAPACITY"
    DRAWN = "DRAWN"
    DISPUTED = "DISPUTED"


CHINESE = {
    Reason.CLOSED: "该需求时间窗内场所每天停业",
    Reason.TOO_LONG: "所需时长超过该场所单次检查上限",
    Reason.NO_SKILL: "没有两名持证人员（其中一名具备所需专业）",
    Reason.LAW: "检查间隔和年度次数上限已被权重更高的需求占用",
    Reason.CAPACITY: "合法的日子里都没有能到场的空闲检查组",
    Reason.DRAWN: "抽中的执法人员在合法的日子里不能一同到场",
    Reason.DISPUTED: "因异议，专委将其检查移出计划",
}
WORDS = {
    Reason.CLOSED: "the premises are closed on every day of the demand's window",
    Reason.TOO_LONG: "it takes longer than one visit to these premises may last",
    Reason.NO_SKILL: "no two certified officers, one with the skill it needs, are on the roll",
    Reason.LAW: "the gap between visits and the yearly caps leave no room for it beside "
    "demands that weigh more",
    Reason.CAPACITY: "every lawful day was left without a free team that could reach the premises",
    Reason.DRAWN: "the officers who were drawn for it cannot come together on any lawful day",
    Reason.DISPUTED: "the committee took its visit out of the plan after an objection",
}
