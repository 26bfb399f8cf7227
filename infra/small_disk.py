"""Runs a module on a disk that is soon full: `python -m infra.small_disk MIB FOLDER MODULE`.

For benchmarks.  `FOLDER` becomes a file system of its own, seen by this process alone, and the
place of its temporary files.  Where the kernel does not allow that, no file may grow beyond `MIB`,
which fails in the same place by another name (EFBIG instead of ENOSPC).
"""

import ctypes
import os
import resource
import runpy
import sys
from pathlib import Path

_NEWNS, _NEWUSER = 0x00020000, 0x10000000
_PRIVATE = 1 << 18 | 1 << 14  # MS_PRIVATE | MS_REC
_LIBC = ctypes.CDLL(None, use_errno=True)


def confine(mib: int, folder: str) -> str:
    """Give this process its small disk; returns `ENOSPC` or `EFBIG`, as it will fail."""
    os.environ["TMPDIR"] = folder
    flags = _NEWNS if os.geteuid() == 0 else _NEWNS | _NEWUSER
    alone = _LIBC.unshare(flags) == 0 and _LIBC.mount(b"none", b"/", None, _PRIVATE, None) == 0
    size = f"size={mib}m".encode()
    if alone and _LIBC.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, size) == 0:
        return "ENOSPC"
    resource.setrlimit(resource.RLIMIT_FSIZE, (mib << 20, mib << 20))
    return "EFBIG"


def main() -> None:
    """Confine, then become the module."""
    mib, folder, module = sys.argv[1:4]
    (Path(folder).parent / "full-disk").write_text(confine(int(mib), folder))
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main()
