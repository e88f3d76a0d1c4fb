"""Augmentations: what each makes of a record, and what is found wrong with it, with a model that plays its part badly."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from evaluators.language import identify_language
from generator.augment.augmenting import Augmenting
from generator.augment.methods import check_methods, list_methods, make_methods
from generator.augment.partners import choose_partner
from generator.augment.substitution import Substitution
from generator.errors import ConfigError
from generator.prompter import Prompter
from generator.settings.augment import AugmentConfig
from generator.templates import Templates
from generator.types import Candidate, ChatRequest, Example, Lineage, Outcome, SeedTask
from tests.scripted import Scripted

TEMPLATES = Templates(Path(__file__).parent.parent / "prompts")
SOURCE = "Write a letter to the tenant who has not paid for 3 months, quote {contract_id}, and do not threaten with a lawyer."
AGAIN = "Compose a letter quoting {contract_id} for the tenant whose rent is 3 months overdue; lawyers must not be threatened."
CHINESE = "给拖欠房租3个月的租客写一封信，引用 {contract_id} ，不要以律师相威胁。"
RESPONSE = (
    "Dear tenant, our books show that the rent under your contract is overdue. Please pay it by the end of the week."
)
SCHEMA = {"type": "object"}


def record(instruction: str = SOURCE, response: str = RESPONSE, language: str = "en", **more: Any) -> Example:
    return SeedTask(instruction=instruction, response=response, language=language, **more).to_example()


def last_text(request: ChatRequest) -> str:
    found = re.search(r"<<<(\w+)\n(.*?)\n\1>>>", request.messages[-1][1], re.DOTALL)
    return found[2] if found else request.messages[-1][1]


def play(**replies: str | Callable[[ChatRequest], str]) -> Scripted:
    """Return a back end that answers by the template's last name; a judge that finds all the same; and a response."""
    known: dict[str, Any] = {
        "equivalent": json.dumps({"explanation": "the same", "equal": True}),
        "answer": "A new response, in two sentences. It is long enough to be one.",
    }

    def reply(request: ChatRequest) -> str:
        chosen = (known | replies)[request.template.rpartition("/")[2]]
        return str(chosen(request) if callable(chosen) else chosen)

    return Scripted(reply)


def translate(there: str, back: str) -> Callable[[ChatRequest], str]:
    """Return a translator that knows one sentence, in each direction."""
    return lambda request: there if last_text(request) == SOURCE else back


def augment(
    method: str, backend: Scripted, source: Example | None = None, recent: Sequence[Example] = (), judge: Any = SCHEMA,
    **settings: Any,
) -> list[Example | Outcome]:  # fmt: skip
    """Return what one method makes of a record, its candidates with their responses."""
    config = AugmentConfig(methods=(method,), **settings)
    ask = Prompter(TEMPLATES, backend, "scripted")
    methods = make_methods(config, TEMPLATES, ask, identify_language, 0)
    maker = Augmenting(methods, ask, identify_language, seed=0, similarity=config.similarity, judge=judge)

    async def work() -> list[Example | Outcome]:
        made = await maker.propose(0, source or record(), recent)
        return [one if isinstance(one, Outcome) else await maker.respond(0, one) for one in made]

    return asyncio.run(work())


def ends(made: Sequence[Example | Outcome]) -> list[tuple[str, str]]:
    return [(one.stage, one.reason) if isinstance(one, Outcome) else ("accepted", "") for one in made]


def test_back_translation_says_the_same_anew_and_keeps_the_response() -> None:
    backend = play(translate=translate(CHINESE, AGAIN))
    (made,) = augment("back_translation", backend, variants={"back_translation": ("zh",)})
    assert isinstance(made, Example)
    assert (made.instruction, made.response, made.language) == (AGAIN, RESPONSE, "en")
    assert made.lineage.operator == "back_translation"
    assert made.lineage.parents == (record().id,)
    assert made.tags["variant"] == "zh"
    assert 0.25 < float(made.scores["meaning.chrf"] or 0) < 1
    assert 0 < float(made.scores["augment.similarity"] or 0) < 0.85
    assert backend.asked == {"augment/translate": 2, "judge/equivalent": 1}


@pytest.mark.parametrize(
    ("there", "back", "stage", "reason"),
    [
        (CHINESE.replace("3", "5"), AGAIN, "meaning", "number_changed"),
        (CHINESE, AGAIN.replace("3 months", "4 months"), "meaning", "number_changed"),
        (CHINESE.replace("不要以律师相威胁", "以律师相威胁"), AGAIN, "meaning", "negation_changed"),
        (CHINESE, AGAIN.replace("must not be", "must be"), "meaning", "negation_changed"),
        (CHINESE.replace("{contract_id}", "合同"), AGAIN, "meaning", "placeholder_changed"),
        (CHINESE, AGAIN.replace("{contract_id}", "{id}"), "meaning", "placeholder_changed"),
        (CHINESE, RESPONSE, "meaning", "answered"),
        (SOURCE, AGAIN, "meaning", "untranslated"),
        (CHINESE, CHINESE, "meaning", "untranslated"),
        (CHINESE, SOURCE, "eliminate", "equal_to_parent"),
    ],
)
def test_a_bad_translator_is_found_out(there: str, back: str, stage: str, reason: str) -> None:
    made = augment("back_translation", play(translate=translate(there, back)), variants={"back_translation": ("zh",)})
    assert ends(made) == [(stage, reason)]
    assert isinstance(made[0], Outcome)
    assert made[0].candidate.raw  # what was paid for is kept


def test_a_translator_that_answers_is_found_out() -> None:
    task = "Write a short apology to a neighbour for the noise of last night."
    answer = "Dear neighbour, I am very sorry about the music last night. It will not happen again. Yours, Kim"
    source = record(task, answer)

    def reply(request: ChatRequest) -> str:
        return "给邻居写一封简短的道歉信，为昨晚的噪音道歉。" if last_text(request) == task else answer

    assert ends(augment("back_translation", play(translate=reply), source)) == [("meaning", "answered")]


def test_pivots_may_be_several_or_a_chain() -> None:
    heard: list[str] = []

    def reply(request: ChatRequest) -> str:
        target = request.messages[-1][1].rpartition("into ")[2].rstrip(".")
        heard.append(target)
        return {"Chinese": CHINESE, "English": AGAIN}.get(target, "Schreibe einen Brief …")

    augment("back_translation", play(translate=reply), variants={"back_translation": ("zh", "de", "zh>de")})
    assert [heard[0], heard.count("Chinese"), heard.count("German")] == ["Chinese", 2, 2]


def test_a_judge_has_the_last_word_on_meaning() -> None:
    verdict = json.dumps({"explanation": "another reader", "equal": False})
    backend = play(paraphrase=f"<instruction>{AGAIN}</instruction>", equivalent=verdict)
    (made,) = augment("paraphrase", backend)
    assert isinstance(made, Outcome)
    assert (made.stage, made.reason, made.evidence["explanation"]) == ("equal", "not_equivalent", "another reader")
    assert ends(augment("paraphrase", backend, judge=None)) == [("accepted", "")]
    unparsed = play(paraphrase=f"<instruction>{AGAIN}</instruction>", equivalent="Sure, they are the same!")
    assert ends(augment("paraphrase", unparsed)) == [("equal", "no_json")]


def test_too_little_change_is_not_worth_having() -> None:
    nearly = SOURCE.replace("letter", "note")
    (made,) = augment("paraphrase", play(paraphrase=f"<instruction>{nearly}</instruction>"))
    assert isinstance(made, Outcome)
    assert (made.stage, made.reason, made.evidence["neighbour"]) == ("novelty", "too_like_source", record().id)


def test_a_translated_record_is_wholly_in_the_other_language_and_its_response_goes_along() -> None:
    response = "尊敬的租客，账目显示您的房租已经逾期，请在本周末之前付清。"
    backend = play(translate=lambda request: CHINESE if last_text(request) == SOURCE else response)
    (made,) = augment("translation", backend, variants={"translation": ("Chinese", "en")})
    assert isinstance(made, Example)
    assert (made.language, made.instruction, made.response) == ("zh", CHINESE, response)
    assert made.lineage.seeds == record().lineage.seeds


def test_style_and_persona_draw_one_variant_that_depends_on_the_record_alone() -> None:
    backend = play(style_transfer=f"<instruction>{AGAIN}</instruction>")
    first, again = augment("style_transfer", backend), augment("style_transfer", backend)
    assert first == again
    assert isinstance(first[0], Example)
    assert first[0].response.startswith("A new response")
    voices = {"style_transfer": ("in the voice of Acme: warm, no superlatives",)}
    (made,) = augment("style_transfer", backend, variants=voices)
    assert isinstance(made, Example)
    assert made.tags["variant"] == voices["style_transfer"][0]
    assert voices["style_transfer"][0] in backend.requests[-3].messages[-1][1]


def test_a_split_makes_several_and_one_part_is_none() -> None:
    listed = "1. Find the date on which the rent was due.\n2. Draft a friendly reminder to a tenant.\n"
    made = augment("split", play(split=listed))
    assert ends(made) == [("accepted", "")] * 2
    assert len({one.id for one in made if isinstance(one, Example)}) == 2
    assert ends(augment("split", play(split="1. Write the letter."))) == [("parse", "nothing_made")]


def test_combining_takes_the_most_related_of_those_before_it() -> None:
    partner = record("Write a letter to a tenant about the new house rules.", tags={"domain": "law"})
    others = [record("Bake bread."), partner, record("Name a river.")]
    source = record(tags={"domain": "law"})
    assert choose_partner(source, others) == partner
    task = "<instruction>Tell the tenant in one letter of the arrears and of the new house rules.</instruction>"
    (made,) = augment("combine", play(combine=task), source, others)
    assert isinstance(made, Example)
    assert made.lineage.parents == (source.id, partner.id)
    assert augment("combine", play(combine=task), source, [record("Bake bread.")]) == []


def test_an_extension_goes_on_with_the_conversation() -> None:
    backend = play(extend="<instruction>Make the second sentence firmer.</instruction>")
    (made,) = augment("extend", backend)
    assert isinstance(made, Example)
    assert [(turn.role, turn.content) for turn in made.history] == [("user", SOURCE), ("assistant", RESPONSE)]
    asked = backend.requests[-1].messages
    assert asked == (("user", SOURCE), ("assistant", RESPONSE), ("user", "Make the second sentence firmer."))


def test_a_dropped_in_prompt_is_a_method(tmp_path: Path) -> None:
    (tmp_path / "augment").mkdir()
    head = '{#\nmeaning = "new"\nresponse = "ask"\n#}\n'
    (tmp_path / "augment/invert.jinja").write_text(head + "Turn it round: {{ instruction | fence }}", encoding="utf-8")
    overlaid = Templates(Path(__file__).parent.parent / "prompts", tmp_path)
    overlaid.check_overlay()
    assert "invert" in list_methods(overlaid)
    assert "translate" not in list_methods(overlaid)


def test_what_cannot_be_done_is_said() -> None:
    for settings, has_model, said in [
        ({"methods": ("paraphrase",)}, False, "cannot do paraphrase honestly"),
        ({"methods": ("nonsense",)}, True, "no augmentation `nonsense`"),
        ({"methods": ("translation",)}, True, "into which languages"),
        (
            {"methods": ("back_translation",), "variants": {"back_translation": ("fr>Klingon",)}},
            True,
            "no language `Klingon`",
        ),
        ({"methods": ("translation",), "variants": {"translation": ("xx",)}}, True, "no language `xx`"),
    ]:
        with pytest.raises(ConfigError, match=said):
            check_methods(AugmentConfig(**settings), TEMPLATES, has_model=has_model)


def substitute(instruction: str, response: str = "", language: str = "en", task_input: str = "") -> Example | None:
    made = augment("substitution", play(), record(instruction, response, language, input=task_input), similarity=1.0)
    return made[0] if made and isinstance(made[0], Example) else None


def test_names_and_weekdays_change_everywhere_alike() -> None:
    made = substitute(
        "Write to Anna that she meets Tom on Monday.", "Dear Anna, you meet Tom on Monday, two days before Wednesday."
    )
    assert made is not None
    assert not set(re.findall("Anna|Tom|Monday", made.instruction + made.response))
    name = re.search(r"Dear (\w+),", made.response)
    assert name is not None
    assert name[1] in made.instruction
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    first, second = re.findall("|".join(days), made.response)
    assert (days.index(second) - days.index(first)) % 7 == 2
    assert made.lineage.model is None
    assert made.lineage.prompts == {}


def test_what_carries_knowledge_stays() -> None:
    made = substitute(
        "Write about Mary Shelley and why Mary wrote on Sunday, 16 June 1816.", "Mary Shelley began it then."
    )
    assert made is not None
    assert "Mary Shelley" in made.instruction
    assert "Sunday" in made.instruction
    assert not made.instruction.startswith("Write about")
    assert substitute("Who painted it?", "Nobody knows.") is None


def test_chinese_is_substituted_too() -> None:
    made = substitute("写一段话，讲小明星期一去学校。", "小明星期一去学校，星期三回家。", "zh")
    assert made is not None
    assert "小明" not in made.instruction + made.response
    assert "星期一" not in made.instruction


def test_a_substitution_asks_nobody() -> None:
    backend = Scripted()
    assert Substitution("0").list_variants(record("Write a poem."), "0") == [""]
    augment("substitution", backend, record("Write a poem about rain.", "Rain falls."))
    assert backend.requests == []


def test_a_candidate_has_an_id_of_what_makes_it() -> None:
    def ids(seed: int) -> list[str]:
        ask = Prompter(TEMPLATES, play(paraphrase=f"<instruction>{AGAIN}</instruction>"), "scripted")
        methods = make_methods(AugmentConfig(methods=("paraphrase",)), TEMPLATES, ask, identify_language, seed)
        maker = Augmenting(methods, ask, identify_language, seed=seed, similarity=0.85, judge=None)
        made = asyncio.run(maker.propose(0, record(), ()))
        return [one.id for one in made if isinstance(one, Candidate)]

    assert ids(0) == ids(0) != ids(1)


def test_lineage_goes_back_to_the_seeds_of_both_parents() -> None:
    lineage = Lineage(recipe="evol_instruct", seeds=("s1",), round=2)
    source = record(tags={"domain": "law"}).model_copy(update={"lineage": lineage})
    partner = record("Write a letter to the tenant.", tags={"domain": "law"}).model_copy(
        update={"lineage": lineage.model_copy(update={"seeds": ("s2",)})}
    )
    (made,) = augment("combine", play(combine="<instruction>Do both in one go.</instruction>"), source, [partner])
    assert isinstance(made, Example | Outcome)
    one = made.lineage if isinstance(made, Example) else made.candidate.lineage
    assert (one.seeds, one.round) == (("s1", "s2"), 2)
