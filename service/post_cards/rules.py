"""Rules of the cards of posts: what a card says, how a quiz is scored, when a post is covered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from service.errors import Conflict, Invalid

LINES_MAX = 100
LINE_LENGTH = 500
QUESTIONS_MAX = 30
CHOICES_MAX = 6


class CardKind(Enum):
    """The two lists and the two cards of a post (两单两卡)."""

    RISK_LIST = "RISK_LIST"  # 岗位风险清单
    DUTY_LIST = "DUTY_LIST"  # 岗位责任清单
    OPERATION_CARD = "OPERATION_CARD"  # 操作卡
    EMERGENCY_CARD = "EMERGENCY_CARD"  # 应急处置卡


class CheckKind(Enum):
    """The three measured checks of whoever holds a card."""

    QUIZ = "QUIZ"  # 记得住
    ORAL = "ORAL"  # 说得明
    DRILL = "DRILL"  # 做得到


class NoQuiz(Conflict):
    """The version of the card has no questions."""

    code = "NO_QUIZ"


class OutOfDate(Conflict):
    """The version is replaced or no longer valid."""

    code = "OUT_OF_DATE"


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a quiz with its choices; `answer` is the number of the right one, from 1."""

    text: str
    choices: tuple[str, ...]
    answer: int


@dataclass(frozen=True, slots=True)
class Validity:
    """One version of one kind of card of a post, with the days on which it holds."""

    kind: CardKind
    number: int
    valid_from: date
    valid_to: date


def newest(versions: Iterable[Validity], kind: CardKind, day: date) -> Validity | None:
    """The version of a kind that had replaced the others by `day`, whether it holds or not."""
    found = [one for one in versions if one.kind is kind and one.valid_from <= day]
    return max(found, key=lambda one: one.number) if found else None


def is_covered(versions: Sequence[Validity], day: date) -> bool:
    """Whether a post has all four cards, the newest version of each still valid on `day`."""
    current = [newest(versions, kind, day) for kind in CardKind]
    return all(one is not None and day <= one.valid_to for one in current)


def score(questions: Sequence[Question], answers: Sequence[int]) -> int:
    """Right answers in whole percent, rounded down so that nobody passes by rounding.

    Raises:
        Invalid: not one answer to each question, or a choice that there is not.
    """
    if len(answers) != len(questions):
        raise Invalid(f"answer each of the {len(questions)} questions", path=("input", "answers"))
    for question, answer in zip(questions, answers, strict=True):
        if not 1 <= answer <= len(question.choices):
            raise Invalid("choose one of the choices, from 1", path=("input", "answers"))
    right = sum(one.answer == answer for one, answer in zip(questions, answers, strict=True))
    return 100 * right // len(questions)


def check_card(lines: Sequence[str], questions: Sequence[Question]) -> None:
    """Refuse a card that says nothing, or questions that nobody can answer.

    Raises:
        Invalid: as said.
    """
    if not 1 <= len(lines) <= LINES_MAX:
        raise Invalid(f"write 1 to {LINES_MAX} lines", path=("input", "lines"))
    if any(not 1 <= len(one) <= LINE_LENGTH for one in lines):
        raise Invalid(f"a line has 1 to {LINE_LENGTH} characters", path=("input", "lines"))
    if len(questions) > QUESTIONS_MAX:
        raise Invalid(f"ask {QUESTIONS_MAX} questions at most", path=("input", "questions"))
    for one in questions:
        if not 1 <= len(one.text) <= LINE_LENGTH:
            raise Invalid("a question has 1 to 500 characters", path=("input", "questions"))
        if not 2 <= len(one.choices) <= CHOICES_MAX or len(set(one.choices)) < len(one.choices):
            raise Invalid("give 2 to 6 different choices", path=("input", "questions"))
        if any(not 1 <= len(choice) <= 200 for choice in one.choices):
            raise Invalid("a choice has 1 to 200 characters", path=("input", "questions"))
        if not 1 <= one.answer <= len(one.choices):
            raise Invalid("name the right choice, from 1", path=("input", "questions"))
