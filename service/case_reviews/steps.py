"""How every step with a drawn file is taken: the row locked, the rule asked, the step told."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.case_reviews.records import ReviewedFile
from service.case_reviews.rules import Rubric, State, Step, rubric, step
from service.deadlines.commands import counted
from service.errors import NotFound
from service.law.queries import rule_book
from service.workdays.queries import calendar
from service.workdays.rules import Deadline
from tenants.wall import current

EVENTS = {
    Step.SCORE: "case_reviews.scored",
    Step.AGREE: "case_reviews.result_found",
    Step.DISAGREE: "case_reviews.scores_split",
    Step.DECIDE: "case_reviews.result_found",
    Step.OBJECT: "case_reviews.result_objected",
    Step.STAND_OWING: "case_reviews.result_stands",
    Step.STAND: "case_reviews.result_stands",
    Step.CORRECT: "case_reviews.corrected",
    Step.RETURN: "case_reviews.correction_returned",
    Step.ACCEPT: "case_reviews.correction_accepted",
    Step.EXCLUDE: "case_reviews.file_excluded",
}
"""Outbox event and audit act of each step."""


async def locked(file_id: UUID) -> ReviewedFile:
    """The file, held until the transaction ends.

    Raises:
        NotFound: no such file that this scope may write.
    """
    row = await ReviewedFile.filter(id=file_id).select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such file under review", path=("input", "fileId"))
    return row


async def standard(row: ReviewedFile) -> Rubric:
    """The rubric of the day on which the round was committed to."""
    return rubric(await rule_book(), row.rubric_day)


async def limit(rule_id: str, row: ReviewedFile) -> Deadline:
    """The last day of a limit that begins today; None where its year is not published yet."""
    law = (await rule_book()).rule(rule_id, row.rubric_day)
    return counted(law, clock.legal_day(clock.now()), await calendar())


async def take(
    row: ReviewedFile, taken: Step, changes: Mapping[str, Any] | None = None, **detail: Any
) -> ReviewedFile:
    """Take one step with a locked file: state, audit and outbox.

    Raises:
        WrongStep: the step does not fit.
    """
    before = State(row.state)
    after = step(before, taken)
    for name, value in (changes or {}).items():
        setattr(row, name, value)
    now = clock.now()
    row.state, row.updated_at = after.value, now
    if after in (State.CLOSED, State.EXCLUDED):
        row.closed_on = clock.legal_day(now)
    await row.save()
    states = {"before": before.value, "state": after.value}
    act = EVENTS[taken]
    await audit.record(act, row.owner, "ReviewedFile", row.id, **states, **detail)
    await outbox.emit(act, row.owner, {"file": str(row.id), "state": after.value})
    return row
