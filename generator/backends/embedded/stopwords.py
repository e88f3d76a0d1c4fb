"""Words without content of their own: what a term is never made of."""

from __future__ import annotations

ENGLISH_STOP_WORDS = frozenset(
    """
    a about above actually after again against all almost alone along already also although always am among an and
    another any anyone anything are around as at away back be because become becomes been before being below between
    both but by can cannot could did do does doing done down during each either else enough even ever every everyone
    everything few first for from further get gets give given gives go goes going got had has have having he her here
    hers herself him himself his how however i if in into instead is it its itself just keep keeps kind know last
    later least less let like likely made make makes many may maybe me means might mine more most mostly much must my
    myself near need needs neither never next no nobody none nor not nothing now of off often on once one ones only or
    other others otherwise our ours out over own part perhaps possible put quite rather really right said same
    say says second see seem seems several shall she should since so some someone something sometimes soon still such
    take takes taken than that the their theirs them themselves then there therefore these they thing things third
    this those though three through thus to today together too toward towards two under unless until up upon us use
    used uses using usually very want wants was way ways we well went were what whatever when where whether which
    while who whole whom whose why will with within without work works would yes yet you your yours yourself
    across another's became began better beyond called cause causes change changes different example examples follow
    following follows found four five six seven eight nine ten good great half high higher important include includes
    including large larger less little long longer lower main number order place point reason result results short
    simple small start starts state states time times turn turns usual whenever wherever word words write written
    sorry please that's there's don't doesn't isn't can't it's you're they're we're let's
    """.split()
)

# Characters that seldom stand inside a Chinese content word, and marks: runs between them are where words are found.
_SHAPELESS = (
    "的了是在和与也就都而及或被把对从到为以于不这那其之可会要有您你我他她它们吗呢吧啊么个些"
    "每各又再还则即若如但并很更最已将让使由向给用请该此没无因所"
)
_PLACES = "后前上下中时"  # they end a phrase as often as they are part of a word (下午, 中间)
SHAPELESS_CHINESE = rf"[^\u4e00-\u9fff]|[{_SHAPELESS}{_PLACES}]"
FUNCTION_CHINESE = rf"[^\u4e00-\u9fff]|[{_SHAPELESS}]"
