"""Publishes a district and kills itself at the call whose number is given.

Run as a program: district, then the number of the call to the database or the store.
"""

import asyncio
import os
import signal
import sys
from uuid import UUID

from service.database import database
from service.publication import publisher
from tests.publication.calls import counted


async def main(district_id: UUID, at: int) -> None:
    def die(number: int, name: str) -> None:
        if number == at:
            print(name, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    async with database():
        with counted(die):
            await publisher.flush(district_id)
    print("end", flush=True)


if __name__ == "__main__":
    asyncio.run(main(UUID(sys.argv[1]), int(sys.argv[2])))
