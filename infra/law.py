"""`anshang law`: see the rules of law, amend them for days to come, confirm them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from getpass import getuser
from typing import Annotated, TypeVar

from cyclopts import App, Parameter

from service.database import database
from service.law import commands, queries
from service.law.records import LawRule
from tenants.scope import Scope
from tenants.wall import tenant_transaction

app = App(name="law", help="See, amend and confirm the rules of law.")
Topic = Annotated[str, Parameter(help="What the rule holds for, empty for all")]
By = Annotated[str, Parameter(help="Who changes it, the present user by default")]
T = TypeVar("T")


@app.command(name="list")
def list_rules(
    *,
    on: Annotated[date | None, Parameter(help="Only rules in force on this day")] = None,
    unconfirmed: Annotated[bool, Parameter(help="Only rules that nobody has checked")] = False,
) -> None:
    """Print the rules, one line each; a question mark stands before what is unconfirmed."""

    async def read() -> list[LawRule]:
        return await queries.rows_on(on, confirmed=False if unconfirmed else None)

    for row in _run(read):
        print(_line(row))


@app.command
def show(rule: Annotated[str, Parameter(help="Id of the rule, such as DECIDE")]) -> None:
    """Print every row of one rule, and who changed it when and why."""

    async def read() -> tuple[list[LawRule], list[str]]:
        changed = (await queries.amendments([rule]))[rule]
        return await queries.rows_on(rule=rule), [
            f"{one.amended_at:%Y-%m-%d %H:%M} {one.amended_by} {one.act} {one.topic}"
            f" {one.valid_from}: {one.reason}"
            for one in changed
        ]

    rows, changes = _run(read)
    if not rows:
        print(f"no rule {rule}; see `anshang law list`")
        raise SystemExit(1)
    for row in rows:
        print(f"{_line(row)}\n    {row.text}")
    print(*changes, sep="\n")


@app.command
def amend(
    rule: Annotated[str, Parameter(help="Id of the rule")],
    *,
    valid_from: Annotated[date, Parameter(name="--from", help="First day, in the future")],
    article: Annotated[str, Parameter(help="Article that says so")],
    source: Annotated[str, Parameter(help="Law or order with its number")],
    why: Annotated[str, Parameter(help="Why it is entered")],
    amount: Annotated[int | None, Parameter(help="New amount in the unit of the rule")] = None,
    text: Annotated[str, Parameter(help="New text, the present one by default")] = "",
    topic: Topic = "",
    confirmed: Annotated[bool, Parameter(help="Checked against the promulgated text")] = False,
    by: By = "",
) -> None:
    """Append a row that governs events from a future day on; the past stays as it was."""
    new = commands.Amendment(valid_from, amount, text, article, source, confirmed)

    async def write() -> LawRule:
        return await commands.amend(rule, topic, new, by=_by(by), reason=why)

    print(_line(_run(write)))


@app.command
def confirm(
    rule: Annotated[str, Parameter(help="Id of the rule")],
    *,
    valid_from: Annotated[date, Parameter(name="--from", help="First day of the row")],
    why: Annotated[str, Parameter(help="Against which text it was checked")],
    topic: Topic = "",
    by: By = "",
) -> None:
    """Mark a row as checked against the promulgated text."""

    async def write() -> LawRule:
        return await commands.confirm(rule, topic, valid_from, by=_by(by), reason=why)

    print(_line(_run(write)))


@app.command(name="import")
def import_shipped() -> None:
    """Enter or bring up to date the rules that ship with the product; amended ones stay."""
    print(f"{_run(commands.import_shipped)} rules changed")


def _by(given: str) -> str:
    return f"operator:{given or getuser()}"[:120]


def _line(row: LawRule) -> str:
    amount = "" if row.amount is None else f"{row.amount} "
    mark = " " if row.confirmed else "?"
    until = f"..{row.valid_to}" if row.valid_to else ".."
    name = f"{row.rule} {row.topic}".strip()
    return (
        f"{mark} {name:<28} {amount}{row.unit:<13} {row.valid_from}{until}"
        f"  {row.source} {row.article}{'  (amended)' if row.amended else ''}"
    )


def _run(act: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        async with database(), tenant_transaction(Scope.of_platform("operator")):
            return await act()

    return asyncio.run(run())
