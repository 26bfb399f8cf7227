"""What an enterprise keeps of its own responsibility: the seven duties, posts and statements.

`party` is the enterprise that acts, None where the town does.
"""

from datetime import date
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.duties.records import PrincipalDuty, ResponsibilityStatement, StaffPost
from service.duties.rules import check_duty
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.register.records import Enterprise
from service.texts import filled
from tenants.records import owned
from tenants.wall import current


async def fulfil(
    enterprise_id: UUID,
    duty: int,
    fulfilled_on: date,
    note: str,
    party: UUID | None = None,
) -> PrincipalDuty:
    """Keep that the principal fulfilled one of the seven duties in the year of that day.

    Raises:
        NotFound: no such enterprise in this scope, or not the party's own.
        Invalid: no such duty, no note, or a day in the future.
        Conflict: it was kept for this year already.
    """
    enterprise = await _enterprise(enterprise_id, party)
    _check_past(fulfilled_on, "fulfilledOn")
    try:
        row = await PrincipalDuty.create(
            id=new_id(),
            **owned(enterprise.owner),
            enterprise_id=enterprise.id,
            year=fulfilled_on.year,
            duty=check_duty(duty),
            fulfilled_on=fulfilled_on,
            note=filled(note, "note", 2000),
            recorded_by=current().scope.actor,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict("this was kept for the year already", path=("input", "duty")) from error
    await audit.record("duties.principal_fulfilled", row.owner, "PrincipalDuty", row.id, duty=duty)
    await outbox.emit("duties.principal_fulfilled", row.owner, {"duty": str(row.id)})
    return row


async def open_post(
    enterprise_id: UUID, name: str, opened_on: date, party: UUID | None = None
) -> StaffPost:
    """Enter a post of an enterprise; a post held by two people is two posts.

    Raises:
        NotFound: no such enterprise in this scope, or not the party's own.
        Invalid: no name, or a day in the future.
    """
    enterprise = await _enterprise(enterprise_id, party)
    _check_past(opened_on, "openedOn")
    row = await StaffPost.create(
        id=new_id(),
        **owned(enterprise.owner),
        enterprise_id=enterprise.id,
        name=filled(name, "name", 60),
        opened_on=opened_on,
        created_at=clock.now(),
    )
    await audit.record("duties.post_opened", row.owner, "StaffPost", row.id)
    await outbox.emit("duties.post_opened", row.owner, {"post": str(row.id)})
    return row


async def close_post(post_id: UUID, party: UUID | None = None) -> StaffPost:
    """Close a post today; its statement ends with it.

    Raises:
        NotFound: no such post in this scope, or not the party's own.
        Conflict: it is closed already.
    """
    post = await locked_post(post_id, party)
    post.closed_on = clock.legal_day(clock.now())
    await post.save(update_fields=["closed_on"])
    await _end_statement(post)
    await audit.record("duties.post_closed", post.owner, "StaffPost", post.id)
    await outbox.emit("duties.post_closed", post.owner, {"post": str(post.id)})
    return post


async def sign(
    post_id: UUID,
    *,
    holder: str,
    content: str,
    assessment: str,
    signed_on: date,
    party: UUID | None = None,
) -> StaffPost:
    """Keep the statement that the holder of a post signed; the one before it ends.

    Returns the post.

    Raises:
        NotFound: no such post in this scope, or not the party's own.
        Conflict: the post is closed.
        Invalid: no holder, content or standard of assessment (安全生产法 art. 22), a day in the
            future, or one before that of the statement in force.
    """
    post = await locked_post(post_id, party)
    _check_past(signed_on, "signedOn")
    before = await ResponsibilityStatement.get_or_none(
        tenant_id=post.tenant_id, post_id=post.id, ended_on=None
    )
    if before is not None and signed_on < before.signed_on:
        raise Invalid(f"a later one of {before.signed_on} is kept", path=("input", "signedOn"))
    await _end_statement(post)
    row = await ResponsibilityStatement.create(
        id=new_id(),
        **owned(post.owner),
        enterprise_id=post.enterprise_id,
        post_id=post.id,
        holder=filled(holder, "holder", 60),
        content=filled(content, "content", 4000),
        assessment=filled(assessment, "assessment", 4000),
        signed_on=signed_on,
        created_at=clock.now(),
    )
    await audit.record("duties.statement_signed", row.owner, "ResponsibilityStatement", row.id)
    await outbox.emit("duties.statement_signed", row.owner, {"statement": str(row.id)})
    return post


async def _end_statement(post: StaffPost) -> None:
    await ResponsibilityStatement.filter(
        tenant_id=post.tenant_id, post_id=post.id, ended_on=None
    ).update(ended_on=clock.legal_day(clock.now()))


async def _enterprise(enterprise_id: UUID, party: UUID | None) -> Enterprise:
    row = await Enterprise.get_or_none(id=enterprise_id)
    own = row is not None and party in (None, row.id)
    if row is None or not own or row.tenant_id not in current().scope.writable:
        raise NotFound("no such enterprise", path=("input", "enterpriseId"))
    return row


async def locked_post(post_id: UUID, party: UUID | None = None) -> StaffPost:
    """A post that is open, held until the transaction ends.

    Raises:
        NotFound: no such post in this scope, or not the party's own.
        Conflict: the post is closed.
    """
    found = StaffPost.filter(id=post_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    post = await found.select_for_update().get_or_none()
    if post is None or post.tenant_id not in current().scope.writable:
        raise NotFound("no such post", path=("input", "postId"))
    if post.closed_on is not None:
        raise Conflict(f"the post was closed on {post.closed_on}", path=("input", "postId"))
    return post


def _check_past(day: date, field: str) -> None:
    if day > clock.legal_day(clock.now()):
        raise Invalid("this day lies in the future", path=("input", field))
