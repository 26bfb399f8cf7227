"""Rules of identity: passwords, lifetimes, login names, application scopes and rate limits."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import pairwise
from typing import NewType
from uuid import UUID

from service.errors import Conflict, Invalid, SafetyError
from tenants.rights import Role, app_scopes

AccountId = NewType("AccountId", UUID)
AppId = NewType("AppId", UUID)

PASSWORD_MINIMUM = 12  # characters; NIST SP 800-63B-4 §3.1.1.2 asks for 8 beside a second factor
PASSWORD_MAXIMUM = 128  # characters; bounds the work that one request can ask of argon2id
SESSION_LIFETIME = timedelta(hours=12)  # NIST SP 800-63B-4 §2.2.3: at most 24 h
SESSION_IDLE = timedelta(hours=1)  # NIST SP 800-63B-4 §2.2.3: at most 1 h
TOUCH_AFTER = timedelta(minutes=5)  # a session's last use is written no more often than this
APP_TOKEN_LIFETIME = timedelta(hours=1)
SECRET_GRACE = timedelta(hours=24)  # both secrets work for so long after a rotation
OIDC_FLOW_LIFETIME = timedelta(minutes=10)
CACHE_SECONDS = 2.0  # how long a revoked token may still be honoured by another process

COMMON = (
    *("administrator", "1234567890", "qwertyuiop", "chongqing", "passw0rd", "password"),
    *("iloveyou", "zaq12wsx", "1qaz2wsx", "admin123", "welcome", "letmein", "anshang"),
    *("a123456", "woaini", "abc123", "yubei"),
)
"""Pieces that do not count towards a password's length, longest first."""
CLIENT_ID = re.compile(r"app_[0-9a-f]{24}")
LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{1,62}[a-z0-9])")


class AccountStatus(Enum):
    """Whether an account may sign in."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class GrantState(Enum):
    """Where an application's request to see a town's data stands."""

    REQUESTED = "REQUESTED"
    ACTIVE = "ACTIVE"
    REFUSED = "REFUSED"
    REVOKED = "REVOKED"


NEXT_GRANT_STATES = {
    GrantState.REQUESTED: frozenset({GrantState.ACTIVE, GrantState.REFUSED}),
    GrantState.ACTIVE: frozenset({GrantState.REVOKED}),
    GrantState.REFUSED: frozenset({GrantState.REQUESTED}),
    GrantState.REVOKED: frozenset({GrantState.REQUESTED}),
}


class Unauthenticated(SafetyError):
    """The token is not one that is honoured now."""

    code = "UNAUTHENTICATED"


class TokenMalformed(Unauthenticated):
    """Not in the form of our tokens."""

    code = "TOKEN_MALFORMED"


class TokenUnknown(Unauthenticated):
    """In the right form, but never issued here, or removed since."""

    code = "TOKEN_UNKNOWN"


class TokenExpired(Unauthenticated):
    """Its time is over."""

    code = "TOKEN_EXPIRED"


class TokenRevoked(Unauthenticated):
    """Taken back before its time."""

    code = "TOKEN_REVOKED"


class AccountSuspended(Unauthenticated):
    """The account, application, membership or town behind the token is not active."""

    code = "ACCOUNT_SUSPENDED"


class SignInFailed(SafetyError):
    """Unknown login, wrong password or nothing to sign in to; which of them is not told."""

    code = "SIGN_IN_FAILED"


class RateLimited(SafetyError):
    """Too many attempts in a row."""

    code = "RATE_LIMITED"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"too many attempts; try again in {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class RateRule:
    """At most `amount` hits in any `seconds` of one key."""

    name: str
    amount: int
    seconds: int


SIGN_IN_ACCOUNT = RateRule("sign-in-account", 30, 900)
SIGN_IN_PAIR = RateRule("sign-in-account-address", 10, 900)
SIGN_IN_ADDRESS = RateRule("sign-in-address", 300, 900)
TOKEN_APP = RateRule("token-app", 60, 60)
TOKEN_ADDRESS = RateRule("token-address", 300, 60)
OIDC_ADDRESS = RateRule("oidc-address", 300, 900)


def normal_password(password: str) -> str:
    """The password in Unicode form NFKC, so that every keyboard types the same bytes."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, login: str) -> str:
    """The password as it is hashed; length counts, character classes do not (NIST SP 800-63B-4).

    Raises:
        Invalid: too short, too long, guessable, or built from the login name.
    """
    normal = normal_password(password)
    if not PASSWORD_MINIMUM <= len(normal) <= PASSWORD_MAXIMUM:
        raise _password(f"use {PASSWORD_MINIMUM} to {PASSWORD_MAXIMUM} characters")
    plain = normal.casefold()
    name = login.partition("@")[0].casefold()
    if len(set(plain)) < 5:
        raise _password("use at least five different characters")
    if len(name) >= 4 and name in plain:
        raise _password("do not use the login name in it")
    rest = plain
    for word in COMMON:
        rest = rest.replace(word, "")
    if len(rest) < 6 or _runs(plain):
        raise _password("it is among the first that are guessed; choose several unrelated words")
    return normal


def _password(reason: str) -> Invalid:
    return Invalid(f"choose another password: {reason}", path=("password",))


def _runs(text: str) -> bool:
    """Whether the text is one rising or falling run, such as `abcdefghijkl` or `987654321098`."""
    steps = {(ord(b) - ord(a)) for a, b in pairwise(text)}
    return steps <= {1, -9} or steps <= {-1, 9}


def check_login(login: str) -> str:
    """The login name in lower case.

    Raises:
        Invalid: not 3 to 64 letters, digits, dots, dashes, underscores or @.
    """
    normal = unicodedata.normalize("NFKC", login).strip().lower()
    if not LOGIN.fullmatch(normal):
        raise Invalid(
            "a login has 3 to 64 of the characters a-z 0-9 . _ - @ and begins and ends with a"
            " letter or digit",
            path=("login",),
        )
    return normal


def check_scopes(scopes: Iterable[str], allowed: Collection[str] | None = None) -> list[str]:
    """The scopes, sorted and without repeats (RFC 6749 §3.3).

    Raises:
        Invalid: a scope nobody knows, or one outside `allowed`.
    """
    known = frozenset(app_scopes()) if allowed is None else frozenset(allowed)
    wanted = sorted(set(scopes))
    wrong = [scope for scope in wanted if scope not in known]
    if wrong:
        raise Invalid(
            f"scope {', '.join(wrong)} cannot be had; choose from {', '.join(sorted(known))}",
            path=("scopes",),
        )
    return wanted


def in_force(valid_from: date, valid_to: date | None, day: date) -> bool:
    """Whether a membership holds on `day`; it ends before `valid_to`."""
    return valid_from <= day and (valid_to is None or day < valid_to)


STAFF = frozenset({Role.TENANT_ADMIN, Role.INSPECTOR, Role.COMMITTEE, Role.DEPARTMENT})
MEMBER_ROLES = STAFF | {Role.ENTERPRISE}


def check_membership(role: Role, kind: str, *, body: bool, enterprise: bool) -> None:
    """Whether such a member can belong to a tenant of that kind.

    Raises:
        Invalid: a role that is no member's, a committee or department outside the district
            office, an inspector or department without a body (行政处罚法 art. 17), or an
            enterprise's account without its enterprise.
    """
    if role not in MEMBER_ROLES:
        raise Invalid(f"nobody is a member as {role.value}", path=("role",))
    if role in (Role.COMMITTEE, Role.DEPARTMENT) and kind != "DISTRICT":
        raise Invalid(f"a {role.value} belongs to the district office", path=("role",))
    if role in (Role.INSPECTOR, Role.DEPARTMENT) and not body:
        raise Invalid(f"name the enforcement body of this {role.value}", path=("body",))
    if role is Role.COMMITTEE and body:
        raise Invalid("the committee is no enforcement body", path=("body",))
    if enterprise is not (role is Role.ENTERPRISE):
        raise Invalid(
            "an enterprise's account, and no other, names its enterprise", path=("enterprise",)
        )


def check_grant_step(now: GrantState, then: GrantState) -> None:
    """Whether a grant may pass from one state to another.

    Raises:
        Conflict: it may not.
    """
    if then not in NEXT_GRANT_STATES[now]:
        raise Conflict(f"a grant that is {now.value} cannot become {then.value}")
