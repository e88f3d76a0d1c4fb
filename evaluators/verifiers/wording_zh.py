"""How each kind of constraint is asked for in Chinese: templates, one a phrasing, filled as `wording.Shown` says.

A key `KIND+PARAMETER` takes the place of `KIND` where that optional parameter is set. What a sentence says is what the
check checks; `segment` defines words, sentences, paragraphs and lines.
"""

from __future__ import annotations

CHINESE: dict[str, tuple[str, ...]] = {
    "min_words": (
        "全文不少于{count}个字。",
        "请至少写{count}个字。",
    ),
    "max_words": (
        "全文不超过{count}个字。",
        "请控制在{count}个字以内（含{count}个字）。",
    ),
    "word_range": (
        "全文字数在{min}到{max}之间（含两端）。",
        "请写{min}到{max}个字。",
    ),
    "max_characters": (
        "全文不超过{count}个字符，标点和空格也计算在内。",
        "连同标点和空格，总共不得超过{count}个字符。",
    ),
    "sentence_count": (
        "全文恰好{count}句话。",
        "请只用{count}句话，不多不少。",
    ),
    "min_sentences": (
        "全文至少{count}句话。",
        "请写不少于{count}句话。",
    ),
    "max_sentences": (
        "全文最多{count}句话。",
        "请不要超过{count}句话。",
    ),
    "sentence_max_words": (
        "每句话不超过{count}个字。",
        "任何一句话都不能超过{count}个字。",
    ),
    "list_item_max_words": (
        "使用项目符号或编号列表，每一项不超过{count}个字。",
        "请用列表（项目符号或编号）呈现，且每一项最多{count}个字。",
    ),
    "paragraph_count": (
        "全文恰好分为{count}段，段与段之间空一行。",
        "请写{count}段，不多不少，段落之间用空行隔开。",
    ),
    "line_count": (
        "全文恰好{count}行，空行不计。",
        "请写{count}行，不多不少（空行不算）。",
    ),
    "required_words": (
        "文中必须出现{words:和}。",
        "请务必用到这些词：{words:和}。",
    ),
    "forbidden_words": (
        "文中不得出现{words:或}。",
        "请避免使用这些词：{words:和}。",
    ),
    "word_frequency": (
        "{word:quote}至少出现{count}次。",
        "文中用到{word:quote}的次数不得少于{count}次。",
    ),
    "opening_mentions": (
        "第一句话就要出现{word:quote}。",
        "请在第一句话中提到{word:quote}。",
    ),
    "closing_mentions": (
        "最后一句话要出现{word:quote}。",
        "请在最后一句话中提到{word:quote}。",
    ),
    "starts_with": (
        "回答必须以{text:quote}开头。",
        "请用{text:quote}作为全文的开头。",
    ),
    "ends_with": (
        "回答必须以{text:quote}结尾，其后不再有任何内容。",
        "请用{text:quote}作为全文的结尾。",
    ),
    "no_commas": (
        "全文不得使用逗号或顿号。",
        "请不要使用任何逗号（，）、英文逗号（,）或顿号（、）。",
    ),
    "forbidden_marks": (
        "全文不得使用这些符号：{marks:和}。",
        "请不要出现这些符号：{marks:和}。",
    ),
    "no_digits": (
        "不要使用阿拉伯数字。",
        "全文不得出现阿拉伯数字（0到9），如有数字请用汉字书写。",
    ),
    "distinct_openings": (
        "任何两句话都不能以同一个字开头。",
        "每句话的第一个字各不相同。",
    ),
    "no_repeated_sentences": (
        "不得重复任何一句话。",
        "同一句话不能出现两次。",
    ),
    "script": (
        "文字中至少九成须为{script:script}。",
        "请使用{script:script}书写：在全部文字中至少占90%。",
    ),
    "bullet_count": (
        "使用恰好{count}个项目符号，每个独占一行，以“- ”、“* ”或“• ”开头。",
        "请列出{count}个要点，不多不少，每个要点单独一行并以“- ”、“* ”或“• ”开头。",
    ),
    "numbered_list": (
        "使用恰好{count}项的编号列表，从1开始连续编号，每项一行。",
        "请用从1开始的连续编号列出{count}项，不多不少，每项单独一行。",
    ),
    "checklist": (
        "使用恰好{count}行的清单，每行以“- [ ] ”开头。",
        "请列出{count}个待办项，不多不少，每项一行并以“- [ ] ”开头。",
    ),
    "headings": (
        "使用恰好{count}个Markdown标题（以#到######加空格开头的行）。",
        "请用{count}个Markdown标题组织内容，不多不少，例如“## 标题”。",
    ),
    "bold_terms": (
        "用Markdown粗体（**词语**）至少标出{count}处。",
        "请至少把{count}处关键词加粗，写作**关键词**。",
    ),
    "title": (
        "第一行单独写标题，并用{marks}括起来。",
        "请在首行给出用{marks}括起来的标题。",
    ),
    "sections": (
        "把回答恰好分成{count}个部分，每个部分的首行（普通行、加粗行或标题均可）以“{label}”开头，N从1起依次递增。",
        "请分{count}个部分作答，不多不少，每部分首行（普通行、加粗行或标题均可）以“{label}”开头（N依次为1、2……）。",
    ),
    "separator": (
        "把回答分成恰好{count}个部分，各部分之间用只含******的一行隔开。",
        "请写{count}个部分，不多不少，用单独一行的六个星号（******）分隔。",
    ),
    "postscript": (
        "结尾加一行附言，以{marker:quote}开头。",
        "请在最后一行写一句以{marker:quote}开头的附言。",
    ),
    "key_value_lines": (
        "依次为{keys:和}各写且只写一行，格式为“标签：内容”。",
        "请按顺序给出{keys:和}，每项一行，写作“标签：内容”。",
    ),
    "prose_only": (
        "只用连贯的段落作答：不得使用列表、标题、表格、引用块或代码块。",
        "请不要使用项目符号、编号、标题、表格、引用块和代码块。",
    ),
    "json_array": (
        "整个回答必须是一个恰好含{count}个元素的JSON数组，除可选的代码围栏外不得有其他内容。",
        "只返回一个JSON数组，元素恰好{count}个（外面可以加代码围栏）。",
    ),
    "quoted": (
        "用一对{marks}把整个回答括起来，内部不再使用这种符号。",
        "请把全文放在{marks}之内，其中不得再出现同样的符号。",
    ),
    "tags": (
        "把整个回答放在<{tag}>和</{tag}>之间，标签之外不得有内容。",
        "请用一对<{tag}></{tag}>标签包住全文。",
    ),
    "placeholders": (
        "至少用方括号留出{count}处占位符，例如[姓名]。",
        "请包含不少于{count}个方括号占位符，如[日期]。",
    ),
    "code_block": (
        "请把代码放在围栏代码块（```）中。",
        "代码须写在围栏代码块（```）里。",
    ),
    "code_block+language": (
        "请把代码放在标明{language:quote}的围栏代码块（```）中。",
        "代码须写在以```{language}开头的围栏代码块里。",
    ),
    "table": (
        "使用恰好一个Markdown表格，共{columns}列。",
        "请给出一个Markdown表格（只能一个），共{columns}列。",
    ),
    "table+rows": (
        "使用恰好一个Markdown表格，共{columns}列，表头以下{rows}行。",
        "请给出一个Markdown表格（只能一个），共{columns}列，不计表头共{rows}行。",
    ),
    "json_object": (
        "整个回答必须是一个JSON对象，至少含有{keys:和}这些键，除可选的代码围栏外不得有其他内容。",
        "只返回一个JSON对象，至少含有键{keys:和}（外面可以加代码围栏）。",
    ),
    "json_object+only": (
        "整个回答必须是一个JSON对象，只含{keys:和}这些键，除可选的代码围栏外不得有其他内容。",
        "只返回一个JSON对象，只含键{keys:和}（外面可以加代码围栏）。",
    ),
}

CHINESE_SCRIPTS: dict[str, str] = {
    "Latin": "拉丁字母", "Han": "汉字", "Cyrillic": "西里尔字母", "Arabic": "阿拉伯字母", "Devanagari": "天城文",
    "Greek": "希腊字母", "Hebrew": "希伯来字母", "Hangul": "谚文", "Hiragana": "平假名", "Katakana": "片假名",
    "Thai": "泰文",
}  # fmt: skip
