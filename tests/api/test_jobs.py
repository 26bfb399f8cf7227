"""The list of background work: each desk sees its own, and strangers none."""

from typing import Any

import pytest

from service import jobs
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import Execute, World

LIST = """query ($state: JobState, $first: Int! = 20, $after: String) {
  jobs(state: $state, first: $first, after: $after) {
    totalCount edges { node { kind state done total createdAt } }
    pageInfo { hasNextPage endCursor }
  }
}"""


@pytest.fixture
async def worked(world: World) -> World:
    """Three jobs of the first town, of which one has ended, and one of the second."""
    for town, kinds in ((world.towns[0], ("a.one", "a.two", "a.three")), (world.towns[1], ("b",))):
        async with tenant_transaction(town.scope()):
            for kind in kinds:
                job = await jobs.start(town.owner, kind, total=4)
                if kind == "a.two":
                    await jobs.finish(town.owner, job.id, "DONE", result={})
    return world


async def seen(execute: Execute, who: Any, **variables: Any) -> list[str]:
    """The kinds of work that a principal sees."""
    answer = await execute(who, LIST, variables)
    assert answer["errors"] == []
    found = answer["data"]["jobs"]
    kinds = [edge["node"]["kind"] for edge in found["edges"]]
    assert found["totalCount"] >= len(kinds)
    return kinds


async def test_a_desk_sees_its_own_work_newest_first(worked: World, execute: Execute) -> None:
    town, other = worked.towns

    assert await seen(execute, town.principal()) == ["a.three", "a.two", "a.one"]
    assert await seen(execute, town.principal(), state="DONE") == ["a.two"]
    assert await seen(execute, town.principal(), state="QUEUED") == ["a.three", "a.one"]
    assert await seen(execute, other.principal()) == ["b"]
    assert await seen(execute, worked.committee()) == []


async def test_pages_follow_one_another_without_a_gap(worked: World, execute: Execute) -> None:
    town = worked.towns[0].principal()
    first = (await execute(town, LIST, {"first": 2}))["data"]["jobs"]
    second = (await execute(town, LIST, {"first": 2, "after": first["pageInfo"]["endCursor"]}))[
        "data"
    ]["jobs"]

    assert [edge["node"]["kind"] for edge in first["edges"]] == ["a.three", "a.two"]
    assert first["pageInfo"]["hasNextPage"] is True
    assert first["totalCount"] == 3
    assert [edge["node"]["kind"] for edge in second["edges"]] == ["a.one"]
    assert second["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("role", [Role.ENTERPRISE, Role.APP])
async def test_who_is_at_no_desk_sees_no_work(worked: World, execute: Execute, role: Role) -> None:
    answer = await execute(worked.towns[0].principal(role), LIST)

    found = (answer.get("data") or {}).get("jobs")
    assert found is None or found["edges"] == []
    assert found is not None or answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
