"""The database: which models belong to which capability, how it is opened and migrated."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
from tortoise import Tortoise

from service.settings import settings
from tenants.lane import close_lanes, open_lanes
from tenants.scope import Scope, pads
from tenants.wall import Serving, install_key, tenant_transaction

MODELS: dict[str, list[str]] = {
    "tenants": ["tenants.records"],
    "core": [
        "service.audit",
        "service.outbox",
        "service.idempotency",
        "service.jobs",
        "service.receipts",
    ],
    "register": ["service.register.records"],
    "officers": ["service.officers.records"],
    "identity": ["service.identity.records"],
    "administration": ["service.administration.records"],
    "workdays": ["service.workdays.records"],
    "law": ["service.law.records"],
    "publication": ["service.publication.records"],
    "blacklist": ["service.blacklist.records"],
    "consumers": ["service.consumers.records"],
    "evidence": ["service.evidence.records"],
    "joint": ["service.joint.records"],
    "draws": ["service.draws.records"],
    "hazards": ["service.hazards.records"],
    "risks": ["service.risks.records"],
    "indicators": ["service.indicators.records"],
    "documents": ["service.documents.records"],
    "responsibility": ["service.responsibility.records"],
    "routine_checks": ["service.routine_checks.records"],
    "powers": ["service.powers.records"],
    "deadlines": ["service.deadlines.records"],
    "inspections": ["service.inspections.records"],
    "guidance": ["service.guidance.records"],
    "supervision": ["service.supervision.records"],
    "duties": ["service.duties.records"],
    "assessments": ["service.assessments.records"],
    "overview": ["service.overview.records"],
    "town_maps": ["service.town_maps.records"],
    "cases": ["service.cases.records"],
    "accidents": ["service.accidents.records"],
    "post_cards": ["service.post_cards.records"],
    "training": ["service.training.records"],
    "standardisation": ["service.standardisation.records"],
    "assets": ["service.assets.records"],
    "webhooks": ["service.webhooks.records"],
    "reports": ["service.reports.records"],
    "case_reviews": ["service.case_reviews.records"],
}
"""Model modules by capability, in the order of their first migrations."""

MIGRATION_LOCK = 0x616E7368616E67  # any constant; held while one process migrates


def credentials(url: str) -> dict[str, Any]:
    """Connection arguments of a `postgres://` URL."""
    parts = urlsplit(url)
    return {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 5432,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": parts.path.lstrip("/"),
    }


def config(url: str, *, pool_size: int = 10) -> dict[str, Any]:
    """Tortoise's configuration for one database."""
    return {
        "connections": {
            "default": {
                "engine": "tortoise.backends.asyncpg",
                "credentials": {
                    **credentials(url),
                    "minsize": 1,
                    "maxsize": pool_size,
                    "command_timeout": 60,
                    "connection_class": Serving,
                },
            }
        },
        "apps": {
            label: {
                "models": modules,
                "default_connection": "default",
                "migrations": f"service.migrations.{label}",
            }
            for label, modules in MODELS.items()
        },
        "use_tz": True,
        "timezone": "UTC",
    }


async def open_database() -> None:
    """Open this process's pool as the role that serves, and arm the wall."""
    chosen = settings()
    install_key(bytes.fromhex(chosen.scope_key.get_secret_value()))
    await Tortoise.init(
        config=config(chosen.database_url, pool_size=chosen.database_pool_size),
        _enable_global_fallback=True,
    )
    open_lanes(
        {**credentials(chosen.database_url), "command_timeout": 60}, chosen.database_pool_size
    )


async def close_database() -> None:
    """Give all connections back."""
    await close_lanes()
    await Tortoise.close_connections()


@asynccontextmanager
async def database() -> AsyncIterator[None]:
    """The database, open for a block."""
    await open_database()
    try:
        yield
    finally:
        await close_database()


async def migrate() -> None:
    """Bring the schema up to date as its owner; concurrent callers wait for one another."""
    from tortoise.migrations.api import migrate as tortoise_migrate

    chosen = settings()
    connection = await asyncpg.connect(**credentials(chosen.owner_database_url))
    try:
        await connection.execute("select pg_advisory_lock($1)", MIGRATION_LOCK)
        await tortoise_migrate(config=config(chosen.owner_database_url, pool_size=4))
        await Tortoise.close_connections()
        inner, outer = pads(bytes.fromhex(chosen.scope_key.get_secret_value()))
        await connection.execute("select app.install_scope_key($1, $2)", inner, outer)
        # A temporary table could stand in for a real one before whoever gets the connection next.
        await connection.execute(
            "do $$ begin execute format('revoke temporary on database %I from public',"
            " current_database()); end $$"
        )
        await _import_law(chosen.owner_database_url)
    finally:
        await connection.close()


async def _import_law(url: str) -> None:
    from service.law.commands import import_shipped

    install_key(bytes.fromhex(settings().scope_key.get_secret_value()))
    await Tortoise.init(config=config(url, pool_size=1), _enable_global_fallback=True)
    try:
        async with tenant_transaction(Scope.of_platform("operator:migrate")):
            await import_shipped()
    finally:
        await Tortoise.close_connections()


def __getattr__(name: str) -> Any:
    """`TORTOISE`, for `tortoise -c service.database.TORTOISE makemigrations`, read when asked."""
    if name == "TORTOISE":
        return config(settings().owner_database_url)
    raise AttributeError(name)
