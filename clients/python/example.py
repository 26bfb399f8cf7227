"""What an integrator does first: sign in, read page by page, act once, follow what changes."""

import asyncio
import json
import os
from collections.abc import AsyncIterator

import httpx
from anshang_client import AnshangClient, EnrolEnterpriseInput
from anshang_client.enterprises import EnterprisesEnterprisesEdgesNode
from anshang_client.exceptions import GraphQLClientGraphQLMultiError


async def sign_in(url: str, client_id: str, secret: str, scope: str) -> AnshangClient:
    """A client whose token lives an hour (client credentials, RFC 6749 4.4)."""
    async with httpx.AsyncClient() as http:
        form = {"grant_type": "client_credentials", "scope": scope}
        answer = await http.post(f"{url}/oauth/token", data=form, auth=(client_id, secret))
        answer.raise_for_status()
    return connect(url, answer.json()["access_token"])


def connect(url: str, token: str) -> AnshangClient:
    """A client with a token that is at hand."""
    return AnshangClient(f"{url}/graphql", headers={"Authorization": f"Bearer {token}"})


async def all_enterprises(client: AnshangClient) -> AsyncIterator[EnterprisesEnterprisesEdgesNode]:
    """Page after page."""
    after = None
    while True:
        page = (await client.enterprises(after=after)).enterprises
        for edge in page.edges:
            yield edge.node
        if not page.page_info.has_next_page:
            return
        after = page.page_info.end_cursor


async def main() -> None:
    """Print what came of it, as JSON."""
    url = os.environ["ANSHANG"]
    app = await sign_in(url, os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], "register:read")
    names = [one.name async for one in all_enterprises(app)]

    town = connect(url, os.environ["TOWN_TOKEN"])
    entry = EnrolEnterpriseInput(
        name="晨光副食店", alternateId="990112600000001", idempotencyKey="till-4711"
    )
    first = (await town.enrol_enterprise(entry)).enrol_enterprise
    again = (await town.enrol_enterprise(entry)).enrol_enterprise
    entry.idempotency_key = "till-4712"
    refused = (await town.enrol_enterprise(entry)).enrol_enterprise

    begun = (await app.changes(first=5)).changes
    followed = (await app.changes(after=begun.page_info.end_cursor, first=50)).changes
    try:
        await connect(url, "ans_a_" + "0" * 43).me()
        stranger = "let in"
    except Exception as error:
        stranger = type(error).__name__
    try:
        await app.officers()
        overreach = ["let in"]
    except GraphQLClientGraphQLMultiError as error:
        overreach = [str((one.extensions or {}).get("code")) for one in error.errors]
    print(
        json.dumps(
            {
                "names": names,
                "enrolled": first.enterprise.name if first.enterprise else None,
                "sameAnswer": first == again,
                "refusedWith": [error.code.value for error in refused.errors],
                "begun": [edge.node.what.value for edge in begun.edges],
                "followed": [edge.node.what.value for edge in followed.edges],
                "stranger": stranger,
                "overreach": overreach,
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(main())
