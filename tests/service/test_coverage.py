"""docs/coverage.md says which test shows what the policy asks for: all of it must be there."""

import re
from pathlib import Path

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, build_schema

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "coverage.md"
REQUIRED = [f"A{number}" for number in (*range(1, 27), 43)]
MISSING = "not built yet"

Row = tuple[str, str, list[str], list[str]]


def rows() -> list[Row]:
    """Item, capability, tests and fields of each row."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| Item"):
            item, capability, tests, fields = (cell.strip() for cell in line.strip("|").split("|"))
            found.append(
                (item, capability, re.findall(r"`(.+?)`", tests), re.findall(r"`(.+?)`", fields))
            )
    return found


ROWS = rows()
TESTS = sorted({test for row in ROWS for test in row[2]})
FIELDS = sorted({field for row in ROWS for field in row[3]})


def test_no_item_is_left_out() -> None:
    covered = {item for row in ROWS for item in re.findall(r"\bA\d+", row[0])}
    assert [item for item in REQUIRED if item not in covered] == []


def test_a_row_names_a_test_or_says_that_it_is_not_built() -> None:
    assert [row[0] for row in ROWS if not row[2] and row[1] != MISSING] == []
    assert [row[0] for row in ROWS if (row[2] or row[3]) and row[1] == MISSING] == []


@pytest.mark.parametrize("named", TESTS)
def test_every_test_named_exists(named: str) -> None:
    path, _, name = named.partition("::")
    source = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"(?m)^(async )?def {name}\(|^class {name}\b|^{name} = ", source), named


def test_every_field_named_is_in_the_schema() -> None:
    schema = build_schema((ROOT / "graphql" / "schema.graphql").read_text(encoding="utf-8"))
    roots = [schema.query_type, schema.mutation_type, schema.subscription_type]
    known = {name for root in roots if root for name in root.fields}
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            known |= {f"{type_.name}.{name}" for name in type_.fields}
    assert [one for one in FIELDS if not one.startswith("/") and one not in known] == []


def test_every_page_named_is_served() -> None:
    from api.app import app

    served = [getattr(route, "path", "") for route in app.routes]
    pages = [one for one in FIELDS if one.startswith("/")]
    assert [one for one in pages if not any(path.startswith(one) for path in served)] == []
