"""What can be done about accounts and memberships; each runs in the transaction of its caller.

Commands that touch an account need a scope that is the platform's and the town's at once:
`enrolment_scope`.
"""

from datetime import date
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock
from service.errors import Conflict, NotFound
from service.identity import passwords
from service.identity.records import Account, Membership, Session
from service.identity.rules import (
    AccountStatus,
    check_login,
    check_membership,
    check_password,
    in_force,
)
from service.ids import new_id
from tenants.records import Body, Tenant, owned
from tenants.rights import Role
from tenants.scope import Owner, Scope


def enrolment_scope(owner: Owner, actor: str) -> Scope:
    """The scope in which a person is entered for a town: the platform's tables and the town's."""
    only = frozenset({owner.tenant_id})
    return Scope(actor, owner, frozenset({owner.district_id}), only, only, platform=True)


async def create_account(
    login: str,
    *,
    name: str,
    password: str | None = None,
    oidc_subject: str | None = None,
) -> Account:
    """Make an account that signs in by password, by the identity provider's subject, or both.

    It can do nothing before it has a membership.

    Raises:
        Invalid: a login or password that breaks the rules.
        Conflict: the login or the subject is taken.
    """
    chosen = check_login(login)
    stored = None
    if password is not None:
        stored = await passwords.hash_password(check_password(password, chosen))
    try:
        return await Account.create(
            id=new_id(),
            login=chosen,
            name=name.strip(),
            password_hash=stored,
            oidc_subject=oidc_subject,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict(
            "this login or identity is taken; choose another", path=("login",)
        ) from error


async def add_member(
    owner: Owner,
    account: Account,
    role: Role,
    *,
    body_code: str | None = None,
    enterprise_id: UUID | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Membership:
    """Let the account act for a town in one role, from `valid_from` until before `valid_to`.

    Raises:
        Invalid: a role that this kind of tenant cannot have, or one that lacks its body.
        NotFound: no such tenant or body in scope.
        Conflict: the account holds this role in this tenant already, or the enterprise is
            not in the tenant's register.
    """
    tenant = await Tenant.get_or_none(id=owner.tenant_id)
    if tenant is None:
        raise NotFound("no such tenant", path=("tenant",))
    check_membership(
        role, tenant.kind, body=body_code is not None, enterprise=enterprise_id is not None
    )
    body_id = await _body(owner, body_code) if body_code is not None else None
    try:
        row = await Membership.create(
            id=new_id(),
            **owned(owner),
            account_id=account.id,
            name=account.name,
            role=role.value,
            body_id=body_id,
            enterprise_id=enterprise_id,
            valid_from=valid_from or clock.legal_day(clock.now()),
            valid_to=valid_to,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict(
            f"the account is a {role.value} of this tenant already"
            if enterprise_id is None
            else "the account speaks for an enterprise here already, or there is no such one"
        ) from error
    await audit.record("identity.member_added", owner, "Membership", row.id, role=role.value)
    return row


async def end_membership(membership_id: UUID) -> Membership:
    """End a membership today; its sessions stop with it.

    Raises:
        NotFound: none in scope.
        Conflict: it has ended already, or nobody would be left to administer the tenant.
    """
    row = await Membership.get_or_none(id=membership_id)
    if row is None:
        raise NotFound("no such member", path=("input", "memberId"))
    today = clock.legal_day(clock.now())
    if row.valid_to is not None and row.valid_to <= today:
        raise Conflict("this membership has ended already")
    await _keep_an_administrator(row, today)
    until = max(today, row.valid_from)
    await Membership.filter(tenant_id=row.tenant_id, id=row.id).update(valid_to=until)
    row.valid_to = until
    await audit.record("identity.membership_ended", row.owner, "Membership", row.id)
    return row


async def _keep_an_administrator(leaving: Membership, today: date) -> None:
    """A town that ended its last administrator could not let anybody in again."""
    if leaving.role != Role.TENANT_ADMIN.value:
        return
    # Locked in the order of ids, so that two administrators cannot end one another at once.
    present = (
        await Membership.filter(tenant_id=leaving.tenant_id, role=leaving.role)
        .select_for_update()
        .order_by("id")
    )
    if not any(
        one.id != leaving.id and in_force(one.valid_from, one.valid_to, today) for one in present
    ):
        raise Conflict("this is the last administrator; appoint another one first")


async def set_password(login: str, password: str) -> Account:
    """Give an account a new password and end all its sessions.

    Raises:
        NotFound: no such account.
        Invalid: a password that breaks the rules.
    """
    row = await account_of(login)
    row.password_hash = await passwords.hash_password(check_password(password, row.login))
    await row.save(update_fields=["password_hash"])
    await end_sessions(row.id)
    return row


async def suspend_account(login: str, *, suspended: bool = True) -> Account:
    """Keep an account from signing in and end its sessions, or let it in again.

    Raises:
        NotFound: no such account.
    """
    row = await account_of(login)
    row.status = (AccountStatus.SUSPENDED if suspended else AccountStatus.ACTIVE).value
    await row.save(update_fields=["status"])
    if suspended:
        await end_sessions(row.id)
    return row


async def end_sessions(account_id: UUID) -> int:
    """End every open session of an account; returns how many."""
    return await Session.filter(account_id=account_id, revoked_at=None).update(
        revoked_at=clock.now()
    )


async def account_of(login: str) -> Account:
    """The account of that login.

    Raises:
        NotFound: none.
    """
    row = await Account.get_or_none(login=check_login(login))
    if row is None:
        raise NotFound(f"no account {login}", path=("login",))
    return row


async def _body(owner: Owner, code: str) -> UUID:
    body = await Body.get_or_none(tenant_id=owner.tenant_id, code=code)
    if body is None:
        raise NotFound(f"this tenant has no enforcement body {code}", path=("body",))
    return body.id
