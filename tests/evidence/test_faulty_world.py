"""The two benchmarks with faults, small: their full size is `anshang bench evidence-lossy` and
`anshang bench evidence-chaos`."""

import asyncio

import pytest

from infra import bench_evidence_chaos, bench_evidence_lossy
from tests.conftest import TEMPLATE

pytestmark = [pytest.mark.timeout(400)]


async def test_a_film_survives_loss_cuts_a_killed_api_and_a_full_disk(environment: None) -> None:
    found = await asyncio.to_thread(bench_evidence_lossy.run, "40", kills=1, template=TEMPLATE)

    assert (found["state"], found["identical"]) == ("SEALED", True)
    assert (found["cuts"], found["api_kills"]) == (3, 1)
    assert found["parts_sent_again"] <= found["cuts"]
    assert found["surplus_parts"] <= found["cuts"]
    assert found["pieces_lost"] > 0
    assert "OSError" in found["full_disk"]
    assert (found["orphans"], found["missing"], found["left_over"]) == (0, 0, 0)


async def test_of_uploads_that_go_wrong_in_every_way_none_is_lost_mixed_up_or_seen(
    environment: None,
) -> None:
    found = await asyncio.to_thread(bench_evidence_chaos.run, "60", template=TEMPLATE)

    assert found["sealed"] > 30
    assert found["quarantined_and_kept"] > 0
    assert (found["mismatches"], found["lost"], found["accepted_lies"]) == (0, 0, 0)
    assert (found["orphans"], found["missing"], found["miscounted"]) == (0, 0, 0)
    assert found["foreign_tries"] > 0
    assert found["foreign_reads"] == 0
    assert set(found["states"]) == {"SEALED", "QUARANTINED", "ABANDONED"}
