"""The planner in a process of its own: `python -m service.joint.child JOB.json`.

Reads an instance, prints progress lines, writes a plan.  Limits of CPU and memory are set here,
before anything is read, so that a hostile instance harms nobody else.
"""

import json
import resource
import sys
from pathlib import Path

from service.child_process import die_with_parent
from service.joint.planning.formats import dump_plan, read_instance, write
from service.joint.planning.model import CannotPlan
from service.joint.planning.parse import FormatError
from service.joint.planning.solver import Progress, solve

UNUSABLE = 3


def main() -> int:
    """Solve the job named by the first argument."""
    job = json.loads(Path(sys.argv[1]).read_bytes())
    die_with_parent(job["parent"])
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_seconds"], job["cpu_seconds"] + 5))
    resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))

    def report(progress: Progress) -> None:
        print(progress.stage, progress.done, progress.detail, flush=True)

    try:
        plan = solve(
            read_instance(Path(job["instance"])),
            seed=job["seed"],
            iterations=job["iterations"],
            seconds=job["seconds"],
            report=report,
        )
    except (FormatError, CannotPlan) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except MemoryError:
        print(f"the plan needs more than {job['memory_bytes'] >> 20} MiB", file=sys.stderr)
        return UNUSABLE
    write(Path(job["out"]), dump_plan(plan))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
