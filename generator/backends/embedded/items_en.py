"""English wording of self-instructed tasks: labelling by a rule, two requests in one, requests and answers to match.

`items_zh` has the same keys with the same fields.
"""

from __future__ import annotations

ITEMS: dict[str, tuple[str, ...]] = {
    # -- two requests in one; {first} and {second} come quoted
    "two_requests": (
        "Do two things, one after the other: first {first}, then {second}.",
        "Here are two requests, {first} and {second}; answer both in this order.",
        "Take care of {first} and, after that, of {second}.",
        "One person asks {first}, another {second}. Write a reply to each of them, in this order.",
        "Two questions came in, {first} and {second}. Deal with the first, then with the second.",
        "Give your answer to {first}, followed by your answer to {second}.",
        "Work on this pair of tasks: {first}; {second}.",
        "Combine two jobs in one reply, {first} and {second}, without mixing them.",
        "Begin with the request {first} and go on with the request {second}.",
        "Reply to both of these messages, each on its own: {first} and {second}.",
        "You have two jobs to do. The earlier one is {first}, the later one {second}.",
        "Handle {first} as part one and {second} as part two.",
        "Both of the following want an answer, and in this order: {first}, {second}.",
        "Your reply has two halves; the first one responds to {first}, the second one to {second}.",
    ),
    "two_dashes": (
        "Put a line of three dashes between the two results.",
        "Separate the results by a line with three dashes.",
        "Let a line that reads --- stand between them.",
        "A line of three dashes divides the two.",
    ),
    "two_headings": (
        "Head the results with the lines “{one}” and “{two}”.",
        "Above each result stands a heading, “{one}” or “{two}”, on a line of its own.",
        "Use “{one}” and “{two}” as headings, each alone on its line.",
        "Begin the parts with the lines “{one}” and “{two}”.",
    ),
    "two_json": (
        "Return a JSON object with the keys “{one}” and “{two}” whose values are the two results as strings.",
        "The reply is one JSON object; “{one}” holds the first result and “{two}” the second, both as strings.",
        "Wrap the results in a JSON object under the keys “{one}” and “{two}”, as strings.",
    ),
    "two_names": (
        "Part 1|Part 2",
        "First|Second",
        "Result A|Result B",
        "Answer 1|Answer 2",
        "Task one|Task two",
        "I|II",
        "Reply 1|Reply 2",
    ),
    "two_keys": ("first|second", "a|b", "task_1|task_2", "answer_1|answer_2", "one|two", "part1|part2"),
    "two_materials": (
        "The input has the material for them.",
        "What the requests refer to is in the input.",
        "Their material is given in the input.",
        "The input shows which text belongs to which.",
        "See the input for the material.",
    ),
    "two_inputs": (
        "For the first|For the second",
        "Material 1|Material 2",
        "First request|Second request",
        "On the first|On the second",
    ),
    # -- the next turn of a conversation; what is to be different follows
    "again": (
        "Give me that answer once more, in another form.",
        "Please write your last answer again, with a few changes.",
        "Good. Now say the same in another form.",
        "Keep what you said, but present it differently.",
        "Could you redo your answer?",
        "I need your reply in a different shape.",
    ),
    # -- labelling by a stated rule
    "label_length": (
        "Call a sentence “{yes}” if it has more than {limit} words and “{no}” if it has not.",
        "Decide by its number of words whether the sentence is “{yes}” (above {limit}) or “{no}” ({limit} or fewer).",
        "Sort the sentence by length: “{yes}” stands for more than {limit} words, “{no}” for the rest.",
        "With more than {limit} words a sentence counts as “{yes}”, otherwise as “{no}”. Which is it here?",
        "Classify the sentence in the input as “{yes}” (it exceeds {limit} words) or “{no}” (it does not).",
        "Judge the length of the sentence: is it “{yes}”, that is, over {limit} words, or “{no}”?",
    ),
    "names_length": (
        "long|short",
        "above|below",
        "over|under",
        "large|small",
        "L|S",
        "lengthy|brief",
        "extended|compact",
    ),
    "label_digit": (
        "Does the sentence contain a digit? Answer “{yes}” or “{no}”.",
        "Write “{yes}” if there is at least one digit in the sentence, else “{no}”.",
        "Sort sentences by whether digits occur in them: “{yes}” with digits, “{no}” without. Label the one in "
        "the input.",
        "Check the sentence for digits from 0 to 9 and label it “{yes}” where you find one, “{no}” where you do not.",
    ),
    "names_digit": ("yes|no", "with digits|without digits", "numeric|plain", "true|false", "1|0"),
    "label_word": (
        "Does the word {term} occur in the sentence, in upper or lower case? Answer “{yes}” or “{no}”.",
        "Label the sentence “{yes}” if {term} is one of its words, whatever the case, and “{no}” if it is not.",
        "Find out if the sentence uses the word {term}, capitals aside; reply “{yes}” or “{no}”.",
        "A sentence with the word {term} is “{yes}”, any other “{no}”, no matter the case. Which label fits?",
        "Say “{yes}” when the sentence has {term} as a whole word in any case, “{no}” when it lacks it.",
    ),
    "names_word": ("yes|no", "present|absent", "true|false", "found|missing", "in|out", "hit|miss"),
    "label_parity": (
        "Count the words of the sentence and say whether their number is “{yes}” or “{no}”.",
        "Is the number of words in the sentence “{yes}” or “{no}”?",
        "Label the sentence “{yes}” or “{no}” after its number of words.",
    ),
    "names_parity": ("even|odd",),
    "label_source": (
        "Does the sentence belong to an answer to {first} or to {second}? Write “{yes}” for the former and "
        "“{no}” for the latter.",
        "Assign the sentence to the request that it helps to answer: “{yes}” is {first}, “{no}” is {second}.",
        "Two requests are given, {first} (“{yes}”) and {second} (“{no}”). Which one does the sentence answer?",
        "Tell from its content whether the sentence replies to {first} (label “{yes}”) or to {second} (label “{no}”).",
        "Sort the sentence under “{yes}” if it fits the request {first} and under “{no}” if it fits {second}.",
    ),
    "names_source": ("A|B", "first|second", "1|2", "one|two", "X|Y", "left|right"),
    "label_type": (
        "Which type of task is the request in the input: {options}? Reply with the type alone.",
        "Classify the request as one of {options}.",
        "Name the type of the request; the types are {options}.",
        "Of the types {options}, which one fits the request best?",
        "Assign one of these types to the request: {options}.",
    ),
    "label_domain": (
        "Which field is the request from: {options}? Reply with the field alone.",
        "Sort the request into one of the fields {options}.",
        "Choose the field that the request belongs to from {options}.",
        "Name the field of the request; the choice is {options}.",
        "Assign the request to one of {options}, by its subject.",
    ),
    "label_example": (
        "For example, the request “{core}” is {name}.",
        "An example: “{core}” counts as {name}.",
        "“{core}”, for instance, is {name}.",
        "To show what is meant: “{core}” would be {name}.",
        "Thus “{core}” has the label {name}.",
    ),
    "label_context": (
        "The sentence is from an answer to {core}.",
        "It comes from texts such as the reply to {core}.",
        "The sentences to be labelled go back to requests like {core}.",
        "Such sentences were written in reply to {core}.",
        "The material stems from answers to {core}.",
        "It was found in a reply to {core}.",
    ),
    # -- requests and answers to match
    "match_answers": (
        "The input lists requests with letters and answers with numbers. Match them.",
        "Find for every lettered request in the input the numbered answer that belongs to it.",
        "Requests (letters) and answers (numbers) have come apart; put them together again.",
        "In the input, answers were shuffled. Say which of them goes with which request.",
        "Pair each request in the input with its answer.",
        "Decide which numbered answer replies to which lettered request.",
    ),
    "match_about": (
        "One of the requests is about {terms}.",
        "Among them is a request on {terms}.",
        "The words {terms} occur in one of them.",
        "They deal with {terms}, among other things.",
        "You will read of {terms}.",
    ),
    "match_form": (
        "Write the pairs in the order of the letters, as in A-2, B-1.",
        "Reply with pairs such as A-2, B-1, sorted by letter.",
        "Use the form A-2, B-1 and follow the order of the letters.",
        "The reply has the form A-2, B-1, in alphabetical order.",
    ),
    "request_word": ("Requests", "Tasks", "Questions asked", "What was wanted"),
    "answer_word": ("Answers", "Replies", "Responses", "What was answered"),
}
TYPES = {
    "classification": "classification",
    "code": "code",
    "extraction": "extraction",
    "generation": "generation",
    "question_answering": "question answering",
    "reasoning": "reasoning",
}
DOMAINS = {
    "customer_support": "customer support",
    "finance": "finance",
    "general": "general",
    "law": "law",
    "medicine": "medicine",
    "science": "science",
    "software": "software",
}
