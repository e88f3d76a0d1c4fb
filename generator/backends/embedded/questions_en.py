"""English wording of what computed tasks ask; `{terms}` and the like come quoted.

`questions_zh` has the same keys with the same fields.
"""

from __future__ import annotations

QUESTIONS: dict[str, tuple[str, ...]] = {
    "count_words": (
        "How many words does it have?",
        "Count its words.",
        "Determine the number of words.",
        "Find out how long it is in words.",
        "State its length in words.",
        "Work out how many words it consists of.",
        "I need its exact word count.",
    ),
    "count_words_note": (
        "A hyphenated word and a number each count as one.",
        "Count numbers as words, and hyphenated words once.",
        "Words with a hyphen or an apostrophe are one word; so is a number.",
        "Every number is one word, and so is a compound with a hyphen.",
    ),
    "count_unique_words": (
        "How many different words occur in it, upper and lower case taken as the same?",
        "Count the distinct words; a word that comes back counts once, whatever its case.",
        "Find the size of its vocabulary, that is, the number of different words regardless of capitals.",
        "Of how many different words is it made? Ignore capitals.",
        "Determine how many words remain when repetitions are left out, whatever their case.",
    ),
    "count_occurrences": (
        "How often does the word {term} occur in it, in upper or lower case?",
        "Count the occurrences of {term} as a whole word, whatever its case.",
        "Find out how many times {term} is used; it must be the whole word, the case does not matter.",
        "Tell me the number of places where the word {term} stands, capitals or not.",
        "Look for the word {term} and count how often it turns up, regardless of case.",
    ),
    "extract_numbers": (
        "Extract all numbers written in digits, as they stand, in order.",
        "List every number that is written in digits, unchanged and in the order of the text.",
        "Which numbers are given in digits? Copy them in order.",
        "Pull out the numbers in digits exactly as written, from first to last.",
        "Collect the numbers that appear in digits, in the sequence in which they come.",
    ),
    "sort_numbers": (
        "List the numbers written in digits from the smallest to the largest, without thousands separators.",
        "Put the numbers that it gives in digits in ascending order, and drop any thousands separator.",
        "Order the numbers in digits by size, smallest first, written without thousands separators.",
    ),
    "sum_numbers": (
        "Add up all numbers that are written in digits, whatever they measure.",
        "What is the total of the numbers in digits, units aside?",
        "Compute the sum of every number written in digits; ignore what the numbers stand for.",
        "Take all numbers in digits and give their sum, disregarding units.",
    ),
    "max_number": (
        "Which is the largest number written in digits? Give it without thousands separators.",
        "Find the highest of the numbers in digits, units aside, and write it without thousands separators.",
        "Name the greatest number that it gives in digits (no thousands separators).",
    ),
    "range_of_numbers": (
        "Subtract the smallest number written in digits from the largest one, units aside.",
        "By how much does the largest number in digits exceed the smallest? Ignore units.",
        "Give the difference between the largest and the smallest number in digits, whatever they measure.",
    ),
    "longest_word": (
        "Which word has the most letters? Of equally long ones take the first.",
        "Find the longest word; on a tie, the one that comes first.",
        "Name the longest word it contains, the earliest one where several are equally long.",
        "Pick out the word with the greatest length (the first, if there are several).",
    ),
    "longest_sentence": (
        "Which sentence has the most words? On a tie take the first.",
        "Find the longest sentence, measured in words; the first one on a tie.",
        "Compare the sentences by their number of words and pick the longest (the earliest, if several are).",
        "Tell me which sentence is the longest in words, the first of equals.",
    ),
    "shortest_sentence": (
        "Which sentence has the fewest words? On a tie take the first.",
        "Find the shortest sentence, measured in words; the first one on a tie.",
        "Compare the sentences by their number of words and pick the shortest (the earliest, if several are).",
    ),
    "sort_sentences": (
        "Arrange the sentences by their number of words, from the shortest to the longest; equals keep their order.",
        "Rank the sentences from fewest to most words, leaving ties in the given order.",
        "In which order do the sentences come when sorted by length in words, shortest first and ties as given?",
    ),
    "sentences_with_term": (
        "Which of them contain the word {term}, in any case?",
        "Find every sentence in which the word {term} stands, whatever its case.",
        "Select the sentences that use the word {term} (capitals do not matter).",
        "Say in which sentences the word {term} occurs, regardless of case.",
    ),
    "label_lengths": (
        "Label each sentence “{long}” if it has more than {limit} words, otherwise “{short}”.",
        "Sort the sentences into two classes: “{long}” for more than {limit} words, “{short}” for all others.",
        "Assign “{long}” to a sentence of more than {limit} words and “{short}” to any other.",
    ),
    "label_term": (
        "Label each sentence “{yes}” if it contains the word {term} in any case, otherwise “{no}”.",
        "Mark a sentence “{yes}” where the word {term} occurs (capitals do not matter), “{no}” where it does not.",
        "For every sentence, say “{yes}” or “{no}”: does it contain the word {term}, whatever its case?",
    ),
    "label_digits": (
        "Label each sentence “{yes}” if it contains a digit, otherwise “{no}”.",
        "For every sentence, answer “{yes}” or “{no}”: is there a digit in it?",
        "Mark a sentence “{yes}” where it has at least one digit and “{no}” where it has none.",
    ),
    "restore_order": (
        "Put them back into a sensible order.",
        "Restore the order in which they have to be carried out or read.",
        "In which order do they belong?",
        "Find the sequence that makes sense.",
        "Arrange the letters so that the steps follow one another properly.",
    ),
    "match_pairs": (
        "Match each letter with its number.",
        "Which statement belongs to which label?",
        "Assign the statements to the labels.",
        "Find for each label the statement that fits it.",
        "Bring labels and statements together again.",
    ),
    "find_value": (
        "What do they say under {term}?",
        "Look up {term} and copy what stands there.",
        "Give what is noted for {term}, unchanged.",
        "Quote the content of the entry {term}.",
        "Which information goes with {term}? Copy it.",
    ),
    "find_label": (
        "Under which label do they say “{value}”?",
        "To which label does “{value}” belong?",
        "Name the label of the entry that reads “{value}”.",
        "One entry says “{value}”. What is its label?",
    ),
    "pairs_to_json": (
        "Turn them into one JSON object on a single line, the labels as keys and the contents as strings, in "
        "the same order.",
        "Convert them to a JSON object: keys are the labels, values the contents, order kept, all on one line.",
        "Rewrite them as JSON, one object on one line with a string for each label, in the given order.",
    ),
    "pairs_to_table": (
        "Turn them into a Markdown table with the columns {first} and {second}, one row an entry, in the same order.",
        "Set them out as a Markdown table headed {first} and {second}; keep the order.",
        "Rewrite them as a two-column Markdown table ({first}, {second}) without changing the order or the wording.",
    ),
    "pairs_to_csv": (
        "Rewrite them as CSV with the header {first},{second}; enclose every content in double quotes and keep "
        "the order.",
        "Convert them to CSV: the header is {first},{second}, each content stands in double quotes, the order stays.",
        "Make CSV of them (header {first},{second}), one row an entry in the same order, the contents in "
        "double quotes.",
    ),
    "sort_lines": (
        "Sort the list alphabetically, whatever the case.",
        "Bring the entries into alphabetical order and ignore capitals.",
        "Put the lines in the order of the alphabet, upper and lower case alike.",
        "Arrange the entries from A to Z without regard to case.",
    ),
    "reverse_lines": (
        "Write the entries in reverse order.",
        "Turn the list upside down: last entry first.",
        "Give the lines again from the last to the first.",
        "Output the list backwards, entry by entry.",
    ),
    "unique_lines": (
        "Remove repeated entries; keep the first of each and the order.",
        "Drop every entry that has come before and leave the others where they are.",
        "Clear out the duplicates, keeping each entry where it first appears.",
        "Give the list without repetitions, in order of first appearance.",
    ),
    "count_duplicates": (
        "How many of its lines repeat an earlier line?",
        "Count the lines that have already occurred further up.",
        "Find out how many lines would go if duplicates were removed.",
    ),
    "lines_to_json": (
        "Turn the list into a JSON array of strings on one line, with a comma and a space between elements.",
        "Write the entries as one JSON array of strings, all on a single line, separated by a comma and a space.",
        "Convert the lines to JSON: one array of strings, on one line, a comma and a space after each element "
        "but the last.",
    ),
    "initials": (
        "Take the first character of every word and write them together in capitals.",
        "Form an acronym of the first letters of all words, in capitals and without spaces.",
        "Write down the initials of the words, one after the other, as capitals without a gap.",
    ),
    "choose_gap": (
        "Which of these fits: {options}?",
        "Choose what belongs there from {options}.",
        "The choice is between {options}.",
        "Fill it with one of {options}.",
        "Decide which of {options} was left out.",
    ),
    "mentions": (
        "For each of {terms}, in this order, say “{yes}” or “{no}”: does it occur in the text as a whole word, "
        "in any case?",
        "Check {terms} one after the other; answer “{yes}” where the whole word occurs, whatever its case, and "
        "“{no}” where it does not.",
        "Go through {terms} in order and note “{yes}” or “{no}” for whether the word stands in the text, "
        "regardless of case.",
    ),
    "first_mention": (
        "Which of {terms} is mentioned first?",
        "Of {terms}, which one comes earliest in the text?",
        "Find out which of {terms} the text names before the others.",
    ),
    "csv_column_sum": (
        "Add up the column {column}.",
        "What is the total of the column {column}?",
        "Compute the sum over the column {column}.",
    ),
    "csv_column_max": (
        "What is the largest value in the column {column}?",
        "Find the maximum of the column {column}.",
        "Name the highest number under {column}.",
    ),
    "csv_column_average": (
        "Give the mean of the column {column}, rounded to at most four decimal places.",
        "What is the average of the column {column}? Round to four decimal places at most.",
        "Compute the arithmetic mean over {column}, with no more than four decimal places.",
    ),
    "json_keys": (
        "List its keys in alphabetical order, capitals before small letters, with a comma and a space between them.",
        "Which keys does it have? Sort them alphabetically, capitals first, and separate them by a comma and a space.",
    ),
    "json_value": (
        "Give the value under the key {term}.",
        "Which value belongs to the key {term}?",
        "Read off the value of {term}.",
    ),
    "columns_word": ("word", "term", "entry"),
    "columns_letters": ("letters", "length", "characters"),
}
