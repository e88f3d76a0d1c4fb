"""Augmentations of what is more than a task: conversations, calls of tools, slots with their places; and no task twice."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import pytest

from generator.augment.work import AugmentWork
from generator.types import Candidate, Example, Lineage, Outcome, Turn
from tests.test_augment import augment, ends, last_text, play, record

TALK = (
    Turn(role="user", content="I go to Oslo with Anna. Any tips?"),
    Turn(role="assistant", content="Take the ferry."),
)
ASKED = "What should I wear there in the cold months, and what can I leave at home?"
ASKED_AGAIN = "In the cold months, what should I wear there, and what can I leave at home?"


def test_a_rewording_keeps_the_conversation_before_it() -> None:
    source = record(ASKED, "Wear wool, and boots with a good grip.", history=TALK)
    said = f"<instruction>{ASKED_AGAIN}</instruction>"
    for method in ("paraphrase", "style_transfer"):
        (made,) = augment(method, play(paraphrase=said, style_transfer=said), source, similarity=0.95)
        assert isinstance(made, Example)
        assert (made.instruction, made.history) == (ASKED_AGAIN, TALK)
    (exchanged,) = augment("substitution", play(), source.model_copy(update={"instruction": f"Write to Anna: {ASKED}"}))
    assert isinstance(exchanged, Example)
    assert "Anna" not in exchanged.history[0].content + exchanged.instruction


@pytest.mark.parametrize("method", ["split", "adversarial", "persona", "complex_instruct"])
def test_no_task_of_its_own_is_made_of_the_middle_of_a_conversation(method: str) -> None:
    backend = play()
    assert ends(augment(method, backend, record(ASKED, history=TALK))) == [("eliminate", "mid_conversation")]
    assert backend.asked.total() == 0


def test_nothing_goes_on_from_no_answer_and_calls_of_tools_stay_in_the_history() -> None:
    assert ends(augment("extend", play(), record(ASKED, response=""))) == [("eliminate", "no_response")]
    between = '[{"role": "assistant", "content": "<tool_call>{}</tool_call>"}, {"role": "tool", "content": "rain"}]'
    source = record(ASKED, tags={"between": between, "domain": "travel"})
    (made,) = augment(
        "extend", play(extend="<instruction>And when is the first ferry on a Sunday?</instruction>"), source
    )
    assert isinstance(made, Example)
    assert [turn.role for turn in made.history] == ["user", "assistant", "tool", "assistant"]
    assert made.tags == {"domain": "travel"}


def test_a_translation_takes_the_whole_conversation_along() -> None:
    known = {
        "You guide tourists.": "Vous guidez des touristes.", TALK[0].content: "Je vais à Oslo avec Anna. Des conseils ?",
        TALK[1].content: "Prenez le ferry.", "Wear wool.": "Portez de la laine.",
        ASKED: "Que dois-je porter là-bas pendant les mois froids, et que puis-je laisser à la maison ?",
    }  # fmt: skip
    source = record(ASKED, "Wear wool.", history=TALK, system="You guide tourists.")
    backend = play(translate=lambda request: known[last_text(request)])
    (made,) = augment("translation", backend, source, variants={"translation": ("fr",)})
    assert isinstance(made, Example)
    assert (made.system, made.response) == ("Vous guidez des touristes.", "Portez de la laine.")
    assert [turn.content for turn in made.history] == [known[turn.content] for turn in TALK]
    known["Wear wool."] = "Lo siento, no puedo."
    assert ends(augment("translation", backend, source, variants={"translation": ("fr",)})) == [
        ("meaning", "wrong_language")
    ]


BOOKING = "book a table for two at Luigi tomorrow night"
SLOTS = {"intent": "Book", "slots": [
    {"slot": "party", "value": "two", "start": 17, "end": 20}, {"slot": "place", "value": "Luigi", "start": 24, "end": 29},
]}  # fmt: skip


def test_slots_are_found_again_in_the_new_wording_or_it_is_rejected() -> None:
    bio = ["O", "O", "O", "O", "B-party", "O", "B-place", "O", "O"]
    tags = {"intent": "Book", "tokens": json.dumps(BOOKING.split()), "bio": json.dumps(bio)}
    source = record(BOOKING, json.dumps(SLOTS), tags=tags)
    again = "tomorrow night, could you get us a place at Luigi, table for two"
    (made,) = augment("paraphrase", play(paraphrase=f"<instruction>{again}</instruction>"), source)
    assert isinstance(made, Example)
    for slot in json.loads(made.response)["slots"]:
        assert again[slot["start"] : slot["end"]] == slot["value"]
    assert json.loads(made.tags["tokens"]) == again.split()
    assert json.loads(made.tags["bio"])[-1] == "B-party"
    lost = f"<instruction>{again.replace('table for two', 'table for 2')}</instruction>"
    assert ends(augment("paraphrase", play(paraphrase=lost), source)) == [("meaning", "label_lost")]
    into_french = augment("translation", play(), source, variants={"translation": ("fr",)})
    assert ends(into_french) == [("meaning", "label_lost")]


def test_what_an_earlier_record_asks_is_not_asked_again() -> None:
    written: list[Outcome] = []
    one, other = record("Plan a trip."), record("Plan another trip.")

    def end(source: Example, asked: str) -> Outcome:
        made = source.model_copy(update={"id": asked, "instruction": asked})
        blank = Candidate(made.id, asked, "", None, "en", {}, Lineage(recipe="augment"))
        return Outcome("accepted", "critic", "", blank, example=made)

    work: Any = AugmentWork(
        records=iter([one, other]), total=2, augmenting=cast(Any, None), verifier=cast(Any, None), critic=None,
        policy=cast(Any, None), write=written.append, take_calls=lambda _: 0,
    )  # fmt: skip
    for index, (source, asked) in enumerate([(one, "Pack a bag."), (other, "pack  a bag."), (other, "Plan a trip.")]):
        asyncio.run(work.commit(index, (source, ()), [end(source, asked)]))
    assert [(outcome.status, outcome.reason) for outcome in written] == [
        ("accepted", ""), ("rejected", "repeated"), ("rejected", "repeated")
    ]  # fmt: skip
    assert work.accepted == 1
