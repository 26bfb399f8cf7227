"""Background work of identity."""

from service.identity import oauth, usage
from tasks.actors import recurs


@recurs("identity.purge")
async def purge() -> None:
    """Drop sessions, tokens and sign-in attempts that ended long ago, and old usage."""
    await oauth.purge_expired()
    await usage.purge()


@recurs("identity.flush_usage")
async def flush_usage() -> None:
    """Copy what applications used from the counters to the database."""
    await usage.flush()
