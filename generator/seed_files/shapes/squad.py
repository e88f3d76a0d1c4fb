"""SQuAD's nested form: an article with `paragraphs`, each a `context` with `qas`; a paragraph alone is read, too.

Every question is a task, its context the input, the first of its answers the response. All answers, where there are
several, are kept in the tag `answers`, as JSON. A question that cannot be answered (`is_impossible`) has no response, and
the tag `answerable` says "false".
Source: Rajpurkar et al. 2016, arXiv:1606.05250, and 2018, arXiv:1806.03822, the published files; CMRC 2018 (Cui et al.,
arXiv:1810.07366) has the same with `context_text` and `query_text`. Deviations: where an answer stands, and plausible
answers, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.question_answer import read_answer
from generator.types import SeedTask

CONTEXTS = ("context", "context_text")
ASKED = ("question", "query_text")
IDS = ("id", "query_id", "qid")


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there are paragraphs, or a context with its questions."""
    paragraphs = isinstance(values.get("paragraphs"), list)
    return paragraphs or (isinstance(values.get("qas"), list) and any(key in values for key in CONTEXTS))


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read every question of an article or a paragraph."""
    title = fields.read_text("title")
    paragraphs = fields.read_list("paragraphs") if "paragraphs" in fields.values else [fields]
    tasks = []
    for paragraph in paragraphs:
        context = paragraph.read_text(_choose(paragraph, CONTEXTS))
        for question in paragraph.read_list("qas"):
            if _is_blank(question):
                fields.warn("a question is empty. It is left out.")
            else:
                tasks.append(_read_question(fields, question, context, title))
    return tasks


def _is_blank(question: Fields) -> bool:
    asked = question.values.get(_choose(question, ASKED))
    return isinstance(asked, str) and not asked.strip()


def _choose(fields: Fields, keys: tuple[str, ...]) -> str:
    return next((key for key in keys if key in fields.values), keys[0])


def _read_question(article: Fields, question: Fields, context: str, title: str) -> SeedTask:
    tags = article.read_origin()
    if title:
        tags["title"] = title
    question.put_plain(tags, "question_id", *IDS)
    response = read_answer(question, tags)
    if question.values.get("is_impossible") is True:
        tags["answerable"] = "false"
    instruction = question.read_instruction(_choose(question, ASKED))
    language = article.read_language()
    return SeedTask(instruction=instruction, input=context, response=response, language=language, tags=tags)


SQUAD = Shape("squad", (), matches, read_tasks)
