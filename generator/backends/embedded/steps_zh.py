"""Chinese wording of steps: how a final answer is given and worked out, chains of steps, and conditions.

`steps_en` has the same keys with the same fields.
"""

from __future__ import annotations

STEPS: dict[str, tuple[str, ...]] = {
    # -- what the last line holds
    "what_number": ("这个数", "这个数字", "所求的数", "数出来的结果", "结果的数值"),
    "what_numbers": ("这些数（用英文逗号加空格隔开）", "各个数（以英文逗号和空格分隔）"),
    "what_indices": ("句子的编号（用英文逗号加空格隔开）", "各句的编号（以英文逗号和空格分隔）"),
    "what_index": ("句子的编号", "该句的编号", "编号"),
    "what_labels": ("依次排列的标签（用英文逗号加空格隔开）", "各个标签（按顺序以英文逗号和空格分隔）"),
    "what_word": ("这个词", "所求的词", "该词"),
    "what_letters": ("按正确次序排列的字母（用英文逗号加空格隔开）", "字母的次序（以英文逗号和空格分隔）"),
    "what_letters_joined": ("连写的大写字母", "首字母串"),
    "what_matches": ("按字母排列的配对（写成“A-2, B-1”的样子）", "配对结果（按字母顺序，形如“A-2, B-1”）"),
    "what_text": ("所求的文字", "原文", "照抄的文字"),
    "what_json": ("这段JSON", "JSON"),
    "what_result": ("结果", "所求的结果", "得到的结果"),
    "show_work": (
        "请写出过程。", "请先列出推算步骤。", "请让读者看到结果是怎么来的。", "请先说明依据。",
        "给出结果前请简要说明。", "中间结果也要写。",
    ),
    "show_sentence": ("请先写出完整的句子。", "先给出补全的句子。", "请把填好的整句话也写出来。"),
    "final_block": (
        "结果写在只有“答案：”的一行下面。", "请单独一行写“答案：”，结果写在它下面。",
        "最后给出结果，前面一行写“答案：”。", "结果之前用一行“答案：”引出，之后不再写别的。",
    ),
    # -- the words of the working
    "work_sentence": ("第{index}句：{count}个字。",),
    "work_sum": ("{terms}＝{total}个字。",),
    "work_repeats": ("全文共{total}个字，重复的有：{repeats}。",),
    "work_no_repeats": ("全文共{total}个字，没有重复。",),
    "work_found": ("见于：{where}",),
    "work_numbers": ("其中的数有：{numbers}。",),
    "work_sum_numbers": ("{terms}＝{total}。",),
    "work_longest": ("最长的是“{word}”，有{count}个字母。",),
    "work_words": ("各词及首字母：{words}。",),
    "work_kept": ("与前面重复的行：{lines}（共{count}行）。",),
    "work_gap": ("完整的句子是：{sentence}",),
    "work_range": ("{largest}－{smallest}＝{total}。",),
    "work_mean": ("{terms}＝{total}；{total}÷{count}＝{mean}。",),
    "yes": ("是",),
    "no": ("否",),
    "long": ("长",),
    "short": ("短",),
    # -- steps of a chain; {where} is one of the three below
    "your_answer": ("你的回答", "你写出的回答", "上面的回答"),
    "the_input": ("输入", "输入中的文字", "输入文本"),
    "the_request": ("请求", "请求本身", "请求的原话"),
    "step_sizes": (
        "数出{where}中每句话的字数（标点不算，英文单词和数各算一个字）。",
        "逐句记下{where}各有多少个字，英文单词或数算一个字，标点不计。",
        "写出{where}里每个句子的字数；标点除外，一个英文单词或数算一个字。",
    ),
    "step_extremes": ("找出其中最大和最小的两个数。", "挑出最多与最少的字数。", "看哪个字数最大、哪个最小。"),
    "step_subtract": ("用大的减去小的。", "求两者之差。", "算出它们相差多少。"),
    "show_extremes": ("最大{longest}，最小{shortest}",),
    "step_keep": ("只保留大于{limit}的数。", "去掉不超过{limit}的数。", "把{limit}及以下的数排除。"),
    "step_add": ("把剩下的数相加。", "求这些数的和。", "将它们加起来。", "算出总和。"),
    "step_with_term": (
        "找出{where}中含有{term}的句子。", "从{where}里选出有{term}的各句。", "看{where}的哪些句子用到了{term}。",
    ),
    "show_places": ("第{numbers}句",),
    "step_sizes_of_these": (
        "数出这些句子各自的字数（标点不算，英文单词和数各算一个字）。",
        "记下其中每句的字数，英文单词或数算一个字，标点不计。",
    ),
    "step_first_last": (
        "数出{where}首句和末句的字数（标点不算，英文单词和数各算一个字）。",
        "记下{where}第一句与最后一句各有多少字，英文单词或数算一个字，标点不计。",
    ),
    "step_difference": ("用较大的减去较小的。", "求两个字数之差。"),
    "step_multiply": ("再乘以它的句子总数。", "把所得的差与句子总数相乘。"),
    "step_long_words": ("列出{where}中至少有{limit}个字母的不同单词，用小写。",),
    "step_words_with": ("列出{where}中含有字母“{letter}”的不同单词，用小写。",),
    "step_words_without": ("列出{where}中不含字母“{letter}”的不同单词，用小写。",),
    "step_letters_of_each": ("数出每个单词的字母数。",),
    "step_initials": ("把各词的首字母大写连起来。",),
    "step_clauses": (
        "在标点处把{where}断开，数出每一段的字数（英文单词和数各算一个字）。",
        "以标点为界切分{where}，记下各段的字数，一个英文单词或一个数算一个字。",
        "把{where}按标点分成几截，写出每截有多少字；英文单词和数各算一个字。",
    ),
    "step_two_sizes": (
        "分别数出{first}和{second}的字数（标点不算，英文单词和数各算一个字）。",
        "记下{first}与{second}各有多少字，标点不计，英文单词或数算一个字。",
        "比较{first}和{second}的长短：各数一遍字数，英文单词和数各算一个字，标点除外。",
    ),
    "step_double": ("再乘以二。", "把结果加倍。", "取它的两倍。"),
    "step_parity": ("说明结果是“{even}”还是“{odd}”。", "判断这个数是“{even}”还是“{odd}”。"),
    "even": ("偶数",),
    "odd": ("奇数",),
    "step_sort": ("按字母顺序排列。", "把它们按字母表排好。"),
    "step_take": ("取其中{ordinal}。", "写出{ordinal}。"),
    "step_number": ("第{index}步",),
    "ordinal_1": ("第一个",),
    "ordinal_2": ("第二个",),
    "ordinal_3": ("第三个",),
    "ordinal_last": ("最后一个",),
    "step_results": (
        "各步结果请编号写出。", "每一步的结果写在带编号的一行里。", "请按编号列出每步所得。",
        "每步得出什么都要写明。", "先写清上一步的结果，再做下一步。",
    ),
    # -- an answer that depends on a condition
    "condition_met": ("条件成立。", "符合条件。", "检验通过。"),
    "condition_unmet": ("条件不成立。", "不符合条件。", "检验未通过。"),
    "condition_both": (
        "输入中既有{first}又有{second}，并且超过{limit}个字",
        "{first}和{second}都出现在输入里，且输入多于{limit}个字", "输入的字数大于{limit}，同时含有{first}和{second}",
    ),
    "condition_do": (
        "请先检验：{condition}。如果成立，开头写“{met}”，再完成任务；如果不成立，只写“{unmet}”",
        "是否作答取决于一个条件：{condition}。成立时以“{met}”开头并给出回答，否则只回复“{unmet}”",
        "只有在“{condition}”属实时才完成任务，此时先写“{met}”再作答；其他情形下，全部回复就是“{unmet}”",
    ),
}
