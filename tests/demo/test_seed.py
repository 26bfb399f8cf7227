"""Seeding the demo district: broken off twice and gone on, it is what the plan says."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from infra.demo.plan import plan_demo
from service import clock
from service.audit import GENESIS, link
from service.database import credentials
from service.settings import settings
from tenants.scope import Scope, scope_body, sign

TEMPLATE = "anshang_template"  # made by the tests' conftest
ROOT = Path(__file__).resolve().parents[2]
TODAY = clock.legal_day(clock.now())


@dataclass(frozen=True)
class Seeded:
    """A database of its own, and how to run the seeding on it."""

    environment: dict[str, str]
    data: Path

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "infra.cli", *words],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(*words)
        out, err = process.communicate(timeout=100)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def kill_at(self, mark: str, *words: str) -> None:
        """Run until a line begins with `mark`, then kill without a warning a moment later."""
        process = self.start(*words)
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(mark):
                break
        time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
        process.stdout.close()

    @asynccontextmanager
    async def scoped(self, scope: Scope) -> AsyncIterator[asyncpg.Connection]:
        """A connection that sees what `scope` may see."""
        connection = await asyncpg.connect(**credentials(self.environment["ANSHANG_DATABASE_URL"]))
        try:
            async with connection.transaction():
                key = bytes.fromhex(settings().scope_key.get_secret_value())
                signed = sign(scope_body(scope, int(time.time())), key)
                await connection.execute("select set_config('app.scope', $1, true)", signed)
                yield connection
        finally:
            await connection.close()


async def _recreate(name: str) -> None:
    arguments = credentials(os.environ["ANSHANG_OWNER_DATABASE_URL"])
    connection = await asyncpg.connect(**{**arguments, "database": "anshang"})
    try:
        await connection.execute(f'drop database if exists "{name}" with (force)')
        await connection.execute(f'create database "{name}" template "{TEMPLATE}"')
    finally:
        await connection.close()


@pytest.fixture
async def empty(environment: None, worker: str, tmp_path: Path) -> Seeded:
    """A migrated database without districts."""
    name = f"anshang_seed_{worker}"
    await _recreate(name)
    urls = {
        key: os.environ[key].rsplit("/", 1)[0] + "/" + name
        for key in ("ANSHANG_DATABASE_URL", "ANSHANG_OWNER_DATABASE_URL")
    }
    data = tmp_path / "data"
    path = f"{ROOT}:{ROOT / 'graphql'}"
    return Seeded({**os.environ, **urls, "ANSHANG_DATA_DIR": str(data), "PYTHONPATH": path}, data)


async def district_scope(seeded: Seeded) -> Scope:
    async with seeded.scoped(Scope.of_platform("test")) as connection:
        rows = await connection.fetch("select id, district_id from tenants")
    tenants = frozenset(row["id"] for row in rows)
    return Scope("test", None, frozenset(r["district_id"] for r in rows), tenants, tenants)


async def test_broken_off_twice_and_gone_on_it_is_what_the_plan_says(empty: Seeded) -> None:
    words = ("seed", "--size", "S", "--seed", "7", "--if-empty")
    empty.kill_at("seed 2/9", *words)
    empty.kill_at("seed 5/9", *words)
    other = empty.run("seed", "--size", "M", "--seed", "7", "--if-empty")
    assert (other.returncode, other.stdout) == (2, "")
    assert "size S and seed 7 is half done" in other.stderr

    done = empty.run(*words)

    assert done.returncode == 0, done.stderr
    plan = plan_demo(7, "S", TODAY)
    async with empty.scoped(await district_scope(empty)) as connection:
        counts = {
            table: await connection.fetchval(f"select count(*) from {table}")
            for table in ("enterprises", "premises", "officers", "bodies", "blacklist_cases")
        }
        demands = await connection.fetchval(
            "select count(*) from inspection_demands where release_on > $1", TODAY
        )
        past = await connection.fetch("select day, state, completed_at from joint_visits")
        cases = await connection.fetch("select publication, state from blacklist_cases")
        codes = await connection.fetch("select credit_code, alternate_id from enterprises")
    assert counts == {
        "enterprises": len(plan.enterprises),
        "premises": sum(len(item.premises) for item in plan.enterprises),
        "officers": len(plan.officers),
        "bodies": len(plan.bodies),
        "blacklist_cases": len(plan.proposals),
    }
    assert demands == len(plan.demands)
    assert {(row["credit_code"], row["alternate_id"] or "") for row in codes} == {
        (item.credit_code, item.alternate_id or "") for item in plan.enterprises
    }
    assert len(past) >= 0.9 * len(plan.visits)
    assert {row["state"] for row in past} == {"DONE"}
    assert all(clock.legal_day(row["completed_at"]) == row["day"] < TODAY for row in past)
    assert {(row["publication"], row["state"]) for row in cases} == {
        (item.publication, "PUBLISHED" if item.publication == "PENALTY_PUBLICITY" else "PROPOSED")
        for item in plan.proposals
    }
    await check_chains(empty)
    check_accounts(empty)
    await check_repeats(empty, words)


async def check_chains(seeded: Seeded) -> None:
    """Every tenant's audit chain is whole although two runs were killed."""
    async with seeded.scoped(await district_scope(seeded)) as connection:
        rows = await connection.fetch(
            "select tenant_id, seq, entry, hash from audit_entries order by tenant_id, seq"
        )
    heads: dict[UUID, tuple[str, int]] = {}
    for row in rows:
        previous, seq = heads.get(row["tenant_id"], (GENESIS, 0))
        assert row["seq"] == seq + 1
        assert row["hash"] == link(previous, row["seq"], row["entry"])
        heads[row["tenant_id"]] = (row["hash"], row["seq"])
    assert len(heads) == 31


def check_accounts(seeded: Seeded) -> None:
    file = seeded.data / "demo-accounts.json"
    people = json.loads(file.read_text(encoding="utf-8"))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [person["role"] for person in people] == [
        "COMMITTEE",
        "DEPARTMENT",
        "DEPARTMENT",
        "DEPARTMENT",
        "TENANT_ADMIN",
        "INSPECTOR",
        "ENTERPRISE",
        "APP",
    ]
    assert all(person.keys() == {"role", "account", "password", "note"} for person in people)


async def check_repeats(seeded: Seeded, words: tuple[str, ...]) -> None:
    scope = await district_scope(seeded)
    async with seeded.scoped(scope) as connection:
        before = await connection.fetchval("select count(*) from audit_entries")

    again = seeded.run(*words)
    refused = seeded.run("seed", "--size", "S", "--seed", "7")

    assert (again.returncode, again.stdout) == (0, "seed: the demo district is complete already\n")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    async with seeded.scoped(scope) as connection:
        assert await connection.fetchval("select count(*) from audit_entries") == before


async def test_a_platform_with_districts_of_its_own_gets_no_demo(empty: Seeded) -> None:
    assert empty.run("tenant", "provision", "360102002").returncode == 0

    done = empty.run("seed", "--size", "S", "--if-empty")

    assert done.stdout == "seed: there are districts already; nothing to do\n"
    async with empty.scoped(Scope.of_platform("test")) as connection:
        assert await connection.fetchval("select count(*) from tenants") == 2
    assert not empty.data.exists()


@pytest.fixture
def clock_back() -> Iterator[None]:
    from infra.demo.past import turned_back

    with turned_back():
        yield


def test_the_clock_is_turned_back_in_a_block_only(clock_back: None) -> None:
    from infra.demo.past import at_moment, office_hour

    day = TODAY.replace(year=TODAY.year - 1, day=1)
    with at_moment(office_hour(day, 1)):
        assert clock.legal_day(clock.now()) == day
        with at_moment(office_hour(TODAY)):
            assert clock.legal_day(clock.now()) == TODAY
        assert clock.now() == office_hour(day, 1)
    assert clock.legal_day(clock.now()) >= TODAY


def test_without_turning_back_the_moment_is_refused() -> None:
    from infra.demo.past import at_moment, office_hour

    with pytest.raises(RuntimeError, match="not turned back"), at_moment(office_hour(TODAY)):
        raise AssertionError
