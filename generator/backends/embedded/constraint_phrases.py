"""The fixed wording that the constraint planner may add to a response, by language; none of it states a fact."""

from __future__ import annotations

OPENINGS: dict[str, tuple[str, ...]] = {
    "en": ("Here is my answer:", "Here it is:", "Let me set it out:", "Here you go:", "My reply:", "In my words:"),
    "zh": ("我的回答如下：", "直接说结论：", "说明如下：", "内容如下：", "请看：", "回答如下："),
}
CLOSINGS: dict[str, tuple[str, ...]] = {
    "en": (
        "That is the whole answer.", "That covers it.", "That is all for now.", "End of answer.",
        "Nothing more to add.", "This completes the reply.",
    ),
    "zh": ("以上就是全部内容。", "回答完毕。", "以上供参考。", "说明到此为止。", "全文完。", "我的回答到此结束。"),
}  # fmt: skip
FILLERS: dict[str, tuple[str, ...]] = {
    "en": (
        "very", "really", "basically", "obviously", "simply", "actually", "literally", "just", "clearly",
        "in conclusion", "of course", "quite", "amazing", "needless to say", "furthermore", "moreover", "essentially",
        "perhaps", "I", "we",
    ),
    "zh": (
        "非常", "众所周知", "总之", "其实", "显然", "毫无疑问", "综上所述", "不言而喻", "总而言之", "基本上", "首先",
        "其次", "事实上", "一般来说", "换句话说", "极其",
    ),
}  # fmt: skip
MARKS: dict[str, tuple[str, ...]] = {
    "en": ("!", ";", "?", "()", "—"),
    "zh": ("！", "；", "？", "（）", "…", "—"),
}
HEADER_KEYS: dict[str, tuple[str, str, str]] = {"en": ("Topic", "Keywords", "Answer"), "zh": ("主题", "关键词", "答复")}
POSTSCRIPTS: dict[str, tuple[str, ...]] = {
    "en": (
        "The words to remember are {terms}.", "If you keep only a few words in mind, keep {terms}.",
        "Key words: {terms}.", "In a nutshell, it comes down to {terms}.",
    ),
    "zh": ("关键词是{terms}。", "请记住这几个词：{terms}。", "要点可以归结为{terms}。", "核心词语：{terms}。"),
}  # fmt: skip
POSTSCRIPT_MARKERS: dict[str, tuple[str, ...]] = {"en": ("P.S.",), "zh": ("附：", "又及：")}
SECTION_LABELS: dict[str, tuple[str, ...]] = {"en": ("Section N", "Part N"), "zh": ("第N部分", "第N节")}
TITLE_MARKS: dict[str, str] = {"en": "<<>>", "zh": "《》"}
QUOTATION_MARKS: dict[str, tuple[str, ...]] = {"en": ('""', "“”"), "zh": ("“”", "「」")}
TAGS: tuple[str, ...] = ("answer", "response", "result", "output", "reply")
JSON_KEYS: tuple[tuple[str, str], ...] = (("answer", "keywords"), ("text", "topics"), ("response", "key_terms"))
TABLE_HEADS: dict[str, tuple[str, str]] = {"en": ("Item", "Details"), "zh": ("项目", "说明")}
