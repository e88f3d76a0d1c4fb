"""Whether a text still asks for something: a model that carries an instruction out writes a text that does not.

A text asks where it puts a question, or tells somebody to do something; and where a text of that kind became one that does
neither, or that opens as replies do ("Sure, here is"), the model has answered. Only whether anything asks is looked at, so a
question may well become a command, and a command a question.

Source: our own lists of the verbs that instructions of Self-Instruct and Alpaca begin with, in the languages that are pivots
most. Deviations: an answer that itself tells somebody to do something is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_I = re.IGNORECASE
# A question in a language that has no need of a question mark, or a word that asks.
_QUESTION: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"\?", _I), "fr": re.compile(r"\?|\best-ce\b", _I), "de": re.compile(r"\?"), "es": re.compile(r"[?¿]"),
    "zh": re.compile(r"[?？]|什么|为何|为什么|怎么|怎样|如何|哪[里个些位种儿]|几[个位种]|吗|多少"),
    "ja": re.compile(r"[?？]|か[。\n」]|か$|なぜ|どう|何を|いつ|どこ|だれ|誰"),
}  # fmt: skip
# Words, or their beginnings, that tell somebody to do something.
_TELLING: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        # a verb counts where a clause, or who is told, comes before it: elsewhere it is no command ("a way to make")
        r"(?:^|[.!?;:,(\n\"“”–—-]\s*|\b(?:and|then|or|also|just|first|next|finally|kindly|you|you to|task is to|job is to|asked to|never|not)\s+)"
        r"(?:[a-z]+ly )?(?:write|rewrite|explain|describe|list|give|name|state|tell|say|summari[sz]e|sum up|translate|convert|classify"
        r"|identify|create|generate|compose|draft|plan|calculate|compute|compare|contrast|find|provide|suggest|design|make|edit|correct"
        r"|fix|answer|discuss|analy[sz]e|propose|recommend|outline|develop|imagine|pretend|act|choose|select|decide|determine|evaluate"
        r"|estimate|define|illustrate|show|present|prepare|build|formulate|produce|construct|complete|fill|finish|sort|order|rank"
        r"|arrange|group|categori[sz]e|extract|count|check|verify|prove|solve|simplify|paraphrase|reword|rephrase|replace|remove|add"
        r"|use|include|mention|avoid|let|help|introduce|invent|come up|think of|put|turn|change|read|review|remind|reply|respond"
        r"|send|advise|express|implement|clarify|keep|assume|take|look|work|ask|offer|divide|point out|devise|brainstorm)\b"
        r"|\b(?:do not|don['’]t|please|must|should|your (?:task|job)|i (?:need|want|would like|could use|am looking for)|i['’](?:d like|m looking for)|i would love|to know|wonder)\b",
        _I,
    ),
    "fr": re.compile(
        r"\b(?:(?:ré)?écri|rédig|expliqu|décri|list|cit|donn|nomm|énumér|indiqu|dites|dis\b|besoin|cherch|racont|parle|inform|expos|précis|résum|tradui|convert|class|identifi|cré[eo]|génér"
        r"|compos|planifi|calcul|compar|trouv|propos|suggér|conce[vz]|élabor|corrig|répond|analys|recommand|imagin|choisi|défini|montr"
        r"|présent|prépar|formul|complét|tri[eo]|extra|compt|vérifi|résol|simplifi|reformul|remplac|ajout|supprim|utilis|emplo|mentionn"
        r"|évit|n['’]|ne\b|aid|invent|transform|chang|lis\b|lisez|rappel|envo|conseill|veuillez|merci de|devez|dois|doit|j['’]aimerais"
        r"|je voudrais|savoir|fais|faites|détermin|évalu|estim|discut|développ|établi|construi|produi|souhait)\w*",
        _I,
    ),
    "de": re.compile(
        r"\b(?:brauch|such|erzähl|schilder|klär|informier|schreib|beschreib|verfass|erklär|erläuter|nenn|list|zähl|gib|geben|sag|fass|übersetz|wandl|konvertier|rechn|berechn|klassifizier"
        r"|identifizier|bestimm|erstell|erzeug|generier|entwirf|entwerf|entwickl|plan|vergleich|find|schlag|empfiehl|empfehl|korrigier|beantwort"
        r"|antwort|diskutier|analysier|stell|mach|wähl|definier|zeig|präsentier|bereit|formulier|vervollständig|ergänz|sortier|ordne|extrahier"
        r"|prüf|überprüf|beweis|lös|vereinfach|ersetz|entfern|füg|verwend|benutz|nutz|erwähn|vermeid|hilf|helf|erfind|änder|lies|lesen|erinner"
        r"|send|schick|rat|bitte|sollst|sollen|soll|musst|müssen|muss|möchte|wissen|begründ|skizzier|führ|bewert|schätz|denk|stelle|verrat|leite|weis)\w*",
        _I,
    ),
    "es": re.compile(
        r"\b(?:(?:re)?escrib|redact|explic|explíq|describ|enumer|list|da\b|dame|dé\b|den\b|da[dm]|nombr|indic|indíq|di\b|dig|dime|necesit|busc|cuént|habl|inform|expon|expón|resum|traduc|traduzc"
        r"|conviert|convert|clasific|clasifiq|identific|identifiq|cre[ae]|gener|compon|compón|planific|planifiq|calcul|compar|encuentr|propon|propong"
        r"|sugier|diseñ|corrig|corrij|respond|analic|analiz|recomiend|recomend|imagin|eli[gj]|defin|muestr|present|prepar|formul|complet|orden|extra[ei]"
        r"|cuent|comprueb|verific|verifiq|resuelv|simplific|simplifiq|reformul|sustitu|elimin|añad|us[ae]|utilic|utiliz|mencion|evit|no\b|ayud|invent"
        r"|transform|cambi|le[ea]|recuérd|recuerd|enví|aconsej|por favor|deb[eo]|quier|quisier|saber|haz|hag|determin|evalú|estim|discut|desarroll)\w*",
        _I,
    ),
    "zh": re.compile(
        r"请|麻烦|帮|撰写|编写|改写|[写编讲说列举画做][一出下个首篇封段句份条]|给[出我他她你大一]|解释|描述|列出|列举|说明|总结|概括|翻译(?!家|官)|转换|分类|识别|创建|创作"
        r"|生成(?!式)|设计(?!师)|制定|规划|计划|计算(?!机|器|能力|技术)|比较|对比|找出|告诉|提供|建议|回答|讨论|分析(?!师)|推荐(?!系统|算法)|介绍(?!人)|讲述|起草|简述|论述|阐述|阐明|谈谈|指出|续写|仿写|拟[写定一]|证明|(?:^|[，。；：\n])[求算画填选猜]|试[着图]?[以用写析述]|不要|不得|不能|必须|应该|需要|任务|判断|评价|检查|修改"
        r"|补充|完成|提取|排序|假设|扮演|想象|想知道|想了解|用.{1,12}(?:写|造|说|表达)|将.{1,30}(?:为|成)|把.{1,30}(?:为|成)|给.{1,12}写"
    ),
    "ja": re.compile(
        r"ください|下さい|なさい|せよ|しろ|書[いけくき]|説明|述べ|挙げ|教え|要約|翻訳|訳し|まとめ|作[っりる成]|分類|計算|比較|提案|紹介|直[しす]|答え|考え|示し|示す"
        r"|こと[。\n]|こと$|ましょう|お願い|ほしい|欲しい|べき|知りたい|選[びん]|決め|述べよ|書け"
    ),
}  # fmt: skip
# What a statement begins with, or has: only a text of that form is taken for an answer.
_STATEMENT: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        r"^\W*(?:the|an?|this|that|these|those|it|i|we|he|she|they|there|in|on|at|my|our|his|her|their|once|when|because|yes|no|dear"
        r"|hello|hi|(?:(?!who|whose|that|which|if|when|where|why|how|what|so|because|as)[\w'’-]+ ){1,6}(?:is|are|was|were|has|have|had|can|will|would|include))\b", _I,
    ),
    "fr": re.compile(r"^\W*(?:l['’]|c['’]est|les?|la|une?|des|ils?|elles?|on|je|nous|dans|mon|ma|mes|sur|oui|non|cher|chère|bonjour|quand)\b"
                     r"|^\W*(?:[\w'’-]+ ){1,4}(?:est|sont|était|étaient|a|ont|peut|peuvent)\b|\bparce qu", _I),
    "de": re.compile(r"^\W*(?:der|die|das|eine?|er|sie|es|wir|ich|in|im|am|meine?|man|wenn|ja|nein|liebe\w*|hallo|weil|dort)\b"
                     r"|^\W*(?:[\w-]+ ){1,4}(?:ist|sind|war|waren|hat|haben|wird|werden|kann|können)\b|, (?:weil|denn|sondern)\b", _I),
    "es": re.compile(r"^\W*(?:el|la|los|las|una?|es|son|en|mi|yo|cuando|hay|sí|no|hola|querid\w*|porque)\b"
                     r"|^\W*(?:[\w-]+ ){1,4}(?:es|son|era|eran|está|están|fue|tiene|tienen|puede|pueden)\b|\bporque\b", _I),
    "zh": re.compile(r"是|它|她|他|我|因为|^亲爱的|^是的|^不"),
    "ja": re.compile(r"(?:です|ます|ました|である|だ|だった|た)[。！\n]|(?:です|ます|ました|である)$|^はい|^いいえ"),
}  # fmt: skip
_SHORT = 3  # times shorter than the question: a word or two in reply
# Commands that have their like in each of the languages, at the beginning of a text.
_COMMAND: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        r"^\W*(?:please )?(?:write|rewrite|explain|describe|list|give|name|summari[sz]e|translate|compose|draft|compare|suggest"
        r"|propose|recommend|generate|create|calculate|tell|provide|construct|infer|classify|categori[sz]e|determine|rearrange|arrange"
        r"|identify|find|design|develop|edit|convert|discuss|analy[sz]e|define|build|select|choose|come up|outline|produce|formulate"
        r"|evaluate|estimate|predict|invent)\b", _I,
    ),
    "fr": re.compile(r"^\W*(?:(?:ré)?écri(?:s|vez)|rédige|expliqu|décri|list|cit|donn|nomm|énumér|résum|tradui|propos|suggér|compar|calcul)\w*", _I),
    "de": re.compile(r"^\W*(?:schreib|beschreib|verfass|erklär|erläuter|nenn|gib|geben|fass|übersetz|vergleich|berechn|erstell|schlag|empfiehl)\w*", _I),
    "es": re.compile(r"^\W*(?:(?:re)?escrib|redact|explic|describ|enumer|nombr|resum|traduc|compar|calcul|propon|sugier|recomiend|genera|crea)\w*", _I),
    "zh": re.compile(r"^\s*(?:请|写|列出|给出|解释|描述|总结|翻译|比较|推荐|介绍|计算|设计|分析)"),
    "ja": re.compile(r"ください|下さい|なさい"),
}  # fmt: skip
# How replies open. Not where the text that was to be said anew opens so itself.
_OPENING: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"\s*(?:(?:sure|certainly|of course|absolutely|okay|great)\s*[,!.:—-]|as an? (?:ai|language model)\b|i['’]?m sorry|i am sorry|i cannot|i can['’]t)", _I),
    "fr": re.compile(r"\s*(?:(?:bien sûr|certainement|d['’]accord|avec plaisir|absolument)\s*[ ,!.:]|en tant qu['’]?ia\b|je suis désolé|désolé)", _I),
    "de": re.compile(r"\s*(?:(?:natürlich|klar|gerne?|selbstverständlich|sicher)\s*[,!.:]|als ki\b|es tut mir leid|tut mir leid)", _I),
    "es": re.compile(r"\s*(?:¡?(?:claro|por supuesto|desde luego|con gusto)\b\s*(?:que sí)?\s*[,!.:]|como (?:una )?ia\b|lo siento)", _I),
    "zh": re.compile(r"\s*(?:当然(?:可以)?[，！!。,]|好的[，！!。,：:]|没问题[，！!。,]|作为(?:一个|一名)?(?:AI|人工智能)|(?:很)?抱歉[，,]|对不起，我)"),
    "ja": re.compile(r"\s*(?:もちろん(?:です)?[、！。]|はい[、。！]|承知(?:し|いた)|かしこまり|申し訳(?:ありません|ございません))"),
}  # fmt: skip
_SHOWING: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"\s*here(?:['’]s| is| are)\b", _I), "fr": re.compile(r"\s*voici\b", _I),
    "de": re.compile(r"\s*hier (?:ist|sind|kommt|kommen)\b", _I), "es": re.compile(r"\s*aquí (?:tiene|está|va|hay)\w*", _I),
    "zh": re.compile(r"\s*(?:以下是|下面是|这是一)"), "ja": re.compile(r"\s*(?:以下(?:は|が|に)|こちら(?:が|は))"),
}  # fmt: skip
_POINTING = re.compile(  # a text that itself points at what it brings along
    r"\b(?:here|following|below|this is|these are|given|voici|voilà|suivante?s?|ci-dessous|hier|folgend\w*|unten|nachstehend\w*|aquí"
    r"|siguientes?|continuación|abajo)\b|以下|下面|下列|这是|这里|如下|次の|下記|これは|ここ|こちら",
    _I,
)


def opens_as_reply(source: str, result: str, source_language: str, result_language: str) -> bool:
    """Say whether a text opens as replies do, and the one that it is to say anew does not."""
    before, after = source_language.partition("-")[0], result_language.partition("-")[0]
    if before not in _TELLING or after not in _TELLING:
        return False
    opens = _OPENING[after].match(result) and not _OPENING[before].match(source)
    shows = _SHOWING[after].match(result) and not _POINTING.search(source)
    return bool(opens or shows)


def loses_question(source: str, result: str, source_language: str, result_language: str) -> bool:
    """Say whether a text that puts a question became one that asks for nothing."""
    after = result_language.partition("-")[0]
    if source_language.partition("-")[0] not in _TELLING or after not in _TELLING:
        return False
    if not re.search(r"[?？]|[^ん]ですか[。\n]|ますか[。\n]|ですか$|ますか$", source) or _asks(result, after):
        return False
    return bool(_STATEMENT[after].search(result)) or len(result) * _SHORT < len(source)


def loses_command(source: str, result: str, source_language: str, result_language: str) -> bool:
    """Say whether a text that begins by telling somebody to do something became one that asks for nothing."""
    before, after = source_language.partition("-")[0], result_language.partition("-")[0]
    if before not in _TELLING or after not in _TELLING:
        return False
    told = _COMMAND[before].search(source)
    return bool(told and _STATEMENT[after].search(result)) and not _asks(result, after)


def _asks(text: str, language: str) -> bool:
    return bool(_QUESTION[language].search(text) or _TELLING[language].search(text))
