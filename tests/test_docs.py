"""The documentation says what the code does: every setting, every flag, every example.

After a wanted change: `SEEDBED_UPDATE_GOLDEN=1 python -m pytest tests/test_docs.py`, and read the diff.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import tomllib
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from generator.cli.app import make_app
from generator.config import RunConfig, list_leaves, list_settings, make_config
from generator.config_faults import FLAGS
from generator.places import find_shipped
from generator.templates import Templates
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "configuration.md"
BEGIN = re.compile(r"(?<=test_docs\.py -->\n).*", re.DOTALL)
NOT_SETTINGS = {"--policy", "--batch", "--config", "--dry-run", "--json", "--verbose", "-v", "--help", "-h"}
PLAIN = {int: "whole number", float: "number", bool: "true or false", str: "text", Any: "value"}
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
COMMANDS = typer.main.get_command(make_app())


def describe_type(annotation: Any) -> str:
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return describe_type(parts[0])
    if origin is typing.Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin in (types.UnionType, typing.Union):
        return describe_type(next(part for part in parts if part is not type(None)))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    if origin is tuple:
        return f"list of {pluralize(describe_type(parts[0]))}"
    if origin is dict:
        inner = describe_type(parts[1])
        return (
            f"table of tables{inner.removeprefix('table')}"
            if inner.startswith("table ")
            else f"table of {pluralize(inner)}"
        )
    return PLAIN[annotation]


def pluralize(text: str) -> str:
    first, *rest = text.split(" of ")
    return " of ".join([f"{first}s", *rest])


def describe_bounds(field: FieldInfo) -> str:
    bounds = [
        f"{sign} {getattr(part, name):g}"
        for part in field.metadata
        for name, sign in SIGNS.items()
        if hasattr(part, name)
    ]
    return f", {', '.join(bounds)}" if bounds else ""


def describe_default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "unset"
    if value in ((), {}):
        return "empty"
    return f"`{json.dumps(value)}`"


def write_tables() -> str:
    identity = RunConfig().describe_identity()
    sections: dict[str, list[str]] = {}
    for name, field in list_settings():
        here, _, last = name.rpartition(".")
        lines = sections.setdefault(here, [
            "", f"## `[{here}]`" if here else "## The top of the file", "",
            "| setting | type | default | meaning | flag | identity |", "|---|---|---|---|---|---|",
        ])  # fmt: skip
        row = [
            f"`{last}`", describe_type(field.annotation) + describe_bounds(field), describe_default(field),
            field.description or "", f"`{FLAGS[name]}`" if name in FLAGS else "", "yes" if name in identity else "",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(line for lines in sections.values() for line in lines) + "\n"


def test_the_page_lists_every_setting_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("SEEDBED_UPDATE_GOLDEN") == "1":
        text = BEGIN.sub(lambda _: write_tables(), text)
        PAGE.write_text(text, encoding="utf-8")
    found = BEGIN.search(text)
    assert found is not None
    assert found[0] == write_tables()


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in list_settings() if not field.description] == []
    assert {name for name, _ in list_settings()} == {name for name, _ in list_leaves(RunConfig().model_dump())}


def list_commands(command: Any = COMMANDS, name: str = "") -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if not children:
        yield name, command
    for child in children or ():
        yield from list_commands(children[child], f"{name} {child}".strip())


def list_options(command: Any) -> set[str]:
    return {flag for part in command.params for flag in part.opts if flag.startswith("-")} | {"-h", "--help"}


def test_flags_and_settings_belong_together() -> None:
    commands = dict(list_commands())
    of_runs = list_options(commands["evolve"]) | list_options(commands["self-instruct"]) | {"--with"}
    assert of_runs - NOT_SETTINGS == set(FLAGS.values()) - {"SEEDS"}
    assert set(FLAGS) <= {name for name, _ in list_settings()}


@pytest.mark.parametrize(("name", "command"), list(list_commands()))
def test_every_command_and_option_has_a_sentence(name: str, command: Any) -> None:
    assert command.help, name
    for part in command.params:
        assert part.help, f"{name} {part.name}"
        assert part.help[0].isupper() or part.opts[0] in ("--backend", "--form"), part.help
        assert part.help.endswith("."), part.help


def read_blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_in_the_documentation_exist(page: Path) -> None:
    commands = dict(list_commands())
    for block in read_blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if "generator" not in words:
                continue
            given = words[words.index("generator") + 1 :]
            name = next(name for name in commands if given[: len(name.split())] == name.split())
            flags = {word.partition("=")[0] for word in given if word.startswith("-")}
            assert flags <= list_options(commands[name]), line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_configurations_in_the_documentation_are_sound(page: Path) -> None:
    for block in read_blocks(page, "toml"):
        make_config(tomllib.loads(block))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_prompts_in_the_documentation_work(page: Path, tmp_path: Path) -> None:
    for number, block in enumerate(read_blocks(page, "jinja")):
        path = tmp_path / "evolve" / f"example_{number}.jinja"
        path.parent.mkdir(exist_ok=True)
        path.write_text(block, encoding="utf-8")
        Templates(find_shipped("prompts"), tmp_path).check_overlay()
