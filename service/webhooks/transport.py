"""The one door through which messages leave: checked addresses, no redirects, a hard time limit.

`requests-hardened` resolves a name once, refuses addresses that are not public and connects to the
very address that it checked, so that a name which changes its answer gains nothing.  On top of it
stand our own lists, the operator's listed hosts, and an end to receivers that answer drop by drop.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from service import clock
from service.settings import settings
from service.webhooks.commands import intranet_hosts
from service.webhooks.rules import (
    CONNECT_SECONDS,
    EXCERPT_BYTES,
    TIMEOUT,
    Outcome,
    is_listed,
    may_connect,
    retry_after,
)

AGENT = "Anshang-Webhooks/1"
GRACE_SECONDS = 2.0  # for a thread to notice that its connection was cut


@dataclass(slots=True)
class Watch:
    """The connections of one attempt, so that another thread can cut them."""

    sockets: list[socket.socket] = field(default_factory=list)
    over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, connected: socket.socket) -> socket.socket:
        """Keep a second handle on a fresh connection.

        Raises:
            TimeoutError: the attempt is over already.
        """
        with self.lock:
            if self.over:
                connected.close()
                raise TimeoutError("the attempt is over")
            self.sockets.append(connected.dup())
        return connected

    def cut(self) -> None:
        """End every connection at once, whatever waits on it."""
        with self.lock:
            self.over = True
            for one in self.sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the handles back."""
        with self.lock:
            self.over = True
            for one in self.sockets:
                one.close()


_watch = threading.local()


class _HTTP(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        watch: Watch = _watch.current
        return watch.add(super()._new_conn())


class _HTTPS(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        watch: Watch = _watch.current
        return watch.add(super()._new_conn())


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPS


class _Door(IPFilterAdapter):  # type: ignore[misc]  # the library has no types
    """The library's filter with our lists behind it, and the operator's hosts beside it."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        """Where to connect: an address that was looked up and checked here and now."""
        asked, options = HTTPAdapter.build_connection_pool_key_attributes(
            self, request, verify, cert
        )
        name, https = str(asked["host"]), asked["scheme"] == "https"
        port = asked["port"] or (443 if https else 80)
        if is_listed(name, port, intranet_hosts()):
            asked["host"] = _looked_up(name.strip("[]"), port)
            bare = f"[{name}]" if ":" in name else name
            request.headers["Host"] = f"{bare}:{asked['port']}" if asked["port"] else bare
            if https:
                options["assert_hostname"] = options["server_hostname"] = name
            return asked, options
        if not https:
            raise InvalidIPAddress("plain http is for listed hosts only")
        made: tuple[Any, Any] = super().build_connection_pool_key_attributes(request, verify, cert)
        _check(str(made[0]["host"]), listed=False)
        return made


def _looked_up(name: str, port: int) -> str:
    """The address of a listed host."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise requests.ConnectionError("the name has no address") from error
    address = str(found[0][4][0])
    _check(address, listed=True)
    return f"[{address}]" if ":" in address else address


def _check(address: str, *, listed: bool) -> None:
    found = ip_address(address.strip("[]").partition("%")[0])
    if not may_connect(found, listed=listed):
        raise InvalidIPAddress(found)


async def post(
    url: str,
    body: str,
    headers: Mapping[str, str],
    threads: Executor,
    *,
    seconds: float = TIMEOUT.total_seconds(),
) -> Outcome:
    """Hand one message over; whatever goes wrong is an outcome, and nothing takes longer."""
    watch, began = Watch(), time.monotonic()
    loop = asyncio.get_running_loop()
    attempt = loop.run_in_executor(threads, _post, url, body, dict(headers), watch, seconds)
    done, _ = await asyncio.wait({attempt}, timeout=seconds)
    if not done:
        watch.cut()
        done, _ = await asyncio.wait({attempt}, timeout=GRACE_SECONDS)
        if done and attempt.result().status is not None:
            return attempt.result()  # it answered, and then dripped
        spent = int((time.monotonic() - began) * 1000)
        return Outcome(None, f"no answer within {seconds:g} s", "", spent)
    return attempt.result()


def _post(url: str, body: str, headers: dict[str, str], watch: Watch, seconds: float) -> Outcome:
    began = time.monotonic()
    _watch.current = watch
    status, error, excerpt, pause = None, "", "", None
    try:
        with _session() as session:
            answer = session.post(
                url,
                data=body.encode(),
                headers={**headers, "content-type": "application/json"},
                stream=True,
                allow_redirects=False,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
            )
            if watch.over:
                raise TimeoutError("cut off before its headers ended")
            status = answer.status_code
            pause = retry_after(answer.headers.get("retry-after"), clock.now())
            if 300 <= status < 400:
                error = f"the receiver answered {status}; redirects are not followed"
            excerpt = _excerpt(answer)
    except InvalidIPAddress:
        error = "no connection is made to that address"
    except Exception as fault:
        error = "" if status is not None else _plain(fault)
    finally:
        watch.close()
    return Outcome(status, error, excerpt, int((time.monotonic() - began) * 1000), pause)


def _session() -> HTTPSession:
    session = HTTPSession(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(CONNECT_SECONDS, TIMEOUT.total_seconds()),
            user_agent_override=AGENT,
        )
    )
    session.trust_env = False  # no proxy and no password of this machine
    if settings().webhook_ca_file:
        session.verify = settings().webhook_ca_file
    session.mount("http://", _Door(is_https_proto=False))
    session.mount("https://", _Door(is_https_proto=True))
    return session


def _excerpt(answer: requests.Response) -> str:
    """The first bytes as they came: nothing is unpacked, so that nothing can swell."""
    raw: bytes = answer.raw.read(EXCERPT_BYTES, decode_content=False) or b""
    return raw.decode("utf-8", "replace").replace("\0", "\ufffd")[:EXCERPT_BYTES]


def _plain(fault: Exception) -> str:
    """Why there was no answer, without addresses or bytes of the receiver."""
    if isinstance(fault, requests.Timeout | TimeoutError):
        return "no answer in time"
    if isinstance(fault, requests.exceptions.SSLError):
        return "the certificate does not hold"
    if isinstance(fault, requests.ConnectionError | OSError):
        return "no connection"
    return f"the attempt broke: {type(fault).__name__}"
