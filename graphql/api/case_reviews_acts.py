"""Acts of file reviews: a round is drawn, its files are read, scored, objected to, corrected."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.case_reviews import ReviewedFile, ReviewRound
from api.cases import PenaltyCase
from api.context import Info
from api.nodes import node_id
from service.case_reviews import commands, rounds
from service.case_reviews.commands import Reviewer
from service.case_reviews.rules import Finding
from service.errors import Invalid
from tenants.rights import Right, Subject

FINDINGS_MAX = 60
ORGANISES = (Subject.CASE_REVIEW, Right.DECIDE)
REVIEWS = (Subject.CASE_REVIEW, Right.VERIFY)
READS = (Subject.CASE_REVIEW, Right.READ_WITH_PURPOSE)
OBJECTS = (Subject.CASE_REVIEW, Right.OBJECT)
CORRECTS = (Subject.CASE_REVIEW, Right.WRITE)
REVIEWING = ("WRONG_STATE", "CONFLICT_OF_INTEREST", "NOT_READ", "NO_RULE_IN_FORCE")


@strawberry.input(description="Round of file reviews to be committed to")
class CommitReviewRoundInput(KeyedInput):
    """Input of `commitReviewRound`."""

    title: str = strawberry.field(description="Title, 2 to 200 characters")
    closed_from: date = strawberry.field(description="First day of the closing of the files")
    closed_to: date = strawberry.field(description="Last day, today at the latest")
    per_town: int = strawberry.field(
        description="Files drawn of each town, 1 to 50; a town with fewer gives all"
    )
    seed_source: str = strawberry.field(
        description="Where the seed will be read, such as a lottery draw or a beacon round"
    )
    seed_known_after: datetime = strawberry.field(
        description="Timestamp before which nobody can know the seed, ten minutes ahead at least"
    )


@strawberry.input(description="Round and its public seed")
class DrawReviewRoundInput(KeyedInput):
    """Input of `drawReviewRound`."""

    round_id: relay.GlobalID = strawberry.field(description="Round that was committed to")
    seed: str = strawberry.field(description="The public seed, 1 to 400 characters")


@strawberry.input(description="Round to be given up")
class VoidReviewRoundInput(KeyedInput):
    """Input of `voidReviewRound`."""

    round_id: relay.GlobalID = strawberry.field(description="Round that was committed to")
    reason: str = strawberry.field(description="Reason, 4 to 400 characters")


@strawberry.input(description="Drawn file that an act is about")
class ReviewedFileAct(KeyedInput):
    """The file."""

    file_id: relay.GlobalID = strawberry.field(description="File of the act")


@strawberry.input(description="Drawn file and why its case is read")
class ReadReviewedCaseInput(ReviewedFileAct):
    """Input of `readReviewedCase`."""

    purpose: str = strawberry.field(description="Why it is read, 6 to 400 characters")


@strawberry.input(description="Points to be taken from one line of the rubric")
class ReviewFindingInput:
    """One defect."""

    criterion: str = strawberry.field(description="Code of the line")
    deducted: int = strawberry.field(
        default=0, description="Points to be taken, up to those of the line; 0 for a veto"
    )
    note: str = strawberry.field(description="What is wrong in the file, 2 to 400 characters")


@strawberry.input(description="Score of a file")
class ScoreReviewedFileInput(ReviewedFileAct):
    """Input of `scoreReviewedFile`."""

    findings: list[ReviewFindingInput] = strawberry.field(
        description="Defects, each line once, at most 60; none for a file without any"
    )
    opinion: str = strawberry.field(description="What is said of the file, 2 to 2,000 characters")


@strawberry.input(description="Drawn file and a text")
class ReviewTextInput(ReviewedFileAct):
    """Input of an act in words."""

    text: str = strawberry.field(description="Text, at most 2,000 characters")


@strawberry.input(description="Second opinion on an objection")
class AnswerReviewObjectionInput(ReviewTextInput):
    """Input of `answerReviewObjection`."""

    findings: list[ReviewFindingInput] | None = strawberry.field(
        default=None,
        description="Defects that replace the result, an empty list for none; null upholds it",
    )


@strawberry.input(description="What was done about one defect")
class CorrectionInput:
    """One correction."""

    criterion: str = strawberry.field(description="Code of the line of the rubric")
    text: str = strawberry.field(description="What was done, 4 to 2,000 characters")


@strawberry.input(description="What was done about every defect of a result")
class CorrectReviewedFileInput(ReviewedFileAct):
    """Input of `correctReviewedFile`."""

    corrections: list[CorrectionInput] = strawberry.field(
        description="One for each defect of the result, at most 60"
    )


@strawberry.input(description="Judgement of a correction")
class JudgeFileCorrectionInput(ReviewedFileAct):
    """Input of `judgeFileCorrection`."""

    accepted: bool = strawberry.field(description="Whether the correction is accepted")
    reason: str = strawberry.field(
        default="", description="Why it is returned, 4 to 400 characters"
    )


def _round(input: Any) -> UUID:
    return node_id(input.round_id, ReviewRound, "roundId")


def _file(input: Any) -> UUID:
    return node_id(input.file_id, ReviewedFile, "fileId")


def _reviewer(info: Info) -> Reviewer:
    principal = info.context.principal
    return Reviewer(principal.name or principal.key, principal.body_id)


def _findings(given: list[ReviewFindingInput]) -> list[Finding]:
    if len(given) > FINDINGS_MAX:
        raise Invalid(f"at most {FINDINGS_MAX} defects", path=("input", "findings"))
    return [Finding(one.criterion, one.deducted, one.note) for one in given]


async def _commit(info: Info, input: CommitReviewRoundInput) -> ReviewRound:
    if input.seed_known_after.tzinfo is None:
        raise Invalid("give the time with its offset", path=("input", "seedKnownAfter"))
    wish = rounds.Wish(
        input.title,
        input.closed_from,
        input.closed_to,
        input.per_town,
        input.seed_source,
        input.seed_known_after,
    )
    body = info.context.principal.body_id
    return ReviewRound.of(await rounds.commit(info.context.home, body, wish))


async def _draw(info: Info, input: DrawReviewRoundInput) -> ReviewRound:
    return ReviewRound.of(await rounds.draw(info.context.home, _round(input), input.seed))


async def _void(info: Info, input: VoidReviewRoundInput) -> ReviewRound:
    return ReviewRound.of(await rounds.void(info.context.home, _round(input), input.reason))


async def _read(info: Info, input: ReadReviewedCaseInput) -> PenaltyCase:
    principal = info.context.principal
    reader = principal.name or principal.key
    return PenaltyCase.of(await commands.read(_file(input), reader, input.purpose))


async def _score(info: Info, input: ScoreReviewedFileInput) -> ReviewedFile:
    found = _findings(input.findings)
    return ReviewedFile.of(
        await commands.score(_file(input), _reviewer(info), found, input.opinion)
    )


async def _accept(info: Info, input: ReviewedFileAct) -> ReviewedFile:
    body = info.context.principal.body_id
    return ReviewedFile.of(await commands.accept_result(_file(input), body))


async def _object(info: Info, input: ReviewTextInput) -> ReviewedFile:
    body = info.context.principal.body_id
    return ReviewedFile.of(await commands.object_to(_file(input), body, input.text))


async def _answer(info: Info, input: AnswerReviewObjectionInput) -> ReviewedFile:
    found = None if input.findings is None else _findings(input.findings)
    return ReviewedFile.of(await commands.answer(_file(input), _reviewer(info), input.text, found))


async def _correct(info: Info, input: CorrectReviewedFileInput) -> ReviewedFile:
    said = {one.criterion: one.text for one in input.corrections[: FINDINGS_MAX + 1]}
    if len(said) != len(input.corrections):
        raise Invalid("name each defect once", path=("input", "corrections"))
    body = info.context.principal.body_id
    return ReviewedFile.of(await commands.correct(_file(input), body, said))


async def _judge(info: Info, input: JudgeFileCorrectionInput) -> ReviewedFile:
    return ReviewedFile.of(
        await commands.judge_correction(
            _file(input), _reviewer(info), accepted=input.accepted, reason=input.reason
        )
    )


async def _exclude(info: Info, input: ReviewTextInput) -> ReviewedFile:
    return ReviewedFile.of(await commands.exclude(_file(input), _reviewer(info), input.text))


def _round_act(name: str, description: str, kind: type, run: Any, *codes: str) -> Any:
    return act(name, description, kind, ("round", ReviewRound), run, needs=ORGANISES, codes=codes)


def _file_act(name: str, description: str, kind: type, run: Any, needs: Any, *codes: str) -> Any:
    return act(name, description, kind, ("file", ReviewedFile), run, needs=needs, codes=codes)


@strawberry.type
class CaseReviewMutation:
    """Acts of file reviews."""

    commit_review_round: Any = _round_act(
        "commitReviewRound",
        "Fix the list of closed files and publish its commitment, before the seed is known",
        CommitReviewRoundInput, _commit, "NO_RULE_IN_FORCE",
    )  # fmt: skip
    draw_review_round: Any = _round_act(
        "drawReviewRound",
        "Draw with the seed that has become public; the files are opened in their towns",
        DrawReviewRoundInput, _draw, "CONFLICT",
    )  # fmt: skip
    void_review_round: Any = _round_act(
        "voidReviewRound",
        "Give a round up before it is drawn; it stays on the list",
        VoidReviewRoundInput, _void, "CONFLICT",
    )  # fmt: skip
    read_reviewed_case: Any = act(
        "readReviewedCase",
        "Read the case of a drawn file for a stated purpose; its town gets a receipt",
        ReadReviewedCaseInput, ("case", PenaltyCase), _read, needs=READS,
    )  # fmt: skip
    score_reviewed_file: Any = _file_act(
        "scoreReviewedFile",
        "Score a file that one has read; two do, and a third where they are too far apart",
        ScoreReviewedFileInput, _score, REVIEWS, *REVIEWING, "ALREADY_REVIEWED",
    )  # fmt: skip
    accept_review_result: Any = _file_act(
        "acceptReviewResult",
        "Let a result stand as the body that made the file",
        ReviewedFileAct, _accept, OBJECTS, "WRONG_STATE", "NO_RULE_IN_FORCE",
    )  # fmt: skip
    object_to_review_result: Any = _file_act(
        "objectToReviewResult",
        "Object to a result as the body that made the file",
        ReviewTextInput, _object, OBJECTS, "WRONG_STATE", "TOO_LATE",
    )  # fmt: skip
    answer_review_objection: Any = _file_act(
        "answerReviewObjection",
        "Answer an objection by a second opinion, which is final",
        AnswerReviewObjectionInput, _answer, REVIEWS, *REVIEWING, "ALREADY_REVIEWED",
    )  # fmt: skip
    correct_reviewed_file: Any = _file_act(
        "correctReviewedFile",
        "Say as the body that made the file what was done about every defect",
        CorrectReviewedFileInput, _correct, CORRECTS, "WRONG_STATE",
    )  # fmt: skip
    judge_file_correction: Any = _file_act(
        "judgeFileCorrection",
        "Accept what was done about the defects, or return it with a reason",
        JudgeFileCorrectionInput, _judge, REVIEWS, *REVIEWING,
    )  # fmt: skip
    exclude_reviewed_file: Any = _file_act(
        "excludeReviewedFile",
        "Take a file out of the review before it has a result, with the reason",
        ReviewTextInput, _exclude, REVIEWS, *REVIEWING,
    )  # fmt: skip
