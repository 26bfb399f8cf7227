"""The demo's accounts: one a role, with passwords that protect nothing real."""

import os
from pathlib import Path
from typing import Any

import orjson

from infra.demo.model import DemoAccount, DemoPlan
from infra.demo.steps import ACTOR, District, Index
from service.errors import Conflict
from service.identity import apps
from service.identity.commands import account_of, add_member, create_account, enrolment_scope
from service.identity.records import Account, Application
from tenants.rights import Role, app_scopes
from tenants.wall import tenant_transaction

FILE = "demo-accounts.json"
_NOTES = {
    "COMMITTEE": "district safety committee (商贸安全专委)",
    "DEPARTMENT": "line department of the district (部门)",
    "TENANT_ADMIN": "administrator of a street (街道)",
    "INSPECTOR": "officer of the street (执法人员)",
    "ENTERPRISE": "an enterprise of the street (企业)",
    "APP": "client id and secret of an application (应用)",
}


async def accounts(plan: DemoPlan, district: District, known: Index) -> list[dict[str, Any]]:
    """Make the accounts and the application; what the operator is shown."""
    shown = []
    for item in plan.accounts:
        make = _application if item.role == Role.APP.value else _person
        account, password = await make(item, district, known)
        shown.append(
            {
                "role": item.role,
                "account": account,
                "password": password,
                "note": _NOTES[item.role],
            }
        )
    return shown


async def _person(item: DemoAccount, district: District, known: Index) -> tuple[str, str]:
    owner = district.owner(item.town_code)
    async with tenant_transaction(enrolment_scope(owner, ACTOR)):
        account = await Account.get_or_none(login=item.username)
        if account is None:
            account = await create_account(
                item.username, name=item.display_name, password=item.password
            )
    try:
        async with tenant_transaction(enrolment_scope(owner, ACTOR)):
            await add_member(
                owner,
                await account_of(item.username),
                Role(item.role),
                body_code=item.body_code,
                enterprise_id=(
                    None if item.enterprise is None else known.enterprises[item.enterprise]
                ),
            )
    except Conflict:
        pass  # a member since a run that broke off
    return item.username, item.password


async def _application(item: DemoAccount, district: District, _: Index) -> tuple[str, str]:
    """An application that the street lets in; its secret is drawn anew each time."""
    owner = district.owner(item.town_code)
    scopes = list(app_scopes())
    async with tenant_transaction(enrolment_scope(owner, ACTOR)):
        app = await Application.get_or_none(name=item.display_name)
        if app is not None:
            return app.client_id, await apps.rotate_secret(app.client_id)
        app, secret = await apps.register_app(item.display_name, scopes)
        grant = await apps.request_app_grant(app.client_id, owner, scopes)
        await apps.approve_app_grant(grant.id)
    return app.client_id, secret


def write(shown: list[dict[str, Any]]) -> Path | None:
    """Leave the accounts where the supervisor finds them, for the owner's eyes only."""
    directory = os.environ.get("ANSHANG_DATA_DIR", "")
    if not directory:
        return None
    file = Path(directory) / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_suffix(".new")
    scratch.touch(mode=0o600)
    scratch.write_bytes(orjson.dumps(shown, option=orjson.OPT_INDENT_2))
    scratch.replace(file)
    return file
