"""`anshang log`: check a public log and its feed from outside."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from service.publication import verifier

app = App(name="log", help="Verify a public log from outside.")


@app.command
def verify(
    url: Annotated[str, Parameter(help="Address or directory of a district's feed")],
    *,
    key: Annotated[
        str | None,
        Parameter(help="Verifier key; without it the feed's own, which proves only consistency"),
    ] = None,
    state: Annotated[
        Path | None, Parameter(help="File that remembers the checkpoint from run to run")
    ] = None,
) -> int:
    """Check signatures, every tile, every entry and every list of a feed.

    Exit status 0 when all is well, 1 with one line per fault, 2 when the feed cannot be read.
    """
    if key is None:
        try:
            key = verifier.opener(url)("key").decode()
        except verifier.Unreadable as error:
            print(f"cannot read the feed: {error}")
            return 2
        print(f"NOTE the key was taken from the feed itself: {key.strip()}")
    return verifier.run(url, key, state)


@app.command
def show(url: Annotated[str, Parameter(help="Address or directory of a district's feed")]) -> int:
    """Print the events of a log, one line each, without checking anything."""
    fetch = verifier.opener(url)
    try:
        size = int(fetch("checkpoint").split(b"\n")[1])
        leaves = verifier.read_leaves(fetch, size)
    except (verifier.Unreadable, verifier.Fault) as error:
        print(f"cannot read the log: {error}")
        return 2
    for index, leaf in enumerate(leaves):
        event = json.loads(leaf)
        at = datetime.fromisoformat(event["at"]).astimezone(UTC).isoformat(timespec="seconds")
        print(f"{index:>8}  {at}  {event['event']:<8}  {event['class']:<18}  {event['entry']}")
    return 0
