"""`anshang plan`: solve, check and explain joint plans kept in files."""

import sys
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from rich.console import Console

from service.joint.planning.checker import check as violations_of
from service.joint.planning.explain import explain as lines_of
from service.joint.planning.formats import (
    dump_instance,
    dump_plan,
    read_instance,
    read_plan,
    write,
)
from service.joint.planning.generator import Size
from service.joint.planning.generator import generate as generate_instance
from service.joint.planning.model import Instance, Plan
from service.joint.planning.parse import FormatError
from service.joint.planning.solver import Progress
from service.joint.planning.solver import solve as solve_instance

app = cyclopts.App(name="plan", help="Solve, check and explain joint inspection plans.")
_USAGE = 2


def _fail(message: str, code: int = _USAGE) -> None:
    sys.stderr.write(f"anshang plan: {message}\n")
    raise SystemExit(code)


def _instance(path: Path) -> Instance:
    try:
        return read_instance(path)
    except (OSError, FormatError) as error:
        _fail(f"{path}: {error}")
        raise AssertionError from error


def _plan(path: Path) -> Plan:
    try:
        return read_plan(path)
    except (OSError, FormatError) as error:
        _fail(f"{path}: {error}")
        raise AssertionError from error


@app.command
def solve(
    instance: Path,
    *,
    out: Path,
    seconds: Annotated[float | None, Parameter(help="CPU seconds of search")] = None,
    iterations: Annotated[int | None, Parameter(help="steps of search, reproducible")] = None,
    seed: int = 0,
) -> None:
    """Plan INSTANCE (`anshang.joint/1`) and write the checked plan (`anshang.plan/1`)."""
    if seconds is not None and iterations is not None:
        _fail("give --seconds or --iterations, not both")
    problem = _instance(instance)
    console = Console(stderr=True)
    with console.status("merge") as status:

        def report(progress: Progress) -> None:
            status.update(f"{progress.stage} {progress.done} ({progress.detail})")

        plan = solve_instance(
            problem, seed=seed, iterations=iterations, seconds=seconds, report=report
        )
        status.update("check")
        broken = violations_of(problem, plan)
    if broken:
        _fail(f"the plan breaks {len(broken)} rules, first: {broken[0]}", 1)
    try:
        write(out, dump_plan(plan))
    except OSError as error:
        _fail(f"{out}: {error}")
    claim = plan.certificate
    assert claim is not None
    print(
        f"{claim.visits} visits (at least {claim.visits_lower_bound}), "
        f"{claim.mandatory_unserved} mandatory unserved (at least "
        f"{claim.mandatory_unserved_bound}), {claim.officer_days} officer-days"
    )


@app.command
def check(instance: Path, plan: Path) -> None:
    """Check PLAN against INSTANCE: one line per broken rule and exit code 1, else 0."""
    broken = violations_of(_instance(instance), _plan(plan))
    for line in broken:
        print(line)
    if broken:
        raise SystemExit(1)


@app.command
def explain(instance: Path, plan: Path, *, most: int = 20) -> None:
    """Say in words what PLAN merged, what it leaves out and which burden it spares."""
    for line in lines_of(_instance(instance), _plan(plan), most=most):
        print(line)


@app.command
def generate(
    out: Path,
    *,
    seed: int = 0,
    premises: int = 20_000,
    demands: int = 60_000,
    officers: int = 300,
    days: int = 64,
) -> None:
    """Write a generated instance to OUT, the same for the same arguments."""
    size = Size(premises, demands, officers, days)
    write(out, dump_instance(generate_instance(seed, size)))
