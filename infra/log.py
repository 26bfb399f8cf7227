"""`anshang log`: check a public log and its feed from outside, and look after its keys."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from service.consumers.queries import consumers as known_consumers
from service.consumers.queries import pending_of
from service.database import database
from service.errors import Conflict, Invalid, NotFound
from service.publication import day_verifier, keyring, publisher, verifier, witnessing
from service.publication.keyring import Rotation
from service.publication.tlog import LogCorrupted
from service.publication.witnessing import Standing
from tenants.directory import UnknownTenant, district_of
from tenants.wall import tenant_transaction

app = App(name="log", help="Verify a public log from outside, and change its key.")


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
    witness: Annotated[
        tuple[str, ...], Parameter(help="Key of a witness whose cosignature counts; repeatable")
    ] = (),
    quorum: Annotated[int, Parameter(help="How many of them must have cosigned")] = 0,
) -> int:
    """Check signatures, every tile, every entry and every list of a feed.

    Exit status 0 when all is well, 1 with one line per fault, 2 when the feed cannot be read.
    """
    if key is None:
        try:
            key = verifier.opener(url)("key").decode()
        except OSError as error:
            print(f"cannot read the feed: {error}")
            return 2
        print(f"NOTE the key was taken from the feed itself: {key.strip()}")
    return verifier.run(url, key.strip(), state, (quorum, witness))


@app.command
def day(
    url: Annotated[str, Parameter(help="Address or directory of a district's feed")],
    *,
    key: Annotated[str, Parameter(help="Verifier key of the log")],
    day: Annotated[str, Parameter(help="Day in China, such as 2026-11-24")] = "",
    entry: Annotated[str, Parameter(help="Id of an entry")] = "",
) -> int:
    """Check whether an entry stood in the list when a day ended; without one, check every day.

    Exit status 0 when the answer is proved, 1 with one line per fault.
    """
    try:
        asked = (date.fromisoformat(day), UUID(entry)) if day or entry else (None, None)
    except ValueError as error:
        raise Invalid("give --day as 2026-11-24 and --entry as the id of an entry") from error
    return day_verifier.run(url, key.strip(), *asked)


@app.command
def consumers(
    district: Annotated[str, Parameter(help="Code of the district")],
    *,
    stale: Annotated[bool, Parameter(negative="", help="Only those whose copy is stale")] = False,
) -> int:
    """Show who keeps a copy of the list and how far each confirmed it; exit 1 when one is stale."""
    return asyncio.run(_consumers(district, stale))


async def _consumers(code: str, stale: bool) -> int:
    async with database():
        district_id = await _district(code)
        scope = await publisher.publisher_scope(district_id, "operator:cli")
        assert scope.home is not None
        async with tenant_transaction(scope, read_only=True):
            rows = await known_consumers(stale=True if stale else None).order_by("name", "id")
            pending = await pending_of(rows)
    for row in rows:
        said = row.heard_at.isoformat(timespec="seconds") if row.heard_at else "never"
        lag = f"{row.lag} since {row.stale_since:%Y-%m-%d %H:%M}Z" if row.stale_since else "current"
        print(
            f"{row.name:30} confirmed {row.size:>8}  last heard {said:25}"
            f"  {pending[row.id].count} removals unconfirmed  {lag}"
        )
    print(f"{sum(row.stale_since is not None for row in rows)} of {len(rows)} stale")
    return 1 if any(row.stale_since for row in rows) else 0


@app.command(name="rotate-key")
def rotate_key(
    district: Annotated[str, Parameter(help="Code of the district")],
    *,
    overlap_days: Annotated[
        int, Parameter(help="Days that the old key goes on signing beside the new one")
    ] = keyring.OVERLAP.days,
    abandon: Annotated[
        bool, Parameter(negative="", help="The old key is lost or stolen: it vouches for nothing")
    ] = False,
) -> None:
    """Hand a district's log over to the newest seed in ANSHANG_PUBLICATION_KEY."""
    done = asyncio.run(_rotate(district, timedelta(days=overlap_days), abandon))
    print(f"old key  {done.old}")
    print(f"new key  {done.new}")
    print(f"handed over at {done.size} entries")
    if done.until:
        print(f"both keys sign until {done.until.isoformat(timespec='seconds')}")
    else:
        print("the old key signs nothing any more; give readers the new key another way")


@app.command
def witnesses(
    district: Annotated[str, Parameter(help="Code of the district")],
    *,
    ask: Annotated[
        bool, Parameter(negative="", help="Show the present checkpoint to every witness now")
    ] = False,
) -> int:
    """Show how far each configured witness has followed a log; exit 1 below the quorum."""
    found = asyncio.run(_witnesses(district, ask))
    print(f"{found.origin}: {found.size} entries")
    for one in found.witnesses:
        told = "cosigned" if one.current else one.problem or "not asked yet"
        at = one.cosigned_at.isoformat(timespec="seconds") if one.cosigned_at else "never"
        print(f"{one.key.name:40} {told:16} size {one.size:>8}  last cosigned {at}")
    print(f"{found.cosigned} of {len(found.witnesses)} cosigned, {found.quorum} must")
    return 0 if found.cosigned >= found.quorum else 1


async def _witnesses(code: str, ask: bool) -> Standing:
    async with database():
        district_id = await _district(code)
        if ask:
            await witnessing.cosign(district_id, anew=True)
        scope = await publisher.publisher_scope(district_id, "operator:cli")
        assert scope.home is not None
        async with tenant_transaction(scope, read_only=True):
            found = await witnessing.standing(scope.home)
    if found is None:
        raise NotFound("the district has no log yet; publish something first")
    return found


async def _district(code: str) -> UUID:
    try:
        return await district_of(code)
    except UnknownTenant as error:
        raise NotFound(f"{error}; see `anshang tenant list`") from error


async def _rotate(code: str, overlap: timedelta, abandon: bool) -> Rotation:
    async with database():
        district_id = await _district(code)
        try:
            return await publisher.rotate_key(district_id, overlap, abandon=abandon)
        except LogCorrupted as error:
            raise Conflict(str(error)) from error


@app.command
def show(url: Annotated[str, Parameter(help="Address or directory of a district's feed")]) -> int:
    """Print the events of a log, one line each, without checking anything."""
    fetch = verifier.opener(url)
    try:
        size = int(fetch("checkpoint").split(b"\n")[1])
        leaves = verifier.read_leaves(fetch, size)
    except (OSError, verifier.Fault) as error:
        print(f"cannot read the log: {error}")
        return 2
    for index, leaf in enumerate(leaves):
        event = json.loads(leaf)
        at = datetime.fromisoformat(event["at"]).astimezone(UTC).isoformat(timespec="seconds")
        print(f"{index:>8}  {at}  {event['event']:<8}  {event['class']:<18}  {event['entry']}")
    return 0
