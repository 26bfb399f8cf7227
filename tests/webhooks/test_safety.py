"""No message of ours opens a door inside: forbidden targets are tried against a real listener."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import connection

from service.errors import Invalid
from service.settings import settings
from service.webhooks import transport
from service.webhooks.rules import Outcome, check_url, may_connect

INTERNAL = [
    *("127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.0.1", "2130706433"),
    *("0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "0.0.0.0", "0", "localhost"),
    *("localhost.", "LOCALHOST", "ip6-localhost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("[2002:7f00:1::]", "[::ffff:0:127.0.0.1]", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
    *("192.168.0.1", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200"),
    *("168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1"),
    *("255.255.255.255", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]"),
    *("[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[2001::1]", "[5f00::1]", "inside.test"),
    *("mixed.test", "metadata.test", "mapped.test"),
]
NAMES = {
    "inside.test": ["127.0.0.1"],
    "mixed.test": ["10.1.2.3", "93.184.216.34"],
    "metadata.test": ["169.254.169.254"],
    "mapped.test": ["::ffff:127.0.0.1"],
}
real_getaddrinfo = socket.getaddrinfo


class Listener:
    """Listens on every address of this machine and counts who comes."""

    def __init__(self) -> None:
        self.reached = 0
        self.server = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port = int(self.server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self.server.accept()
            except OSError:
                return
            self.reached += 1
            caller.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret")
            caller.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.server.close()


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses to which a connection was begun."""
    found: list[str] = []
    real = connection.create_connection

    def create(address: tuple[str, int], *rest: Any, **named: Any) -> socket.socket:
        found.append(address[0])
        return real(address, *rest, **named)

    monkeypatch.setattr(connection, "create_connection", create)
    return found


def resolve(name: str, port: Any, *rest: Any, **named: Any) -> Any:
    if name in NAMES:
        return [
            (family, socket.SOCK_STREAM, 6, "", (one, port, *((0, 0) if ":" in one else ())))
            for one in NAMES[name]
            for family in (socket.AF_INET6 if ":" in one else socket.AF_INET,)
        ]
    return real_getaddrinfo(name, port, *rest, **named)


async def post(url: str, seconds: float = 3.0) -> Outcome:
    threads = ThreadPoolExecutor(1)
    try:
        return await transport.post(url, "{}", {"webhook-id": "msg_1"}, threads, seconds=seconds)
    finally:
        threads.shutdown(wait=False)


async def test_no_forbidden_target_is_reached(
    listener: Listener, dialled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    targets = [
        f"{scheme}://{host}:{listener.port}{path}"
        for host in INTERNAL
        for scheme, path in (("http", "/"), ("https", "/"), ("https", "/@93.184.216.34/"))
    ]
    targets += [
        f"https://93.184.216.34@127.0.0.1:{listener.port}/",
        f"https://127.0.0.1:{listener.port}#@93.184.216.34/",
        f"https://127.0.0.1:{listener.port}\\@93.184.216.34/",
        f"gopher://127.0.0.1:{listener.port}/",
        f"file://127.0.0.1:{listener.port}/etc/passwd",
        "http://93.184.216.34/",  # public, and yet plain
    ]

    outcomes = {url: await post(url) for url in targets}

    assert len(INTERNAL) >= 40
    assert (listener.reached, dialled) == (0, [])
    assert {outcome.status for outcome in outcomes.values()} == {None}
    assert {outcome.excerpt for outcome in outcomes.values()} == {""}


@pytest.mark.parametrize("host", [one for one in INTERNAL if one[0].isdigit() and "x" not in one])
def test_an_address_that_is_none_of_the_public_is_refused_when_it_is_named(host: str) -> None:
    if host.count(".") == 3 and not host.startswith("0177"):
        with pytest.raises(Invalid):
            check_url(f"https://{host}/hook", [])
    with pytest.raises(Invalid):
        check_url(f"http://{host}/hook", [])


async def test_the_listener_is_reached_where_the_operator_lists_the_host(
    listener: Listener, same_engines_after_each_test: None
) -> None:
    """The same listener answers a listed host, so that the test above says something."""
    os.environ["ANSHANG_WEBHOOK_INTRANET_HOSTS"] = f"other.test, 127.0.0.1:{listener.port}"
    settings.cache_clear()

    reached = await post(f"http://127.0.0.1:{listener.port}/")
    other = await post("http://127.0.0.1:9/")

    assert (reached.status, reached.excerpt, listener.reached) == (200, "secret", 1)
    assert other.error == "no connection is made to that address"


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "0.0.0.0", "fe80::1"])
async def test_a_listed_host_that_leads_to_metadata_is_refused(
    dialled: list[str], monkeypatch: pytest.MonkeyPatch, address: str,
    same_engines_after_each_test: None,
) -> None:  # fmt: skip
    monkeypatch.setitem(NAMES, "listed.test", [address])
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    os.environ["ANSHANG_WEBHOOK_INTRANET_HOSTS"] = "listed.test"
    settings.cache_clear()

    outcome = await post("http://listed.test/")

    assert (outcome.error, dialled) == ("no connection is made to that address", [])


async def test_a_name_that_changes_its_answer_gains_nothing(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    dialled: list[str] = []

    def rebind(name: str, port: Any, *rest: Any, **named: Any) -> Any:
        if name != "rebind.test":
            return real_getaddrinfo(name, port, *rest, **named)
        asked.append(name)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def create(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        dialled.append(address[0])
        raise OSError("nothing leaves this machine in a test")

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    monkeypatch.setattr(connection, "create_connection", create)

    first = await post(f"https://rebind.test:{listener.port}/")
    second = await post(f"https://rebind.test:{listener.port}/")

    assert dialled == ["93.184.216.34"]  # what was checked is what was dialled
    assert (first.error, second.error) == (
        "no connection",
        "no connection is made to that address",
    )
    assert listener.reached == 0


@pytest.mark.parametrize("drip", [b"H", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nx: "])
async def test_a_receiver_that_drips_is_cut_off(
    drip: bytes, same_engines_after_each_test: None
) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def run() -> None:
        caller, _ = server.accept()
        caller.settimeout(0.05)
        caller.sendall(drip)
        while True:
            try:
                if not caller.recv(65536):
                    break
            except TimeoutError:
                pass
            except OSError:
                break
            try:
                caller.sendall(b"a")
            except OSError:
                break
        ended.set()

    threading.Thread(target=run, daemon=True).start()
    os.environ["ANSHANG_WEBHOOK_INTRANET_HOSTS"] = "127.0.0.1"
    settings.cache_clear()
    began = time.monotonic()

    outcome = await post(f"http://127.0.0.1:{server.getsockname()[1]}/", seconds=0.6)

    assert outcome.status is None
    assert outcome.error in ("no answer within 0.6 s", "no connection")
    assert time.monotonic() - began < 10
    assert ended.wait(10)  # nothing of ours holds the connection
    server.close()


async def test_an_answer_is_kept_in_its_first_bytes_only_and_as_text(
    same_engines_after_each_test: None, receiver: Any
) -> None:
    receiver.answer = b"\0\xff" + b"x" * 5000

    outcome = await post(receiver.url())

    assert len(outcome.excerpt) == 1024
    assert "\0" not in outcome.excerpt


async def test_no_proxy_and_no_password_of_this_machine_is_used(
    receiver: Any, listener: Listener, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{listener.port}")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ours password ours")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    assert (await post(receiver.url())).status == 200
    assert listener.reached == 0
    assert "authorization" not in receiver.got[0].headers


@given(st.ip_addresses(v=4))
def test_an_address_that_is_refused_is_refused_in_its_longer_form(address: Any) -> None:
    mapped = ip_address(f"::ffff:{address}")
    for listed in (True, False):
        assert may_connect(mapped, listed=listed) is may_connect(address, listed=listed)
    for net in ("64:ff9b::", "2002:"):
        longer = (
            ip_address(int(ip_address(net)) | int(address))
            if net.endswith("::")
            else ip_address(f"2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::")
        )
        assert not may_connect(longer, listed=False)


@given(st.ip_addresses())
def test_what_may_be_reached_without_a_list_is_public(address: Any) -> None:
    if may_connect(address, listed=False):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_loopback
        assert may_connect(address, listed=True)
