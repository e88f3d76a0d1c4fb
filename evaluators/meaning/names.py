"""What is named in a text: titles, places, people and organisations, as far as code can tell them from other words.

Latin script tells most names by a capital letter within a sentence; German writes every noun so, and there only acronyms,
names after a form of address and names of several words count. In Chinese and Japanese it is titles in their marks, people
after or before what they are called by, and a list of places.

Source: our own rules and lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from evaluators.meaning.dates import is_date_word

_SENTENCE_START = re.compile(r"(?:^|[.!?:;。！？：；\n]|[\"“„«「(（*•-])\s*$")
_NAME = re.compile(r"[A-Z][\w&.'’-]*\w(?:\s+(?:of|de|van|von|the|la)?\s*[A-Z][\w&.'’-]*\w)*|[A-Z]{2,}\d*")
_WINDOW = 16  # characters before a name that tell whether it begins a sentence
_NO_NAMES = frozenset({"I", "I'm", "I'd", "I'll", "I've", "Celsius", "Fahrenheit"})  # units are looked at by themselves
_POSSESSIVE = re.compile(r"['’]s\b")
# Abbreviations that end no sentence, though they end with a full stop.
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|Mt|vs|No|Jr|Sr|Mme|Mlle|M|Hr|Fr|Sra)\.\s*$")
_TITLE = {"zh": re.compile(r"《[^《》\n]{1,60}》"), "ja": re.compile(r"『[^『』\n]{1,60}』|《[^《》\n]{1,60}》")}
_ADDRESSED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Herrn?|Frau|Monsieur|Madame|Mademoiselle|M|Mme|Mlle|Señora?|Sra?|Don|Doña)\.?\s+"
    r"((?:[A-Z]\.\s)*[A-ZÄÖÜÉÁÍÓÚÑ][\w'’-]+)"
)
_GERMAN_SERIES = re.compile(r"(?<![\w.])[A-ZÄÖÜ][\wäöüß-]+(?:\s+(?:von|van|de)?\s*[A-ZÄÖÜ][\wäöüß-]+)+")
_ACRONYM = re.compile(r"\b[A-Z]{2,}\d*\b")
_SPELLED_OUT = {"TV": ("television", "télévision", "fernseh", "televisión"), "USA": ("america", "amérique", "amerika", "united states"),
                "US": ("america", "united states"), "UK": ("britain", "united kingdom"), "OK": ("okay",)}  # fmt: skip
_SMALL_WORDS = frozenset("of the and for de des du la le les et der die das und für y del los las to in".split())

_PLACES: Mapping[str, str] = {
    "zh": "中国 美国 英国 法国 德国 日本 俄罗斯 印度 韩国 意大利 西班牙 加拿大 澳大利亚 巴西 埃及 泰国 越南 新加坡 欧洲 亚洲 非洲 美洲"
    " 北京 上海 广州 深圳 天津 重庆 成都 杭州 南京 武汉 西安 苏州 长沙 郑州 青岛 大连 厦门 昆明 哈尔滨 沈阳 济南 福州 香港 澳门 台湾"
    " 台北 四川 广东 浙江 江苏 山东 河南 河北 湖南 湖北 云南 贵州 福建 安徽 江西 陕西 山西 甘肃 新疆 西藏 内蒙古 海南 东京 大阪 京都"
    " 纽约 华盛顿 洛杉矶 伦敦 巴黎 柏林 莫斯科 罗马 悉尼 首尔 长江 黄河 长城 故宫 泰山 秦始皇 李白 杜甫 鲁迅 孔子 老子 毛泽东",
    "ja": "日本 中国 アメリカ イギリス フランス ドイツ ロシア インド 韓国 イタリア スペイン カナダ 東京 大阪 京都 北海道 沖縄 名古屋 横浜"
    " 神戸 福岡 広島 奈良 札幌 仙台 富士山 ニューヨーク ロンドン パリ ベルリン 北京 上海 夏目漱石 徳川家康 織田信長",
}
_GIVEN = (
    "伟芳娜敏静丽强磊洋勇艳杰娟涛超霞刚英健鹏婷玲峰辉鑫宇浩博轩涵怡欣佳慧颖琳蕾倩雪梅燕波斌凯旭晨阳昊梓嘉俊志建庆华"
)
_SURNAME = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林郑谢罗梁宋唐许韩邓曹彭曾肖蔡潘田董袁于余叶杜苏魏程吕丁沈姚卢姜崔钟谭陆汪范廖石贾韦付方邹熊孟秦邱江尹薛"
_BEFORE = "给向叫对和与跟请帮让由替为是问找把被醒知诉访者师家长友学事客户理"  # what a name may follow
_PEOPLE = {
    "zh": re.compile(
        rf"[小老阿][{_SURNAME}红明刚强芳丽](?![\u4e00-\u9fff]?们)|(?:(?<=[{_BEFORE}])|(?<![\u4e00-\u9fff]))[{_SURNAME}][{_GIVEN}]{{1,2}}"
        rf"|[{_SURNAME}](?=先生|女士|小姐|老师|教授|医生|经理|律师|阿姨|叔叔)"
    ),
    "ja": re.compile(r"(?:[\u4e00-\u9fff]{1,4}|[ァ-ヴー]{2,})(?=さん|様|氏|くん|ちゃん|先生)"),
}
_NO_PEOPLE = frozenset("お客 皆 客 誰 何 奥 娘 息子 母 父 医者 患者".split())


def find_lost_name(source: str, result: str, source_language: str, result_language: str) -> str | None:
    """Return a name that a wording lost, None where all are there.

    Between two languages only people after a form of address count, and only between scripts with the same letters:
    others may be written otherwise there.
    """
    base = source_language.partition("-")[0]
    if base == result_language.partition("-")[0]:
        names = list_names(source, base)
    elif _is_latin(source) and _is_latin(result):
        names = (match[1] for match in _ADDRESSED.finditer(source))
    else:
        return None
    folded = fold(result)
    return next((name for name in names if not _is_there(name, folded)), None)


def _is_latin(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    return sum(character < "ɐ" for character in letters) * 2 > len(letters)


def _is_there(name: str, folded: str) -> bool:
    wanted = fold(name)
    if wanted in folded or (len(wanted) > 3 and wanted.removesuffix("s") in folded):
        return True
    if not name.isupper():
        return False
    initials = "".join(word[0] for word in folded.split() if word not in _SMALL_WORDS)
    return name.casefold() in initials or any(said in folded for said in _SPELLED_OUT.get(name, ()))


def list_names(text: str, language: str = "en") -> Iterator[str]:
    """Yield what is named in a text of a language."""
    if language in _PEOPLE:
        yield from _TITLE[language].findall(text)
        yield from (place for place in _PLACES[language].split() if place in text)
        yield from (match[0] for match in _PEOPLE[language].finditer(text) if match[0] not in _NO_PEOPLE)
        yield from _ACRONYM.findall(text)
        return
    yield from _TITLE["zh"].findall(text)
    yield from _list_german(text) if language == "de" else _list_latin(text)


def _list_german(text: str) -> Iterator[str]:
    yield from _ACRONYM.findall(text)
    yield from (match[1] for match in _ADDRESSED.finditer(text))
    for match in _GERMAN_SERIES.finditer(text):
        if not _starts_sentence(text, match.start()):
            name = match[0].split()[-1]
            if not _ADDRESSED.search(match[0]):
                yield name


def _list_latin(text: str) -> Iterator[str]:
    text = _POSSESSIVE.sub(",", text)
    for match in _NAME.finditer(text):
        name = match[0]
        is_acronym = name.isupper() and len(name) > 1
        if is_acronym or (not _starts_sentence(text, match.start()) and not _is_no_name(name)):
            yield name


def _is_no_name(name: str) -> bool:
    return name in _NO_NAMES or is_date_word(name)


def _starts_sentence(text: str, at: int) -> bool:
    before = ("x" if at > _WINDOW else "") + text[max(0, at - _WINDOW) : at]
    return bool(_SENTENCE_START.search(before)) and not _ABBREVIATION.search(before)


def fold(text: str) -> str:
    """Return a text in which a name is found however its case, points and spaces are written."""
    return re.sub(r"[\s-]+", " ", re.sub(r"['’.]", "", text)).casefold()
