"""Prompt templates: a strict, sandboxed Jinja environment over `prompts/` and the user's overlay of it.

One file is one prompt. `NAME.jinja` serves every language, `NAME.zh.jinja` is its Chinese variant. A file may open with
a head, a Jinja comment of `key = value` lines (TOML) that says what the prompt is, and two blocks, `system` and `user`;
without blocks the whole is the user's message. What fills a template is data: it is never rendered itself.

Source: https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import jinja2
import jinja2.meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from generator.errors import ConfigError, TemplateError
from generator.types import Sampling, make_digest

ENDING = ".jinja"
FENCE_DIGITS = 12  # 48 bits of the text's own digest: a text cannot contain the fence that its own words give

# What a template of each family may use: the folder under prompts/, or NAME for a single prompt of it.
VARIABLES: Mapping[str, frozenset[str]] = {
    "evolve": frozenset({"instruction", "input"}),
    "judge": frozenset({"first_instruction", "first_input", "second_instruction", "second_input"}),
    "respond": frozenset({"instruction", "input", "system"}),
    "critic": frozenset({"instruction", "input", "response", "system"}),
    "self_instruct": frozenset({"demonstrations", "first", "last", "count", "instruction"}),
}
_HEAD = re.compile(r"\s*\{#-?(.*?)-?#\}", re.DOTALL)
_KEY_LINE = re.compile(r"^\s*[a-z_]+\s*=", re.MULTILINE)


class Head(BaseModel):
    """What a template says of itself, and the sampling parameters that its call uses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str = ""
    variables: tuple[str, ...] = ()
    reply: str = ""
    source: str = ""
    kind: Literal["in-depth", "in-breadth"] = "in-depth"
    weight: float = Field(default=1.0, ge=0)
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = Field(default=None, gt=0, le=1)
    presence_penalty: float | None = None
    max_tokens: int | None = Field(default=None, gt=0)
    stop: tuple[str, ...] = ()

    @cached_property
    def sampling(self) -> Sampling:
        """The sampling parameters."""
        return Sampling(self.temperature, self.top_p, self.presence_penalty, self.max_tokens, self.stop)


@dataclass(frozen=True)
class Template:
    """One prompt, compiled."""

    name: str
    path: Path
    head: Head
    digest: str
    _compiled: jinja2.Template = field(repr=False)

    def render(self, variables: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """Return the messages (role, content); a message that renders empty is left out. Raises `TemplateError`."""
        try:
            context = self._compiled.new_context(dict(variables))
            blocks = self._compiled.blocks
            if not ("system" in blocks or "user" in blocks):
                return (("user", "".join(self._compiled.root_render_func(context)).strip()),)
            parts = [(role, "".join(blocks[role](context)).strip()) for role in ("system", "user") if role in blocks]
        except jinja2.UndefinedError as error:
            raise TemplateError(f"{self.path}: {error.message}. See the head of the shipped prompts.") from error
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise TemplateError(f"{self.path}: cannot be rendered: {error}.") from error
        return tuple((role, text) for role, text in parts if text)


def fence(text: str) -> str:
    """Set untrusted text between two marker lines made from its own digest, which the text itself cannot forge."""
    text = str(text)  # an undefined variable says here that it is undefined
    mark = make_digest(text)[:FENCE_DIGITS]
    return f"<<<{mark}\n{text}\n{mark}>>>"


class Templates:
    """The prompts of a run: the user's overlay first, then those that ship."""

    def __init__(self, shipped: Path, overlay: Path | None = None) -> None:
        if overlay is not None and not overlay.is_dir():
            raise ConfigError(f"{overlay}: no such folder. --prompts takes a folder laid out like `prompts/`.")
        self._folders = [folder for folder in (overlay, shipped) if folder is not None]
        self._environment = ImmutableSandboxedEnvironment(
            undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False,
            loader=jinja2.FileSystemLoader(self._folders), auto_reload=False,
        )  # fmt: skip
        self._environment.filters["fence"] = fence
        self._loaded: dict[tuple[str, str], Template] = {}

    def list_names(self, family: str) -> list[str]:
        """Return the names (without family and language) of a family's prompts, sorted."""
        found = {
            path.name.removesuffix(ENDING).partition(".")[0]
            for folder in self._folders
            for path in (folder / family).glob(f"*{ENDING}")
        }
        return sorted(found)

    def get(self, name: str, language: str) -> Template:
        """Return the prompt `family/name` in the language, else the one without a language. Raises `TemplateError`.

        A prompt in the overlay without a language hides the shipped ones of that name in every language.
        """
        loaded = self._loaded.get((name, language))
        if loaded is None:
            loaded = self._loaded[name, language] = self._load(name, language)
        return loaded

    def try_out(self, name: str, language: str) -> None:
        """Render a prompt with samples, so that its faults show before anything is spent. Raises `TemplateError`."""
        for text in ("", "Sample"):
            self.get(name, language).render(_make_sample(name, text))

    def _find(self, name: str, language: str) -> Path:
        for folder in self._folders:
            for ending in (f".{language}{ENDING}", ENDING):
                path = folder / (name + ending)
                if path.is_file():
                    return path
        known = ", ".join(self.list_names(name.partition("/")[0])) or "none"
        raise TemplateError(f"There is no prompt `{name}{ENDING}` (known in that folder: {known}).")

    def _load(self, name: str, language: str) -> Template:
        path = self._find(name, language)
        try:
            source = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise TemplateError(f"{path}: not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
        try:
            tree = self._environment.parse(source, name, str(path))
            compiled = self._environment.from_string(source)
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(f"{path}:{error.lineno}: {error.message}.") from error
        self._check_variables(path, source, name, jinja2.meta.find_undeclared_variables(tree))
        return Template(name, path, _read_head(path, source), "sha256:" + make_digest(source), compiled)

    def _check_variables(self, path: Path, source: str, name: str, used: set[str]) -> None:
        offered = VARIABLES[name.partition("/")[0]]
        unknown = sorted(used - offered - set(self._environment.globals))
        if unknown:
            line = next((n for n, text in enumerate(source.splitlines(), 1) if unknown[0] in text), 1)
            raise TemplateError(
                f"{path}:{line}: `{unknown[0]}` is undefined; this prompt may use {', '.join(sorted(offered))}."
            )


def _read_head(path: Path, source: str) -> Head:
    match = _HEAD.match(source)
    if match is None or not _KEY_LINE.search(match[1]):
        return Head()
    try:
        return Head.model_validate(tomllib.loads(match[1]))
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"{path}: the head (the comment at the top) is not TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise TemplateError(f"{path}: the head's `{'.'.join(map(str, first['loc']))}`: {first['msg']}.") from error


_SAMPLE_DEMONSTRATION = {"instruction": "Sample", "input": "", "output": "Sample"}


def _make_sample(name: str, text: str) -> dict[str, Any]:
    """Return variables to try a template out with; every text is `text`."""
    variables: dict[str, Any] = dict.fromkeys(VARIABLES[name.partition("/")[0]], text)
    demonstrations = [_SAMPLE_DEMONSTRATION] if name == "self_instruct/blocks" else ["Sample"]
    numbers = {"demonstrations": demonstrations, "first": 2, "last": 3, "count": 2}
    return variables | {key: value for key, value in numbers.items() if key in variables}
