"""The two benchmarks with faults, small: their full size is `anshang bench evidence-lossy` and
`anshang bench evidence-chaos`."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TEMPLATE

ROOT = Path(__file__).resolve().parents[2]
RUN = (
    "import sys, json; from infra import {0}; print(json.dumps({0}.run(**json.loads(sys.argv[1]))))"
)

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("evidence-faults")]


async def benchmark(name: str, **arguments: Any) -> dict[str, Any]:
    """What a benchmark of evidence printed, run as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN.format(name), json.dumps({**arguments, "template": TEMPLATE}),
        cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'graphql'}"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()[-3000:]
    found: dict[str, Any] = json.loads(out)
    return found


async def test_a_film_survives_loss_cuts_a_killed_api_and_a_full_disk(environment: None) -> None:
    found = await benchmark("bench_evidence_lossy", mib="40", kills=1)

    assert (found["state"], found["identical"]) == ("SEALED", True)
    assert found["api_kills"] == 1
    assert 0 < found["cuts"] <= 3
    assert found["parts_sent_again"] <= found["cuts"]
    assert found["surplus_parts"] <= found["cuts"]
    assert found["pieces_lost"] > 0
    assert found["full_disk"].startswith(("ENOSPC", "EFBIG"))
    assert (found["orphans"], found["missing"], found["left_over"]) == (0, 0, 0)


async def test_of_uploads_that_go_wrong_in_every_way_none_is_lost_mixed_up_or_seen(
    environment: None,
) -> None:
    found = await benchmark("bench_evidence_chaos", uploads="45")

    assert found["sealed"] > 20
    assert found["quarantined_and_kept"] > 0
    assert (found["mismatches"], found["lost"], found["accepted_lies"]) == (0, 0, 0)
    assert (found["orphans"], found["missing"], found["miscounted"]) == (0, 0, 0)
    assert found["foreign_tries"] > 0
    assert found["foreign_reads"] == 0
    assert set(found["states"]) == {"SEALED", "QUARANTINED", "ABANDONED"}
