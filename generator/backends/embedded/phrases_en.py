"""English wording of evolved instructions: a bank of phrasings for each part, filled with `str.format`.

`phrases_zh` has the same keys with the same fields. What a seed says is only ever a value, never a template.
"""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    # -- how a list of requirements is announced; the list follows
    "rules_lead": (
        "Your answer must meet these conditions:", "Keep to the following rules:", "Observe all of these points:",
        "The answer counts only if it satisfies each of these:", "Please respect these limits:", "Requirements:",
        "While you answer, hold to the following:", "This is what the answer has to look like:", "Ground rules:",
        "Mind these points as you write:", "An acceptable answer does all of this:", "Conditions for the answer:",
        "What I expect of the answer:", "Before you send it, make sure that it complies with all of this:",
        "None of the following may be missed:", "My wishes for the answer:", "Checklist for the answer:",
        "Follow this specification:", "The answer will be checked against these points:", "Please stick to this:",
        "Write it in such a way that all of this is true:", "Form and content of the answer:", "Constraints:",
        "I can only use an answer that keeps to this:", "These are the terms:", "Pay attention to the following:",
    ),
    # -- how one requirement follows another
    "join_first": (
        "", "", "", "When you answer: ", "For your answer, this holds: ", "One condition: ", "Please note: ",
        "A first rule: ", "As to the form: ", "Bear in mind: ", "Make sure of this: ", "To begin with: ",
    ),
    "join_middle": (
        "", "", "Also, ", "In addition, ", "Besides, ", "Moreover, ", "At the same time, ", "Furthermore, ",
        "On top of that, ", "Likewise, ", "Another condition: ", "A further point: ", "What is more, ", "Next, ",
    ),
    "join_last": (
        "", "Finally, ", "Lastly, ", "And one more thing: ", "To conclude, ", "One last requirement: ", "Also, ",
        "And last of all, ", "Beyond that, ", "Not least, ",
    ),
    # -- where the request stands
    "task_label": (
        "Task:", "The request:", "This is what is wanted:", "Here is the task:", "What to do:", "The job:",
        "This is the request:", "Now the task itself:", "Your assignment:", "What I need:",
    ),
    "quote": (
        "Carry out this request: “{core}”", "A user writes: “{core}” Reply to the user.",
        "Take up the following request: “{core}”", "You receive this message: “{core}” Give a full reply.",
        "Someone turns to you with these words: “{core}” Answer in full.", "Respond to this: “{core}”",
        "Treat the following as your task: “{core}”", "Suppose that a colleague asks: “{core}” Write the answer.",
        "The request reads: “{core}” Fulfil it.", "Here is what a reader wants: “{core}” Write what is asked for.",
        "“{core}” – this is the request that you are to deal with.", "Work on this assignment: “{core}”",
    ),
    "in_input": (
        "The input quotes a request{about}. Carry it out.", "Do what the request in the input asks for{about}.",
        "In the input you find somebody's request{about}; give the answer to it.",
        "Answer the request that is given as the input{about}.", "Reply to the request in the input{about}.",
        "Read the request that the input holds{about} and fulfil it.", "Your task stands in the input{about}.",
        "Deal with the request in the input{about} as a careful expert would.",
        "What is wanted from you is written in the input{about}. Produce it.",
        "Take the input as a request that was sent to you{about}, and respond to it.",
        "Someone sent the request in the input{about}. Write the reply.",
        "Fulfil the wish that the input states{about}.", "Handle the request below{about}.",
        "Work through the request in the input{about} and give a complete answer.",
    ),
    "in_input_material": (
        "The input quotes a request{about}, followed by the material that it speaks of. Carry it out.",
        "Do what the first part of the input asks for{about}; the second part is the material for it.",
        "In the input you find a request{about} and, after it, the text it refers to. Give the answer.",
        "Answer the request at the top of the input{about}, using the material below it.",
        "The input has two parts, a request{about} and the material for it. Fulfil the request.",
        "Apply the request in the input{about} to the material that comes with it.",
        "Both the request{about} and what it is about stand in the input. Write the answer.",
        "Read the request in the input{about}, then the material under it, and produce what is asked for.",
        "Work on the material in the input in the way that the request above it says{about}.",
        "A request{about} and its material make up the input. Reply to the request on the basis of the material.",
    ),
    "about": (
        " (it is about {terms})", " (key words: {terms})", " (subject: {terms})", " (the one about {terms})",
        " (topic: {terms})", " (it mentions {terms})", " (concerning {terms})", " (it has to do with {terms})",
    ),
    "request_label": ("Request", "Task", "Assignment", "Question", "What is asked", "Message"),
    "material_label": ("Material", "Text", "Source", "Given", "What it refers to", "Attachment"),
    # -- what an operator opens its part with
    "concretize_lead": (
        "Be specific.", "General statements are not enough.", "Do not stay vague.", "Name things by their names.",
        "I want particulars, not generalities.", "Make the answer concrete.", "Go into particulars.",
        "Keep away from empty phrases.", "The answer should be tangible.", "Call the things involved what they are.",
        "A general answer would not help.", "Stay close to the case.", "Commit yourself to details.",
    ),
    "name_terms": (
        "Deal with {terms}, each mentioned by name.", "Speak expressly of {terms}.",
        "Refer to {terms} in so many words.", "Bring in {terms}; each of them has to appear literally.",
        "Mention {terms} explicitly.", "Let {terms} occur in it word for word.", "{terms} must all be named.",
        "Work {terms} into the answer.", "The expressions {terms} have to appear.",
        "See to it that {terms} are addressed under exactly these names.",
    ),
    "name_term": (
        "Mention {terms} by name.", "Speak expressly of {terms}.", "The expression {terms} has to appear.",
        "Bring in {terms}, in exactly this form.", "Let {terms} occur in it word for word.",
    ),
    "name_term_often": (
        "Name {term} at least {count}.", "Return to {term} so that it appears no fewer than {count}.",
        "Let {term} come up at least {count}.", "{term} should be mentioned {count} or more often.",
    ),
    "name_figures": (
        "State the figures {terms}.", "Give the numbers {terms} where they belong.",
        "Support it with the figures {terms}.", "Include the exact values {terms}.",
        "Put numbers to it; {terms} have to be among them.",
    ),
    "name_figure": (
        "State the figure {terms}.", "Give the value {terms} where it belongs.", "Include the exact figure {terms}.",
        "Put a number to it; {terms} has to appear.",
    ),
    "reference_label": ("Concerning", "About", "Regarding", "On", "Refers to"),
    "reference": (
        "Say first what the answer refers to, in a line that starts with “{label}:” and names {terms}.",
        "Open with a line “{label}: …” that mentions {terms}, and let the answer follow.",
        "Above the answer, put a line beginning “{label}:” in which {terms} can be read.",
        "Start with “{label}:” and {terms} on a line of its own, so that it is plain what the answer is about.",
        "The first line begins with “{label}:” and contains {terms}; the answer comes below it.",
    ),
    "reasoning_lead": (
        "Then continue as follows:", "With the answer in hand, take these steps:",
        "After that, work out the following:", "Next, reason in steps:",
        "There is a second part, to be solved step by step:", "Afterwards, go on like this:",
        "When that is done, find a result in this way:", "Follow it up with these steps, showing each result:",
        "Build on it, one step resting on the other:", "Then solve this, step after step:",
    ),
    # -- the place of a final answer
    "final": (
        "Finish with a line that starts with “Answer:” and holds only {what}.",
        "Put {what} after “Answer:” on the last line.",
        "The last line reads “Answer:”, followed by {what} and nothing else.",
        "Close with “Answer:” and {what}, on a line of their own.",
        "End on a line of the form “Answer: …” that gives {what}.",
        "Write {what}, introduced by “Answer:”, as the last line.",
        "Conclude with “Answer:” at the start of the last line and {what} behind it.",
    ),
    # -- the task as data: {form} is a kind of data, {field} the name of one of its fields
    "form_lead": (
        "The input is {form}{about}.", "You are given {form}{about}.",
        "All you need stands in the input, {form}{about}.", "Read {form} in the input{about}.",
        "This job arrives as {form}{about}.", "The input holds {form}{about}.",
        "Work from the input, which is {form}{about}.", "The order comes as {form}{about}; see the input.",
        "Somebody filed a job as {form}{about}.", "Take the job from the input: {form}{about}.",
    ),
    "data_json": ("a JSON object", "one JSON object", "a record in JSON", "JSON data"),
    "data_xml": ("an XML document", "a short XML document", "a record in XML", "XML data"),
    "data_csv": ("CSV data", "a CSV table", "comma-separated data", "CSV"),
    "data_table": ("a Markdown table", "a table in Markdown", "a table"),
    "fields_join": ("In it, ", "There, ", "Its fields: ", "Mind what the fields mean: ", "", "Within it, ", "Here, "),
    "field_request": (
        "`{field}` says what is wanted", "`{field}` is the request to carry out", "the task is under `{field}`",
        "you find the task in `{field}`", "`{field}` is what you are to do", "what to do is written in `{field}`",
    ),
    "field_material": (
        "`{field}` is the text it refers to", "`{field}` holds the material for it",
        "the material is under `{field}`", "its material stands in `{field}`",
        "`{field}` is what it has to be applied to",
    ),
    "field_rules": (
        "each entry of `{field}` is a condition for the answer",
        "the answer has to meet every condition in `{field}`", "`{field}` lists what the answer must comply with",
        "none of the conditions in `{field}` may be missed", "all of `{field}` must be true of the answer",
    ),
    "field_words": (
        "each term in `{field}` has to appear in the answer", "`{field}` lists terms that the answer must use",
        "the answer must contain, word for word, every entry of `{field}`", "all terms of `{field}` must be used",
    ),
    "field_maximum": (
        "`{field}` is the largest number of words allowed", "the answer may not have more words than `{field}` says",
        "`{field}` limits the number of words from above",
    ),
    "field_minimum": (
        "`{field}` is the smallest number of words allowed",
        "the answer needs at least as many words as `{field}` says",
        "`{field}` limits the number of words from below",
    ),
    "form_do": (
        "Write the answer that it asks for.", "Produce the answer, not data.", "Reply with the answer alone.",
        "Carry it out accordingly.", "Answer accordingly, without repeating the data.", "Do what it says.",
        "Return what is wanted and nothing about the data itself.", "Give the answer in full.", "Act on it.",
        "Now answer.", "Compose the answer on this basis.",
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
