"""The layout of the tests: shared code lies in helper modules and conftest files, never in a test module."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_no_test_module_imports_another() -> None:
    found = []
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            found += [f"{path.name}: {name}" for name in modules if name.split(".")[-1].startswith("test_")]
            found += [f"{path.name}: {name}" for name in modules if name.startswith("tests.") and ".test_" in name]
    assert found == []


def test_no_fixture_shadows_an_import() -> None:
    exception = "noqa: " + "F811"
    assert [path.name for path in TESTS.rglob("*.py") if exception in path.read_text(encoding="utf-8")] == []
