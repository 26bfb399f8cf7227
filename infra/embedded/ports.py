"""Which ports of the loopback the stack uses: the same ones again when they are still free."""

import random
import socket
from collections.abc import Iterable

from infra.embedded.errors import PortTaken

LOOPBACK = "127.0.0.1"
SERVERS = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback, or on all addresses."""
    for address in (LOOPBACK, "0.0.0.0"):  # noqa: S104  a probe, closed at once
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def any_free(taken: Iterable[int] = ()) -> int:
    """A port that nobody uses, and none of `taken`.

    From below the range that the kernel gives to outgoing connections: one of those could sit
    on the port of an engine that died, just when it is to be started again.
    """
    avoid = set(taken)
    while True:
        port = random.choice(SERVERS)  # noqa: S311  no secret
        if port not in avoid and is_free(port):
            return port


def http_port(explicit: int | None, remembered: int | None) -> int:
    """The API's port: as ordered, else as last time, else the first free one from 8000 on.

    Raises:
        PortTaken: the port that was asked for is in use.
    """
    if explicit is not None:
        if not is_free(explicit):
            raise PortTaken(
                f"port {explicit} is taken: stop what uses it, or set ANSHANG_HTTP_PORT"
                " to another port"
            )
        return explicit
    wishes = [*([remembered] if remembered else []), *range(8000, 8020)]
    return next((port for port in wishes if is_free(port)), None) or any_free()
