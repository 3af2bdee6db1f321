"""The shape of the package: a step never imports a step, and heavy packages wait until they are needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "analyzer"
STEPS = ("read", "identify", "normalize", "match", "fuse", "judge", "aggregate", "render")
# render reads what aggregate measured: the recall of a locale is a fact about a table, not a step
ALLOWED = {("render", "aggregate")}
HEAVY = ("polars", "rich", "regex", "pydantic", "jinja2", "langdetect", "fasttext", "langcodes")


def imports(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.module.removeprefix("analyzer.") for node in nodes if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("analyzer.")}


@pytest.mark.parametrize("step", STEPS)
def test_no_step_imports_a_step(step: str) -> None:
    others = imports(PACKAGE / f"{step}.py") & set(STEPS)
    assert {(step, other) for other in others} <= ALLOWED


def test_no_two_modules_import_each_other() -> None:
    graph = {path.stem: imports(path) for path in PACKAGE.glob("*.py")}
    assert [(a, b) for a, found in graph.items() for b in found if a in graph.get(b, set())] == []


def test_records_import_nothing_of_ours() -> None:
    assert imports(PACKAGE / "records.py") == set()


def test_help_imports_nothing_heavy() -> None:
    code = f"import sys; from analyzer.cli import main; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
