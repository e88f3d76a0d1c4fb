"""Records to export, and the way there and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from generator import catalog
from generator.export.form import Form
from generator.export.job import Export, Options, Place
from generator.sources import find_source, read_examples
from generator.types import Check, Example, Lineage, Turn

FORMS = tuple(catalog.EXPORTERS)
NASTY = (
    "plain", "emoji 👩‍👩‍👧‍👦 and 🎉", "עברית\u200f وعربي", "汉字，标点。かな 한글",
    "two\nlines\r\nand\ttabs\rmore",
    'quo"tes, \'both\'; and \\n',
    "=1+1", "+1", "-1", "@x", "\tcell", "nul\0inside", "  spaces around  ", "\u2028\u2029\ufeff", "{\"json\": [1]}", "[1, 2]",
    "<b onclick=x>&amp;</b>", "| a | b |\n---\n```", "null", "a: b\n- c", "x" * 5000,
)  # fmt: skip


def make_example(**given: Any) -> Example:
    values: dict[str, Any] = {"id": "r1", "instruction": "say hi", "response": "hi", "language": ""}
    return Example.model_validate({**values, "lineage": Lineage(recipe="evol_instruct"), **given})


def make_full(number: int = 0, text: str = "plain") -> Example:
    """Return a record that has something in every field."""
    return make_example(
        id=f"r{number}", instruction=f"{number} {text}", input=text, response=text + "!",
        system="sys " + text,
        history=(Turn(role="user", content="a " + text), Turn(role="assistant", content="b " + text)),
        rejected="no " + text,
        language="en", tags={"domain": "d " + text}, scores={"critic.overall": 8.25, "none": None, "word": "good"},
        lineage=Lineage(recipe="evol_instruct", operator="deepen", round=1, parents=(f"p{number}",),
                        seeds=(f"s{number}",), model="m", prompts={"deepen": "sha256:1"}),
        checks=(Check(kind="max_words", params={"count": 3}, verdict=True),),
    )  # fmt: skip


def write_source(path: Path, examples: Iterable[Example]) -> Path:
    path.write_text("".join(example.model_dump_json() + "\n" for example in examples), encoding="utf-8")
    return path


def get_form(name: str) -> Form:
    form: Form = catalog.load(catalog.EXPORTERS[name])
    return form


def carry_out(source: Path, name: str, folder: Path, **options: Any) -> dict[str, Any]:
    return Export(find_source(str(source), "runs"), get_form(name), Place(folder), Options(**options)).carry_out()


def read_back(report: dict[str, Any]) -> list[Example]:
    paths = [file["path"] for file in report["files"]]
    return [example for path in paths for example in read_examples(find_source(path, "runs"))]


def pick(example: Example, fields: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(example, name) for name in sorted(fields)}


def keep_only(example: Example, fields: Sequence[str] | frozenset[str]) -> Example:
    """Return the record with nothing but what a form can carry."""
    empty: dict[str, Any] = {
        "input": "", "response": "", "system": None, "history": (), "rejected": None, "language": "", "tags": {},
        "scores": {}, "checks": (),
    }  # fmt: skip
    return example.model_copy(update={name: value for name, value in empty.items() if name not in fields})


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: bool(text.strip())
)
TURNS = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(
    lambda pairs: tuple(
        turn
        for asked, said in pairs
        for turn in (Turn(role="user", content=asked), Turn(role="assistant", content=said))
    )
)
EXAMPLES = st.builds(
    Example,
    id=st.text("0123456789abcdef", min_size=16, max_size=16), instruction=TEXTS, input=st.just("") | TEXTS, response=TEXTS,
    system=st.none() | TEXTS, history=TURNS, rejected=st.none() | TEXTS, language=st.sampled_from(["", "en", "zh"]),
    tags=st.dictionaries(st.sampled_from(["domain", "task_type"]), TEXTS, max_size=2),
    scores=st.dictionaries(TEXTS, st.none() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS, max_size=3),
    lineage=st.builds(Lineage, recipe=st.just("evol_instruct"), round=st.integers(0, 9), seeds=st.tuples(TEXTS)),
    checks=st.lists(
        st.builds(
            Check, kind=TEXTS, params=st.dictionaries(TEXTS, st.integers() | TEXTS, max_size=2),
            verdict=st.none() | st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
)  # fmt: skip
