"""English wording of a task as data: {form} is a kind of data, {field} the name of one of its fields.

`fields_zh` has the same keys with the same fields.
"""

from __future__ import annotations

FIELDS: dict[str, tuple[str, ...]] = {
    "form_lead": (
        "The input is {form}{about}.",
        "You are given {form}{about}.",
        "All you need stands in the input, {form}{about}.",
        "Read {form} in the input{about}.",
        "This job arrives as {form}{about}.",
        "The input holds {form}{about}.",
        "Work from the input, which is {form}{about}.",
        "The order comes as {form}{about}; see the input.",
        "Somebody filed a job as {form}{about}.",
        "Take the job from the input: {form}{about}.",
    ),
    "data_json": ("a JSON object", "one JSON object", "a record in JSON", "JSON data"),
    "data_xml": ("an XML document", "a short XML document", "a record in XML", "XML data"),
    "data_csv": ("CSV data", "a CSV table", "comma-separated data", "CSV"),
    "data_table": ("a Markdown table", "a table in Markdown", "a table"),
    "fields_join": ("In it, ", "There, ", "Its fields: ", "Mind what the fields mean: ", "", "Within it, ", "Here, "),
    "field_request": (
        "`{field}` says what is wanted",
        "`{field}` is the request to carry out",
        "the task is under `{field}`",
        "you find the task in `{field}`",
        "`{field}` is what you are to do",
        "what to do is written in `{field}`",
    ),
    "field_material": (
        "`{field}` is the text it refers to",
        "`{field}` holds the material for it",
        "the material is under `{field}`",
        "its material stands in `{field}`",
        "`{field}` is what it has to be applied to",
    ),
    "field_rules": (
        "each entry of `{field}` is a condition for the answer",
        "the answer has to meet every condition in `{field}`",
        "`{field}` lists what the answer must comply with",
        "none of the conditions in `{field}` may be missed",
        "all of `{field}` must be true of the answer",
    ),
    "field_words": (
        "each term in `{field}` has to appear in the answer",
        "`{field}` lists terms that the answer must use",
        "the answer must contain, word for word, every entry of `{field}`",
        "all terms of `{field}` must be used",
    ),
    "field_maximum": (
        "`{field}` is the largest number of words allowed",
        "the answer may not have more words than `{field}` says",
        "`{field}` limits the number of words from above",
    ),
    "field_minimum": (
        "`{field}` is the smallest number of words allowed",
        "the answer needs at least as many words as `{field}` says",
        "`{field}` limits the number of words from below",
    ),
    "form_do": (
        "Write the answer that it asks for.",
        "Produce the answer, not data.",
        "Reply with the answer alone.",
        "Carry it out accordingly.",
        "Answer accordingly, without repeating the data.",
        "Do what it says.",
        "Return what is wanted and nothing about the data itself.",
        "Give the answer in full.",
        "Act on it.",
        "Now answer.",
        "Compose the answer on this basis.",
    ),
    "entries_lead": (
        "The material for this is {form} in the input, one entry a row; the column “{field}” holds the entry.",
        "What is referred to stands in the input as {form} with the columns {columns}.",
        "You find the material as {form} in the input; each row has one entry under “{field}”.",
        "In the input, {form} gives the material row by row ({columns}).",
        "The input supplies the material as {form}; what matters is the column “{field}”.",
    ),
    "request_field": ("request", "task", "question", "job", "assignment", "wanted", "order", "query", "errand"),
    "material_field": ("material", "text", "source", "document", "content", "given", "data", "attachment"),
    "rules_field": ("rules", "conditions", "limits", "requirements", "constraints", "must", "terms_of_answer"),
    "words_field": ("must_mention", "vocabulary", "required_terms", "use_words", "terms", "mention"),
    "maximum_field": ("max_words", "word_limit", "longest", "upper_limit", "words_at_most"),
    "minimum_field": ("min_words", "shortest", "lower_limit", "words_at_least"),
    "entry_field": ("entry", "item", "line", "content", "text"),
    "number_field": ("no", "number", "id", "row"),
    "root_field": ("job", "task", "order", "ticket", "record", "case"),
}
