"""Ceph's S3 gateway over a cluster of one monitor and one store in memory, without root's help.

Debian's packages `radosgw`, `ceph-mon`, `ceph-osd`, `ceph-common`.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path
from uuid import uuid4

from tests.storage.stores.served import Process, Unavailable, free_port, wait_until_it_answers

PROGRAMS = ("radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "ceph-authtool",
            "monmaptool")  # fmt: skip
PACKAGES = ("radosgw", "ceph-mon", "ceph-osd", "ceph-common")
_CONFIG = """[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{monitor}
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 6442450944
mon allow pool size one = true
run dir = {home}
admin socket = {home}/$name.asok
log file = {home}/$name.log
pid file = {home}/$name.pid
mon data = {home}/mon
osd data = {home}/osd
keyring = {home}/keyring
[osd]
keyring = {home}/osd/keyring
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:{gateway}
"""


class RadosGateway:
    """A gateway and the small cluster under it."""

    name = "radosgw"
    access_key = "anshang"
    secret_key = "of-this-run-only"

    def __init__(self, home: Path) -> None:
        self._home = home
        self._config = home / "ceph.conf"
        self._monitor, self._port = free_port(), free_port()
        self._daemons: list[Process] = []

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Make the cluster, its gateway and one account.

        Raises:
            Unavailable: a program is missing and cannot be installed, or a daemon does not come up.
        """
        _install()
        fsid = str(uuid4())
        for part in ("mon", "osd"):
            (self._home / part).mkdir()
        self._config.write_text(
            _CONFIG.format(fsid=fsid, home=self._home, monitor=self._monitor, gateway=self._port)
        )
        keys, places = self._home / "keyring", self._home / "monmap"
        self._run("ceph-authtool", "--create-keyring", keys, "--gen-key", "-n", "mon.",
                  "--cap", "mon", "allow *")  # fmt: skip
        self._run("ceph-authtool", keys, "--gen-key", "-n", "client.admin",
                  "--cap", "mon", "allow *", "--cap", "osd", "allow *")  # fmt: skip
        self._run("monmaptool", "--create", "--addv", "a", f"[v2:127.0.0.1:{self._monitor}]",
                  "--fsid", fsid, places)  # fmt: skip
        self._ceph("ceph-mon", "--mkfs", "-i", "a", "--monmap", places, "--keyring", keys)
        self._daemon("ceph-mon", "-i", "a")
        identity = str(uuid4())
        number = self._ceph("ceph", "--connect-timeout", "30", "osd", "new", identity).strip()
        self._ceph("ceph", "auth", "get-or-create", f"osd.{number}", "mon", "allow profile osd",
                   "osd", "allow *", "-o", self._home / "osd" / "keyring")  # fmt: skip
        self._ceph("ceph-osd", "-i", number, "--mkfs", "--osd-uuid", identity)
        self._daemon("ceph-osd", "-i", number)
        self._until_up()
        gateway = self._daemon("radosgw", "-n", "client.admin")
        wait_until_it_answers(self._port, gateway)
        self._ceph("radosgw-admin", "user", "create", "--uid", "anshang", "--display-name",
                   "anshang", "--access-key", self.access_key, "--secret-key",
                   self.secret_key)  # fmt: skip

    def restart(self) -> None:
        """End the gateway and start it again; the cluster under it goes on."""
        gateway = self._daemons[-1]
        gateway.stop()
        gateway.start()
        wait_until_it_answers(self._port, gateway)

    def stop(self) -> None:
        """End the gateway, then the cluster."""
        while self._daemons:
            self._daemons.pop().stop()

    def _daemon(self, program: str, *arguments: str) -> Process:
        command = [program, "-c", self._config, *arguments, "-f"]
        made = Process(command, self._home / f"{program}.out", _environment(), self._home)
        made.start()
        self._daemons.append(made)
        return made

    def _until_up(self) -> None:
        deadline = time.monotonic() + 60
        while "1 up" not in self._ceph("ceph", "osd", "stat"):
            if time.monotonic() > deadline:
                raise Unavailable(f"the cluster does not come up; see {self._home}")
            time.sleep(0.5)

    def _ceph(self, program: str, *arguments: str | Path) -> str:
        return self._run(program, "-c", self._config, *arguments)

    def _run(self, *command: str | Path) -> str:
        done = subprocess.run(
            [str(part) for part in command],
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise Unavailable(f"{command[0]}: {done.stderr.strip()[-300:]}")
        return done.stdout


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}


def _install() -> None:
    if all(shutil.which(program) for program in PROGRAMS):
        return
    packages = " ".join(PACKAGES)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Unavailable(f"run `apt-get install --no-install-recommends {packages}` first")
    done = subprocess.run(
        ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *PACKAGES],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unavailable(f"the packages {packages} could not be installed")
