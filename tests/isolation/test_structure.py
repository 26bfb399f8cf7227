"""What the catalogue alone must say about tables, roles and functions."""

from tests.isolation import structure
from tests.isolation.catalogue import Kind
from tests.isolation.conftest import Siege


async def test_every_table_is_secured_and_its_keys_lead_with_the_tenant(siege: Siege) -> None:
    found = [
        one
        for relation in siege.relations.values()
        for one in structure.findings(relation, siege.reference)
    ]

    assert found == []


async def test_roles_schemas_and_functions_leave_no_way_around(siege: Siege) -> None:
    assert await structure.cluster_findings(siege.owner) == []


async def test_every_kind_of_protection_is_met(siege: Siege) -> None:
    met = {relation.kind for relation in siege.relations.values()}

    assert met >= {Kind.OWNED, Kind.SHARED, Kind.DIRECTORY, Kind.PLATFORM}
