"""Completeness of a file (A24, 互联网+执法): what a file of this state must hold, and lacks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from service.cases.rules import State


class Piece(Enum):
    """One piece of the file of a case."""

    FILING = "FILING"  # 立案
    FILING_SHEET = "FILING_SHEET"  # 立案审批表
    INVESTIGATORS = "INVESTIGATORS"  # 两名执法人员
    EVIDENCE = "EVIDENCE"  # 证据
    REPORT = "REPORT"  # 调查终结报告
    LEGAL_REVIEW = "LEGAL_REVIEW"  # 法制审核
    NOTICE = "NOTICE"  # 告知书
    NOTICE_SERVICE = "NOTICE_SERVICE"  # 告知书送达
    DEFENCE_ANSWER = "DEFENCE_ANSWER"  # 申辩复核
    HEARING_NOTICE = "HEARING_NOTICE"  # 听证通知书
    HEARING_RECORD = "HEARING_RECORD"  # 听证笔录
    COLLECTIVE_DISCUSSION = "COLLECTIVE_DISCUSSION"  # 集体讨论记录
    DECISION = "DECISION"  # 决定书
    DECISION_SERVICE = "DECISION_SERVICE"  # 决定书送达
    PUBLICATION = "PUBLICATION"  # 公示
    EXECUTION = "EXECUTION"  # 执行
    CLOSING_REPORT = "CLOSING_REPORT"  # 结案报告
    TRANSFER_LETTER = "TRANSFER_LETTER"  # 移送函


S, P = State, Piece
ORDINARY: tuple[tuple[State, tuple[Piece, ...]], ...] = (
    (S.FILED, (P.FILING,)),
    (S.INVESTIGATING, (P.INVESTIGATORS, P.FILING_SHEET)),
    (S.LEGAL_REVIEW, (P.EVIDENCE, P.REPORT)),
    (S.REVIEWED, (P.LEGAL_REVIEW, P.NOTICE)),
    (S.NOTICE_SERVED, (P.NOTICE_SERVICE,)),
    (
        S.DECIDED,
        (
            P.DEFENCE_ANSWER,
            P.HEARING_NOTICE,
            P.HEARING_RECORD,
            P.COLLECTIVE_DISCUSSION,
            P.DECISION,
        ),
    ),
    (S.SERVED, (P.DECISION_SERVICE,)),
    (S.PUBLISHED, (P.PUBLICATION,)),
    (S.EXECUTED, (P.EXECUTION,)),
    (S.CLOSED, (P.CLOSING_REPORT,)),
)
"""What each state adds to the file, along the straight way."""
_LIKE = {
    S.DEFENCE: S.NOTICE_SERVED,
    S.HEARING_ASKED: S.NOTICE_SERVED,
    S.HEARING: S.NOTICE_SERVED,
    S.HEARD: S.NOTICE_SERVED,
    S.NO_PENALTY: S.INVESTIGATING,
    S.SUSPENDED: S.INVESTIGATING,
    S.TRANSFERRED: S.FILED,
    S.WITHDRAWN: S.SERVED,
}
SIMPLE = frozenset(
    {P.FILING, P.INVESTIGATORS, P.DECISION, P.DECISION_SERVICE, P.PUBLICATION, P.EXECUTION,
     P.CLOSING_REPORT}
)  # fmt: skip
"""What a case on the spot needs of it (art. 52)."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """What a file must hold and what of that it lacks, in the order of the procedure."""

    required: tuple[Piece, ...]
    missing: tuple[Piece, ...]


def completeness(
    state: State, held: Mapping[Piece, bool], *, simple: bool, asked: Mapping[Piece, bool]
) -> Completeness:
    """Completeness of a file; `asked` says of a piece for special cases whether this is one."""
    reached = _LIKE.get(state, state)
    order = [one for one, _ in ORDINARY]
    required = [
        piece
        for one, pieces in ORDINARY
        if order.index(one) <= order.index(reached)
        for piece in pieces
        if asked.get(piece, True) and (not simple or piece in SIMPLE)
    ]
    if state is S.TRANSFERRED:
        required.append(P.TRANSFER_LETTER)
    return Completeness(tuple(required), tuple(p for p in required if not held.get(p, False)))


def spoken(day: date | None, *texts: str) -> bool:
    """Whether an act was done and put into words."""
    return day is not None and all(texts)
