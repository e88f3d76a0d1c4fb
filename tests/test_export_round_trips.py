"""Read, export, read: the same records, in every form and through every pair of forms, as far as the forms carry them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.export.tally import EVERYTHING
from generator.table_row import NESTED
from generator.types import Example
from tests.export_rig import (
    EXAMPLES,
    FORMS,
    NASTY,
    carry_out,
    get_form,
    keep_only,
    make_full,
    pick,
    read_back,
    write_source,
)  # fmt: skip

OWN = ("jsonl", "parquet", "huggingface", "huggingface_jsonl", "label_studio")
TABLES = ("csv", "tsv")
ONE_ROW = tuple(name for name in FORMS if name != "trl_kto")  # a record with two responses is two rows of KTO's
WHITE = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0"


def is_carried(name: str, example: Example) -> bool:
    """Whether the form takes the record at all."""
    form = get_form(name)
    if name in ("trl_dpo", "trl_orpo"):
        return bool(example.rejected) and example.rejected != example.response
    if name == "llama_factory_dpo":
        return is_carried("trl_dpo", example) and is_carried("llama_factory", example)
    return form.make_rows(example) != [] and not isinstance(form.make_rows(example), str)


def go_through(tmp_path: Path, name: str, examples: list[Example], step: str = "") -> list[Example]:
    return read_back(
        carry_out(write_source(tmp_path / f"{step}source.jsonl", examples), name, tmp_path / f"{step}{name}")
    )


@pytest.mark.parametrize("name", OWN)
@settings(max_examples=25, deadline=None)
@given(st.lists(EXAMPLES, min_size=1, max_size=3))
def test_our_own_forms_carry_everything(
    tmp_path_factory: pytest.TempPathFactory, name: str, examples: list[Example]
) -> None:  # fmt: skip
    assert go_through(tmp_path_factory.mktemp("trip"), name, examples) == examples


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("disarm", [False, True])
@settings(max_examples=25, deadline=None)
@given(st.lists(EXAMPLES, min_size=1, max_size=3))
def test_tables_carry_everything_but_nul(
    tmp_path_factory: pytest.TempPathFactory, name: str, disarm: bool, examples: list[Example]
) -> None:  # fmt: skip
    tmp_path = tmp_path_factory.mktemp("trip")
    report = carry_out(write_source(tmp_path / "s.jsonl", examples), name, tmp_path / "out", disarm=disarm)
    back = read_back(report)
    wanted = [Example.model_validate_json(one.model_dump_json().replace("\\u0000", "\ufffd")) for one in examples]
    assert [pick(one, EVERYTHING - NESTED) for one in back] == [pick(one, EVERYTHING - NESTED) for one in wanted]
    assert [pick(one, NESTED) for one in back] == [pick(one, NESTED) for one in examples]  # JSON escapes NUL


@pytest.mark.parametrize("name", [name for name in ONE_ROW if name not in (*OWN, *TABLES)])
@settings(max_examples=20, deadline=None)
@given(st.lists(EXAMPLES, min_size=1, max_size=3, unique_by=lambda one: one.instruction))
def test_a_form_gives_back_what_it_says_it_carries(
    tmp_path_factory: pytest.TempPathFactory, name: str, examples: list[Example]
) -> None:  # fmt: skip
    carries = get_form(name).carries
    kept = [keep_only(one, carries) for one in examples]
    kept = [one for one in kept if is_carried(name, one)]
    if kept:
        back = go_through(tmp_path_factory.mktemp("trip"), name, kept)
        assert [pick(one, carries) for one in back] == [pick(one, carries) for one in kept]


@pytest.mark.parametrize("first", ONE_ROW)
def test_every_pair_of_forms(tmp_path: Path, first: str) -> None:
    both = get_form(first).carries
    examples = [keep_only(make_full(number, text), both) for number, text in enumerate(NASTY) if "\0" not in text]
    examples = [one for one in examples if is_carried(first, one)]
    report = carry_out(write_source(tmp_path / "s.jsonl", examples), first, tmp_path / "first")
    came = read_back(report)
    assert [pick(one, both) for one in came] == [pick(one, both) for one in examples]
    for second in ONE_ROW:
        carried = [one for one in came if is_carried(second, one)]
        if not carried:
            continue
        again = read_back(carry_out(Path(report["files"][0]["path"]), second, tmp_path / second))
        common = get_form(second).carries - {"id", "lineage"}
        if any(one.input for one in carried) and "input" not in common:
            common -= {"instruction"}  # the input is joined to it
        assert [pick(one, common) for one in again] == [pick(one, common) for one in carried], (first, second)


@pytest.mark.parametrize("name", ONE_ROW)
def test_a_text_of_a_megabyte(tmp_path: Path, name: str) -> None:
    carries = get_form(name).carries
    example = keep_only(make_full(1, '汉字 🎉 "\n' * 60_000), carries)
    if is_carried(name, example):
        (back,) = go_through(tmp_path, name, [example])
        assert pick(back, carries) == pick(example, carries)
