"""The walls of the house: who may import whom, no circles, nothing re-exported, nothing deferred."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path for folder in ("generator", "evaluators") for path in (ROOT / folder).rglob("*.py"))
# From the ground up: a module may import its own layer and those below it. The longest matching name counts.
LAYERS = {
    "generator.types": 0, "generator.errors": 0, "generator.places": 0,
    "generator.conversation": 1, "generator.protocols": 1, "generator.parsing": 1, "generator.schedule": 1,
    "generator.prefix_file": 1, "generator.settings": 1, "generator.table_row": 1,
    "generator.templates": 2, "generator.config": 2, "generator.seed_files": 2, "generator.funnel": 2,
    "generator.journal": 2, "generator.pool": 2, "generator.outcome_rows": 2, "generator.export": 2,
    "generator.compare": 2,
    "evaluators": 3, "generator.client": 3, "generator.prompter": 3, "generator.policy": 3, "generator.run_folder": 3,
    "generator.judging.assess": 3, "generator.seats": 3, "generator.recorder": 3,
    "generator.sources": 4, "generator.judging": 4, "generator.augment": 4, "generator.backends": 4,
    "generator.propose": 4, "generator.engine": 4, "generator.limits": 4, "generator.cleaning": 4,
    "generator.seed_lint": 4, "generator.manifest": 4, "generator.balance": 4,
    "generator.against": 5, "generator.calibration": 5, "generator.distillation": 5, "generator.catalog": 5,
    "generator.batch_files": 5, "generator.batch": 5, "generator.seeding": 5, "generator.export.job": 5,
    "generator.against.decontamination": 6, "generator.dedup": 6, "generator.preparation": 6,
    "generator.forecast": 7, "generator.phases": 7, "generator.run": 7,
    "generator.cli": 9,
    "generator.__main__": 10,
}  # fmt: skip
EVALUATORS_MAY = {"types", "protocols", "errors", "templates", "parsing"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def layer_of(module: str) -> int:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if (prefix := ".".join(parts[:length])) in LAYERS:
            return LAYERS[prefix]
    return 0


def own_imports(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = node.module in ("generator", "evaluators")
            names |= {f"{node.module}.{alias.name}" for alias in node.names} if whole else {node.module}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.partition(".")[0] in ("generator", "evaluators")}


TREES = {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
IMPORTS = {name: own_imports(tree) for name, tree in TREES.items()}


def test_imports_go_downward() -> None:
    upward = [(name, other) for name, others in IMPORTS.items() for other in others if layer_of(other) > layer_of(name)]
    assert upward == []


def test_evaluators_import_the_records_alone() -> None:
    strangers = [
        (name, other)
        for name, others in IMPORTS.items()
        for other in others
        if name.startswith("evaluators") and other.startswith("generator") and other.split(".")[1] not in EVALUATORS_MAY
    ]
    assert strangers == []


def test_there_is_no_circle() -> None:
    left = {name: {other for other in others if other in IMPORTS} for name, others in IMPORTS.items()}
    while free := [name for name, others in left.items() if not others & left.keys()]:
        for name in free:
            del left[name]
    assert left == {}


def test_package_files_hold_a_docstring_at_most() -> None:
    full = [
        name_of(path)
        for path in FILES
        if path.name == "__init__.py" and any(not isinstance(node, ast.Expr) for node in TREES[name_of(path)].body)
    ]
    assert full == []


def test_no_own_import_is_deferred() -> None:
    deferred = [
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and own_imports(node)
    ]
    assert deferred == []
