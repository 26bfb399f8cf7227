"""What can be done with a drawn file: read, scored, objected to, answered, corrected, accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from service import clock, receipts
from service.case_reviews import rules
from service.case_reviews.records import FileFinding, FileReview, ReviewedFile
from service.case_reviews.rules import (
    CORRECT_DAYS,
    OBJECT_DAYS,
    UNSCORED,
    Finding,
    NotRead,
    Score,
    State,
    Step,
    TooLate,
    check_findings,
    check_fresh,
    check_impartial,
    differ,
    grade,
    joined,
    merged,
    step,
)
from service.case_reviews.steps import limit, locked, standard, take
from service.cases.queries import cases
from service.cases.records import PenaltyCase
from service.errors import Forbidden, Invalid, NotFound
from service.ids import new_id
from service.texts import bounded
from tenants.records import owned
from tenants.wall import current

SECOND_OPINION = 4
"""Slot of the review that answers an objection; 1 and 2 are the reviewers, 3 decides a split."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who reviews: the name at this time and the body; the account is that of the scope."""

    name: str
    body_id: UUID | None


async def read(file_id: UUID, reader: str, purpose: str) -> PenaltyCase:
    """The case of a drawn file, for a stated purpose; its town gets a receipt.

    Raises:
        NotFound: no such file in this scope.
        Invalid: the purpose says nothing.
    """
    row = await ReviewedFile.get_or_none(id=file_id)
    case = await cases().get_or_none(id=row.case_id) if row else None
    if row is None or case is None:
        raise NotFound("no such file under review", path=("input", "fileId"))
    await receipts.leave(row.owner, reader, "PenaltyCase", case.id, purpose)
    return case


async def score(
    file_id: UUID, reviewer: Reviewer, findings: Sequence[Finding], opinion: str
) -> ReviewedFile:
    """Score a file: the first, the second, or the third where two are too far apart.

    Raises:
        WrongStep: the file waits for no score.
        Partial, AlreadyReviewed, NotRead: see `rules`.
        Invalid: see `rules.check_findings`.
    """
    row = await locked(file_id)
    state = State(row.state)
    if state not in UNSCORED:
        raise rules.WrongStep(f"a file that is {state.value} waits for no score")
    text = bounded(opinion, "opinion", 2000)
    former = await _reviews(row)
    await _check_reviewer(row, reviewer, former)
    mine = await _keep(row, reviewer, len(former) + 1, findings, text)
    if state is State.DRAWN:
        return await take(row, Step.SCORE)
    own = Score(mine.score_tenths, mine.vetoed)
    if state is State.SPLIT:
        return await _result(row, Step.DECIDE, own, [mine])
    first = Score(former[0].score_tenths, former[0].vetoed)
    if differ(first, own, await standard(row)):
        return await take(row, Step.DISAGREE)
    return await _result(row, Step.AGREE, joined(first, own), [former[0], mine])


async def _reviews(row: ReviewedFile) -> list[FileReview]:
    found = FileReview.filter(tenant_id=row.tenant_id, file_id=row.id)
    return await found.order_by("slot")


async def _check_reviewer(
    row: ReviewedFile, reviewer: Reviewer, former: Sequence[FileReview]
) -> None:
    if reviewer.body_id is None:
        raise Forbidden("a reviewer speaks for a body")
    actor = current().scope.actor
    case = await cases().get(id=row.case_id)
    hands = {case.filed_by, case.reported_by, case.reviewed_by, case.decided_by} - {""}
    check_impartial(actor, reviewer.body_id, row.body_id, hands)
    check_fresh(actor, [one.reviewer for one in former])
    if not await receipts.has_read(row.owner, "PenaltyCase", row.case_id, since=row.drawn_at):
        raise NotRead("open the file first and say what for", path=("input", "fileId"))


async def _keep(
    row: ReviewedFile, reviewer: Reviewer, slot: int, findings: Sequence[Finding], opinion: str
) -> FileReview:
    rubric = await standard(row)
    check_findings(findings, rubric)
    return await _note(row, reviewer, slot, rules.score(findings, rubric), findings, opinion)


async def _note(
    row: ReviewedFile,
    reviewer: Reviewer,
    slot: int,
    given: Score,
    findings: Sequence[Finding],
    opinion: str,
) -> FileReview:
    return await FileReview.create(
        id=new_id(),
        **owned(row.owner),
        file_id=row.id,
        slot=slot,
        reviewer=current().scope.actor,
        reviewer_name=reviewer.name[:100],
        body_id=reviewer.body_id,
        case_body_id=row.body_id,
        score_tenths=given.tenths,
        vetoed=given.vetoed,
        findings=[{**asdict(one), "note": one.note.strip()} for one in findings],
        opinion=opinion,
        at=clock.now(),
    )


async def _result(
    row: ReviewedFile, taken: Step, result: Score, counted: Sequence[FileReview]
) -> ReviewedFile:
    """A file has its result: its defects are kept, and its body may object for some days."""
    await _settle_findings(row, counted)
    until = await limit(OBJECT_DAYS, row)
    today = clock.legal_day(clock.now())
    changes = {**await _scored(row, result), "result_on": today, "object_by": until.due}
    return await take(row, taken, changes, tenths=result.tenths)


async def _scored(row: ReviewedFile, result: Score) -> dict[str, object]:
    found = grade(result, await standard(row))
    return {
        "score_tenths": result.tenths,
        "vetoed": result.vetoed,
        "grade": found.value,
    }


async def _settle_findings(row: ReviewedFile, counted: Sequence[FileReview]) -> None:
    await FileFinding.filter(tenant_id=row.tenant_id, file_id=row.id).delete()
    defects = merged([Finding(**one) for one in review.findings] for review in counted)
    await FileFinding.bulk_create(
        [
            FileFinding(
                id=new_id(),
                **owned(row.owner),
                file_id=row.id,
                criterion=one.criterion,
                deducted=one.deducted,
                note=one.note,
            )
            for one in defects
        ]
    )


def _of_body(row: ReviewedFile, acting: UUID | None) -> None:
    if acting != row.body_id:
        raise Forbidden("only the body that made the file answers for it")


async def object_to(file_id: UUID, acting: UUID | None, text: str) -> ReviewedFile:
    """The reviewed body objects to a result within its days.

    Raises:
        Forbidden: another body.
        TooLate: the days are over.
    """
    row = await locked(file_id)
    _of_body(row, acting)
    step(State(row.state), Step.OBJECT)
    today = clock.legal_day(clock.now())
    if row.object_by is not None and today > row.object_by:
        raise TooLate(f"objections were due by {row.object_by}; correct what was found")
    changes = {"objection": bounded(text, "text", 2000, 6), "objected_on": today}
    return await take(row, Step.OBJECT, changes)


async def accept_result(file_id: UUID, acting: UUID | None) -> ReviewedFile:
    """The reviewed body lets a result stand before its days are over.

    Raises:
        Forbidden: another body.
    """
    row = await locked(file_id)
    _of_body(row, acting)
    if State(row.state) is not State.RESULT:
        raise rules.WrongStep(f"a file that is {row.state} has no result to accept")
    return await stand(row)


async def stand(row: ReviewedFile, **changes: object) -> ReviewedFile:
    """A result stands: what was found is corrected within its days, or the file is done with."""
    if not await FileFinding.exists(tenant_id=row.tenant_id, file_id=row.id):
        return await take(row, Step.STAND, changes)
    until = await limit(CORRECT_DAYS, row)
    owed = {"owed_on": clock.legal_day(clock.now()), "correct_by": until.due}
    return await take(row, Step.STAND_OWING, {**changes, **owed})


async def answer(
    file_id: UUID,
    reviewer: Reviewer,
    text: str,
    findings: Sequence[Finding] | None = None,
) -> ReviewedFile:
    """Answer an objection by a second opinion of somebody who gave no score; it is final.

    Without findings the result is upheld; with them they replace it, none meaning no defect.

    Raises:
        WrongStep: nobody objected.
        Partial, AlreadyReviewed, NotRead: see `rules`.
        Invalid: see `rules.check_findings`.
    """
    row = await locked(file_id)
    step(State(row.state), Step.STAND)
    if State(row.state) is not State.OBJECTED:
        raise rules.WrongStep("nobody objected to this result")
    kept = bounded(text, "text", 2000, 6)
    former = await _reviews(row)
    await _check_reviewer(row, reviewer, former)
    changes: dict[str, object] = {"answer": kept, "answered_on": clock.legal_day(clock.now())}
    if findings is None:
        # Slot 4 is kept also where nothing changes, so that the database knows who answered.
        said = [
            Finding(one.criterion, one.deducted, one.note)
            for one in await FileFinding.filter(tenant_id=row.tenant_id, file_id=row.id)
        ]
        assert row.score_tenths is not None  # nobody objects before there is a result
        result = Score(row.score_tenths, row.vetoed)
        await _note(row, reviewer, SECOND_OPINION, result, said, kept)
        return await stand(row, **changes)
    mine = await _keep(row, reviewer, SECOND_OPINION, findings, kept)
    await _settle_findings(row, [mine])
    changes |= await _scored(row, Score(mine.score_tenths, mine.vetoed))
    return await stand(row, **changes, revised=True)


async def correct(
    file_id: UUID, acting: UUID | None, corrections: Mapping[str, str]
) -> ReviewedFile:
    """The reviewed body says of each defect what it did about it; all at once.

    Raises:
        Forbidden: another body.
        Invalid: a defect left out, one that is none, or a text too short or too long.
    """
    row = await locked(file_id)
    _of_body(row, acting)
    step(State(row.state), Step.CORRECT)
    today = clock.legal_day(clock.now())
    defects = await FileFinding.filter(tenant_id=row.tenant_id, file_id=row.id)
    if set(corrections) != {one.criterion for one in defects}:
        raise Invalid(
            "say of each defect of the result what was done about it",
            path=("input", "corrections"),
        )
    for one in defects:
        one.correction = bounded(corrections[one.criterion], "corrections", 2000, 4)
        one.corrected_on = today
        await one.save(update_fields=["correction", "corrected_on"])
    return await take(row, Step.CORRECT, {"corrected_on": today, "returned": ""})


async def judge_correction(
    file_id: UUID, reviewer: Reviewer, *, accepted: bool, reason: str = ""
) -> ReviewedFile:
    """Accept what the body did about the defects, or return it with a reason.

    Raises:
        Partial: a person of the reviewed body, or one who had a hand in the case.
    """
    row = await locked(file_id)
    taken = Step.ACCEPT if accepted else Step.RETURN
    step(State(row.state), taken)
    await _check_reviewer(row, reviewer, ())
    if accepted:
        return await take(row, taken, {"accepted_by": current().scope.actor})
    why = bounded(reason, "reason", 400, 4)
    return await take(row, taken, {"returned": why, "corrected_on": None})


async def exclude(file_id: UUID, reviewer: Reviewer, reason: str) -> ReviewedFile:
    """Take a file out of the review before it has a result; the reason stays with it.

    Raises:
        Partial: a person of the reviewed body, or one who had a hand in the case.
    """
    row = await locked(file_id)
    step(State(row.state), Step.EXCLUDE)
    await _check_reviewer(row, reviewer, ())
    return await take(row, Step.EXCLUDE, {"excluded": bounded(reason, "reason", 400, 4)})
