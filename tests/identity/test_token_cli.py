"""`anshang token`, run as the operator runs it."""

import json
from typing import Any

import pytest

from service.identity import oauth, queries, sessions
from service.identity.rules import TokenRevoked
from tenants.rights import Role
from tests import command_line

Answer = tuple[int, dict[str, Any], str]


async def anshang(*lines: list[str]) -> list[Answer]:
    answers = await command_line.anshang(*(["token", *words] for words in lines))
    return [(status, json.loads(text) if text else {}, error) for status, text, error in answers]


async def test_people_and_applications_from_the_first_day_to_the_last(world: Any) -> None:
    code, login = world.towns[0].code, f"operator-made-{world.code.lower()}"
    (s1, person, _), (s2, app, _) = await anshang(
        ["person", login, "--name", "李伟", "--role", "TENANT_ADMIN", "--tenant", code],
        ["app", "消防物联网", "--scope", "hazard:read"],
    )
    assert (s1, s2, len(person["password"])) == (0, 0, 20)
    first = await sessions.sign_in(login, person["password"], "192.0.2.90")
    assert first.role is Role.TENANT_ADMIN
    client = app["client_id"]

    answers = await anshang(
        ["issue", login],
        ["revoke", login],
        ["suspend", login],
        ["issue", login],
        ["suspend", login, "--undo"],
        ["password", login],
        ["request", client, "--tenant", code, "--scope", "hazard:read"],
        ["rotate", client],
        ["suspend", client],
        ["suspend", client, "--undo"],
    )

    issued, revoked, suspended, refused, undone, renewed, asked, rotated, out, back = answers
    queries.forget()
    for token in (first.token, issued[1]["token"]):
        with pytest.raises(TokenRevoked):
            await queries.authenticate(token)
    assert revoked == (0, {"login": login, "ended": 2}, "")
    assert suspended[1] == {"who": login, "status": "SUSPENDED"}
    assert refused == (2, {}, f"anshang: {login} is suspended or belongs to no active town\n")
    assert undone[1]["status"] == "ACTIVE"
    assert await sessions.sign_in(login, renewed[1]["password"], "192.0.2.90")
    assert asked[1]["state"] == "REQUESTED"
    assert (out[1]["status"], back[1]["status"]) == ("SUSPENDED", "ACTIVE")
    for secret in (app["client_secret"], rotated[1]["client_secret"]):
        assert await oauth.issue_app_token(client, secret, None, "192.0.2.91")


async def test_a_refusal_is_one_line_and_exit_code_2(database: None) -> None:
    person = ["person", "li.wei", "--name", "x", "--role"]
    answers = await anshang(
        ["revoke", "nobody-here"],
        ["rotate", "app_0"],
        ["app", "x", "--scope", "everything"],
        [*person, "TENANT_ADMIN", "--tenant", "000"],
    )

    assert [answer[:2] for answer in answers] == [(2, {})] * 4
    assert [answer[2].count("\n") for answer in answers] == [1] * 4
    for (_, _, error), says in zip(
        answers,
        [
            "anshang: no account nobody-here",
            "anshang: no application app_0",
            "anshang: scope everything cannot be had",
            "anshang: no tenant for division 000; see `anshang tenant list`",
        ],
        strict=True,
    ):
        assert error.startswith(says)
