"""`anshang schema`: what changed in the contract since its last release."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from api import schema_changes
from api.schema import PRINTED
from service.clock import legal_day, now
from service.errors import Conflict, NotFound

app = App(name="schema", help="Compare the schema with its last release; release it.")
File = Annotated[Path | None, Parameter(help="Another file than the kept one")]


@app.command
def diff(*, old: File = None, new: File = None, changelog: File = None) -> int:
    """Print each change, the worst first; exit 1 when one that needs an entry has none."""
    try:
        before = old or schema_changes.last_release()
        text = (changelog or schema_changes.CHANGELOG).read_text(encoding="utf-8")
        changes = schema_changes.compare(
            schema_changes.read(before), schema_changes.read(new or PRINTED)
        )
    except FileNotFoundError as error:
        raise NotFound(f"{error}; run this in a checkout of the source") from error
    for change in changes:
        print(f"{change.level:<9} {change.sentence}")
    missing = schema_changes.untold(changes, schema_changes.entries(text))
    print(f"{len(changes)} changes since {before.stem}, {len(missing)} without an entry")
    if missing:
        print("add to graphql/CHANGELOG.md, below Unreleased, and say what to do:", file=sys.stderr)
        today = legal_day(now()).isoformat()
        for change in missing:
            print(f"- {today} {change.level}: {change.sentence} — …", file=sys.stderr)
    return 1 if missing else 0


@app.command
def release(version: Annotated[str, Parameter(help="Version, such as 0.2.0")]) -> None:
    """Keep the present schema as that of a release, its entries below the version."""
    target = schema_changes.RELEASES / f"{version}.graphql"
    if target.exists():
        raise Conflict(f"{target.name} is released already; a release is never changed")
    day: date = legal_day(now())
    text = schema_changes.CHANGELOG.read_text(encoding="utf-8")
    heading = f"## Unreleased\n\n## {version} ({day})"
    target.write_text(PRINTED.read_text(encoding="utf-8"), encoding="utf-8")
    schema_changes.CHANGELOG.write_text(text.replace("## Unreleased", heading, 1), encoding="utf-8")
    print(f"kept {target.name}; commit it with graphql/CHANGELOG.md")
