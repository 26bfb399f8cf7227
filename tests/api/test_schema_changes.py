"""The schema is changed in the open: whoever has written a client is told before it breaks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import build_schema

from api.schema import PRINTED
from api.schema_changes import (
    CHANGELOG,
    Change,
    Entry,
    compare,
    entries,
    idle,
    last_release,
    read,
    undated,
    untold,
)

ROOT = Path(__file__).resolve().parents[2]

OLD = """
type Query { town(code: String): Town  count: Int  towns: [Town!]!  colour: Colour }
type Town { name: String  size: Int }
enum Colour { RED BLUE }
input Move { to: String! }
type Mutation { move(input: Move!): Town }
"""
NEW = """
type Query { town(code: String!): Town  count: Int  towns(kind: String): [Town!]!  colour: Colour }
type Town {
  name: String @deprecated(reason: "Use `title`. Removed after 2027-12-31.")
  title: String
}
enum Colour { RED BLUE GREEN }
input Move { to: String!  on: String  why: String! }
type Mutation { move(input: Move!): Town }
"""


def test_every_breaking_or_dangerous_change_since_the_last_release_is_announced() -> None:
    changes = compare(read(last_release()), read(PRINTED))
    told = entries(CHANGELOG.read_text(encoding="utf-8"))

    assert untold(changes, told) == [], "`anshang schema diff` prints what to add"
    assert idle(changes, told) == [], "an entry announces what did not happen"


def test_whatever_is_deprecated_says_after_which_day_it_goes() -> None:
    assert undated(read(PRINTED)) == []


def test_a_deprecation_without_a_real_day_is_found() -> None:
    planted = build_schema(
        """
        type Query {
          good: Int @deprecated(reason: "Use `better`. Removed after 2027-12-31.")
          soon: Int @deprecated(reason: "Goes soon.")
          never: Int @deprecated(reason: "Removed after 2027-02-30.")
          asked(old: Int @deprecated): Int
        }
        input In { gone: Int @deprecated(reason: "Goes.") }
        enum E { A B @deprecated(reason: "Goes.") }
        type Other { e(in: In): E }
        """
    )

    assert set(undated(planted)) == {
        "Query.soon", "Query.never", "Query.asked(old:)", "In.gone", "E.B",
    }  # fmt: skip


def test_changes_are_told_apart_by_what_they_do_to_a_client() -> None:
    found = compare(build_schema(OLD), build_schema(NEW))

    assert found == [
        Change("BREAKING", "A required field Move.why was added."),
        Change("BREAKING", "Argument Query.town(code:) has changed type from String to String!."),
        Change("BREAKING", "Field Town.size was removed."),
        Change("DANGEROUS", "An optional argument Query.towns(kind:) was added."),
        Change("DANGEROUS", "An optional field Move.on was added."),
        Change("DANGEROUS", "Enum value Colour.GREEN was added."),
        Change("SAFE", "Field Town.title was added."),
        Change("SAFE", "Town.name was deprecated: Use `title`. Removed after 2027-12-31."),
    ]


def test_an_entry_announces_a_change_of_its_own_level_only() -> None:
    changes = compare(build_schema(OLD), build_schema(NEW))
    text = (
        "# X\n\n## Unreleased\n\n"
        "- 2026-11-25 BREAKING: Field Town.size was removed. — Count yourself.\n"
        "- 2026-11-25 DANGEROUS: Enum value Colour.* was added. — Handle others.\n"
        "- 2026-11-25 DANGEROUS: A required field Move.why was added. — Send it.\n"
        "- 2026-11-25 BREAKING: Field Town.area was removed. — It was not.\n\n"
        "## 0.1.0\n\n- 2026-01-01 BREAKING: A required field Move.why was added. — Old.\n"
    )

    told = entries(text)

    assert len(told) == 4
    assert [change.sentence for change in untold(changes, told)] == [
        "A required field Move.why was added.",
        "Argument Query.town(code:) has changed type from String to String!.",
        "An optional argument Query.towns(kind:) was added.",
        "An optional field Move.on was added.",
    ]
    assert [one.sentence for one in idle(changes, told)] == [
        "A required field Move.why was added.",
        "Field Town.area was removed.",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "- Field Town.size was removed.",
        "- 2026-11-25 BREAKING: Field Town.size was removed.",
        "- BREAKING: Field Town.size was removed. — Count yourself.",
        "- 2026-13-25 BREAKING: Field Town.size was removed. — Count yourself.",
    ],
)
def test_an_entry_without_day_level_or_advice_counts_for_nothing(line: str) -> None:
    with pytest.raises(ValueError):
        entries(f"## Unreleased\n{line}\n")


def test_every_entry_says_what_to_do() -> None:
    told = entries(CHANGELOG.read_text(encoding="utf-8"))

    assert told
    assert [one for one in told if not isinstance(one, Entry) or len(one.advice) < 10] == []


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as an operator types it."""
    return subprocess.run(
        [sys.executable, "-m", "infra.cli", "schema", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_fails_and_prints_the_lines_to_add(tmp_path: Path) -> None:
    old, new, log = tmp_path / "1.0.graphql", tmp_path / "new.graphql", tmp_path / "LOG.md"
    old.write_text(OLD)
    new.write_text(OLD.replace("size: Int", ""))
    log.write_text("## Unreleased\n")

    silent = run("diff", "--old", str(old), "--new", str(new), "--changelog", str(log))
    (line,) = [one for one in silent.stderr.splitlines() if one.startswith("- ")]
    log.write_text(f"## Unreleased\n\n{line.replace('…', 'Count the rows of `towns`.')}\n")
    told = run("diff", "--old", str(old), "--new", str(new), "--changelog", str(log))

    assert silent.returncode == 1
    assert silent.stdout.splitlines() == [
        "BREAKING  Field Town.size was removed.",
        "1 changes since 1.0, 1 without an entry",
    ]
    assert told.returncode == 0
    assert told.stdout.splitlines()[-1] == "1 changes since 1.0, 0 without an entry"
