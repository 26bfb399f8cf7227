"""What a caller is told that it may do is what the matrix of rights lets it do."""

from tenants.principal import PUBLIC, Principal
from tenants.rights import MATRIX, Role
from tests.conftest import Execute, World

ASK = "{ me { role rights { subject rights } } }"


async def told(execute: Execute, principal: Principal) -> dict[str, set[str]]:
    answer = await execute(principal, ASK)
    return {row["subject"]: set(row["rights"]) for row in answer["data"]["me"]["rights"]}


async def test_a_committee_is_told_that_it_counts_hazards_and_writes_none(
    world: World, execute: Execute
) -> None:
    rights = await told(execute, world.committee())

    assert rights["HAZARD"] == {"READ_COUNTS", "READ_WITH_PURPOSE"}
    assert "MEMBER" not in rights


async def test_a_town_that_may_not_penalise_is_told_so(world: World, execute: Execute) -> None:
    rights = await told(execute, world.towns[0].principal())

    assert rights["CASE"] == {"READ_OWN"}
    assert "DECIDE" not in rights["BLACKLIST"]


async def test_a_right_of_the_moment_is_offered_and_checked_by_the_act(
    world: World, execute: Execute
) -> None:
    rights = await told(execute, world.department("emergency"))

    assert {"DECIDE", "WRITE"} <= rights["BLACKLIST"]
    assert "DECIDE" in rights["JOINT_INSPECTION"]


async def test_the_public_is_told_what_is_open_to_it(execute: Execute) -> None:
    rights = await told(execute, PUBLIC)

    assert rights["BLACKLIST"] == {"READ_PUBLIC", "VERIFY"}
    assert all(Role.PUBLIC in MATRIX[subject] for subject in MATRIX if subject.value in rights)
