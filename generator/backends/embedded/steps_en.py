"""English wording of steps: how a final answer is given and worked out, chains of steps, and conditions.

`steps_zh` has the same keys with the same fields.
"""

from __future__ import annotations

STEPS: dict[str, tuple[str, ...]] = {
    # -- what the last line holds
    "what_number": ("the number", "the number alone", "this one number", "the count", "the result as a number"),
    "what_numbers": (
        "the numbers (with a comma and a space between them)",
        "the numbers in that order (separated by a comma and a space)",
    ),
    "what_indices": (
        "the numbers of the sentences (with a comma and a space between them)",
        "the sentence numbers (separated by a comma and a space)",
    ),
    "what_index": ("the number of the sentence", "the sentence's number", "only its number"),
    "what_labels": (
        "the labels in order (with a comma and a space between them)",
        "the labels one after the other (separated by a comma and a space)",
    ),
    "what_word": ("the word", "that word", "the word alone"),
    "what_letters": (
        "the letters in the right order (with a comma and a space between them)",
        "the sequence of letters (separated by a comma and a space)",
    ),
    "what_letters_joined": ("the row of capitals", "the letters, without spaces", "the acronym"),
    "what_matches": (
        "the pairs in the order of the letters (in the form “A-2, B-1”)",
        "the pairs by letter (written like “A-2, B-1”)",
    ),
    "what_text": ("the text asked for", "exactly that text", "the wording, unchanged"),
    "what_json": ("the JSON", "the JSON alone"),
    "what_result": ("the result", "the result alone", "what you found"),
    "show_work": (
        "Show how you get there.",
        "Write down the steps before it.",
        "Let the reader see the way to the result.",
        "Show your working first.",
        "Give the intermediate results as well.",
        "Let me see the way as well as the result.",
        "Add what the result rests on.",
    ),
    "show_sentence": (
        "Write out the whole sentence first.",
        "Give the complete sentence before it.",
        "Show the sentence with the gap filled as well.",
    ),
    "final_block": (
        "Put it below a line that reads “Answer:”.",
        "Write “Answer:” on a line of its own and the result below it.",
        "The result comes last, under a line with “Answer:”.",
        "Let a line “Answer:” precede the result, and nothing follow it.",
    ),
    # -- the words of the working
    "work_sentence": ("Sentence {index}: {count} words.",),
    "work_sum": ("{terms} = {total} words.",),
    "work_repeats": ("The text has {total} words. Repeated ones: {repeats}.",),
    "work_no_repeats": ("The text has {total} words, none of them twice.",),
    "work_found": ("Found in: {where}",),
    "work_numbers": ("The numbers are {numbers}.",),
    "work_sum_numbers": ("{terms} = {total}.",),
    "work_longest": ("The longest is “{word}” with {count} letters.",),
    "work_words": ("Words and initials: {words}.",),
    "work_kept": ("Lines that repeat an earlier one: {lines} ({count} in all).",),
    "work_gap": ("The whole sentence reads: {sentence}",),
    "work_range": ("{largest} − {smallest} = {total}.",),
    "work_mean": ("{terms} = {total}; {total} ÷ {count} = {mean}.",),
    "yes": ("yes",),
    "no": ("no",),
    "long": ("long",),
    "short": ("short",),
    # -- steps of a chain; {where} is one of the three below
    "your_answer": ("your answer", "the answer you have written", "the answer"),
    "the_input": ("the input", "the text in the input", "the input text"),
    "the_request": ("the request", "the request itself", "the wording of the request"),
    "step_sizes": (
        "Count the words of each sentence of {where}.",
        "For every sentence of {where}, note its number of words.",
        "Write down how many words each sentence of {where} has.",
        "Measure the sentences of {where} in words, one by one.",
    ),
    "step_extremes": (
        "Find the largest and the smallest of these counts.",
        "Pick out the highest and the lowest number.",
        "See which count is the greatest and which the least.",
    ),
    "step_subtract": (
        "Subtract the smaller from the larger.",
        "Take the difference of the two.",
        "Work out how far apart they are.",
    ),
    "show_extremes": ("largest {longest}, smallest {shortest}",),
    "step_keep": (
        "Keep only the counts above {limit}.",
        "Drop every count of {limit} or less.",
        "Set aside all counts that do not exceed {limit}.",
    ),
    "step_add": ("Add up what is left.", "Give the sum of these numbers.", "Total them.", "Sum these numbers."),
    "step_with_term": (
        "Find the sentences of {where} that contain the word {term}, in any case.",
        "Select from {where} every sentence with the word {term}, whatever its case.",
        "See in which sentences of {where} the word {term} stands, capitals or not.",
    ),
    "show_places": ("sentences no. {numbers}",),
    "step_sizes_of_these": (
        "Count the words of each of them.",
        "Note the number of words of each.",
        "Measure these in words.",
    ),
    "step_first_last": (
        "Count the words of the first and of the last sentence of {where}.",
        "Note how many words the first and the last sentence of {where} have.",
    ),
    "step_difference": ("Subtract the smaller count from the larger.", "Take the difference of the two counts."),
    "step_multiply": (
        "Multiply this by the number of its sentences.",
        "Multiply the difference by the number of sentences it has in all.",
    ),
    "step_long_words": (
        "List the different words of {where} that have at least {limit} letters, in lower case.",
        "Take from {where} every word of {limit} or more letters, once each, in lower case.",
        "Write down, once each and in lower case, the words of {where} with no fewer than {limit} letters.",
        "Note all words of {where} that are {limit} letters long or longer, each once and in small letters.",
    ),
    "step_words_with": (
        "List the different words of {where} that contain the letter “{letter}”, in lower case.",
        "Take from {where} every word with an “{letter}” in it, once each, in lower case.",
        "Write down, once each and in small letters, the words of {where} in which “{letter}” occurs.",
    ),
    "step_words_without": (
        "List the different words of {where} that do not contain the letter “{letter}”, in lower case.",
        "Take from {where} every word without the letter “{letter}”, once each, in lower case.",
        "Write down, once each and in small letters, the words of {where} that have no “{letter}”.",
    ),
    "step_letters_of_each": (
        "Count the letters of each of them.",
        "Note the length of each in letters.",
        "Put the number of letters beside each word.",
    ),
    "step_initials": (
        "Join their first letters in capitals.",
        "Write their initials together as capitals.",
        "String the first letters together, in capitals.",
    ),
    "step_clauses": ("Split {where} at its punctuation marks and count the characters of each part.",),
    "step_two_sizes": (
        "Count the words of {first} and of {second}.",
        "Note how many words {first} and {second} have.",
        "Measure {first} and {second} in words.",
        "Find the number of words both of {first} and of {second}.",
    ),
    "step_double": ("Double the result.", "Multiply this by two.", "Take it twice."),
    "step_parity": (
        "Say whether the result is “{even}” or “{odd}”.",
        "Decide if that number is “{even}” or “{odd}”.",
        "Name it “{even}” or “{odd}”.",
    ),
    "even": ("even",),
    "odd": ("odd",),
    "step_sort": (
        "Sort them alphabetically.",
        "Put them in alphabetical order.",
        "Arrange them from A to Z.",
        "Order them as a dictionary would.",
        "Bring them into the order of the alphabet.",
    ),
    "step_take": (
        "Take the {ordinal} of them.",
        "Name the {ordinal} one.",
        "Pick the {ordinal} word of that order.",
        "See which word comes {ordinal}.",
        "Single out the {ordinal} word.",
    ),
    "step_number": ("Step {index}",),
    "ordinal_1": ("first",),
    "ordinal_2": ("second",),
    "ordinal_3": ("third",),
    "ordinal_last": ("last",),
    "step_results": (
        "Number the results of the steps.",
        "Write the result of each step on a numbered line.",
        "Show each result under its number.",
        "Note what every step yields.",
        "Give the result of every step before the next one.",
        "Each step gets a line of its own with its number.",
        "Let every step have its own numbered line.",
        "Document the steps one by one with their numbers.",
        "State what comes out of each step, with its number.",
    ),
    # -- an answer that depends on a condition
    "condition_met": ("Condition met.", "The condition holds.", "Check passed."),
    "condition_unmet": ("Condition not met.", "The condition does not hold.", "Check failed."),
    "condition_both": (
        "the input contains both {first} and {second} and has more than {limit} words",
        "{first} and {second} occur in the input and it is longer than {limit} words",
        "there are over {limit} words in the input and both {first} and {second} are among them",
    ),
    "condition_do": (
        "First test whether {condition}. If so, begin with “{met}” and go on with the task; if not, write only "
        "“{unmet}”",
        "Make it depend on a test: {condition}. Where this is true, open with “{met}” and carry out the task, "
        "otherwise reply “{unmet}” and nothing else.",
        "Do this only if {condition}: then start with “{met}” and continue with the answer. In any other case "
        "the whole reply is “{unmet}”",
    ),
}
