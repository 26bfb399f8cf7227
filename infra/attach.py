"""Commands typed beside a running district find its engines: the environment from its directory.

What the environment says already is left alone, so a production machine is not affected.
"""

import os
from pathlib import Path

from infra.embedded.addresses import addresses
from infra.embedded.memory import ENGINES, FILE, Memory


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
    if not set(ENGINES) <= memory.ports.keys():
        return {}
    http = memory.ports.get("http")
    return {
        "ANSHANG_DATA_DIR": str(directory),
        **addresses(directory, memory),
        **({"ANSHANG_PUBLIC_URL": f"http://127.0.0.1:{http}"} if http else {}),
    }
