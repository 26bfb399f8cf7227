"""The documents we ship and print: each is valid, within the limits, and says what is true."""

import re
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, OperationType, build_schema, validate

from api.limits import ANONYMOUS, MEMBER, check, parse
from api.limits_variables import MOST_DIGITS

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = build_schema((ROOT / "graphql" / "schema.graphql").read_text())
OPERATIONS = sorted((ROOT / "graphql" / "operations").glob("*.graphql"))
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = [
    (page.relative_to(ROOT), number, block)
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"^```graphql\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    )
]


def test_there_are_documents_to_judge() -> None:
    assert len(OPERATIONS) >= 4
    assert len(BLOCKS) >= 8


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_each_shipped_operation_is_valid_named_and_within_the_limits(path: Path) -> None:
    document = parse(path.read_text())

    assert validate(SCHEMA, document) == []
    names = []
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            assert operation.name is not None
            names.append(operation.name.value)
            check(document, SCHEMA, {}, operation.name.value, MEMBER)
    assert len(names) == len(set(names)) > 0


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_each_shipped_mutation_asks_for_its_errors(path: Path) -> None:
    for operation in parse(path.read_text()).definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        if operation.operation is OperationType.MUTATION:
            (act,) = operation.selection_set.selections
            asked = {s.name.value for s in act.selection_set.selections}
            assert "errors" in asked


@pytest.mark.parametrize(
    ("page", "number", "block"), BLOCKS, ids=[f"{page}:{number}" for page, number, _ in BLOCKS]
)
def test_each_printed_example_fits_the_schema(page: Path, number: int, block: str) -> None:
    document = parse(block)

    assert validate(SCHEMA, document) == []
    check(document, SCHEMA, {}, None, MEMBER)


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in [*PAGES, ROOT / "CONTRIBUTING.md"]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_the_page_on_limits_gives_the_numbers_in_force() -> None:
    page = (ROOT / "docs" / "api" / "limits.md").read_text()
    rows = {
        code: int(number.replace(",", ""))
        for number, code in re.findall(r"\| ([\d,]+)[^|]*\| `(\w+)` \|", page)
        if code != "VARIABLES_TOO_LARGE"
    }

    assert rows == {
        "DOCUMENT_TOO_LONG": MEMBER.bytes,
        "TOO_MANY_TOKENS": MEMBER.tokens,
        "TOO_MANY_OPERATIONS": MEMBER.operations,
        "TOO_MANY_FRAGMENTS": MEMBER.fragments,
        "TOO_DEEP": MEMBER.depth,
        "TOO_WIDE": MEMBER.breadth,
        "TOO_MANY_FIELDS": MEMBER.fields,
        "TOO_MANY_ROOT_FIELDS": MEMBER.roots,
        "ONE_ACT_PER_REQUEST": 1,
        "TOO_MANY_ALIASES": MEMBER.aliases,
        "TOO_MANY_DIRECTIVES": MEMBER.directives,
        "TOO_MANY_REPEATS": MEMBER.repeats,
        "TOO_COSTLY": MEMBER.cost,
        "NUMBER_TOO_LONG": MOST_DIGITS,
        "PAGE_SIZE": MEMBER.page,
    }
    assert f"{ANONYMOUS.cost:,} without a token" in page


def test_the_example_of_cost_is_priced_as_the_page_says() -> None:
    page = (ROOT / "docs" / "api" / "limits.md").read_text()
    block = re.findall(r"^```graphql\n(.*?)^```", page, re.DOTALL | re.MULTILINE)[0]

    assert f"# {check(parse(block), SCHEMA).cost} points" in block
