"""Filters that are made when they are asked for are those that Tortoise would have written."""

from functools import partial
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.filters import get_filters_for_field
from tortoise.models import Model

from service.audit import AuditEntry
from service.hazards.records import Hazard
from tenants.lean import Filters
from tenants.wall import tenant_transaction
from tests.conftest import World


def written(model: type[Model]) -> dict[str, Any]:
    """What Tortoise writes for the columns of a model at its declaration."""
    meta = model._meta
    found: dict[str, Any] = {}
    for name, column in meta.fields_map.items():
        found |= get_filters_for_field(name, column, column.source_field or name)
    return found | get_filters_for_field("pk", meta.pk, meta.pk.source_field or meta.pk_attr)


def same(one: Any, other: Any) -> bool:
    """Whether two operators do the same; the full text search is made for each filter anew."""
    if isinstance(one, partial) and isinstance(other, partial):
        return (one.func, one.keywords) == (other.func, other.keywords)
    return one is other


async def test_every_filter_of_every_model_is_what_it_would_have_been(world: World) -> None:
    models = [model for app in (Tortoise.apps or {}).values() for model in app.values()]
    assert len(models) > 100

    for model in models:
        meta = model._meta
        assert isinstance(meta.filters, Filters)
        override = meta.db.executor_class.get_overridden_filter_func
        expected = written(model)
        assert set(meta.filters.whole()) == set(expected)
        for name, filter_info in expected.items():
            operator = override(filter_func=filter_info["operator"], filter_info=filter_info)
            made = meta.get_filter(name)
            assert made | {"operator": None} == filter_info | {"operator": None}
            assert same(made["operator"], operator or filter_info["operator"])


async def test_a_name_that_is_no_filter_is_none(world: World) -> None:
    filters = Hazard._meta.filters

    assert "state__in" in filters
    for name in ("state__nonsense", "nonsense", "nonsense__in", "", "__in"):
        assert name not in filters
        with pytest.raises(KeyError):
            filters[name]


async def test_queries_filter_by_columns_keys_and_annotations(world: World) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        key = town.owner.tenant_id
        assert await AuditEntry.filter(pk__in=[key], seq__gte=1, act__startswith="x") == []
        assert await AuditEntry.filter(act=None).count() == 0
