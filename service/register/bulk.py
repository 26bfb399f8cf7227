"""Transactions that write thousands of rows of one town at once."""

from tenants.wall import current


async def bulk() -> None:
    """Let the planner join whole sets in the open transaction, never row by row.

    The conditions of row security make it expect one row where a town has 20,000, above all in a
    table that nobody has analysed since a large import.  A nested loop then compares each of
    thousands of given rows with each row of the town: 40 s where a hash join takes 0.1 s.  A plan
    kept for any number of rows would be made for a few.
    """
    await current().fetch(
        "select set_config('enable_nestloop', 'off', true),"
        " set_config('plan_cache_mode', 'force_custom_plan', true)"
    )
