"""`anshang plan`: solve, check and explain joint plans kept in files."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import cyclopts
from cyclopts import Parameter
from rich.console import Console

from service.joint.planning.checker import check as violations_of
from service.joint.planning.checker import check_visits
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
from service.joint.planning.model import CannotPlan, Instance, Plan
from service.joint.planning.parse import MAX_DAYS, FormatError
from service.joint.planning.solver import Progress
from service.joint.planning.solver import solve as solve_instance

app = cyclopts.App(name="plan", help="Solve, check and explain joint inspection plans.")
_USAGE = 2
_UNLAWFUL = 1
_MOST = 2**31 - 1


def _fail(message: str, code: int = _USAGE) -> NoReturn:
    sys.stderr.write(f"anshang plan: {message}\n")
    raise SystemExit(code)


def _within(name: str, value: float | None, low: float, high: float) -> None:
    """Refuse an option out of range, NaN included."""
    if value is not None and not low <= value <= high:
        _fail(f"--{name} must be {low:g} to {high:g}, not {value}")


def _may_write(out: Path) -> None:
    """Refuse, before any work is done, a place that cannot be written to."""
    if out.is_dir() or not out.name or not out.parent.is_dir():
        _fail(f"{out}: is no file that can be written")


def _instance(path: Path) -> Instance:
    try:
        return read_instance(path)
    except (OSError, FormatError) as error:
        _fail(f"{path}: {error}")


def _plan(path: Path) -> Plan:
    try:
        return read_plan(path)
    except (OSError, FormatError) as error:
        _fail(f"{path}: {error}")


@app.command
def solve(
    instance: Path,
    *,
    out: Path,
    seconds: Annotated[float | None, Parameter(help="CPU seconds in all")] = None,
    iterations: Annotated[int | None, Parameter(help="steps of search, reproducible")] = None,
    seed: int = 0,
) -> None:
    """Plan INSTANCE (`anshang.joint/1`) and write the checked plan (`anshang.plan/1`)."""
    if seconds is not None and iterations is not None:
        _fail("give --seconds or --iterations, not both")
    _within("seconds", seconds, 0, _MOST)
    _within("iterations", iterations, 0, _MOST)
    _within("seed", seed, 0, _MOST)
    _may_write(out)
    problem = _instance(instance)
    console = Console(stderr=True)
    with console.status("merge") as status:

        def report(progress: Progress) -> None:
            status.update(f"{progress.stage} {progress.done} ({progress.detail})")

        try:
            plan = solve_instance(
                problem, seed=seed, iterations=iterations, seconds=seconds, report=report
            )
        except CannotPlan as error:
            _fail(f"{instance}: {error}")
        except MemoryError:
            _fail(f"{instance}: needs more memory than there is")
        status.update("check")
        broken = violations_of(problem, plan)
    if broken:
        _fail(f"the plan breaks {len(broken)} rules, first: {broken[0]}", _UNLAWFUL)
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
        raise SystemExit(_UNLAWFUL)


@app.command
def explain(instance: Path, plan: Path, *, most: int = 20) -> None:
    """Say in words what PLAN merged, what it leaves out and which burden it spares.

    A plan that breaks a rule is not explained, and nothing is quoted from a false certificate;
    `check` says what is wrong.
    """
    _within("most", most, 0, _MOST)
    problem, made = _instance(instance), _plan(plan)
    broken = check_visits(problem, made)
    if broken:
        _fail(f"{plan}: breaks {len(broken)} rules, first: {broken[0]}", _UNLAWFUL)
    if violations_of(problem, made):
        made = replace(made, certificate=None)
    for line in lines_of(problem, made, most=most):
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
    _within("premises", premises, 1, _MOST)
    _within("demands", demands, 0, _MOST)
    _within("officers", officers, 0, _MOST)
    _within("days", days, 1, MAX_DAYS)
    _may_write(out)
    size = Size(premises, demands, officers, days)
    write(out, dump_instance(generate_instance(seed, size)))
