"""Flags over a file over defaults; every fault named where it was set; what is saved runs the same again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.cli.flags import load_config, read_operators
from generator.config import RunConfig, drop_unset, find_differences, list_leaves, make_config, merge_settings
from generator.config_faults import Source, find_line
from generator.config_file import read_config, save_config
from generator.errors import ConfigError
from generator.preparation.backends import choose_backends
from generator.preparation.recipes import choose_places
from generator.settings.critic import take_backend
from tests.command_line import Room, serve

FLAGS: dict[str, Any] = {"recipe": "evolve", "backend": {}, "critic": {}}
NAMES = st.text("abcdefgh_-0123456789\u00e9", min_size=1, max_size=8)
MODELS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
PLACES = NAMES.map(lambda name: f"/in/{name}")
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "seeds": st.lists(PLACES, max_size=3), "run": NAMES, "prompts": PLACES, "runs_dir": PLACES,
        "seed": st.integers(-(2**40), 2**40), "target": st.integers(1, 10**9), "concurrency": st.integers(1, 999),
        "backend": st.fixed_dictionaries({}, optional={
            "kind": st.sampled_from(["auto", "openai"]), "model": MODELS,
            "base_url": st.sampled_from(["http://127.0.0.1:8000/v1", "https://h/v1"]),
            "timeout_s": st.floats(0.1, 1e6) | st.integers(1, 99),
        }),
        "evolve": st.fixed_dictionaries({}, optional={
            "rounds": st.integers(0, 99), "judge_equal": st.booleans(),
            "operators": st.dictionaries(NAMES, st.floats(0, 9), max_size=3),
        }),
        "novelty": st.fixed_dictionaries({}, optional={"rouge_l": st.floats(0, 1), "tokens": st.just("rouge_score")}),
    },
)  # fmt: skip


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


@settings(max_examples=60, deadline=None)
@given(CONFIGS)
def test_what_is_saved_reads_as_the_same(tmp_path_factory: pytest.TempPathFactory, written: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("config") / "config.toml"
    config = make_config(written)
    save_config(config.model_dump(mode="json", exclude_none=True), path)
    again = make_config(read_config(path)[0] | {"runs_dir": config.runs_dir})
    assert again == config
    assert again.describe_identity() == config.describe_identity()
    assert again.derive_name() == config.derive_name()


def test_flags_win_over_the_file_and_leave_the_rest() -> None:
    file = {"seed": 1, "evolve": {"rounds": 2, "bootstrap": 3, "operators": {"deepen": 1.0}}}
    flags = {
        "seed": None,
        "target": 5,
        "evolve": {"rounds": 9, "operators": {"broaden": 2.0}},
        "backend": {"kind": None},
    }
    assert merge_settings(file, flags) == {
        "seed": 1, "target": 5, "evolve": {"rounds": 9, "bootstrap": 3, "operators": {"broaden": 2.0}},
    }  # fmt: skip
    assert file["evolve"]["rounds"] == 2  # type: ignore[index]


def test_a_section_that_is_none_stays_for_the_check() -> None:
    assert merge_settings({"backend": "openai"}, {"backend": {"model": "m"}}) == {"backend": "openai"}
    assert drop_unset({"a": None, "b": {"c": None}, "d": {"e": 0}}) == {"d": {"e": 0}}


TEXT = """# evolve = 1
seed = 1
"target" = 2
backend.kind = "openai"
[evolve]
rounds = 3 # [novelty]
operators = {deepen = 1,
  broaden = 2}

[ self_instruct ]
  items=4
[evolve.more."a.b"]
x = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("seed", 2), ("target", 3), ("backend.kind", 4), ("backend", 4), ("backend.model", None),
        ("evolve", 5), ("evolve.rounds", 6),
        ("evolve.operators.broaden", 7), ("evolve.bootstrap", 5), ("self_instruct.items", 11), ("nothing", None),
        ("evolve.more.a.b", 12), ("novelty.rouge_l", None),
    ],
)  # fmt: skip
def test_a_setting_is_found_in_the_file(path: str, line: int | None) -> None:
    assert find_line(TEXT, path.split(".") if "a.b" not in path else ["evolve", "more", "a.b"]) == line


@given(st.text(max_size=60), st.lists(st.text(max_size=5), min_size=1, max_size=3))
def test_any_text_is_searched_without_harm(text: str, path: list[str]) -> None:
    line = find_line(text, path)
    assert line is None or 1 <= line <= text.count("\n") + 1


def test_a_source_names_a_setting_as_the_user_knows_it() -> None:
    source = Source(frozenset({"evolve.rounds", "evolve.operators"}), "my.toml", "[evolve]\nbootstrap = 1\n")
    assert source.name("evolve.rounds") == "--rounds"
    assert source.name("evolve.operators.deepen") == "--operators deepen"
    assert source.name("evolve.bootstrap") == "my.toml:2: `evolve.bootstrap`"
    assert source.name("seed") == "my.toml: `seed`"
    assert Source().name("seed") == "`seed`"


def test_faults_come_all_at_once() -> None:
    with pytest.raises(ConfigError) as refusal:
        make_config({"seed": "x", "concurrency": 0, "evolve": {"roundz": 1}})
    assert str(refusal.value).count("\n") == 2


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_a_whole_number_is_a_whole_number(value: object) -> None:
    with pytest.raises(ConfigError, match="whole number"):
        make_config({"seed": value})


@pytest.mark.parametrize(
    ("text", "operators"),
    [("a,b", {"a": 1.0, "b": 1.0}), (" a = 2 , b=0.5,", {"a": 2.0, "b": 0.5}), (None, None)],
)
def test_operators_of_the_command_line(text: str | None, operators: dict[str, float] | None) -> None:
    assert read_operators(text) == operators


def test_the_identity_is_what_the_data_set_is_made_from() -> None:
    free = {
        "seeds", "run", "runs_dir", "prompts", "target", "max_candidates", "concurrency", "evolve.rounds",
        "evolve.bootstrap", "prices", "retry_refused", "limits.max_calls", "limits.max_tokens_total", "limits.max_cost_usd",
        "against.novel", "against.benchmarks", "critic.holds",
        "novelty.embedder_base_url", "novelty.embedder_api_key_env",
        *(f"backend.{name}" for name in ("base_url", "api_key_env", "timeout_s", "give_up_s")),
        *(f"critic.{name}" for name in ("base_url", "api_key_env", "timeout_s", "give_up_s")),
    }  # fmt: skip
    assert set(RunConfig().describe_identity()) == {name for name, _ in list_leaves(RunConfig().model_dump())} - free
    assert find_differences(make_config({"seed": 1}), make_config({"concurrency": 9})) == ["seed: 1 → 0"]


def test_the_critic_follows_the_generator_but_for_what_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(**given: Any) -> RunConfig:
        return choose_backends(make_config(given))[0]

    backend = {"kind": "openai", "base_url": "http://127.0.0.1:1/v1", "model": "m", "timeout_s": 5}
    assert take_backend(choose(backend=backend).critic) == choose(backend=backend).backend
    critic = choose(backend=backend, critic={"model": "judge", "timeout_s": 9.5}).critic
    assert (critic.base_url, critic.model, critic.timeout_s) == ("http://127.0.0.1:1/v1", "judge", 9.5)
    assert choose(backend=backend, critic={"kind": "openai"}).critic.base_url == "http://127.0.0.1:1/v1"
    elsewhere = choose(backend=backend, critic={"base_url": "http://127.0.0.1:2/v1"}).critic
    assert (elsewhere.kind, elsewhere.base_url, elsewhere.model) == ("openai", "http://127.0.0.1:2/v1", None)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:3/v1")
    assert choose().backend.base_url == "http://127.0.0.1:3/v1"
    off = choose(backend=backend, policy={"critic": False})
    assert off.critic == RunConfig().critic


def test_a_new_address_takes_the_critic_along(tmp_path: Path) -> None:
    both = '[backend]\nbase_url = "http://a/v1"\nmodel = "m"\n[critic]\nbase_url = "http://a/v1"\nmodel = "judge"\n'
    (tmp_path / "c.toml").write_text(both)
    moved, _ = load_config(str(tmp_path / "c.toml"), FLAGS | {"backend": {"base_url": "http://b/v1"}})
    assert (moved.backend.base_url, moved.critic.base_url, moved.critic.model) == ("http://b/v1", None, "judge")
    kept, _ = load_config(str(tmp_path / "c.toml"), FLAGS)
    assert kept.critic.base_url == "http://a/v1"


def test_paths_of_a_file_are_seen_from_its_folder(room: Room) -> None:
    room.write("conf/c.toml", 'seeds = ["in", "/abs"]\nprompts = "mine"\nruns_dir = "../out"\n')
    config, _ = load_config("conf/c.toml", FLAGS)
    assert config.seeds == (str(room.path / "conf" / "in"), "/abs")
    assert config.prompts == str(room.path / "conf" / "mine")
    assert Path(config.runs_dir).resolve() == room.path / "out"
    flags, _ = load_config("conf/c.toml", FLAGS | {"seeds": ["in"], "runs_dir": "here"})
    assert choose_places(flags).seeds == (str(room.path / "in"),)
    assert choose_places(flags).runs_dir == str(room.path / "here")


def test_a_byte_order_mark_does_no_harm(room: Room) -> None:
    room.write("c.toml", b"\xef\xbb\xbfseed = 3\r\n[evolve]\r\nrounds = 1\r\n")
    assert load_config("c.toml", FLAGS)[0].seed == 3


def test_the_saved_configuration_goes_on_with_its_run(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        flags = ["--rounds", "2", "--seed", "5", "--concurrency", "4", "--operators", "deepen,broaden=2"]
        first = room.call("evolve", "seeds.jsonl", *flags, "--critic-model", "judge", "--json")
        assert first.status == 0, first.err
        asked = server.asked.total()
        folder = Path(first.json["folder"])
        saved, dataset = (folder / "config.toml").read_bytes(), (folder / "dataset.jsonl").read_bytes()
        monkeypatch.delenv("OPENAI_BASE_URL")
        elsewhere = room.path / "elsewhere"
        elsewhere.mkdir()
        config = (room.path / folder / "config.toml").absolute()
        monkeypatch.chdir(elsewhere)
        again = room.call("evolve", "--config", str(config), "--json")
        assert again.status == 0, again.err
        assert again.json["run"] == first.json["run"]
        assert again.json["calls"]["answered"] == 0
        assert server.asked.total() == asked
        assert list(elsewhere.iterdir()) == []
        assert config.read_bytes() == saved
        assert (config.parent / "dataset.jsonl").read_bytes() == dataset
        other = room.call("evolve", "--config", str(config), "--seed", "6")
        assert other.status == 2
        assert "seed: 5 → 6" in other.err
