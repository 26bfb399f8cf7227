"""Become one engine: die with the parent, never run as root, then exec.

Run as a script (`python -I -S launch.py …`), so it imports the standard library only.  The
order matters: changing the user clears the death signal, so that is set last, and a parent that
died before it was set is noticed by its changed process id.
"""

import argparse
import ctypes
import os
import pwd
import signal
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def ordinary_user() -> pwd.struct_passwd:
    """A user of this machine other than root: initdb insists on one with a name."""
    return min((u for u in pwd.getpwall() if u.pw_uid != 0), key=lambda u: u.pw_uid)


def enter_namespace() -> bool:
    """Appear as an ordinary user in a user namespace; False where the kernel forbids it.

    Files stay root's outside, so nothing has to change owner.
    """
    user = ordinary_user()
    uid, gid = os.getuid(), os.getgid()
    if _libc.unshare(CLONE_NEWUSER) != 0:
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user.pw_uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{user.pw_gid} {gid} 1")
    except OSError:
        return False
    return True


def step_down(command: list[str], death_signal: int) -> list[str]:
    """The command under an ordinary user that may still pass directories closed to others."""
    user = ordinary_user()
    return [
        "setpriv",
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        f"--pdeathsig={signal.Signals(death_signal).name.removeprefix('SIG')}",
        "--",
        *command,
    ]


def main() -> None:
    """Prepare this process and exec the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, required=True)
    parser.add_argument("--as", dest="mode", choices=("same", "namespace", "user"), default="same")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    command: list[str] = options.command
    if options.mode == "namespace" and not enter_namespace():
        sys.exit("cannot create a user namespace")
    _libc.prctl(PR_SET_PDEATHSIG, options.death_signal, 0, 0, 0)
    if os.getppid() != options.parent:
        sys.exit("the parent is gone")
    if options.mode == "user":
        command = step_down(command, options.death_signal)
    os.execvp(command[0], command)  # noqa: S606  becoming the engine is the purpose


if __name__ == "__main__":
    main()
