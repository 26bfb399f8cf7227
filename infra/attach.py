"""Commands typed beside a running district find its engines: the environment from its directory.

What the environment says already is left alone, so a production machine is not affected.
"""

import os
from pathlib import Path

from infra.embedded.memory import FILE, Memory
from infra.embedded.postgres import APP, OWNER, RELAY, Postgres
from infra.embedded.store import ACCESS_KEY, BUCKET_PREFIX, REGION, ObjectStore
from infra.embedded.valkey import Valkey


def attach(data_dir: Path | None = None) -> bool:
    """Point this process at the district in `data_dir`, by default that of `ANSHANG_DATA_DIR`.

    Returns whether a district was found; whether it runs is seen when it is used.

    Raises:
        StackError: the directory's secrets are damaged.
    """
    directory = data_dir or Path(os.environ.get("ANSHANG_DATA_DIR", ".anshang"))
    if "ANSHANG_DATABASE_URL" in os.environ or not (directory / FILE).is_file():
        return False
    directory = directory.absolute()
    for name, value in environment(directory).items():
        os.environ.setdefault(name, value)
    return True


def environment(directory: Path) -> dict[str, str]:
    """What a process needs to use the engines of a data directory, as last started.

    Raises:
        StackError: the directory's secrets are damaged.
    """
    memory = Memory.load(directory)
    if not {"postgres", "valkey", "store"} <= memory.ports.keys():
        return {}
    postgres = Postgres(directory, memory, durable=True)
    http = memory.ports.get("http")
    return {
        "ANSHANG_DATA_DIR": str(directory),
        "ANSHANG_DATABASE_URL": postgres.url(APP, memory.app_password),
        "ANSHANG_OWNER_DATABASE_URL": postgres.url(OWNER, memory.owner_password),
        "ANSHANG_RELAY_DATABASE_URL": postgres.url(RELAY, memory.relay_password),
        "ANSHANG_SCOPE_KEY": memory.scope_key,
        "ANSHANG_REDIS_URL": Valkey(directory, memory, durable=True).url,
        "ANSHANG_S3_ENDPOINT": ObjectStore(directory, memory).url,
        "ANSHANG_S3_REGION": REGION,
        "ANSHANG_S3_ACCESS_KEY": ACCESS_KEY,
        "ANSHANG_S3_SECRET_KEY": memory.store_secret,
        "ANSHANG_S3_BUCKET_PREFIX": BUCKET_PREFIX,
        "ANSHANG_PUBLICATION_KEY": memory.publication_key,
        "ANSHANG_TOKEN_PEPPER": memory.token_pepper,
        **({"ANSHANG_PUBLIC_URL": f"http://127.0.0.1:{http}"} if http else {}),
    }
