"""The names of the engine's arguments, checked before anything is started, and without importing vLLM (which takes seconds).

They are read from the source of the installed version, so that its own names hold, whatever they are.

Source: `vllm/engine/arg_utils.py` (`EngineArgs`, `AsyncEngineArgs`)
"""

from __future__ import annotations

import ast
import difflib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.errors import ConfigError

_SOURCE = Path("engine", "arg_utils.py")
_CLASSES = ("EngineArgs", "AsyncEngineArgs")


def check_options(options: Mapping[str, Any]) -> None:
    """Raise `ConfigError` that names the options which the installed vLLM does not know."""
    known = list_option_names()
    unknown = sorted(set(options) - known) if known else []  # none known: another build; the engine will say
    if unknown:
        near = [close for name in unknown for close in difflib.get_close_matches(name, known, n=1)]
        hint = f" Do you mean {' or '.join(near)}?" if near else ""
        raise ConfigError(f"options: vLLM's engine has no argument {', '.join(unknown)}.{hint}")


def list_option_names() -> frozenset[str]:
    """Return the names that the installed vLLM takes; empty where they cannot be read."""
    spec = importlib.util.find_spec("vllm")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        source = Path(folder) / _SOURCE
        if source.is_file():
            return _read_names(source.read_text(encoding="utf-8"))
    return frozenset()


def _read_names(source: str) -> frozenset[str]:
    """Return the public fields of the classes of arguments in a source."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return frozenset()
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in _CLASSES]
    fields = [field.target for node in classes for field in node.body if isinstance(field, ast.AnnAssign)]
    return frozenset(field.id for field in fields if isinstance(field, ast.Name) and not field.id.startswith("_"))
