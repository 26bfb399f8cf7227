"""Transactions that write thousands of rows of one town at once."""

from tenants.wall import current


async def bulk() -> None:
    """Let the planner join whole sets in the open transaction, never row by row.

    The conditions of row security make it expect one row where a town has 20,000, above all in a
    table that nobody has analysed since a large import.  A nested loop then compares each of
    thousands of given rows with each row of the town: 40 s where a hash join takes 0.1 s.

    Plans may be kept: to forbid that would also have every reference of every row planned anew,
    which was nine tenths of the time of an import.
    """
    await current().fetch("select set_config('enable_nestloop', 'off', true)")
