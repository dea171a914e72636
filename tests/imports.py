"""What each module of the product imports, read from its source without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "qms"


@dataclass(frozen=True)
class Import:
    """One imported module; `at_start`: on importing the module, `typing`: only for a type checker."""

    name: str
    line: int
    at_start: bool
    typing: bool


@dataclass(frozen=True)
class Module:
    """A module of the product with its syntax tree and imports."""

    name: str
    path: Path
    tree: ast.Module
    imports: tuple[Import, ...]

    @property
    def place(self) -> str:
        """Its path in the repository."""
        return self.path.relative_to(ROOT).as_posix()


@cache
def modules() -> dict[str, Module]:
    """Every module under `qms/`, by dotted name."""
    return {_dotted(path): _read(path) for path in sorted(PACKAGE.rglob("*.py"))}


def own(name: str) -> str | None:
    """The module of the product that `name` (a module, or something in one) is, or None."""
    while name.split(".")[0] == "qms":
        if name in _names():
            return name
        name = name.rpartition(".")[0]
    return None


@cache
def _names() -> frozenset[str]:
    return frozenset(map(_dotted, PACKAGE.rglob("*.py")))


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _read(path: Path) -> Module:
    tree = ast.parse(path.read_text("utf-8"), str(path))
    package = _dotted(path) if path.name == "__init__.py" else _dotted(path).rpartition(".")[0]
    return Module(_dotted(path), path, tree, tuple(_imports(tree, package, at_start=True, typing=False)))


def _imports(node: ast.AST, package: str, *, at_start: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            names = [alias.name for alias in child.names]
        elif isinstance(child, ast.ImportFrom):
            names = _from(child, package)
        else:
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            checked = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
            yield from _imports(child, package, at_start=at_start and not inside, typing=typing or checked)
            continue
        for name in names:
            yield Import(name, child.lineno, at_start and not typing, typing)


def _from(node: ast.ImportFrom, package: str) -> list[str]:
    base = node.module or ""
    if node.level:
        base = ".".join(
            [*package.split(".")[: len(package.split(".")) - node.level + 1], *filter(None, [base])]
        )
    if base.split(".")[0] != "qms":
        return [base]
    # `from qms.kernel import text` names a module, `from qms.kernel.text import fold` something in one
    return [f"{base}.{alias.name}" for alias in node.names]
