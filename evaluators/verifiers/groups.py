"""Groups of kinds that get in each other's way, named once so that conflicts read as reasons."""

from __future__ import annotations

JSON = frozenset({"json_object", "json_array"})
WRAPPED = JSON | {"quoted", "tags"}  # the response as a whole is inside something
FIRST_LINE = WRAPPED | {"starts_with", "title"}  # decides how the response begins
# decides how the response ends
LAST_LINE = WRAPPED | {"ends_with", "postscript", "exact_answer", "equals_expression", "computed"}
LISTS = frozenset({"bullet_count", "numbered_list", "checklist"})
SENTENCES = frozenset({"sentence_count", "min_sentences", "max_sentences"})
WORDS = frozenset({"min_words", "max_words", "word_range"})
MARKDOWN = LISTS | {"headings", "bold_terms", "code_block", "table", "alphabetical_list", "list_item_max_words"}
LINES = frozenset({
    "paragraph_count", "line_count", "sections", "separator", "title", "postscript", "key_value_lines", "prose_only",
})  # fmt: skip
CASE = frozenset({"all_lowercase", "all_uppercase", "uppercase_words"})
ABOUT_PROSE = SENTENCES | {
    "sentence_max_words", "distinct_openings", "no_repeated_sentences", "opening_mentions", "closing_mentions",
}  # fmt: skip
