"""What few requests need, loaded when it is first used: packages, and the templates of pages."""

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment, Template


class Late:
    """A package that is loaded when one of its names is first asked for.

    `if TYPE_CHECKING: import x`, `else: x = Late("x")` keeps the types.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(import_module(self._name), attribute)
        setattr(self, attribute, found)
        return found


class Pages:
    """Templates for pages without scripts; `shared` are known in each.

    They lie in a folder of a package, or are given by their names.
    """

    def __init__(
        self, source: str | Mapping[str, str], folder: str = "templates", **shared: Any
    ) -> None:
        self._source, self._folder, self._shared = source, folder, shared

    @cached_property
    def environment(self) -> "Environment":
        """Where the templates live; whatever they do not know is a defect, not a blank."""
        from jinja2 import DictLoader, Environment, PackageLoader, StrictUndefined

        made = Environment(
            loader=PackageLoader(self._source, self._folder)
            if isinstance(self._source, str)
            else DictLoader(self._source),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.globals.update(self._shared)
        return made

    def get_template(self, name: str) -> "Template":
        """The template of that name."""
        return self.environment.get_template(name)
