"""The rules of identity, one by one."""

from datetime import date
from itertools import product

import pytest

from service.errors import Conflict, Invalid
from service.identity import passwords
from service.identity.oidc_flow import local_path
from service.identity.rules import (
    MEMBER_ROLES,
    NEXT_GRANT_STATES,
    GrantState,
    check_grant_step,
    check_login,
    check_membership,
    check_password,
    check_scopes,
    in_force,
)
from tenants.rights import Role, app_scopes


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple", "渝北区商贸安全工作要点落实情况", "Tr0ub4dor&3xyz!",
        "a" * 10 + "bcdefg", "x7#" * 40 + "abcdefgh", "correct\u3000horse\u3000battery",
    ],
)  # fmt: skip
def test_long_passwords_of_any_kind_are_good(password: str) -> None:
    assert check_password(password, "liwei")


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("", "12 to 128"), ("short", "12 to 128"), ("elevenchars", "12 to 128"),
        ("x7#q" * 33, "12 to 128"), ("aaaaaaaaaaaa", "five different"),
        ("abababababab", "five different"), ("liwei-is-my-name", "login name"),
        ("My-LiWei-Account", "login name"), ("password1234", "first that are guessed"),
        ("Password!Password!", "first that are guessed"),
        ("1234567890123", "first that are guessed"), ("abcdefghijklmnop", "first that are guessed"),
        ("987654321098765", "first that are guessed"), ("qwertyuiop123", "first that are guessed"),
        ("ｐａｓｓｗｏｒｄ１２３４", "first that are guessed"),
    ],
)  # fmt: skip
def test_weak_passwords_are_refused_with_the_reason(password: str, because: str) -> None:
    with pytest.raises(Invalid, match=because) as caught:
        check_password(password, "liwei@example.cn")

    assert caught.value.path == ("password",)
    assert not password or password not in caught.value.message


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("liwei", "liwei"), (" LiWei ", "liwei"), ("ＬＩＷＥＩ", "liwei"),
        ("li.wei-2@town_1", "li.wei-2@town_1"), ("abc", "abc"), ("a" * 64, "a" * 64),
    ],
)  # fmt: skip
def test_logins_are_kept_in_one_form(given: str, kept: str) -> None:
    assert check_login(given) == kept


@pytest.mark.parametrize(
    "login",
    [
        "",
        "ab",
        "a" * 65,
        ".abc",
        "abc.",
        "a b c",
        "李伟李伟",
        "abc\x00d",
        "ab\nd",
        "a/../b",
        "abc'--",
    ],
)
def test_other_logins_are_refused(login: str) -> None:
    with pytest.raises(Invalid, match="3 to 64"):
        check_login(login)


def test_scopes_are_sorted_once_each_and_known() -> None:
    assert check_scopes(["register:read", "hazard:read", "hazard:read"]) == [
        "hazard:read",
        "register:read",
    ]
    assert check_scopes([]) == []
    assert check_scopes(app_scopes()) == list(app_scopes())
    with pytest.raises(Invalid, match=r"choose from .*case:read, demand:read"):
        check_scopes(["hazard:write"])
    with pytest.raises(Invalid, match="register:read cannot be had; choose from hazard:read"):
        check_scopes(["register:read"], ["hazard:read"])


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2026, 3, 31), False), (date(2026, 4, 1), True),
        (date(2026, 4, 30), True), (date(2026, 5, 1), False),
    ],
)  # fmt: skip
def test_a_membership_holds_from_its_first_day_until_before_its_end(day: date, holds: bool) -> None:
    assert in_force(date(2026, 4, 1), date(2026, 5, 1), day) is holds
    assert in_force(date(2026, 4, 1), None, day) is (day >= date(2026, 4, 1))


ALLOWED_MEMBERS = {
    (Role.TENANT_ADMIN, "TOWN", False, False), (Role.TENANT_ADMIN, "STREET", False, False),
    (Role.TENANT_ADMIN, "DISTRICT", False, False), (Role.TENANT_ADMIN, "TOWN", True, False),
    (Role.TENANT_ADMIN, "STREET", True, False), (Role.TENANT_ADMIN, "DISTRICT", True, False),
    (Role.INSPECTOR, "TOWN", True, False), (Role.INSPECTOR, "STREET", True, False),
    (Role.INSPECTOR, "DISTRICT", True, False), (Role.DEPARTMENT, "DISTRICT", True, False),
    (Role.COMMITTEE, "DISTRICT", False, False), (Role.ENTERPRISE, "TOWN", False, True),
    (Role.ENTERPRISE, "STREET", False, True), (Role.ENTERPRISE, "DISTRICT", False, True),
    (Role.ENTERPRISE, "TOWN", True, True), (Role.ENTERPRISE, "STREET", True, True),
    (Role.ENTERPRISE, "DISTRICT", True, True),
}  # fmt: skip


@pytest.mark.parametrize(
    ("role", "kind", "body", "enterprise"),
    list(product(Role, ("TOWN", "STREET", "DISTRICT"), (False, True), (False, True))),
)
def test_who_can_be_a_member_of_what(role: Role, kind: str, body: bool, enterprise: bool) -> None:
    if (role, kind, body, enterprise) in ALLOWED_MEMBERS:
        check_membership(role, kind, body=body, enterprise=enterprise)
        assert role in MEMBER_ROLES
    else:
        with pytest.raises(Invalid):
            check_membership(role, kind, body=body, enterprise=enterprise)


@pytest.mark.parametrize(("now", "then"), list(product(GrantState, GrantState)))
def test_steps_of_a_grant(now: GrantState, then: GrantState) -> None:
    if then in NEXT_GRANT_STATES[now]:
        check_grant_step(now, then)
    else:
        with pytest.raises(Conflict, match=f"{now.value} cannot become {then.value}"):
            check_grant_step(now, then)


@pytest.mark.parametrize("path", ["/", "/explorer", "/a?b=c#d", "/%2F%2Fexample.org"])
def test_a_path_of_ours_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "", "explorer", "//example.org", "/\\example.org", "https://example.org",
        "\\\\example.org",
        "/a\\..\\b", "/a\r\nSet-Cookie: x=y", "javascript:alert(1)", "/" + "a" * 500, " /a",
        "/\t/x",
    ],
)  # fmt: skip
def test_every_other_path_becomes_the_root(path: str) -> None:
    assert local_path(path) == "/"


async def test_a_password_fits_its_own_hash_only() -> None:
    stored = await passwords.hash_password("correct horse battery staple")

    assert await passwords.verify_password(stored, "correct horse battery staple")
    assert not await passwords.verify_password(stored, "correct horse battery stapl")
    assert not await passwords.verify_password(None, "nobody has this password")
    assert not await passwords.verify_password("not a hash", "correct horse battery staple")
    assert not await passwords.verify_password("", "")
    assert not passwords.outdated(stored)


async def test_wide_and_narrow_characters_are_the_same_password() -> None:
    stored = await passwords.hash_password("correct ｈｏｒｓｅ battery")

    assert await passwords.verify_password(stored, "correct horse battery")
