"""Chinese wording of a task as data: {form} is a kind of data, {field} the name of one of its fields.

`fields_en` has the same keys with the same fields.
"""

from __future__ import annotations

FIELDS: dict[str, tuple[str, ...]] = {
    "form_lead": (
        "输入是{form}{about}。",
        "给你的是{form}{about}。",
        "需要的一切都在输入里，即{form}{about}。",
        "请读输入中的{form}{about}。",
        "这件事以{form}的形式交给你{about}。",
        "输入里有{form}{about}。",
        "请从输入出发，它是{form}{about}。",
        "有人用{form}提出了一项任务{about}，见输入。",
    ),
    "data_json": ("一个JSON对象", "一条JSON记录", "一份JSON数据", "JSON格式的数据"),
    "data_xml": ("一份XML文档", "一段XML", "一条XML记录", "XML格式的数据"),
    "data_csv": ("CSV数据", "一份CSV表格", "逗号分隔的数据", "CSV"),
    "data_table": ("一个Markdown表格", "一张表格", "Markdown表格"),
    "fields_join": ("其中，", "里面", "各字段的含义：", "请看清字段的意思：", "", "在这里，"),
    "field_request": (
        "“{field}”说明要做什么",
        "“{field}”是要完成的请求",
        "任务写在“{field}”里",
        "要你做的事见“{field}”",
        "“{field}”就是任务本身",
    ),
    "field_material": (
        "“{field}”是它所指的材料",
        "材料放在“{field}”里",
        "“{field}”是要处理的文字",
        "相关内容见“{field}”",
    ),
    "field_rules": (
        "“{field}”里的每一条都是对回答的要求",
        "回答须满足“{field}”中的全部条件",
        "“{field}”列出回答必须遵守的事项",
        "“{field}”中的条件一条也不能漏",
    ),
    "field_words": (
        "“{field}”里的词语都要在回答中出现",
        "“{field}”列出回答必须用到的说法",
        "回答要逐字包含“{field}”的每一项",
    ),
    "field_maximum": ("“{field}”是允许的最多字数", "回答的字数不能超过“{field}”", "“{field}”规定了字数上限"),
    "field_minimum": ("“{field}”是最少字数", "回答的字数不能少于“{field}”", "“{field}”规定了字数下限"),
    "form_do": (
        "请写出所要的回答。",
        "请给出回答本身，不要输出数据。",
        "只回复答案。",
        "请照此完成。",
        "请据此作答，不必重复数据。",
        "请照办。",
        "请给出完整的回答。",
        "现在请作答。",
        "请在此基础上写出回答。",
        "按它说的去做。",
    ),
    "entries_lead": (
        "所说的材料在输入中，是{form}，每行一条，内容在“{field}”列。",
        "涉及的内容以{form}给出，见输入，两列是{columns}。",
        "材料见输入：{form}，每行的“{field}”是一条内容。",
        "输入中的{form}逐行给出材料（{columns}）。",
        "输入用{form}提供材料，要看的是“{field}”列。",
    ),
    "request_field": ("请求", "任务", "问题", "题目", "需求", "待办"),
    "material_field": ("材料", "原文", "资料", "内容", "附文", "已知"),
    "rules_field": ("规则", "条件", "限制", "要求", "约束", "须知"),
    "words_field": ("必提词语", "用词", "必用说法", "词语", "须提及"),
    "maximum_field": ("最多字数", "字数上限", "上限"),
    "minimum_field": ("最少字数", "字数下限", "下限"),
    "entry_field": ("条目", "内容", "文字", "正文"),
    "number_field": ("序号", "编号", "行号"),
    "root_field": ("任务单", "工单", "记录", "事项"),
}
