"""Filters of models, made when a query first asks for one.

Tortoise writes some twenty-five for each column of each model when it is declared: 17 MiB in every
process, of which queries name a few hundred.  What a name means stays Tortoise's own business, and
`tests/tenants/test_lean.py` holds each against what would have been written.
"""

from collections.abc import Iterator
from typing import Any, cast

from tortoise import models
from tortoise.fields.base import Field
from tortoise.filters import FilterInfoDict, get_filters_for_field


class Filters(dict[str, FilterInfoDict]):
    """All filters of a model by name; those of a column are there once one was asked for."""

    def __init__(self, meta: models.MetaInfo) -> None:
        super().__init__()
        self._meta = meta

    def __missing__(self, key: str) -> FilterInfoDict:
        found = self._of(key)
        if key not in found:
            raise KeyError(key)
        self.update(found)
        return self[key]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or (isinstance(key, str) and key in self._of(key))

    def whole(self) -> Iterator[str]:
        """Every name that there is, for whoever wants to compare."""
        for name in ("pk", *self._meta.fields_map):
            yield from self._of(name)

    def _of(self, key: str) -> dict[str, FilterInfoDict]:
        name = key.partition("__")[0]
        named = self._meta.pk_attr if name == "pk" else name
        column = self._meta.fields_map.get(named)
        if column is None:
            return {}
        found = get_filters_for_field(name, column, column.source_field or named)
        override = self._meta.db.executor_class.get_overridden_filter_func
        for made in found.values():
            operator = override(filter_func=made["operator"], filter_info=made)
            if operator:
                made["operator"] = operator
        return found


def _none_yet(
    field_name: str, field: Field[Any] | None, source_field: str
) -> dict[str, FilterInfoDict]:
    """Nothing at a model's declaration; the filters of an annotation, which is no column."""
    return get_filters_for_field(field_name, None, source_field) if field is None else {}


def _asked_later(meta: models.MetaInfo) -> None:
    meta.filters = Filters(meta)


def install() -> None:
    """Do so for every model that is declared from now on."""
    changed = cast(Any, models)
    changed.get_filters_for_field = _none_yet
    changed.MetaInfo._generate_filters = _asked_later
