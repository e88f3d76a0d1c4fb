"""What a record's fields are called: in any case, with spaces, or in Chinese or Japanese.

Source: the headers of tables that Chinese and Japanese teams keep; our own list.
"""

from __future__ import annotations

from collections.abc import Mapping

_SAID: Mapping[str, str] = {
    "instruction": "指令 指示 任务 任務",
    "question": "问题 問題 提问 提問 質問",
    "answer": "答案 回答 解答",
    "response": "回复 回覆 响应 応答 返答",
    "input": "输入 輸入 入力",
    "output": "输出 輸出 出力",
    "context": "上下文 背景 文脈",
    "system": "系统 系統 系统提示 系统提示词",
    "language": "语言 語言 言語",
    "source": "来源 來源 出处 出典",
    "licence": "许可 许可证 授权 ライセンス",
    "domain": "领域 領域 分野",
    "category": "类别 类型 分类 類別 カテゴリ",
    "difficulty": "难度 難易度",
    "task_type": "任务类型",
    "intent": "意图 意図",
    "text": "文本 テキスト",
    "conversations": "对话 会话 對話",
    "document_id": "文档编号 文档 文書",
    "paragraph": "段落",
    "confidence": "置信度 信頼度",
    "prompt": "提示 提示词 プロンプト",
}
_OURS: Mapping[str, str] = {said: ours for ours, listed in _SAID.items() for said in listed.split()}


def fold_name(name: str) -> str:
    """Return a field's name as a shape knows it."""
    plain = name.strip().lower().replace(" ", "_")
    return _OURS.get(plain, plain)
