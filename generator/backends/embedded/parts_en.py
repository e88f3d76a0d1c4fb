"""English wording of what deepening adds to an answer; `{label}` opens the added line.

`parts_zh` has the same keys with the same fields.
"""

from __future__ import annotations

PARTS: dict[str, tuple[str, ...]] = {
    "deepen_lead": (
        "Go one step further than a plain answer.",
        "A plain answer is only the first part.",
        "Then go deeper.",
        "I want more than the bare answer.",
        "After the answer, add a second layer.",
        "Do not stop at the answer itself.",
        "Once the answer stands, build on it.",
        "The answer is to serve as study material.",
        "Afterwards, round it off.",
        "Make it useful for somebody who wants to learn the matter.",
        "Prepare it for a reader who will revise from it.",
        "Below the finished answer, there is more to do.",
        "Extend the answer as follows.",
    ),
    "terms_label": ("Key terms", "Terms to remember", "Vocabulary", "Central terms", "Words to look up"),
    "terms": (
        "Under the answer, “{label}:” introduces one line with {count} terms taken from it (semicolons in between).",
        "Which {count} terms of the answer matter? Say so in a line “{label}: …”, with semicolons as separators.",
        "Close with a line of {count} terms used above; it opens with “{label}:” and has semicolons between the terms.",
        "Add a line that starts with “{label}:” and names {count} terms that your answer uses, with semicolons "
        "between them.",
        "In a line opening with “{label}:”, list {count} words from the answer that a reader should know, "
        "parted by semicolons.",
        "Collect {count} terms that occur in the answer and set them, separated by semicolons, after "
        "“{label}:” on a line of their own.",
        "Pick {count} content words of the answer for a line “{label}: …”; put semicolons between them.",
        "Give {count} of the terms that carry the answer, separated by semicolons, in a line beginning “{label}:”.",
    ),
    "gist_label": ("In one sentence", "In brief", "To take away", "Core sentence", "If you read only one line"),
    "gist": (
        "Which sentence of the answer says most? Repeat it as it is, on a line that opens with “{label}:”.",
        "Under “{label}:”, on one line, a sentence of the answer is to be read once more, word for word.",
        "Let a line “{label}: …” bring back one sentence of the answer, unaltered.",
        "Choose one sentence of the answer that deserves to be remembered and repeat it word for word after "
        "“{label}:” on a separate line.",
        "For hurried readers, quote one sentence of the answer unchanged in a line that starts with “{label}:”.",
        "Write a line “{label}: …” that repeats, without any change, a sentence of the answer that says what matters.",
        "Single out one sentence of your answer, copy it exactly, and put “{label}:” before it on its own line.",
    ),
    "figures_label": ("Figures", "Numbers at a glance", "Figures used", "Quantities"),
    "figures": (
        "Gather {count} figures out of the answer in one line; it starts with “{label}:” and has semicolons "
        "between them.",
        "Which {count} figures are worth noting? Put them after “{label}:” on a line, separated by semicolons.",
        "Note in a line that starts with “{label}:” {count} figures from the answer, parted by semicolons.",
        "List {count} of the numbers that the answer gives, with semicolons between them, after “{label}:” on "
        "one line.",
        "Add “{label}:” at the start of a line and, behind it, {count} values that appear in the answer, "
        "separated by semicolons.",
    ),
    "self_test_label": ("Solutions", "Missing words", "Key", "What belongs in the gaps"),
    "self_test": (
        "Turn {count} sentences of the answer into numbered gaps to fill: blank out one word or number of each "
        "with “____”, and reveal what was there after “{label}:” on a later line.",
        "Test the reader with {count} numbered sentences quoted from the answer, one “____” in each for a "
        "missing word or number; the line after them starts with “{label}:” and gives what is missing.",
        "Build a quiz of {count} numbered items: sentences as they stand in the answer, but with “____” for "
        "one word or number. Under it, “{label}:” is followed by the missing parts.",
        "Make a small exercise of it: {count} numbered gap sentences, each a sentence of the answer with one "
        "word or number replaced by “____”, and the missing items after “{label}:” on the line that follows.",
        "Set {count} numbered gap-fill sentences for the reader. Take them from the answer, put “____” in "
        "place of one word or number in each, and give what is missing in a line that starts with “{label}:”.",
        "Append a self-test of {count} numbered sentences of the answer in which “____” stands for a word or "
        "number; below it, “{label}:” opens the line with what was left out.",
        "Let the reader practise with {count} numbered sentences from the answer, each with one gap (“____”), "
        "and reveal the missing items in a line beginning “{label}:”.",
    ),
    "outline_label": ("Points covered", "Outline", "Headings at a glance", "Overview", "What is covered"),
    "outline": (
        "List the labels of the points once more, in order and with semicolons between them, in a line "
        "beginning “{label}:”.",
        "A line “{label}: …” shows at a glance, in order and between semicolons, how the labelled points are named.",
        "Name the labelled points of the answer in their order in a line that starts with “{label}:”, with "
        "semicolons between them.",
        "Give an overview in one line: “{label}:”, then the labels of the answer's points in order, parted by "
        "semicolons.",
        "After “{label}:”, on a single line, list how the labelled points of the answer are called, separated "
        "by semicolons.",
    ),
    "summary_table": (
        "Repeat the labelled points in a Markdown table with the columns “{first}” and “{second}”, one row a point.",
        "Set the labelled points out once more as a two-column Markdown table headed “{first}” and “{second}”.",
        "Finish with a Markdown table (columns “{first}” and “{second}”) that has one row for each labelled point.",
    ),
    "table_head": ("Point|Content", "Item|Details", "Label|What it says", "Heading|Statement"),
    "length_label": ("Length", "Words", "Extent", "Word count"),
    "length": (
        "On a line of its own, “{label}:” is followed by the number of words that the answer above it has.",
        "How many words has the answer? Note the number after “{label}:” below it.",
        "State in a line that starts with “{label}:” how many words the answer above it has.",
        "Count the words of the answer and write the number after “{label}:” on a line below it.",
        "Add a line “{label}: …” with the number of words of the answer that stands above it.",
        "Report the number of words of your answer, without this line, after “{label}:” at the start of a new line.",
    ),
    "points_label": ("Number of points", "Points in the list", "Entries", "Items"),
    "points": (
        "Say after “{label}:”, on a line of its own, how many list items the answer has.",
        "Count the items of the list in your answer and put the number in a line that starts with “{label}:”.",
    ),
    "input_terms_label": ("From the input", "Words of the input", "Terms in the input"),
    "input_terms": (
        "From the material given, take {count} content words for a line that opens with “{label}:”; semicolons "
        "part them.",
        "Add “{label}:” and, behind it on the same line, {count} content words that the input contains, "
        "between semicolons.",
        "Add a line that starts with “{label}:” and names {count} content words of the input, with semicolons "
        "between them.",
        "Pick {count} words from the input that carry its content and list them, parted by semicolons, after "
        "“{label}:”.",
        "Show what the input turns on: “{label}:”, followed on the same line by {count} of its words, "
        "separated by semicolons.",
    ),
}
