"""Rules of webhooks: states, when to try again, which addresses may be named, who is turned off.

The numbers are those that Standard Webhooks 1.0.0 recommends (spec, "Deliverability and
reliability"), not the law's.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from service.errors import Conflict, Invalid
from service.webhooks.catalogue import SUBSCRIBABLE

TIMEOUT = timedelta(seconds=15)  # from the first packet to the last, whatever the receiver does
CONNECT_SECONDS = 5.0
SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Pauses between attempts: ten attempts in a little more than three days."""
JITTER = 0.1  # of each pause, so that what failed together does not come back together
RETRY_AFTER_LIMIT = timedelta(hours=24)
DISABLE_AFTER = timedelta(days=5)  # of nothing but failures
OVERLAP = timedelta(hours=24)  # the signing key before a rotation signs for so long after it
EXCERPT_BYTES = 1024  # of each answer are kept
KEEP_DELIVERED = timedelta(days=30)
KEEP_OTHERS = timedelta(days=90)
MAX_ENDPOINTS = 10  # of one application in one town
MAX_URL = 500
MAX_NAME = 100
GONE = 410  # RFC 9110 §15.5.11: the receiver wants no more, ever


class EndpointState(Enum):
    """Whether an endpoint gets what happens."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


class DisabledReason(Enum):
    """Why an endpoint gets nothing."""

    BY_HAND = "BY_HAND"
    GONE = "GONE"  # it answered 410
    FAILING = "FAILING"  # nothing but failures for `DISABLE_AFTER`


class DeliveryState(Enum):
    """Where one message to one endpoint stands."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"  # every attempt failed
    HELD = "HELD"  # the endpoint, application or town is off; sent again by hand
    WITHDRAWN = "WITHDRAWN"  # the town no longer grants what it takes


RESENDABLE = frozenset({DeliveryState.FAILED, DeliveryState.HELD, DeliveryState.DELIVERED})
LOST = frozenset({DeliveryState.FAILED, DeliveryState.HELD})
"""What sending everything again means."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to; `status` is None where there was no answer."""

    status: int | None
    error: str
    excerpt: str
    duration_ms: int
    retry_after: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Any 2xx; a redirect is not followed and is a failure."""
        return self.status is not None and 200 <= self.status < 300


def next_attempt(
    tried: int, now: datetime, draw: float, retry_after: timedelta | None = None
) -> datetime | None:
    """When to try again after so many attempts, None when all are used up.

    `draw` in [0, 1) moves the pause by up to `JITTER` either way; the receiver's Retry-After
    can only make it longer.
    """
    if tried > len(SCHEDULE):
        return None
    pause = SCHEDULE[tried - 1] * (1 + JITTER * (2 * draw - 1))
    return now + max(pause, min(retry_after or timedelta(0), RETRY_AFTER_LIMIT))


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """The pause that a receiver asks for: seconds or a date (RFC 9110 §10.2.3), None if neither."""
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), int(RETRY_AFTER_LIMIT.total_seconds())))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(timedelta(0), at - now) if at.tzinfo is not None else None


def turns_off(
    outcome: Outcome, failing_since: datetime | None, now: datetime
) -> DisabledReason | None:
    """Whether this failure turns the endpoint off, and why."""
    if outcome.status == GONE:
        return DisabledReason.GONE
    if failing_since is not None and now - failing_since >= DISABLE_AFTER:
        return DisabledReason.FAILING
    return None


def may_hear(scope: str, granted: Collection[str]) -> bool:
    """Whether an active grant covers an event."""
    return scope == "" or scope in granted


def check_name(name: str) -> str:
    """The name without outer blanks.

    Raises:
        Invalid: none, or too long.
    """
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= MAX_NAME:
        raise Invalid(f"a name has 1 to {MAX_NAME} characters", path=("input", "name"))
    return trimmed


def check_events(events: Iterable[str]) -> list[str]:
    """The types, sorted and without repeats.

    Raises:
        Invalid: none, or one that the catalogue does not have.
    """
    wanted = sorted(set(events))
    if not wanted:
        raise Invalid("subscribe to at least one event", path=("input", "events"))
    for one in wanted:
        if one not in SUBSCRIBABLE:
            raise Invalid(
                f"{one[:60]!r} is no public event; `webhookEventTypes` lists them",
                path=("input", "events"),
            )
    return wanted


def check_room(endpoints: int) -> None:
    """Whether the application may have one endpoint more in the town.

    Raises:
        Conflict: it has `MAX_ENDPOINTS` already.
    """
    if endpoints >= MAX_ENDPOINTS:
        raise Conflict(
            f"an application has at most {MAX_ENDPOINTS} endpoints in a town; remove one first"
        )


HOST = re.compile(r"[A-Za-z0-9._:-]+")


def check_url(url: str, intranet: Collection[str]) -> str:
    """The address as it is kept; where it leads is checked again at each connection.

    `intranet` are the hosts, or host:port, that the operator lists: they may be private and speak
    plain http, all others must be public and speak https.

    Raises:
        Invalid: not such an address.
    """
    text = url.strip()
    if len(text) > MAX_URL or not text.isascii() or not text.isprintable() or " " in text:
        raise _url(f"write it in at most {MAX_URL} printable ASCII characters, without blanks")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _url("it cannot be read") from error
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not HOST.fullmatch(host) or port == 0:
        raise _url("it begins with https:// and names a host")
    if parts.username is not None or parts.password is not None or parts.fragment or "\\" in text:
        raise _url("leave out user, password and fragment")
    listed = is_listed(host, port or (443 if parts.scheme == "https" else 80), intranet)
    if parts.scheme == "http" and not listed:
        raise _url("use https; plain http is for intranet hosts that the operator lists")
    literal = _literal(host)
    if literal is not None and not may_connect(literal, listed=listed):
        raise _url("that address is not public")
    return text


def _url(reason: str) -> Invalid:
    return Invalid(f"give another address: {reason}", path=("input", "url"))


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_listed(host: str, port: int, intranet: Collection[str]) -> bool:
    """Whether the operator lists the host, for every port or for this one."""
    name = host.lower().rstrip(".").strip("[]")
    return name in intranet or f"{name}:{port}" in intranet or f"[{name}]:{port}" in intranet


NEVER = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # link-local, with the clouds' metadata
        "100.100.100.200/32",  # metadata of a cloud in the range of carriers
        "168.63.129.16/32",  # the same in a public range
        "224.0.0.0/3",  # multicast and reserved
        "::/128",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "fd00:ec2::/32",  # metadata over IPv6
    )
)
"""Not even for a listed host."""
ALSO_NOT_PUBLIC = tuple(
    ip_network(one)
    for one in (
        "100.64.0.0/10",  # RFC 6598
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "198.18.0.0/15",  # RFC 2544
        "2001::/23",  # Teredo, ORCHID and the rest of RFC 6890
        "2001:db8::/32",
        "2002::/16",  # 6to4, RFC 3056
        "3fff::/20",  # RFC 9637
    )
)
"""Beside what the standard library knows to be private, in any of its versions."""
UNICAST = ip_network("2000::/3")
"""All of IPv6 that is given out (RFC 4291 §2.4); translated and embedded forms are outside."""


def may_connect(address: IPv4Address | IPv6Address, *, listed: bool) -> bool:
    """Whether a message may go to an address; an IPv6 form of an IPv4 address counts as that."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in net for net in NEVER if net.version == address.version):
        return False
    if listed:
        return True
    if address.version == 6 and address not in UNICAST:
        return False
    hidden = any(address in net for net in ALSO_NOT_PUBLIC if net.version == address.version)
    return address.is_global and not hidden
