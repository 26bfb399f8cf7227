"""The one table of which tasks answer which events; importing it registers every actor."""

from importlib import import_module

MODULES: tuple[str, ...] = ("tasks.core",)
"""Modules with actors, one per capability."""

ROUTES: dict[str, tuple[str, ...]] = {
    "register.enterprise_enrolled": (),
}
"""Event → tasks.  An event without tasks is a fact for webhooks and subscriptions only."""


def load() -> None:
    """Import every module with actors."""
    for module in MODULES:
        import_module(module)
