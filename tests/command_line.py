"""`anshang`, run as the operator runs it."""

import asyncio
import json
import os
import sys

# Several command lines in one interpreter, since starting one costs more than the commands.
SHELL = """
import contextlib, io, json, sys
from infra.cli import main
for words in json.load(sys.stdin):
    sys.argv = ["anshang", *words]
    out, err, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            status = end.code
    print(json.dumps([status, out.getvalue(), err.getvalue()]))
"""


async def anshang(*lines: list[str]) -> list[tuple[int, str, str]]:
    """Exit code, standard output and standard error of each command line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SHELL,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ},
    )
    out, _ = await process.communicate(json.dumps(lines).encode())
    return [tuple(json.loads(line)) for line in out.decode().splitlines()]
