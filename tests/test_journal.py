"""The journal: what a key is made of, and that what was recorded is there, after a kill as well."""

from __future__ import annotations

import asyncio
import dataclasses
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.journal import Journal, make_key
from generator.types import ChatRequest, Completion, Sampling, TokenLogprobs, Usage, make_digest
from tests.conftest import ROOT

REQUEST = ChatRequest(
    (("system", "Be brief."), ("user", "Why is the sky blue? 为什么")), "tiny", Sampling(0.7, 0.9, None, 64, ("\n\n",)),
    {"type": "object"}, 1, "respond/answer", {"rng": "1/2"}, "0123456789abcdef", 7,
)  # fmt: skip
COMPLETION = Completion("Rayleigh.", "stop", "tiny-1", Usage(12, 3, None), "hm")

texts = st.text(st.characters(exclude_categories=()), max_size=40)  # lone surrogates and NULs as well
floats = st.none() | st.floats(0, 2)
samplings = st.builds(
    Sampling, floats, floats, floats, st.none() | st.integers(1, 4096), st.lists(texts, max_size=3).map(tuple)
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6,
)  # fmt: skip
mappings = st.dictionaries(texts, values, max_size=3)
requests = st.builds(
    ChatRequest, st.lists(st.tuples(texts, texts), max_size=3).map(tuple), texts, samplings, st.none() | mappings,
    st.integers(0, 9), texts, mappings, texts, st.integers(), st.integers(0, 20),
)  # fmt: skip
logprobs = st.floats(-9999.0, 0.0)
places = st.builds(TokenLogprobs, texts, logprobs, st.lists(st.tuples(texts, logprobs), max_size=3).map(tuple))
completions = st.builds(
    Completion, texts, texts, texts, st.builds(Usage, *[st.none() | st.integers(0, 2**70)] * 3), st.none() | texts,
    st.just(False), st.none() | st.lists(places, max_size=3).map(tuple),
)  # fmt: skip


@given(requests)
def test_a_key_is_the_digest_of_what_the_model_sees(request: ChatRequest) -> None:
    seen = [request.model, dataclasses.asdict(request.sampling), request.schema, request.draw]
    seen += [request.logprobs] if request.logprobs else []  # what was asked before there were any keeps its key
    assert make_key(request, "openai") == make_digest(request.messages, *seen)
    assert make_key(request, "embedded") == make_digest("embedded", request.template, request.facts, *seen)


def test_keys_of_earlier_runs_still_hold() -> None:
    assert make_key(REQUEST, "openai") == "58291f056a39c0bed8dee7627590645917f5144e645566d6d37aa530fe9fcb09"
    assert make_key(REQUEST, "embedded") == "33ca861f1694c300ab49214cc7c8bd4b12876fccb7b8c1e7759414637873a70d"


@pytest.mark.parametrize("changed", [
    {"messages": (("user", "Why is the sky blue? 为什么"),)}, {"model": "other"}, {"draw": 2}, {"schema": None},
    {"schema": {"type": "array"}}, {"sampling": Sampling(0.7, 0.9, None, 65, ("\n\n",))},
    {"sampling": Sampling(0.8, 0.9, None, 64, ("\n\n",))}, {"sampling": Sampling(0.7, 0.9, 0.0, 64, ("\n\n",))},
    {"sampling": Sampling(0.7, 0.9, None, 64)},
])  # fmt: skip
def test_whatever_the_model_sees_changes_the_key(changed: dict[str, Any]) -> None:
    assert make_key(dataclasses.replace(REQUEST, **changed), "openai") != make_key(REQUEST, "openai")


@pytest.mark.parametrize(
    "changed", [{"about": "x"}, {"order": 9}, {"template": "x"}, {"facts": {"rng": "3"}}, {"facts": {"x": object()}}]
)
def test_labels_do_not_change_the_key(changed: dict[str, Any]) -> None:
    assert make_key(dataclasses.replace(REQUEST, **changed), "openai") == make_key(REQUEST, "openai")


def test_the_embedded_back_end_sees_template_and_facts_instead_of_prose() -> None:
    key = make_key(REQUEST, "embedded")
    assert make_key(dataclasses.replace(REQUEST, messages=()), "embedded") == key
    assert make_key(dataclasses.replace(REQUEST, template="x"), "embedded") != key
    assert make_key(dataclasses.replace(REQUEST, facts={"rng": "1/3"}), "embedded") != key


def test_the_same_number_is_the_same_key_however_it_is_written() -> None:
    whole, fraction = (dataclasses.replace(REQUEST, sampling=Sampling(number)) for number in (1, 1.0))
    assert make_key(whole, "openai") == make_key(fraction, "openai")


@pytest.mark.parametrize(
    "fact", [{1: "a"}, {None: "a"}, {"a": [{True: 1}]}, {1, 2}, b"bytes", float("nan"), float("inf"), object(), Usage()]
)
@pytest.mark.parametrize("wrap", [lambda fact: fact, lambda fact: [fact], lambda fact: {"deep": (fact,)}])
def test_facts_that_are_not_json_are_a_fault_of_the_code(fact: object, wrap: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="facts"):
        make_key(dataclasses.replace(REQUEST, facts={"fact": wrap(fact)}), "embedded")


def record_all(path: Path, rows: list[tuple[str, ChatRequest, Completion]]) -> None:
    async def work() -> None:
        journal = Journal(path)
        await asyncio.gather(*(journal.record(*row) for row in rows))
        await journal.close()

    asyncio.run(work())


def read(path: Path, look: Callable[[Journal], Any]) -> Any:
    async def work() -> Any:
        journal = Journal(path)
        try:
            return look(journal)
        finally:
            await journal.close()

    return asyncio.run(work())


@settings(max_examples=30, deadline=None)
@given(st.lists(completions, max_size=8))
def test_what_is_recorded_comes_back_marked_as_cached(written: list[Completion]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        record_all(path, [(str(number), REQUEST, completion) for number, completion in enumerate(written)])
        back = read(path, lambda journal: [journal.look_up(str(number)) for number in range(len(written) + 1)])
    assert back == [dataclasses.replace(completion, cached=True) for completion in written] + [None]


@pytest.mark.parametrize(
    "text", ["", "\x00", "a\x00b", "\ud800 alone \udfff", "x" * 1_000_000, "界" * 400_000, "\u2028\r\n"]
)
def test_texts_of_all_kinds_survive(tmp_path: Path, text: str) -> None:
    record_all(tmp_path / "j", [("key", REQUEST, Completion(text, reasoning=text))])
    back = read(tmp_path / "j", lambda journal: journal.look_up("key"))
    assert (back.text, back.reasoning) == (text, text)


def test_what_was_recorded_first_stays(tmp_path: Path) -> None:
    record_all(tmp_path / "j", [("key", REQUEST, Completion("first")), ("key", REQUEST, Completion("second"))])
    found, count = read(tmp_path / "j", lambda journal: (journal.look_up("key"), journal.count()))
    assert (found.text, count) == ("first", 1)


def test_what_was_answered_about_a_candidate_is_found(tmp_path: Path) -> None:
    rows = [(t, d, dataclasses.replace(REQUEST, template=t, draw=d)) for t, d in [("b", 0), ("a", 1), ("a", 0)]]
    other = ("other", dataclasses.replace(REQUEST, about="other"), COMPLETION)
    record_all(tmp_path / "j", [(f"{t}{d}", request, COMPLETION) for t, d, request in rows] + [other])
    found = read(tmp_path / "j", lambda journal: journal.read_about(REQUEST.about))
    assert [(template, draw) for template, draw, _ in found] == [("a", 0), ("a", 1), ("b", 0)]


def test_writes_are_grouped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> list[int]:
        journal = Journal(tmp_path / "j")
        groups: list[int] = []
        write = journal._write

        def count(rows: Any, *rest: Any) -> int:
            groups.append(len(rows))
            return write(rows, *rest)

        monkeypatch.setattr(journal, "_write", count)
        await asyncio.gather(*(journal.record(str(number), REQUEST, COMPLETION) for number in range(500)))
        assert journal.count() == 500
        await journal.close()
        return groups

    groups = asyncio.run(work())
    assert sum(groups) == 500
    assert len(groups) <= 2  # the first row, perhaps, and all that gathered meanwhile


def test_a_record_is_visible_to_another_process_once_it_returns(tmp_path: Path) -> None:
    async def work() -> list[Any]:
        journal = Journal(tmp_path / "j")
        with sqlite3.connect(tmp_path / "j") as other:
            counts = []
            for number in range(3):
                await journal.record(str(number), REQUEST, COMPLETION)
                counts += other.execute("SELECT COUNT(*) FROM completions").fetchone()
        other.close()
        await journal.close()
        return counts

    assert asyncio.run(work()) == [1, 2, 3]


def test_a_record_that_nobody_waits_for_is_written_all_the_same(tmp_path: Path) -> None:
    async def work() -> None:
        journal = Journal(tmp_path / "j")
        tasks = [asyncio.create_task(journal.record(str(number), REQUEST, COMPLETION)) for number in range(20)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await journal.close()
        await journal.close()  # a second time does nothing

    asyncio.run(work())
    assert read(tmp_path / "j", lambda journal: journal.count()) == 20


def test_a_journal_that_was_closed_is_not_damaged(tmp_path: Path) -> None:
    async def work() -> None:
        journal = Journal(tmp_path / "j")
        await journal.close()
        journal.count()

    with pytest.raises(sqlite3.ProgrammingError):
        asyncio.run(work())


CHILD = """
import asyncio, sys
from pathlib import Path
from generator.journal import Journal
from generator.types import ChatRequest, Completion
async def work(journal, lane):
    for number in range(100_000):
        key = f"{lane}/{number}"
        await journal.record(key, ChatRequest((), "m"), Completion(key * 50))
        sys.stdout.write(key + "\\n"); sys.stdout.flush()
async def main():
    journal = Journal(Path(sys.argv[1]))
    await asyncio.gather(*(work(journal, lane) for lane in range(int(sys.argv[2]), int(sys.argv[2]) + 16)))
asyncio.run(main())
"""


def test_killed_at_any_moment_everything_that_was_returned_is_there(tmp_path: Path) -> None:
    path, rng = tmp_path / "j", random.Random(3)
    returned: list[str] = []
    for kill in range(6):
        command = [sys.executable, "-c", CHILD, str(path), str(kill * 16)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            returned.append(child.stdout.readline().strip())
            time.sleep(rng.uniform(0, 0.15))
            child.send_signal(signal.SIGKILL)
            returned += [line.strip() for line in child.stdout if line.endswith("\n")]
    assert len(returned) > 50
    texts = read(path, lambda journal: {key: journal.look_up(key) for key in returned})
    assert [key for key, found in texts.items() if found is None or found.text != key * 50] == []
