"""`anshang evidence`: send files, bundle them for a court, verify, reconcile rows and objects."""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx2
from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from infra.evidence_upload import Subject, Uploader, over_http
from service import storage_promises
from service.database import database
from service.errors import Conflict, Invalid
from service.evidence import export, housekeeping, verify_bundle
from service.evidence.export import Bundled
from service.storage import store
from tenants.directory import UnknownTenant, owner_of, town_scope
from tenants.scope import Owner

ACTOR = "operator:cli"

app = App(name="evidence", help="Bundle evidence so that it verifies off line.")

Town = Annotated[str, Parameter(help="Division code of the town; empty looks in every town")]


@app.command
def bundle(
    case: Annotated[UUID, Parameter(help="Id of the visit or case")],
    *,
    out: Annotated[Path, Parameter(help="Archive to write; must not exist")],
    town: Town = "",
) -> None:
    """Write all sealed evidence of a case, its chain of custody and a verifier to one archive."""
    if out.exists():
        raise Conflict(f"{out} exists; name another file or remove it")
    made = asyncio.run(_bundle(case, out, town))
    signed = "signed" if made.signed else "not signed: no ANSHANG_PUBLICATION_KEY is set"
    print(f"{out}: {made.pieces} pieces of evidence, {made.byte_length} bytes, {signed}")
    print(f"verify with: anshang evidence verify {out}   or: unzip it and run python3 verify.py .")


@app.command
def upload(
    files: Annotated[list[Path], Parameter(help="Files to send, one after another")],
    *,
    url: Annotated[str, Parameter(help="Address of the API, ending in /graphql")],
    kind: Annotated[str, Parameter(help="VISIT, CASE or BLACKLIST_CASE")],
    subject: Annotated[str, Parameter(help="Id of the visit or case")],
    token: Annotated[str, Parameter(env_var="ANSHANG_TOKEN", help="Access token")],
) -> int:
    """Send files as evidence; started again, it goes on where it was cut off.

    Exit code 1 when a file was quarantined.
    """
    return asyncio.run(_upload(files, url, Subject(kind, subject), token))


@app.command
def verify(
    path: Annotated[Path, Parameter(help="Archive, or the directory it was unpacked to")],
) -> int:
    """Check a bundle; exit code 1 and one line per fault when it does not hold."""
    return verify_bundle.main([str(path)])


@app.command
def reconcile(*, town: Town = "") -> int:
    """Compare rows and objects both ways; exit code 1 when one lacks the other."""
    return asyncio.run(_reconcile(town))


@app.command(name="check-store")
def check_store() -> int:
    """Try whether the object store keeps what evidence stands on; exit code 1 when it does not."""
    broken = asyncio.run(storage_promises.unkept(store()))
    for promise in (storage_promises.CREATE, storage_promises.JOIN, storage_promises.SWAP):
        print(f"{'NO ' if promise in broken else 'yes'}  {promise}")
    if broken:
        print("this store is not fit for sealed evidence and the public log; see docs/evidence.md")
    return 1 if broken else 0


async def _upload(files: list[Path], url: str, subject: Subject, token: str) -> int:
    refused = 0
    async with httpx2.AsyncClient(timeout=60) as http:
        columns = (TextColumn("sending"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=_console()) as bar:
            for path in files:
                task = bar.add_task(path.name, total=path.stat().st_size)
                ask = over_http(http, url, token)
                uploader = Uploader(ask, http, partial(bar.advance, task))
                evidence_id = await uploader.send(path, subject)
                found = await uploader.verdict(evidence_id)
                refused += found["state"] != "SEALED"
                said = f": {found['reasonMessage']}" if found["reasonMessage"] else ""
                print(f"{path}: {evidence_id} {found['state']}{said}")
    return 1 if refused else 0


async def _bundle(case: UUID, out: Path, town: str) -> Bundled:
    unfinished = out.with_name(f"{out.name}.part")
    async with database():
        owner = await _owner(town) if town else await export.owner_of_subject(case, ACTOR)
        scope = await town_scope(owner.tenant_id, ACTOR)
        total = await export.total_length(scope, case)
        columns = (TextColumn("bundling"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        try:
            with unfinished.open("xb") as file, Progress(*columns, console=_console()) as bar:
                task = bar.add_task("bundling", total=total)
                made = await export.write_bundle(
                    scope, owner, case, file, lambda step: bar.advance(task, step)
                )
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(out)
        finally:
            unfinished.unlink(missing_ok=True)
    return made


async def _reconcile(town: str) -> int:
    faults = 0
    async with database():
        owners = [await _owner(town)] if town else await housekeeping.owners("evidence.reconcile")
        for owner in owners:
            report = await housekeeping.reconcile(owner)
            for kind in ("missing", "orphans", "cleaned"):
                for key in getattr(report, kind):
                    print(f"{kind}: {key}")
            faults += not report.sound
    print(f"{len(owners)} towns, {faults} with differences")
    return 1 if faults else 0


async def _owner(town: str) -> Owner:
    try:
        return await owner_of(town)
    except UnknownTenant as error:
        raise Invalid(f"no town has the division code {town}") from error


def _console() -> Console:
    return Console(stderr=True)
