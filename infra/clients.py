"""Typed clients of the API in Python and TypeScript, made from the schema and what we ship.

`make clients` writes them to `clients/`; they are not kept in the repository.  The documents of
`graphql/operations` are files of their own, each with its fragments; here they become one, and
fragments that share a name are told apart by their file.
"""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    NameNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

ROOT = Path(__file__).resolve().parents[1]
CLIENTS = ROOT / "clients"
DOCUMENTS = CLIENTS / "documents.graphql"
TOOLS = ROOT / ".venv" / "clients"
LOCK = ROOT / "infra" / "embedded" / "clients.lock"
CONSOLE = ROOT / "service" / "console"


class _Renamed(Visitor):
    """Gives fragments their new names, where they are defined and where they are spread."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__()
        self.names = names

    def enter(self, node: Any, *_: Any) -> Any:
        """A copy with the new name, None where nothing changes."""
        if isinstance(node, FragmentDefinitionNode | FragmentSpreadNode):
            name = self.names.get(node.name.value)
            if name is not None:
                return replace(node, name=NameNode(value=name))
        return None


def joined(texts: dict[str, str]) -> str:
    """One document out of many, by the names of their files."""
    documents = {name: parse(text) for name, text in sorted(texts.items())}
    counted = Counter(name for document in documents.values() for name in _fragments(document))
    parts = []
    for file, document in documents.items():
        prefix = "".join(word.title() for word in file.split("_"))
        names = {name: prefix + name for name in _fragments(document) if counted[name] > 1}
        parts.append(print_ast(visit(document, _Renamed(names))))
    return "\n\n".join(parts) + "\n"


def _fragments(document: DocumentNode) -> Iterable[str]:
    return [d.name.value for d in document.definitions if isinstance(d, FragmentDefinitionNode)]


def write_documents() -> None:
    """Join what we ship."""
    files = (ROOT / "graphql" / "operations").glob("*.graphql")
    DOCUMENTS.write_text(joined({file.stem: file.read_text("utf-8") for file in files}), "utf-8")


def install_tools() -> None:
    """What makes the Python client, in an environment of its own.

    Raises:
        SystemExit: it could not be installed; the reason is said.
    """
    python = TOOLS / "bin" / "python"
    stamp = TOOLS / "installed.lock"
    if not stamp.is_file() or stamp.read_text() != LOCK.read_text():
        uv = ROOT / ".venv" / "bin" / "uv"
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, TOOLS)
        _run(uv, "pip", "sync", "--quiet", "--python", python, "--require-hashes", LOCK)
        stamp.write_text(LOCK.read_text())


def python_client() -> None:
    """Write `clients/python/anshang_client`."""
    shutil.rmtree(CLIENTS / "python" / "anshang_client", ignore_errors=True)
    _run(TOOLS / "bin" / "ariadne-codegen", cwd=CLIENTS / "python")


def typescript_client() -> bool:
    """Write `clients/typescript/generated`; false where the console's packages are not there."""
    tool = CONSOLE / "node_modules" / ".bin" / "graphql-codegen"
    if not tool.is_file():
        return False
    # The generator looks for its parts beside its settings.
    link = CLIENTS / "typescript" / "node_modules"
    if not link.exists():
        link.symlink_to(CONSOLE / "node_modules")
    _run(tool, "--errors-only", "--config", "codegen.ts", cwd=CLIENTS / "typescript")
    return True


def _run(*command: str | Path, cwd: Path = ROOT) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{Path(command[0]).name}: {(done.stderr or done.stdout)[-2000:]}")


def main() -> None:
    """Make both."""
    install_tools()
    write_documents()
    python_client()
    print("clients/python/anshang_client")
    if typescript_client():
        print("clients/typescript/generated")
    else:
        print("no client in TypeScript: `make console` installs what makes it, with Node")


if __name__ == "__main__":
    main()
