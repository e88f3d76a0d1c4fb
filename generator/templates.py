"""Prompt templates: a strict, sandboxed Jinja environment over `prompts/` and the user's overlay of it.

One file is one prompt. `NAME.jinja` serves every language, `NAME.zh.jinja` is its Chinese variant. A file may open with
a head, a Jinja comment of `key = value` lines (TOML) that says what the prompt is, and two blocks, `system` and `user`;
without blocks the whole is the user's message. What fills a template is data: it is never rendered itself.

Source: https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from generator.errors import ConfigError, TemplateError
from generator.template_head import Head, find_head_line, read_head
from generator.types import make_digest

ENDING = ".jinja"
FENCE_DIGITS = 12  # 48 bits of the text's own digest: what a text says decides its fence

# What a template of each family may use: the folder under prompts/, or NAME for a single prompt of it.
VARIABLES: Mapping[str, frozenset[str]] = {
    "evolve": frozenset({"instruction", "input", "check_kinds"}),
    "augment": frozenset(
        {
            "instruction",
            "input",
            "response",
            "variant",
            "other_instruction",
            "other_input",
            "text",
        }
    ),
    "judge": frozenset(
        {
            "first_instruction",
            "first_input",
            "second_instruction",
            "second_input",
            "instruction",
            "input",
            "first_response",
            "second_response",
        }
    ),
    "respond": frozenset({"instruction", "input", "system"}),
    "critic": frozenset(
        {
            "instruction",
            "input",
            "response",
            "system",
            "history",
            "reference",
            "verified",
            "only",
            "first_response",
            "second_response",
        }
    ),
    "self_instruct": frozenset({"demonstrations", "first", "last", "count", "instruction"}),
}
OPEN_FAMILIES = ("evolve", "critic", "augment")  # a file dropped in here is an operator, rubric or augmentation
BLOCKS = ("system", "user")
_NO_TEXTS = frozenset({"demonstrations", "first", "last", "count"})  # every other variable is a text
_SAMPLES = ("", "Sample", "One of many lines.\n" * 200)  # what prompts are tried out with


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
            if not blocks:
                return (("user", "".join(self._compiled.root_render_func(context)).strip()),)
            parts = [(role, "".join(blocks[role](context)).strip()) for role in BLOCKS if role in blocks]
        except jinja2.UndefinedError as error:
            raise TemplateError(
                f"{self._place(error)}: {error.message}. See the head of the shipped prompts."
            ) from error
        except (
            jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError,
        ) as error:  # fmt: skip
            raise TemplateError(f"{self._place(error)}: cannot be rendered: {error}.") from error
        return tuple((role, text) for role, text in parts if text)

    def find_place(self, *key: str) -> str:
        """Return `FILE:LINE` of a key of the head, or of the table that holds it; `FILE` where it has neither."""
        line = find_head_line(self.path, key)
        return f"{self.path}:{line}" if line else str(self.path)

    def _place(self, error: Exception) -> str:
        """Return `FILE:LINE` of where in this template an error came up, or `FILE`."""
        line, step = None, error.__traceback__
        while step is not None:
            if step.tb_frame.f_code.co_filename == str(self.path):
                line = self._compiled.get_corresponding_lineno(step.tb_lineno)
            step = step.tb_next
        return f"{self.path}:{line}" if line else str(self.path)


def fence(text: str) -> str:
    """Set untrusted text between two marker lines made from its own digest, which do not occur in it."""
    text = str(text)  # an undefined variable says here that it is undefined
    mark = make_digest(text)[:FENCE_DIGITS]
    while mark in text:  # 2**48 tries find a text that holds its own mark
        mark = make_digest(text, mark)[:FENCE_DIGITS]
    return f"<<<{mark}\n{text}\n{mark}>>>"


class Templates:
    """The prompts of a run: the user's overlay first, then those that ship."""

    def __init__(self, shipped: Path, overlay: Path | None = None) -> None:
        if overlay is not None and not overlay.is_dir():
            raise ConfigError(f"{overlay}: no such folder. --prompts takes a folder laid out like `prompts/`.")
        self._overlay, self._shipped = overlay, shipped
        self._folders = [folder for folder in (overlay, shipped) if folder is not None]
        self._environment = ImmutableSandboxedEnvironment(
            undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False,
            loader=jinja2.FileSystemLoader(self._folders), auto_reload=False,
        )  # fmt: skip
        self._environment.filters["fence"] = fence
        self._loaded: dict[tuple[str, str], Template] = {}

    def list_names(self, family: str) -> list[str]:
        """Return the names (without family and language) of a family's prompts, sorted."""
        return sorted({name for folder in self._folders for name in _list_names(folder / family)})

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
        template = self.get(name, language)
        for text in _SAMPLES:
            roles = [role for role, content in template.render(_make_sample(name, text)) if content]
            if text and "user" not in roles:
                raise TemplateError(f"{template.path}: the user's message is empty; nothing would be asked.")

    def try_out_all(self, names: Iterable[str], languages: Iterable[str]) -> None:
        """Try out prompts in each of the languages. Raises `TemplateError`."""
        for language, name in itertools.product(sorted(languages), names):
            self.try_out(name, language)

    def check_overlay(self) -> None:
        """Try out every prompt of the overlay. Raises `TemplateError` also for one that nothing would ever use."""
        if self._overlay is None:
            return
        paths = sorted(path for path in self._overlay.rglob(f"*{ENDING}") if not path.name.startswith(("_", ".")))
        if not paths:
            raise ConfigError(f"{self._overlay}: holds no prompt. --prompts takes a folder laid out like `prompts/`.")
        for path in paths:
            family = path.parent.relative_to(self._overlay).as_posix()
            if family not in VARIABLES:
                raise TemplateError(f"{path}: no prompt is looked for there, only in {', '.join(VARIABLES)}.")
            name, _, language = path.name.removesuffix(ENDING).partition(".")
            known = sorted(_list_names(self._shipped / family))
            if family not in OPEN_FAMILIES and name not in known:
                raise TemplateError(f"{path}: nothing uses a prompt of that name; known there: {', '.join(known)}.")
            self.try_out(f"{family}/{name}", language)

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
            source = path.read_text(encoding="utf-8-sig")
            tree = self._environment.parse(source, name, str(path))
            code = self._environment.compile(source, name, str(path))
        except OSError as error:
            raise TemplateError(f"{path}: cannot be read ({error.strerror}).") from error
        except UnicodeDecodeError as error:
            raise TemplateError(f"{path}: not UTF-8 (byte {error.start + 1}). Save it as UTF-8.") from error
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(f"{path}:{error.lineno}: {(error.message or 'cannot be read').rstrip('.')}.") from error
        offered = VARIABLES[name.partition("/")[0]]
        for line, fault in _find_faults(tree, offered, set(self._environment.globals)):
            raise TemplateError(f"{path}:{line}: {fault}")
        compiled = jinja2.Template.from_code(self._environment, code, self._environment.make_globals(None))
        return Template(name, path, read_head(path, source), "sha256:" + make_digest(source), compiled)


def _list_names(folder: Path) -> Iterator[str]:
    for path in folder.glob(f"*{ENDING}"):
        if not path.name.startswith(("_", ".")):
            yield path.name.removesuffix(ENDING).partition(".")[0]


def _find_faults(tree: nodes.Template, offered: frozenset[str], built_in: set[str]) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for what no rendering can make good."""
    names = list(tree.find_all(nodes.Name))
    unknown = jinja2.meta.find_undeclared_variables(tree) - offered - built_in
    for name in names:
        if name.name in unknown:
            yield name.lineno, f"`{name.name}` is undefined; this prompt may use {', '.join(sorted(offered))}."
    texts = offered - _NO_TEXTS - {name.name for name in names if name.ctx == "store"}
    for part in tree.find_all(nodes.Getattr):
        if isinstance(part.node, nodes.Name) and part.node.name in texts and not hasattr(str, part.attr):
            yield part.lineno, f"`{part.node.name}.{part.attr}` is undefined; `{part.node.name}` is a text."
    blocks = [block for block in tree.find_all(nodes.Block)]
    for block in blocks:
        if block.name not in BLOCKS:
            yield block.lineno, f"there is no block `{block.name}`; a prompt has the blocks {' and '.join(BLOCKS)}."
    for output in tree.body if blocks else ():
        for text in output.find_all(nodes.TemplateData):
            if not isinstance(output, nodes.Block) and text.data.strip():
                yield text.lineno, f"{text.data.strip()[:40]!r} stands outside the blocks and would not be sent."


def _make_sample(name: str, text: str) -> dict[str, Any]:
    """Return variables to try a template out with; every text is `text`."""
    variables: dict[str, Any] = dict.fromkeys(VARIABLES[name.partition("/")[0]], text)
    whole_task = {"instruction": "Sample", "input": text, "output": text or "Sample"}
    demonstrations = [whole_task, whole_task] if name == "self_instruct/blocks" else ["Sample", "Sample"]
    numbers = {"demonstrations": demonstrations, "first": 3, "last": 4, "count": 2}
    return variables | {key: value for key, value in numbers.items() if key in variables}
