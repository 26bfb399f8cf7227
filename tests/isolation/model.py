"""What each scope may see and write, stated apart from the policies that enforce it."""

from tenants.scope import Scope
from tests.isolation.catalogue import Kind, Relation
from tests.isolation.population import Population, Row

NOTHING = Scope("nobody")


def readable(relation: Relation, row: Row, scope: Scope) -> bool:
    """Whether the scope may see the row."""
    tenant, district = row.get("tenant_id"), row.get("district_id")
    tenants = {str(one) for one in scope.readable}
    districts = {str(one) for one in scope.districts}
    if relation.kind is Kind.PLATFORM:
        national = "anyone_reads" in relation.policies and bool(districts)
        return scope.platform or national or _own_entry(relation, row, tenants, districts)
    if relation.kind is Kind.OWNER_ONLY:
        return False
    if tenant in tenants and district in districts:
        return True
    if relation.kind is Kind.DIRECTORY and district in districts:
        return True
    return scope.platform and relation.kind in {Kind.SHARED, Kind.DIRECTORY}


def _own_entry(relation: Relation, row: Row, tenants: set[str], districts: set[str]) -> bool:
    if "own_district" in relation.policies and row.get("id") in districts:
        return True
    return "own_tenant" in relation.policies and row.get("tenant_id", row.get("id")) in tenants


def writable(relation: Relation, row: Row, scope: Scope) -> bool:
    """Whether the scope may write the row."""
    if relation.kind is Kind.OWNER_ONLY:
        return False
    if scope.platform and relation.kind is not Kind.OWNED:
        return True
    tenants = {str(one) for one in scope.writable}
    districts = {str(one) for one in scope.districts}
    return (
        relation.tenant_owned
        and row.get("tenant_id") in tenants
        and row.get("district_id") in districts
    )


def insertable(relation: Relation, row: Row, scope: Scope) -> bool:
    """Whether the scope may add such a row; who reads a town may leave a receipt with it."""
    receipt = "reader_insert" in relation.policies and readable(relation, row, scope)
    return receipt or writable(relation, row, scope)


def visible(relation: Relation, population: Population, scope: Scope) -> list[str]:
    """Places whose rows the scope must see, no more and no fewer."""
    rows = population.present(relation)
    return sorted(place for place, row in rows.items() if readable(relation, row, scope))


def changeable(relation: Relation, population: Population, scope: Scope) -> list[str]:
    """Places whose rows the scope may change."""
    rows = population.present(relation)
    return sorted(place for place, row in rows.items() if writable(relation, row, scope))
