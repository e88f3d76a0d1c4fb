"""Whose a run folder is: a name that cannot escape, one configuration, one set of seeds, one process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.config import RunConfig, make_config
from generator.errors import ConfigError
from generator.run_folder import RUN_FILES, RunFolder, is_run_name, write_whole
from generator.types import Example, SeedTask
from tests.conftest import ROOT

SEEDS = [SeedTask(instruction=text, language="en").to_example() for text in ("Name a river.", "Name a lake.")]
OTHERS = [SeedTask(instruction="Name a hill.", language="en").to_example()]


def make(**settings: object) -> RunConfig:
    return make_config({"seeds": ["seeds.jsonl"], **settings})


def claim(room: Path, config: RunConfig | None = None, seeds: list[Example] = SEEDS, name: str = "run") -> RunFolder:
    folder = RunFolder(str(room), name)
    folder.claim(config or make(), seeds)
    return folder


@given(st.text(max_size=12) | st.text("./\\~\0-a", max_size=6))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    if is_run_name(name):
        assert (Path("/runs") / name).resolve().parent == Path("/runs")
        assert RunFolder("/runs", name).path == Path("/runs") / name
    else:
        with pytest.raises(ConfigError, match="--run"):
            RunFolder("/runs", name)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/a", "-a", "a b", ".hidden", "a\n", "x" * 101])
def test_names_that_are_refused(name: str) -> None:
    assert not is_run_name(name)


@pytest.mark.parametrize("name", ["a", "evolve-08640276", "v1.2_x", "Überlauf", "第一", "x" * 100])
def test_names_that_are_taken(name: str) -> None:
    assert is_run_name(name)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"seed": 1}, "seed: 0 → 1"),
        ({"backend": {"model": "other"}}, "backend.model: unset → other"),
        ({"critic": {"model": "other"}}, "critic.model: unset → other"),
        ({"evolve": {"operators": {"deepen": 1.0}}}, "evolve.operators: all → {'deepen': 1.0}"),
        ({"novelty": {"rouge_l": 0.6}}, "novelty.rouge_l: 0.7 → 0.6"),
        ({"policy": {"critic_overall": 8}}, "policy.critic_overall: unset → 8.0"),
        ({"recipe": "self-instruct"}, "recipe: evolve → self-instruct"),
    ],
)
def test_another_configuration_is_refused_with_what_differs(
    tmp_path: Path, settings: dict[str, object], said: str
) -> None:
    claim(tmp_path).release()
    before = {path: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    with pytest.raises(ConfigError, match="belongs to another configuration") as refusal:
        claim(tmp_path, make(**settings))
    assert said in str(refusal.value)
    assert {path: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_how_far_it_goes_and_how_it_is_carried_out_may_change(tmp_path: Path) -> None:
    claim(tmp_path).release()
    claim(
        tmp_path,
        make(concurrency=1, target=9, evolve={"rounds": 9}, backend={"base_url": "http://h/v1", "timeout_s": 1}),
    ).release()


def test_other_seeds_are_refused_and_shared_ones_are_not(tmp_path: Path) -> None:
    claim(tmp_path).release()
    with pytest.raises(ConfigError, match="other seeds: none of its 2 seed tasks"):
        claim(tmp_path, seeds=OTHERS)
    claim(tmp_path, seeds=[*OTHERS, SEEDS[0]]).release()


def test_a_folder_that_is_not_a_runs_is_refused(tmp_path: Path) -> None:
    write_whole(tmp_path / "run", "a file")
    with pytest.raises(ConfigError, match="not a run's folder"):
        claim(tmp_path)
    (tmp_path / "other").mkdir()
    write_whole(tmp_path / "other" / "thesis.txt", "mine")
    with pytest.raises(ConfigError, match="not a run's folder"):
        claim(tmp_path, name="other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["thesis.txt"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    claim(tmp_path).release()


def test_a_damaged_folder_says_which_line(tmp_path: Path) -> None:
    folder = claim(tmp_path)
    folder.release()
    folder.seeds.write_text(folder.seeds.read_text() + "{}\n")
    with pytest.raises(ConfigError, match=r"seeds\.jsonl:3: damaged"):
        claim(tmp_path)
    folder.config.write_text("seed = 0\nrounds = 3\n")
    with pytest.raises(ConfigError, match=r"config\.toml:2: `rounds`"):
        claim(tmp_path)


def test_the_recipe_is_read_where_it_can_be(tmp_path: Path) -> None:
    folder = claim(tmp_path)
    folder.release()
    assert folder.read_kind()[0] == "evolve"
    folder.config.write_text("recipe = ")
    assert folder.read_kind() == (None, None)
    assert RunFolder(str(tmp_path), "other").read_kind() == (None, None)


def test_a_funnel_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    folder = claim(tmp_path)
    assert folder.read_funnel() == {}
    for text in ("{", "[]", ""):
        folder.funnel.write_text(text)
        assert folder.read_funnel() == {}
    folder.release()


HOLDER = """
import sys, time
from pathlib import Path
from tests.test_run_folder import claim
folder = claim(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.readline()
"""


def test_a_run_that_another_process_holds(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        folder = RunFolder(str(tmp_path), "run")
        assert folder.is_locked()
        with pytest.raises(ConfigError, match=rf"going on in another process \(process {holder.pid}\)"):
            folder.claim(make(), SEEDS)
        holder.kill()
        holder.wait()
        assert not folder.is_locked()
        folder.claim(make(), SEEDS)
        folder.release()


def test_remove_leaves_what_is_not_ours(tmp_path: Path) -> None:
    folder = claim(tmp_path / "new" / "runs")
    folder.release()
    folder.remove()
    assert not (tmp_path / "new" / "runs").exists()
    folder = claim(tmp_path)
    folder.release()
    write_whole(folder.path / "notes.txt", "mine")
    folder.remove()
    assert [path.name for path in folder.path.iterdir()] == ["notes.txt"]
    assert not set(RUN_FILES) & {path.name for path in folder.path.iterdir()}


@pytest.mark.parametrize("left", [["lock"], ["lock", "config.toml.tmp"]])
def test_what_a_kill_left_of_the_first_moment_is_gone_on_with(tmp_path: Path, left: list[str]) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in left:
        (folder / name).write_text("")
    one = RunFolder(str(tmp_path), "run")
    one.claim(make_config({}), [])
    assert one.config.is_file()
    one.release()
