"""The shape of the house, where breaking it would break everything at once."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_contract_folder_is_no_package() -> None:
    """`graphql/__init__.py` would hide graphql-core from every program started in the root."""
    import graphql

    assert not (ROOT / "graphql" / "__init__.py").exists()
    assert hasattr(graphql, "GraphQLSchema")


def test_no_test_folder_is_a_package() -> None:
    """A `tests/service/__init__.py` would hide `service`."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_printed_schema_is_the_one_the_code_makes() -> None:
    """Clients read `graphql/schema.graphql`; `make schema` prints it anew."""
    from api.schema import PRINTED, printed

    assert PRINTED.read_text(encoding="utf-8") == printed()


@pytest.mark.xdist_group("house")
def test_tests_of_one_group_are_sent_to_one_worker(request: pytest.FixtureRequest) -> None:
    """What shares a browser, a district or an installation is told apart by its name alone."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@house")
