"""The build: made again when something changed, small enough, and asking what the API answers."""

import csv
import gzip
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLEnumType, build_schema, parse, validate

from infra.embedded import console
from service.administration.setting_schema import SCHEMA
from service.errors import SafetyError
from service.officers.rules import SKILLS
from tasks.registry import load

FIRST_VIEW = 450 * 1024  # bytes, gzip
APP = console.CONSOLE / "src" / "app" / "App.tsx"
PHONE = 90 * 1024  # bytes, gzip

built = pytest.mark.skipif(
    not (console.BUILT / "manifest.json").is_file(), reason="the console is not built: make console"
)


def test_the_lock_names_no_registry() -> None:
    lock = (console.CONSOLE / "package-lock.json").read_text()

    assert '"integrity"' in lock
    assert '"resolved"' not in lock
    assert not re.search(r"https?://(?!opencollective|github|paypal|tidelift)[^\"]*npm", lock)


def test_a_change_of_a_source_or_of_the_schema_builds_anew() -> None:
    sources = console.sources()
    names = {str(path.relative_to(console.ROOT)) for path in sources}

    assert "service/console/package-lock.json" in names
    assert "service/console/src/main.tsx" in names
    assert "graphql/schema.graphql" in names
    assert not any("node_modules" in name or "/dist/" in name for name in names)
    assert console.digest(sources) == console.digest(sources)
    assert console.digest(sources) != console.digest(sources[1:])


def test_without_node_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)

    assert console.main() == 0
    assert "the console stays off" in capsys.readouterr().out


@built
def test_every_document_of_the_console_is_one_that_the_api_answers() -> None:
    schema = build_schema(console.SCHEMA.read_text())
    documents: dict[str, str] = json.loads(
        (console.CONSOLE / "src" / "gql" / "persisted-documents.json").read_text()
    )

    wrong = {text[:60]: validate(schema, parse(text)) for text in documents.values()}

    assert documents
    assert {name: errors for name, errors in wrong.items() if errors} == {}


@built
@pytest.mark.parametrize("what", ["check", "test"])
def test_the_sources_compile_and_their_logic_is_tested(what: str) -> None:
    done = subprocess.run(
        ["npm", "run", "--silent", what],
        cwd=console.CONSOLE,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@built
def test_the_first_view_of_every_page_is_small() -> None:
    """A page brings all that it shows at once; only what opens on a click may come later."""
    pages = re.findall(r'import\("\.\./(pages/\w+)"\)', APP.read_text())

    weights = {page: weight("index.html", f"src/{page}.tsx") for page in pages}

    assert len(weights) >= 19
    assert {page: found for page, found in weights.items() if found > FIRST_VIEW} == {}


@built
def test_the_phone_is_smaller_and_kept_whole_for_the_basement() -> None:
    worker = (console.BUILT / "phone" / "worker.js").read_text()

    assert weight("phone/index.html", manifest="phone-manifest.json") <= PHONE
    files = json.loads(re.findall(r"const FILES = (.*);", worker)[0])
    page = (console.BUILT / "phone" / "index.html").read_text()
    assert set(files) >= set(re.findall(r'"(/console/assets/[^"]+)"', page))


def weight(*entries: str, manifest: str = "manifest.json") -> int:
    """Bytes, compressed, of all that a browser fetches for these entries."""
    chunks: dict[str, dict[str, Any]] = json.loads((console.BUILT / manifest).read_text())
    wanted: set[str] = set()

    def take(name: str) -> None:
        chunk = chunks[name]
        if chunk["file"] in wanted:
            return
        wanted.add(chunk["file"])
        wanted.update(chunk.get("css", []))
        for other in chunk.get("imports", []):
            take(other)

    for entry in entries:
        take(entry)
    return sum(
        len(gzip.compress((console.BUILT / file).read_bytes(), 9)) for file in sorted(wanted)
    )


def test_every_setting_says_in_chinese_what_it_means() -> None:
    names = (console.CONSOLE / "src" / "parts" / "settingNames.ts").read_text()
    told = dict(re.findall(r'^  "([a-z_]+\.[a-z_]+)": \["[^"]+", "([^"]+)"\],$', names, re.M))
    keys = {key for key in SCHEMA if not key.startswith("tier.")}

    assert set(told) == keys
    assert all(re.search("[\u4e00-\u9fff]", means) for means in told.values())


def test_the_sources_name_no_other_host() -> None:
    sources = [
        *(console.CONSOLE / "src").rglob("*.ts*"),
        *console.CONSOLE.glob("*.html"),
        *(console.CONSOLE / "phone").glob("*.html"),
    ]
    found = {
        str(file.relative_to(console.ROOT)): hosts
        for file in sources
        if "gql" not in file.parts and (hosts := outside(file))
    }

    assert found == {}


def outside(file: Path) -> list[str]:
    """Hosts other than this machine that a source names, XML name spaces aside."""
    text = file.read_text().replace("http://www.w3.org/2000/svg", "")
    return [h for h in re.findall(r"https?://([\w.-]+\w)", text) if h not in ("127.0.0.1",)]


def test_every_code_that_the_api_refuses_with_has_chinese_words() -> None:
    text = (console.CONSOLE / "src" / "parts" / "refusals.ts").read_text()
    told = dict(re.findall(r'^  ([A-Z_]+): "([^"]+)",$', text, re.M))
    schema = build_schema(console.SCHEMA.read_text())
    declared = {
        value
        for name, kind in schema.type_map.items()
        if name.endswith("ErrorCode") and isinstance(kind, GraphQLEnumType)
        for value in kind.values
    }

    assert len(declared) > 60
    assert (declared | codes(SafetyError)) - set(told) == set()
    assert [code for code, words in told.items() if not re.search("[\u4e00-\u9fff]", words)] == []
    assert [code for code, words in told.items() if re.search("[A-Za-z]", words)] == []


def codes(kind: type[SafetyError]) -> set[str]:
    """The code of a refusal and of all that follow from it, as far as the service has them."""
    load()
    found = {kind.code}
    for one in kind.__subclasses__():
        found |= codes(one) if one.__module__.startswith(("service", "tenants", "api")) else set()
    return found


def test_every_line_that_an_officer_may_master_is_said_in_chinese() -> None:
    text = (console.CONSOLE / "src" / "parts" / "labels.ts").read_text()
    (table,) = re.findall(r"SKILL: Record<string, string> = \{(.*?)\};", text, re.DOTALL)

    assert set(re.findall(r"(\w+): \"[\u4e00-\u9fff]+\"", table)) == SKILLS


def test_what_every_legal_number_governs_is_said_in_chinese() -> None:
    source = (console.CONSOLE / "src" / "parts" / "lawWords.ts").read_text()
    told = dict(re.findall(r'^  "?([^"\n]+?)"?: "([^"]+)",$', source, re.M))
    english = {
        text
        for pack in (console.ROOT / "service" / "law" / "packs").glob("*.csv")
        for text in (row["text"] for row in csv.DictReader(pack.open(encoding="utf-8")))
        if re.search("[A-Za-z]{3}", text)
    }

    assert len(english) > 80
    assert english - set(told) == set()
    assert all(re.search("[\u4e00-\u9fff]", words) for words in told.values())
