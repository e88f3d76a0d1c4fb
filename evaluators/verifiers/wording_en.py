"""How each kind of constraint is asked for in English: templates, one a phrasing, filled as `wording.Shown` says.

A key `KIND+PARAMETER` takes the place of `KIND` where that optional parameter is set. What a sentence says is what the
check checks; `segment` defines words, sentences, paragraphs and lines.
"""

from __future__ import annotations

ENGLISH: dict[str, tuple[str, ...]] = {
    "min_words": (
        "Use at least {count:word|words}.",
        "Write no fewer than {count:word|words}.",
    ),
    "max_words": (
        "Use at most {count:word|words}.",
        "Write no more than {count:word|words}.",
    ),
    "word_range": (
        "Use between {min} and {max} words, inclusive.",
        "Keep the length from {min} to {max} words.",
    ),
    "max_characters": (
        "Keep the response to at most {count:character|characters}, spaces included.",
        "Do not go over {count:character|characters}, counting spaces and punctuation.",
    ),
    "sentence_count": (
        "Write exactly {count:sentence|sentences}.",
        "Use exactly {count:sentence|sentences}.",
    ),
    "min_sentences": (
        "Use at least {count:sentence|sentences}.",
        "Write no fewer than {count:sentence|sentences}.",
    ),
    "max_sentences": (
        "Use at most {count:sentence|sentences}.",
        "Write no more than {count:sentence|sentences}.",
    ),
    "sentence_max_words": (
        "Keep every sentence to at most {count:word|words}.",
        "No sentence may be longer than {count:word|words}.",
    ),
    "list_item_max_words": (
        "Include a bulleted or numbered list in which no item has more than {count:word|words}.",
        "Use a list, bulleted or numbered, and keep each item to at most {count:word|words}.",
    ),
    "paragraph_count": (
        "Write exactly {count:paragraph|paragraphs}, set apart by blank lines.",
        "Organize the response into exactly {count:paragraph|paragraphs}, with a blank line between paragraphs.",
    ),
    "line_count": (
        "Write exactly {count:line|lines}, not counting blank ones.",
        "The response must have exactly {count:line|lines}; blank lines do not count.",
    ),
    "required_words": (
        "Include the following, each as a whole word: {words:and}.",
        "Use every one of these words: {words:and}.",
    ),
    "forbidden_words": (
        "Do not use {words:or} as a word anywhere.",
        "Avoid these words entirely: {words:and}.",
    ),
    "word_frequency": (
        "Use the word {word:quote} at least {count:time|times}.",
        "The word {word:quote} must appear at least {count:time|times}.",
    ),
    "opening_mentions": (
        "Use the word {word:quote} in the first sentence.",
        "Mention {word:quote} already in the first sentence.",
    ),
    "closing_mentions": (
        "Use the word {word:quote} in the last sentence.",
        "Come back to {word:quote} in the last sentence.",
    ),
    "starts_with": (
        "Begin the response with exactly this text: {text:quote}",
        "The response must open with the words {text:quote}",
    ),
    "ends_with": (
        "End the response with exactly this text, and nothing after it: {text:quote}",
        "The very last words must be {text:quote}",
    ),
    "no_commas": (
        "Do not use any commas.",
        "Write without a single comma.",
    ),
    "forbidden_marks": (
        "Do not use these characters anywhere: {marks:and}.",
        "None of these characters may appear: {marks:and}.",
    ),
    "no_digits": (
        "Do not use any digits (0 to 9).",
        "Write without the digits 0 to 9; spell out any number.",
    ),
    "distinct_openings": (
        "Do not start any two sentences with the same word.",
        "Begin every sentence with a different word.",
    ),
    "no_repeated_sentences": (
        "Do not repeat any sentence.",
        "Never write the same sentence twice.",
    ),
    "script": (
        "Write at least nine tenths of all letters in {script} script.",
        "At least 90% of the letters must be in {script} script.",
    ),
    "bullet_count": (
        "Use exactly {count:bullet point|bullet points}, each on a line of its own that starts with “- ”, “* "
        "” or “• ”.",
        "Include exactly {count:bullet point|bullet points} (lines that start with “- ”, “* ” or “• ”).",
    ),
    "numbered_list": (
        "Use a numbered list of exactly {count:item|items}, numbered from 1 without gaps, one item a line.",
        "Give exactly {count:numbered item|numbered items}, counted up from 1, each on its own line.",
    ),
    "checklist": (
        "Use a checklist of exactly {count:line|lines} that start with “- [ ] ”.",
        "Include exactly {count:checkbox line|checkbox lines}, each starting with “- [ ] ”.",
    ),
    "headings": (
        "Use exactly {count:Markdown heading|Markdown headings} (lines that start with # to ###### and a space).",
        "Structure the response with exactly {count:Markdown heading|Markdown headings}, such as “## Heading”.",
    ),
    "bold_terms": (
        "Highlight at least {count:term|terms} in Markdown bold, as in **term**.",
        "Set at least {count:key term|key terms} in **bold**.",
    ),
    "title": (
        "Give the response a title, alone on the first line and wrapped in {marks}.",
        "Make the first line a title written inside {marks}.",
    ),
    "sections": (
        "Divide the response into exactly {count:section|sections}, each opened by a line, plain, bold or a "
        "heading, that starts with “{label}”, where N counts up from 1.",
        "Use exactly {count:section|sections}; begin each with a line, plain, bold or a heading, that starts with "
        "“{label}” (N = 1, 2, …).",
    ),
    "separator": (
        "Split the response into exactly {count} parts, with a line of six asterisks (******) between two parts.",
        "Give exactly {count} parts, separated by lines that hold nothing but ******.",
    ),
    "postscript": (
        "Close with a postscript: a last line that starts with {marker:quote}.",
        "Add a postscript as the last line, starting with {marker:quote}.",
    ),
    "alphabetical_list": (
        "Give a bulleted or numbered list whose items are in alphabetical order.",
        "Put all list items (at least two, bulleted or numbered) in alphabetical order.",
    ),
    "key_value_lines": (
        "Include exactly one line of the form “Label: value” for each of these labels, in this order: {keys:and}.",
        "Write one labelled line (“Label: value”) for each of {keys:and}, in that order.",
    ),
    "prose_only": (
        "Write in running prose: no lists, headings, tables, block quotes or code blocks.",
        "Do not use bullet points, numbered items, headings, tables, block quotes or code blocks.",
    ),
    "json_array": (
        "Give the whole response as one JSON array of exactly {count:element|elements}, with nothing around "
        "it but an optional code fence.",
        "Return only a JSON array with exactly {count:element|elements} (a code fence around it is allowed).",
    ),
    "quoted": (
        "Wrap the whole response in one pair of quotation marks, {marks}, and do not use those marks inside.",
        "Put the entire response inside {marks}; those marks may not appear within it.",
    ),
    "tags": (
        "Wrap the whole response in <{tag}> and </{tag}>, with nothing outside.",
        "Put everything between one <{tag}> and one </{tag}> tag.",
    ),
    "placeholders": (
        "Leave at least {count:placeholder|placeholders} in square brackets, such as [name].",
        "Include at least {count:placeholder|placeholders} written in square brackets, as in [date].",
    ),
    "all_lowercase": (
        "Write the whole response in lowercase, without any capital letter.",
        "Use lowercase letters only; no capital letters anywhere.",
    ),
    "all_uppercase": (
        "Write the whole response in capital letters, without any lowercase letter.",
        "USE CAPITAL LETTERS ONLY; no lowercase letters anywhere.",
    ),
    "uppercase_words": (
        "Write at least {count:word|words} of two or more letters entirely in capitals.",
        "Include at least {count:word|words} in ALL CAPITALS (words of two or more letters).",
    ),
    "code_block": (
        "Put the code in a fenced code block (```).",
        "Use a fenced code block (```) for the code.",
    ),
    "code_block+language": (
        "Put the code in a fenced code block (```) marked {language:quote}.",
        "Use a fenced code block that opens with ```{language}.",
    ),
    "table": (
        "Use exactly one Markdown table, with {columns:column|columns}.",
        "Include one Markdown table, no more, that has {columns:column|columns}.",
    ),
    "table+rows": (
        "Use exactly one Markdown table, with {columns:column|columns} and {rows:row|rows} below the header.",
        "Include one Markdown table, no more, that has {columns:column|columns} and, not counting the "
        "header, {rows:row|rows}.",
    ),
    "json_object": (
        "Give the whole response as one JSON object with at least the keys {keys:and}, with nothing around "
        "it but an optional code fence.",
        "Return only a JSON object that has at least the keys {keys:and} (a code fence around it is allowed).",
    ),
    "json_object+only": (
        "Give the whole response as one JSON object with exactly the keys {keys:and}, with nothing around it "
        "but an optional code fence.",
        "Return only a JSON object that has exactly the keys {keys:and} (a code fence around it is allowed).",
    ),
}
