"""Columns that must have a value, added to tables that already hold rows."""

from copy import copy

from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class AddFilledField(ops.AddField):
    """Add a column whose default, in the database too, is that of the field.

    `AddField` alone tells the database of no default, so it fails on the first table with a row.
    The default stays: the version before this one goes on entering rows while an upgrade runs, and
    does not know of the column.
    """

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Add the column and fill every row.

        Raises:
            ValueError: the field has no default.
        """
        model = new_state.apps.get_model(f"{app_label}.{self.model_name}")
        field = model._meta.fields_map[self.name]
        if field.default is None:
            raise ValueError(f"{self.model_name}.{self.name} has no default to fill rows with")
        filled = copy(field)
        filled.db_default = field.default() if callable(field.default) else field.default
        model._meta.fields_map[self.name] = filled
        try:
            await super().database_forward(app_label, old_state, new_state, state_editor)
        finally:
            model._meta.fields_map[self.name] = field
