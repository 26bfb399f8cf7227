"""The schema comes up once, whoever asks, and is what the models say."""

import asyncio
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import asyncpg
from tortoise.migrations import operations as ops

import service.migrations
from service.database import MODELS, credentials
from service.filled_columns import AddFilledField
from service.settings import settings
from tests.conftest import drop_database

ROOT = Path(__file__).resolve().parents[2]

CHANGES = """
import asyncio
from tortoise.cli.cli import tortoise_cli_context
from tortoise.migrations.autodetector import MigrationAutodetector
from service.database import config
from service.settings import settings
from tests.conftest import drop_database

async def main():
    wanted = config(settings().owner_database_url)
    async with tortoise_cli_context(wanted) as context:
        detector = MigrationAutodetector(context.apps, wanted["apps"])
        for writer in await detector.changes():
            print(writer.app_label, [type(one).__name__ for one in writer.operations])

asyncio.run(main())
"""


def start(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'graphql'}", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


async def test_three_that_migrate_an_empty_database_at_once_all_succeed(
    database: Any, worker: str
) -> None:
    name = f"anshang_migrate_{worker}"
    arguments = credentials(settings().owner_database_url)
    connection = await asyncpg.connect(**arguments)
    try:
        await drop_database(connection, name)
        await connection.execute(f'create database "{name}"')
        url = settings().owner_database_url.rsplit("/", 1)[0] + "/" + name

        runs = [
            start("-m", "infra.cli", "migrate", ANSHANG_OWNER_DATABASE_URL=url) for _ in range(3)
        ]
        outcomes = [await asyncio.to_thread(run.communicate) for run in runs]

        assert [run.returncode for run in runs] == [0, 0, 0], outcomes
        fresh = await asyncpg.connect(**{**arguments, "database": name})
        applied = await fresh.fetch("select app, name from tortoise_migrations")
        await fresh.close()
        assert len(applied) == len(set(map(tuple, applied)))
        assert {row["app"] for row in applied} == set(MODELS)
    finally:
        await drop_database(connection, name)
        await connection.close()


async def test_the_migrations_say_what_the_models_say(database: Any) -> None:
    run = start("-c", CHANGES)

    told, _ = await asyncio.to_thread(run.communicate)

    assert (run.returncode, told) == (0, "")


def inside(package: ModuleType) -> list[ModuleType]:
    names = [f"{package.__name__}.{one.name}" for one in iter_modules(package.__path__)]
    return [import_module(name) for name in names]


def test_a_column_that_must_have_a_value_fills_the_rows_that_are_there() -> None:
    added = [
        (migration.__name__, operation)
        for capability in inside(service.migrations)
        for migration in inside(capability)
        for operation in migration.Migration.operations
        if isinstance(operation, ops.AddField)
    ]

    assert len(added) > 20
    assert [
        f"{where}: {one.model_name}.{one.name}"
        for where, one in added
        if not one.field.null and not isinstance(one, AddFilledField)
    ] == []
