"""English wording of what the material of a computed task is, by its form, and where it comes from.

`materials_zh` has the same keys with the same fields.
"""

from __future__ import annotations

MATERIALS: dict[str, tuple[str, ...]] = {
    # -- what the input is, by its form
    "form_passage": (
        "Read the passage in the input.",
        "The input holds a short passage.",
        "Below is an extract from a text.",
        "Take the text in the input.",
        "You are given a passage as the input.",
        "Look closely at the passage below.",
        "Consider the extract in the input.",
        "Here is a piece of running text.",
        "Study the wording of the passage given.",
        "The text to work on is in the input.",
        "An extract is supplied in the input.",
    ),
    "form_numbered": (
        "The sentences in the input are numbered.",
        "Read the numbered sentences below.",
        "You are given sentences, each with its number.",
        "Each sentence of the input carries a number in brackets.",
        "Go through the numbered sentences of the input.",
        "The input lists sentences, numbered in brackets.",
        "Below are sentences marked (1), (2) and so on.",
        "Consider the sentences below, each preceded by its number.",
    ),
    "form_list": (
        "The input is a list, one entry a line.",
        "Take the list in the input.",
        "You are given a list with one entry a line.",
        "Look at the lines of the input.",
        "Below is a plain list.",
        "Each line of the input is one entry.",
        "Here are some entries, one below the other.",
        "A list is supplied, line by line.",
        "Work with the entries below.",
    ),
    "form_notes": (
        "The input holds notes of the form “label: content”.",
        "Read the labelled notes in the input.",
        "You are given notes, each with a label in front.",
        "Below are notes; what stands before the colon is the label.",
        "Each line of the input is a label, a colon and what belongs to it.",
        "Take the labelled lines in the input.",
        "Look at the notes below, each headed by its label.",
        "A set of labelled notes is supplied in the input.",
    ),
    "form_shuffled": (
        "The steps in the input have been shuffled.",
        "Below are the steps of a procedure in the wrong order.",
        "The lettered steps of the input are out of order.",
        "You are given lettered steps that somebody has mixed up.",
        "The order of the steps below has been lost.",
        "Someone has scrambled the steps in the input.",
    ),
    "form_match": (
        "The input has two lists, labels with letters and statements with numbers.",
        "In the input, lettered labels come first and numbered statements after them.",
        "You are given labels (A, B, …) and, separately, what was said under them (1, 2, …).",
        "Below are lettered headings and, in another order, the numbered statements that stood under them.",
    ),
    "form_gap": (
        "One expression has been taken out of the sentence in the input.",
        "The sentence in the input has a gap, written “____”.",
        "In the sentence below, “____” stands for something left out.",
        "You are given a sentence with one gap (“____”).",
        "Something is missing from the sentence in the input, where “____” stands.",
    ),
    "form_csv": (
        "The input is CSV data with a header.",
        "You are given a small table as CSV.",
        "Read the CSV rows in the input.",
        "The table below is written as comma-separated values.",
        "Take the comma-separated table in the input.",
        "Below is a table in CSV form; the first line names the columns.",
    ),
    "form_json": (
        "The input is a JSON object.",
        "You are given notes as one JSON object.",
        "Parse the JSON in the input.",
        "Look into the JSON object below.",
        "The notes in the input are written as JSON.",
        "Take the JSON record in the input.",
    ),
    # -- where it comes from
    "origin_answer": (
        "The material was written in reply to “{core}”.",
        "This is taken from an answer to the request “{core}”.",
        "All of it goes back to the request “{core}”.",
        "The wording stems from a reply to “{core}”.",
        "Somebody wrote this after being asked “{core}”.",
        "The occasion for it was the request “{core}”.",
        "The material answers, at least in part, “{core}”.",
        "When somebody asked “{core}”, this was part of the reply.",
    ),
    "origin_material": (
        "The material belongs to the request “{core}”.",
        "This is part of the material for “{core}”.",
        "The background is the request “{core}”.",
        "The material came with the request “{core}”.",
        "Somebody attached it to the request “{core}”.",
        "The material was meant for “{core}”, but here the task is another one.",
    ),
    "origin_terms": (
        "The material mentions {terms}.",
        "The subject has to do with {terms}.",
        "Among other things, {terms} are mentioned.",
        "You will meet the words {terms}.",
        "{terms} occur in it.",
        "The wording includes {terms}.",
    ),
}
