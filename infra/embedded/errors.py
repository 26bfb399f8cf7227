"""What can go wrong on the way up, said in one line that tells the operator what to do."""

import errno
from pathlib import Path


class StackError(Exception):
    """The stack cannot start or go on; the message says why and what to do."""

    exit_code = 1


class AlreadyRunning(StackError):
    """Another process works on the same data directory."""

    exit_code = 3


class PortTaken(StackError):
    """A port asked for by name belongs to another process."""

    exit_code = 4


class NoSpace(StackError):
    """The disk is full, or too full to begin."""

    exit_code = 5


class NotWritable(StackError):
    """This user may not write the data directory."""

    exit_code = 6


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


def explain(error: OSError, place: Path) -> StackError:
    """The operating system's refusal to write below `place`, in the stack's own words."""
    if error.errno in _FULL:
        return NoSpace(f"no space left below {place}: free some disk and start again")
    if error.errno in _DENIED:
        return NotWritable(
            f"cannot write {error.filename or place}: use a directory of your own,"
            " or the user that created it"
        )
    return StackError(f"cannot use {place}: {error.strerror or error}")
