"""Background work of identity."""

from service.identity import oauth
from tasks.actors import recurs


@recurs("identity.purge")
async def purge() -> None:
    """Drop sessions, tokens and sign-in attempts that ended long ago."""
    await oauth.purge_expired()
