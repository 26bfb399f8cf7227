"""What can be done with a certificate: applied for, reviewed, published, granted, revoked.

The town enters, a department of the district reviews and grants, and time does the rest.
"""

from datetime import date
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.law.queries import rule_book
from service.register.records import Enterprise
from service.standardisation.records import Certificate
from service.standardisation.rules import (
    PublicityRuns,
    SamePerson,
    ScoreTooLow,
    State,
    Step,
    check_grade,
    check_past,
    check_score,
    check_text,
    follow,
)
from service.workdays.queries import calendar
from service.workdays.rules import due
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current

EVENTS = {
    Step.SELF_ASSESS: "standardisation.self_assessed",
    Step.REVIEW: "standardisation.reviewed",
    Step.RETURN: "standardisation.returned",
    Step.PUBLISH: "standardisation.published",
    Step.GRANT: "standardisation.granted",
    Step.REVOKE: "standardisation.revoked",
    Step.WITHDRAW: "standardisation.withdrawn",
    Step.EXPIRE: "standardisation.expired",
}
REASON = 400


async def apply(enterprise_id: UUID, grade: int, applied_on: date) -> Certificate:
    """Enter the application of an enterprise for a grade.

    Raises:
        NotFound: no such enterprise that this scope may write.
        Invalid: no grade, or a day in the future.
        Conflict: an application of the enterprise is open, or the enterprise is closed.
    """
    owner = await _owner_of(enterprise_id)
    check_past(applied_on, _today(), None, "appliedOn")
    row = _new(owner, enterprise_id, grade, applied_on)
    try:
        await row.save()
    except IntegrityError as error:
        raise Conflict(
            "an application of this enterprise is open; go on with it or withdraw it",
            path=("input", "enterpriseId"),
        ) from error
    await _announce(row, "standardisation.applied", grade=row.grade)
    return row


async def record(
    enterprise_id: UUID, grade: int, number: str, issued_on: date, valid_to: date | None = None
) -> Certificate:
    """Enter a certificate that was granted on paper before; its term is that of the law of then.

    Raises:
        NotFound: no such enterprise that this scope may write.
        Invalid: no grade, no number, a day in the future, or an end before the beginning.
        Conflict: a certificate of the town has this number, or the enterprise is closed.
        NoRule: no term was in force on the day of issue, and none was given.
    """
    owner = await _owner_of(enterprise_id)
    check_past(issued_on, _today(), None, "issuedOn")
    row = _new(owner, enterprise_id, grade, issued_on)
    row.state = State.GRANTED.value
    end = valid_to or await term_end(issued_on)
    if end <= issued_on:
        raise Invalid(f"a certificate of {issued_on} ends later", path=("input", "validTo"))
    _issue(row, number, issued_on, end)
    await _save(row)
    await _announce(row, "standardisation.recorded", grade=row.grade)
    return row


async def self_assess(cert_id: UUID, score: int, assessed_on: date) -> Certificate:
    """Enter the mark that the enterprise gave itself.

    Raises:
        NotFound, WrongStep: see `locked` and `rules.follow`.
        Invalid: no mark, or a day in the future or before the application.
    """
    row = await locked(cert_id)
    _go(row, Step.SELF_ASSESS)
    row.self_score = check_score(score)
    row.self_assessed_on = check_past(assessed_on, _today(), row.applied_on, "assessedOn")
    return await _take(row, Step.SELF_ASSESS, score=score)


async def review(cert_id: UUID, score: int, reviewed_on: date) -> Certificate:
    """Enter the mark of the review, at least what the grade asks for.

    Raises:
        NotFound, WrongStep: as above.
        Invalid: no mark, or a day in the future or before the self-assessment.
        SamePerson: whoever entered the application.
        ScoreTooLow: below the mark of the grade; return the application instead.
        NoRule: no mark was in force on the day.
    """
    row = await locked(cert_id)
    _go(row, Step.REVIEW)
    actor = current().scope.actor
    if actor == row.applied_by:
        raise SamePerson("the review is another person's than the application's")
    row.score = check_score(score)
    row.reviewed_on = check_past(reviewed_on, _today(), row.self_assessed_on, "reviewedOn")
    row.reviewed_by = actor
    rule = (await rule_book()).rule("STANDARD_SCORE", reviewed_on, str(row.grade))
    if score < rule.number:
        raise ScoreTooLow(
            f"grade {row.grade} asks for {rule.number}; return the application",
            path=("input", "score"),
        )
    return await _take(row, Step.REVIEW, score=score)


async def give_back(cert_id: UUID, reason: str) -> Certificate:
    """Return an application to where it began, for the enterprise to do better.

    Raises:
        NotFound, WrongStep: as above.
        Invalid: no reason.
    """
    row = await locked(cert_id)
    _go(row, Step.RETURN)
    row.reason = check_text(reason, "reason", REASON)
    row.self_score = row.self_assessed_on = row.score = row.reviewed_on = None
    row.published_on = row.objections_until = None
    row.reviewed_by = ""
    return await _take(row, Step.RETURN)


async def publish(cert_id: UUID, published_on: date) -> Certificate:
    """Publish who passed, so that anybody can object for some working days (公示).

    Raises:
        NotFound, WrongStep: as above.
        Invalid: a day in the future or before the review.
        NoRule, YearNotPublished: the length of the publicity or the calendar is not known.
    """
    row = await locked(cert_id)
    _go(row, Step.PUBLISH)
    row.published_on = check_past(published_on, _today(), row.reviewed_on, "publishedOn")
    limit = (await rule_book()).rule("STANDARD_PUBLICITY", published_on).limit
    row.objections_until = due(published_on, limit, await calendar())
    return await _take(row, Step.PUBLISH)


async def grant(cert_id: UUID, number: str, issued_on: date) -> Certificate:
    """Grant the certificate once nobody can object any more.

    Raises:
        NotFound, WrongStep: as above.
        PublicityRuns: the day of issue lies in the publicity.
        Invalid: no number, or a day in the future.
        Conflict: a certificate of the town has this number.
        NoRule: no term is in force.
    """
    row = await locked(cert_id)
    _go(row, Step.GRANT)
    check_past(issued_on, _today(), None, "issuedOn")
    if row.objections_until is None or issued_on <= row.objections_until:
        raise PublicityRuns(
            f"anybody may object up to {row.objections_until}; issue it later",
            path=("input", "issuedOn"),
        )
    _issue(row, number, issued_on, await term_end(issued_on))
    return await _take(row, Step.GRANT, grade=row.grade)


async def revoke(cert_id: UUID, reason: str, revoked_on: date) -> Certificate:
    """Take a certificate back; it stays readable and counted up to the day.

    Raises:
        NotFound, WrongStep: as above.
        Invalid: no reason, or a day in the future or before the issue.
    """
    row = await locked(cert_id)
    _go(row, Step.REVOKE)
    row.reason = check_text(reason, "reason", REASON)
    row.revoked_on = check_past(revoked_on, _today(), row.issued_on, "revokedOn")
    return await _take(row, Step.REVOKE)


async def withdraw(cert_id: UUID, reason: str) -> Certificate:
    """Take an application back, so that another can be entered.

    Raises:
        NotFound, WrongStep: as above.
        Invalid: no reason.
    """
    row = await locked(cert_id)
    _go(row, Step.WITHDRAW)
    row.reason = check_text(reason, "reason", REASON)
    return await _take(row, Step.WITHDRAW)


async def expire(cert_id: UUID, today: date) -> bool:
    """Let a certificate expire whose time is over; whether this did it."""
    row = await locked(cert_id)
    if row.state != State.GRANTED.value or row.valid_to is None or row.valid_to > today:
        return False
    _go(row, Step.EXPIRE)
    await _take(row, Step.EXPIRE)
    return True


async def term_end(issued_on: date) -> date:
    """First day on which a certificate of that day no longer holds.

    Raises:
        NoRule: no term is in force.
    """
    limit = (await rule_book()).rule("STANDARD_TERM", issued_on).limit
    return due(issued_on, limit, await calendar())


async def locked(cert_id: UUID) -> Certificate:
    """The certificate, locked.

    Raises:
        NotFound: none that this scope may write.
    """
    row = await Certificate.filter(id=cert_id).select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such certificate", path=("input", "certificateId"))
    return row


def _today() -> date:
    return clock.legal_day(clock.now())


async def _owner_of(enterprise_id: UUID) -> Owner:
    found = await Enterprise.get_or_none(id=enterprise_id)
    if found is None or found.tenant_id not in current().scope.writable:
        raise NotFound("no such enterprise", path=("input", "enterpriseId"))
    if found.status == "CLOSED":
        raise Conflict("the enterprise is closed", path=("input", "enterpriseId"))
    return found.owner


def _new(owner: Owner, enterprise_id: UUID, grade: int, applied_on: date) -> Certificate:
    at = clock.now()
    return Certificate(
        id=new_id(),
        **owned(owner),
        enterprise_id=enterprise_id,
        grade=check_grade(grade),
        applied_on=applied_on,
        applied_by=current().scope.actor,
        created_at=at,
        updated_at=at,
    )


def _issue(row: Certificate, number: str, issued_on: date, valid_to: date) -> None:
    row.number = check_text(number, "number", 60)
    row.issued_on, row.valid_to = issued_on, valid_to


def _go(row: Certificate, step: Step) -> None:
    row.state = follow(State(row.state), step).value


async def _take(row: Certificate, step: Step, **detail: Any) -> Certificate:
    row.updated_at = clock.now()
    await _save(row)
    await _announce(row, EVENTS[step], **detail)
    return row


async def _save(row: Certificate) -> None:
    try:
        await row.save()
    except IntegrityError as error:
        raise Conflict(
            "a certificate of this town has this number already", path=("input", "number")
        ) from error


async def _announce(row: Certificate, event: str, **detail: Any) -> None:
    await audit.record(event, row.owner, "StandardisationCert", row.id, **detail)
    await outbox.emit(event, row.owner, {"certificate": str(row.id)})
