"""Identity through the schema: the caller, the members and the applications of a town."""

from collections.abc import Callable
from typing import Any

import pytest

from service.identity import apps, commands, oauth, queries, sessions
from service.identity.rules import AccountSuspended
from tenants.principal import PUBLIC
from tenants.rights import Role
from tenants.wall import tenant_transaction

PASSWORD = "correct horse battery staple"
Make = Callable[..., Any]
ME = "{ me { name role capabilities tenant { name divisionCode } body { code } } }"
GRANTS = """
query Grants($state: GrantState) {
  appGrants(state: $state) { totalCount edges { node { id appName clientId scopes state } } }
}
"""
DECIDE = """
mutation Decide($input: {0}AppGrantInput!) {{
  answer: {1}AppGrant(input: $input) {{
    grant {{ id state scopes decidedAt }}
    errors {{ code message path }}
  }}
}}
"""
MEMBERS = "{ members { edges { node { id name role validTo } } } }"
END = """
mutation End($input: EndMembershipInput!) {
  endMembership(input: $input) { member { id validTo } errors { code message path } }
}
"""
NODE = "query Node($id: ID!) { node(id: $id) { id __typename } }"


async def decide(execute: Make, principal: Any, verb: str, grant_id: str) -> dict[str, Any]:
    document = DECIDE.format(verb.capitalize(), verb)
    answer = await execute(principal, document, {"input": {"grantId": grant_id}})
    assert answer["errors"] == []
    return answer["data"]["answer"]


async def requested(register: Make, town: Any, *scopes: str) -> Any:
    app, _ = await register(*scopes)
    async with tenant_transaction(commands.enrolment_scope(town.owner, "operator")):
        await apps.request_app_grant(app.client_id, town.owner, app.scopes)
    return app


async def test_the_public_is_told_who_it_is(execute: Make) -> None:
    answer = await execute(PUBLIC, ME)

    assert answer["data"]["me"] == {
        "name": "",
        "role": "PUBLIC",
        "capabilities": [],
        "tenant": None,
        "body": None,
    }


async def test_a_member_is_told_town_body_and_powers(world: Any, hire: Make, execute: Make) -> None:
    account = await hire(world.towns[0].owner, Role.INSPECTOR, body_code="town")
    signed_in = await sessions.sign_in(account.login, PASSWORD, "192.0.2.80")

    answer = await execute(await queries.authenticate(signed_in.token), ME)

    assert answer["data"]["me"] == {
        "name": "王安",
        "role": "INSPECTOR",
        "capabilities": ["can_penalise"],
        "tenant": {"name": world.towns[0].name, "divisionCode": world.towns[0].code},
        "body": {"code": "town"},
    }


async def test_an_application_is_told_its_scopes_and_its_only_town(
    world: Any, register: Make, grant: Make, execute: Make
) -> None:
    app, secret = await register("hazard:read")
    await grant(app, world.towns[0].owner)
    issued = await oauth.issue_app_token(app.client_id, secret, None, "192.0.2.81")

    answer = await execute(await queries.authenticate(issued.token), ME)

    assert answer["data"]["me"] == {
        "name": "消防物联网",
        "role": "APP",
        "capabilities": ["hazard:read"],
        "tenant": {"name": world.towns[0].name, "divisionCode": world.towns[0].code},
        "body": None,
    }


async def test_the_administrator_answers_a_request_and_takes_it_back(
    world: Any, register: Make, execute: Make
) -> None:
    town = world.towns[0]
    app = await requested(register, town, "hazard:read")
    listed = await execute(town.principal(), GRANTS, {"state": "REQUESTED"})
    (edge,) = listed["data"]["appGrants"]["edges"]
    assert edge["node"] | {"id": ""} == {
        "id": "",
        "appName": "消防物联网",
        "clientId": app.client_id,
        "scopes": ["hazard:read"],
        "state": "REQUESTED",
    }

    approved = await decide(execute, town.principal(), "approve", edge["node"]["id"])
    again = await decide(execute, town.principal(), "refuse", edge["node"]["id"])
    revoked = await decide(execute, town.principal(), "revoke", edge["node"]["id"])

    assert (approved["grant"]["state"], approved["errors"]) == ("ACTIVE", [])
    assert approved["grant"]["decidedAt"]
    assert again["grant"] is None
    assert again["errors"] == [
        {
            "code": "CONFLICT",
            "message": "a grant that is ACTIVE cannot become REFUSED",
            "path": [],
        }
    ]
    assert revoked["grant"]["state"] == "REVOKED"


@pytest.mark.parametrize("verb", ["approve", "refuse", "revoke"])
@pytest.mark.parametrize("who", ["inspector", "committee", "department", "other town"])
async def test_nobody_else_answers(
    world: Any, register: Make, execute: Make, verb: str, who: str
) -> None:
    town, other = world.towns[:2]
    await requested(register, town)
    listed = await execute(town.principal(), GRANTS)
    grant_id = listed["data"]["appGrants"]["edges"][0]["node"]["id"]
    principal = {
        "inspector": town.principal(Role.INSPECTOR),
        "committee": world.committee(),
        "department": world.department("fire"),
        "other town": other.principal(),
    }[who]

    answer = await decide(execute, principal, verb, grant_id)

    assert answer["grant"] is None
    assert answer["errors"][0]["code"] == ("NOT_FOUND" if who == "other town" else "FORBIDDEN")
    kept = await execute(town.principal(), GRANTS)
    assert kept["data"]["appGrants"]["edges"][0]["node"]["state"] == "REQUESTED"


async def test_an_application_sees_its_own_grants_alone(
    world: Any, register: Make, grant: Make, execute: Make
) -> None:
    town = world.towns[0]
    app, secret = await register("hazard:read")
    other, _ = await register("hazard:read")
    await grant(app, town.owner)
    strange = await grant(other, town.owner)
    issued = await oauth.issue_app_token(app.client_id, secret, None, "192.0.2.82")
    principal = await queries.authenticate(issued.token)

    listed = await execute(principal, GRANTS)
    assert [e["node"]["clientId"] for e in listed["data"]["appGrants"]["edges"]] == [app.client_id]
    assert listed["data"]["appGrants"]["totalCount"] == 1
    every = await execute(town.principal(), GRANTS)
    ids = {e["node"]["clientId"]: e["node"]["id"] for e in every["data"]["appGrants"]["edges"]}

    assert (await execute(principal, NODE, {"id": ids[app.client_id]}))["data"]["node"]
    assert (await execute(principal, NODE, {"id": ids[other.client_id]}))["data"]["node"] is None
    assert strange.client_id == other.client_id


async def test_an_application_without_a_grant_reads_nothing_of_a_town(
    world: Any, register: Make, execute: Make
) -> None:
    app, secret = await register("register:read", "hazard:read")
    issued = await oauth.issue_app_token(app.client_id, secret, None, "192.0.2.83")
    principal = await queries.authenticate(issued.token)

    for question in (
        GRANTS,
        "{ tenants { totalCount edges { node { name } } } }",
        "{ enterprises { totalCount edges { node { name } } } }",
    ):
        answer = await execute(principal, question)
        assert answer["errors"] == []
        (connection,) = answer["data"].values()
        assert (connection["totalCount"], connection["edges"]) == (0, [])
    refused = await execute(principal, MEMBERS)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_administrator_ends_a_membership(world: Any, hire: Make, execute: Make) -> None:
    town = world.towns[0]
    account = await hire(town.owner, Role.INSPECTOR, body_code="town")
    token = (await sessions.sign_in(account.login, PASSWORD, "192.0.2.84")).token
    listed = await execute(town.principal(), MEMBERS)
    (edge,) = listed["data"]["members"]["edges"]
    assert (edge["node"]["role"], edge["node"]["validTo"]) == ("INSPECTOR", None)
    end = {"input": {"memberId": edge["node"]["id"], "idempotencyKey": "leave-1"}}

    first = await execute(town.principal(), END, end)
    repeated = await execute(town.principal(), END, end)

    assert first["data"]["endMembership"]["errors"] == []
    assert first["data"]["endMembership"]["member"]["validTo"]
    assert repeated == first
    queries.forget()
    with pytest.raises(AccountSuspended):
        await queries.authenticate(token)


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.ENTERPRISE])
async def test_who_may_not_list_members_finds_none_by_id(
    world: Any, hire: Make, execute: Make, role: Role
) -> None:
    town = world.towns[0]
    await hire(town.owner)
    listed = await execute(town.principal(), MEMBERS)
    member = listed["data"]["members"]["edges"][0]["node"]["id"]

    for document, variables in (
        (MEMBERS, {}),
        (NODE, {"id": member}),
    ):
        answer = await execute(town.principal(role), document, variables)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    ended = await execute(town.principal(role), END, {"input": {"memberId": member}})
    assert ended["data"]["endMembership"]["errors"][0]["code"] == "FORBIDDEN"
