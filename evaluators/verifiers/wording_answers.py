"""How answers are asked for, in English and in Chinese: the final answer's place, and each operation of `computed`.

`computed` reads as the template of `computed.OPERATION` followed by that of `computed`.
"""

from __future__ import annotations

ENGLISH_ANSWERS: dict[str, tuple[str, ...]] = {
    "exact_answer": (
        "End with the final answer alone on the last line, or after “Answer:”.",
        "Give the final answer last, on a line of its own or after “Answer:”.",
    ),
    "equals_expression": (
        "End with the value of {expression} alone on the last line, or after “Answer:”: a number, a fraction or a "
        "percentage, exact or rounded to two decimal places or more.",
        "Work out {expression} and give the value last, on a line of its own or after “Answer:”; write it as a number, "
        "a fraction or a percentage, exact or rounded to no fewer than two decimal places.",
    ),
    "computed": (
        " End with the final answer alone on the last line, or after “Answer:”.",
        " Give the final answer last, on a line of its own or after “Answer:”.",
    ),
    "computed.count_words": ("Count the words of the input.",),
    "computed.count_characters": ("Count the characters of the input, punctuation included and white space left out.",),
    "computed.count_sentences": ("Count the sentences of the input.",),
    "computed.count_paragraphs": ("Count the paragraphs of the input (blocks set apart by blank lines).",),
    "computed.count_lines": ("Count the lines of the input that are not blank.",),
    "computed.count_unique_words": ("Count the different words of the input, whatever their case.",),
    "computed.count_occurrences": (
        "Count how often {term:quote} appears in the input as a whole word, whatever its case.",
    ),
    "computed.count_numbers": ("Count the numbers in the input that are written in digits.",),
    "computed.longest_word": ("Name the longest word of the input; if several are equally long, the first of them.",),
    "computed.reverse_words": ("Write the words of the input in reverse order, without punctuation.",),
    "computed.reverse_lines": ("Write the lines of the input in reverse order, without blank ones.",),
    "computed.sort_lines": ("Sort the lines of the input alphabetically, whatever their case, without blank ones.",),
    "computed.unique_lines": (
        "List the lines of the input without repetitions, in the order of their first appearance, without blank ones.",
    ),
    "computed.lines_to_json": (
        "Turn the lines of the input, without blank ones, into a JSON array of strings on one line, with a "
        "comma and a space between elements.",
    ),
    "computed.initials": ("Write the first characters of the words of the input, in capitals and without spaces.",),
    "computed.to_upper": ("Rewrite the input in capital letters.",),
    "computed.to_lower": ("Rewrite the input in lowercase letters.",),
    "computed.extract_numbers": (
        "List the numbers in the input that are written in digits, as they stand and in order, with a comma "
        "and a space between them.",
    ),
    "computed.sort_numbers": (
        "List the numbers in the input from the smallest to the largest, without thousands separators, with "
        "a comma and a space between them.",
    ),
    "computed.sum_numbers": ("Add up all numbers in the input that are written in digits.",),
    "computed.average_numbers": ("Give the mean of all numbers in the input, rounded to at most four decimal places.",),
    "computed.max_number": ("Give the largest number in the input, without thousands separators.",),
    "computed.min_number": ("Give the smallest number in the input, without thousands separators.",),
    "computed.range_of_numbers": ("Give the difference between the largest and the smallest number in the input.",),
    "computed.evaluate": ("Evaluate the arithmetic expression in the input, rounded to at most four decimal places.",),
    "computed.evaluate_expression": ("Evaluate {expression}, rounded to at most four decimal places.",),
    "computed.csv_row_count": ("Count the rows of the CSV data in the input, without the header.",),
    "computed.csv_column_sum": ("Add up the column {column:quote} of the CSV data in the input.",),
    "computed.csv_column_average": (
        "Give the mean of the column {column:quote} of the CSV data in the input, rounded to at most four "
        "decimal places.",
    ),
    "computed.csv_column_max": ("Give the largest value in the column {column:quote} of the CSV data in the input.",),
    "computed.csv_column_values": (
        "List the different values in the column {column:quote} of the CSV data in the input, in the order "
        "of their first appearance, with a comma and a space between them.",
    ),
    "computed.json_keys": (
        "List the keys of the JSON object in the input in alphabetical order (capitals first), with a comma "
        "and a space between them.",
    ),
    "computed.json_value": ("Give the value under the key {key:quote} of the JSON object in the input.",),
}

CHINESE_ANSWERS: dict[str, tuple[str, ...]] = {
    "exact_answer": (
        "最后一行单独写出最终答案，或写在“答案：”之后。",
        "请在结尾给出最终答案，单独成行或写在“答案：”之后。",
    ),
    "equals_expression": (
        "最后一行单独写出{expression}的值，或写在“答案：”之后；可以写成数、分数或百分数，要么精确，要么四舍五入到至少两位小数。",
        "算出{expression}，请在结尾单独成行或在“答案：”之后写出结果；用数、分数或百分数，精确值或至少保留两位小数的近似值均可。",
    ),
    "computed": (
        "最后一行单独写出最终答案，或写在“答案：”之后。",
        "请在结尾给出最终答案，单独成行或写在“答案：”之后。",
    ),
    "computed.count_words": ("统计输入文本的字数（每个汉字算一个字，每个英文单词或数字也算一个，标点不算）。",),
    "computed.count_characters": ("统计输入文本的字符数，标点计算在内，空白不算。",),
    "computed.count_sentences": ("统计输入文本的句数。",),
    "computed.count_paragraphs": ("统计输入文本的段落数（以空行分段）。",),
    "computed.count_lines": ("统计输入文本的非空行数。",),
    "computed.count_unique_words": ("统计输入文本中不同的字词数（每个汉字算一个，英文单词不分大小写）。",),
    "computed.count_occurrences": ("统计{term:quote}在输入文本中出现的次数。",),
    "computed.count_numbers": ("统计输入文本中用阿拉伯数字写出的数的个数。",),
    "computed.longest_word": ("找出输入文本中最长的单词；若有多个一样长，取最先出现的。",),
    "computed.reverse_words": ("把输入文本的字词按相反顺序写出，不带标点。",),
    "computed.reverse_lines": ("把输入文本的各行按相反顺序写出，去掉空行。",),
    "computed.sort_lines": ("把输入文本的各行按字符编码顺序（不分大小写）排序，去掉空行。",),
    "computed.unique_lines": ("列出输入文本的各行，去掉重复行和空行，保持首次出现的顺序。",),
    "computed.lines_to_json": ("把输入文本的非空行转换成写在一行内的JSON字符串数组，元素之间用英文逗号加空格分隔。",),
    "computed.initials": ("依次写出输入文本中各字词的首字符（字母大写），中间不留空格。",),
    "computed.to_upper": ("把输入文本中的字母全部改成大写。",),
    "computed.to_lower": ("把输入文本中的字母全部改成小写。",),
    "computed.extract_numbers": ("按原样依次列出输入文本中用阿拉伯数字写出的数，以英文逗号加空格分隔。",),
    "computed.sort_numbers": ("把输入文本中的数从小到大列出，不带千位分隔符，以英文逗号加空格分隔。",),
    "computed.sum_numbers": ("求输入文本中所有用阿拉伯数字写出的数之和。",),
    "computed.average_numbers": ("求输入文本中所有数的平均值，最多保留四位小数。",),
    "computed.max_number": ("找出输入文本中最大的数，不带千位分隔符。",),
    "computed.min_number": ("找出输入文本中最小的数，不带千位分隔符。",),
    "computed.range_of_numbers": ("求输入文本中最大的数与最小的数之差。",),
    "computed.evaluate": ("计算输入中的算式，最多保留四位小数。",),
    "computed.evaluate_expression": ("计算{expression}，最多保留四位小数。",),
    "computed.csv_row_count": ("统计输入中CSV数据的行数，不含表头。",),
    "computed.csv_column_sum": ("求输入中CSV数据的{column:quote}列之和。",),
    "computed.csv_column_average": ("求输入中CSV数据的{column:quote}列的平均值，最多保留四位小数。",),
    "computed.csv_column_max": ("找出输入中CSV数据的{column:quote}列的最大值。",),
    "computed.csv_column_values": (
        "列出输入中CSV数据的{column:quote}列的不同取值，按首次出现的顺序，以英文逗号加空格分隔。",
    ),
    "computed.json_keys": ("按字母顺序（大写在前）列出输入中JSON对象的键，以英文逗号加空格分隔。",),
    "computed.json_value": ("给出输入中JSON对象的键{key:quote}对应的值。",),
}
