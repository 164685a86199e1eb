"""The product's own code, as the tests of it read it: files, calls, and who imports what."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCT = ("backoffice", "accounts", "funding", "reporting")


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product by its path, but for migrations, which are Django's, and the demo, which is none of it."""
    paths = [path for folder in PRODUCT for path in sorted((ROOT / folder).rglob("*.py"))]
    ours = [path for path in paths if not {"migrations", "demo"} & set(path.relative_to(ROOT).parts)]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in ours}


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Calls of a method of this name, with the module that they are in."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                yield path, node


def importers(module: str) -> set[str]:
    """The modules that import this one, or something out of it."""
    return {path for path, tree in modules().items() if any(module in _imported(node) for node in ast.walk(tree))}


def texts() -> Iterator[tuple[str, str]]:
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path, node.value


def _imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return set()
