"""The `anshang` command line: run it, serve it, work for it, look after its towns."""

import asyncio
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from service.errors import SafetyError

app = App(
    name="anshang",
    version=lambda: version("anshang"),
    help="Commerce-and-trade safety supervision (商贸安全监管) for a district of towns.",
)
app.command("infra.tenant:app", name="tenant", help="Provision, list, move and suspend towns.")
app.command("infra.token:app", name="token", help="Make and revoke access tokens.")
app.command(
    "infra.power:app", name="power", help="Enter, end and list the enforcement powers of bodies."
)
app.command(
    "infra.schema:app", name="schema", help="Compare the schema with its last release; release it."
)
app.command("infra.log:app", name="log", help="Verify a public log, and change its key.")
app.command("infra.law:app", name="law", help="See, amend and confirm the rules of law.")
app.command(
    "infra.workdays:app", name="workdays", help="See and enter holidays and make-up days (调休)."
)
app.command(
    "infra.evidence:app", name="evidence", help="Bundle evidence so that it verifies off line."
)
app.command("infra.report:app", name="report", help="Reports of the public to 12350.")
app.command(
    "infra.webhook:app", name="webhook", help="List, stop, start and repeat posts to applications."
)
app.command("infra.plan:app", name="plan", help="Solve, check and explain joint-inspection plans.")


@app.command
def run(
    *,
    data: Annotated[Path, Parameter(help="Directory of all data and secrets")] = Path(".anshang"),
    port: Annotated[int, Parameter(env_var="ANSHANG_HTTP_PORT", help="HTTP port, 0: any free")] = 0,
    size: Annotated[str, Parameter(help="Size of the demo district: S, M or L")] = "M",
) -> int:
    """Start a whole district on this machine: engines, schema, demo data, API and workers."""
    from infra.embedded.supervisor import run_district

    return run_district(data, port, size)


@app.command
def serve(*, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the API against the engines named in the environment."""
    import uvicorn

    uvicorn.run("api.app:app", host=host, port=port, log_config=None)


@app.command
def work(*, threads: int = 8) -> None:
    """Perform background work until stopped."""
    from tasks.worker import main as work_main

    work_main(threads)


@app.command
def relay() -> None:
    """Carry events from the outbox to the queue until stopped."""
    from tasks.relay import main as relay_main

    asyncio.run(relay_main())


@app.command
def clock() -> int:
    """Send periodic tasks to the queue until stopped."""
    from tasks.clock import main as clock_main

    return clock_main()


@app.command
def migrate() -> None:
    """Bring the schema up to date; safe to run from several machines at once."""
    from service.database import migrate as bring_up

    asyncio.run(bring_up())


@app.command
def seed(
    *,
    size: Annotated[str, Parameter(help="S, M or L")] = "M",
    seed: Annotated[int, Parameter(help="The same seed makes the same district")] = 1,
    if_empty: Annotated[bool, Parameter(help="Do nothing where a district exists")] = False,
) -> None:
    """Fill the database with the demo district, through the product's own commands."""
    from infra.demo.seed import seed_district

    asyncio.run(seed_district(size, seed, if_empty=if_empty))


@app.command
def bench(
    name: Annotated[str, Parameter(help="plan or provision")],
    case: Annotated[str, Parameter(help="Case of the benchmark, such as P1")] = "",
    *,
    minutes: Annotated[float, Parameter(help="How long `hostile` goes on")] = 0,
    json: Annotated[bool, Parameter(help="Print one JSON object")] = False,
) -> None:
    """Measure, and print what was measured."""
    from infra.bench import measure

    measure(name, case, minutes=minutes, as_json=json)


def _attach() -> None:
    """Find the engines of the district that runs on this machine, if there is one."""
    from infra.attach import attach
    from infra.embedded.errors import StackError

    try:
        attach()
    except StackError as refusal:
        print(f"anshang: {refusal}", file=sys.stderr)
        raise SystemExit(2) from None


def main() -> None:
    """Entry point; a refusal is one line on stderr and exit code 2."""
    try:
        if sys.argv[1:2] != ["run"]:
            _attach()
        result = app()
    except SafetyError as refusal:
        print(f"anshang: {refusal.message}", file=sys.stderr)
        raise SystemExit(2) from None
    except ConnectionError as error:
        print(
            f"anshang: the engines do not answer: {error};"
            " start the district, or set ANSHANG_DATABASE_URL",
            file=sys.stderr,
        )
        raise SystemExit(2) from None
    raise SystemExit(result if isinstance(result, int) else 0)


if __name__ == "__main__":
    main()
