"""Stop words by language: what a response may consist of and still say nothing.

Function words only: articles, pronouns, prepositions, conjunctions, auxiliaries, and the adverbs that go with them.
Words that answer a question by themselves (yes, no, not, both a numeral) are left out, so a "No." is a response.

Source: closed word classes of each language, as grammars list them; WizardLM (arXiv:2304.12244, section 3.3) asks for
such a list and ships an empty one.
"""

from __future__ import annotations

ENGLISH = frozenset(
    """
a an the this that these those i me my mine myself we us our ours ourselves you your yours yourself yourselves he him
his himself she her hers herself it its itself they them their theirs themselves one's who whom whose which what when
where why how whoever whatever whichever am is are was were be been being do does did doing done have has had having
can could will would shall should may might must ought and but or if because as until while although though since
unless whereas than so such of at by for with about against between into through during before after above below to
from up down in out on off over under upon within without toward towards among across along around beyond again further
then once here there now just also too very quite rather only own same other another each every any all some most more
few much many several still yet even ever already almost perhaps well however therefore thus hence etc i'm i've i'd
i'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's it'd it'll we're we've we'd we'll they're
they've they'd they'll that's that'll there's here's what's who's where's how's let's s t d ll m re ve
""".split()
)

GERMAN = frozenset(
    """
der die das den dem des ein eine einen einem einer eines dieser diese dieses diesen diesem jener jene jenes jenen jenem
ich du er sie es wir ihr mich mir dich dir ihn ihm uns euch ihnen sich mein meine meinen meinem meiner dein deine
deinen deinem deiner sein seine seinen seinem seiner ihre ihren ihrem ihrer unser unsere unseren unserem unserer euer
eure euren eurem eurer man wer wen wem wessen was welcher welche welches welchen welchem wann wo wohin woher warum wie
und oder aber denn sondern doch jedoch wenn als ob weil da dass damit obwohl während bevor nachdem bis seit sobald
falls indem sowie an auf aus bei durch für gegen hinter in mit nach neben ohne über um unter von vor zu zum zur
zwischen am im ins vom beim ans aufs bin bist ist sind seid war warst waren wart gewesen habe hast hat haben habt hatte
hattest hatten gehabt werde wirst wird werden werdet wurde wurden worden würde würden kann kannst können könnt konnte
konnten könnte könnten muss musst müssen musste mussten müsste soll sollst sollen sollte sollten will willst wollen
wollte wollten darf dürfen durfte dürfte mag mögen möchte möchten lassen lässt so auch noch nur schon sehr hier dort
dann nun jetzt immer wieder also etwa mehr viel viele einige alle alles allem aller jeder jede jedes jeden jedem andere
anderen anderer anderes derselbe dieselbe dasselbe selbst eben mal ja wohl zwar bereits sonst dabei dazu davon darauf
daran darin dafür
""".split()
)

FRENCH = frozenset(
    """
le la les l un une des du de d au aux ce cet cette ces cela ça ceci celui celle ceux celles je j tu il elle on nous
vous ils elles me m te t se s lui leur y en moi toi soi eux mon ma mes ton ta tes son sa ses notre nos votre vos leurs
qui que qu quoi dont où quel quelle quels quelles lequel laquelle lesquels lesquelles quand comment pourquoi et ou mais
donc or car si comme lorsque puisque quoique afin parce pendant tandis à dans par pour sur sous avec sans entre vers
chez contre depuis avant après dès jusque jusqu devant derrière parmi selon malgré être suis es est sommes êtes sont
étais était étions étiez étaient été serai seras sera serons serez seront serais serait serions seraient sois soit
soient étant fus fut furent avoir ai as a avons avez ont avais avait avions aviez avaient eu aurai auras aura aurons
aurez auront aurais aurait auraient aie ait aient ayant eut eurent fait faire font peut peuvent pouvoir doit doivent
devoir va vont aller ne n plus aussi très trop bien encore déjà toujours ainsi alors puis ensuite ici là même mêmes
tout tous toute toutes autre autres quelque quelques plusieurs chaque c
""".split()
)

SPANISH = frozenset(
    """
el la los las lo un una unos unas al del este esta esto estos estas ese esa eso esos esas aquel aquella aquello
aquellos aquellas yo tú él ella ello nosotros nosotras vosotros vosotras ellos ellas usted ustedes me te se nos os le
les mí ti sí conmigo contigo mi mis tu tus su sus nuestro nuestra nuestros nuestras vuestro vuestra vuestros vuestras
mío mía suyo suya suyos suyas que qué quien quién quienes cual cuál cuales cuyo cuya donde dónde cuando cuándo como
cómo por porque para pero sino aunque si y e o u ni pues mientras a ante bajo con contra de desde durante en entre
hacia hasta mediante según sin sobre tras soy eres es somos sois son era eras éramos eran fui fue fuimos fueron ser
sido siendo seré será serán sería serían sea sean fuera fueran estoy estás está estamos están estaba estaban estuvo
estado estar esté estén he has ha hemos habéis han había habían hubo haber habrá habría haya hayan hay tengo tiene
tienen tener tenía puede pueden poder podría debe deben va van ir hace hacen hacer muy más ya también tan tanto así aún
todavía siempre entonces luego aquí allí ahí ahora mismo misma mismos mismas otro otra otros otras todo toda todos
todas cada algún alguna algunos algunas algo alguien mucho mucha muchos muchas poco pocos varios
""".split()
)

ITALIAN = frozenset(
    """
il lo la i gli le l un uno una di del dello della dei degli delle d a al allo alla ai agli alle da dal dallo dalla dai
dagli dalle in nel nello nella nei negli nelle con col su sul sullo sulla sui sugli sulle per tra fra io tu lui lei noi
voi loro mi ti ci vi si li ne me te sé mio mia miei mie tuo tua tuoi tue suo sua suoi sue nostro nostra nostri nostre
vostro vostra vostri vostre questo questa questi queste quello quella quelli quelle quel quei ciò che chi cui quale
quali quando dove come perché e ed o od ma però se anche mentre poiché affinché sono sei è siamo siete era erano ero fu
furono essere stato stata stati state sarà saranno sarebbe sia siano ho hai ha abbiamo avete hanno aveva avevano avere
avuto può possono deve devono fa fanno fare più molto già ancora sempre così poi qui qua lì là ora stesso stessa altro
altra altri altre tutto tutta tutti tutte ogni alcuni alcune c
""".split()
)

PORTUGUESE = frozenset(
    """
o a os as um uma uns umas de do da dos das em no na nos nas num numa por pelo pela pelos pelas para com sem sob sobre
entre até desde após ante contra ao à aos às eu tu ele ela nós vós eles elas você vocês me te se lhe lhes mim ti si meu
minha meus minhas teu tua teus tuas seu sua seus suas nosso nossa nossos nossas este esta isto estes estas esse essa
isso esses essas aquele aquela aquilo aqueles aquelas que quem qual quais cujo cuja onde quando como porque porquê e ou
mas porém embora enquanto pois sou és é somos são era eram fui foi foram ser sido sendo será serão seria seja sejam
estou está estamos estão estava estavam esteve estar tenho tem temos têm tinha tinham ter teve há havia haver pode
podem poder deve devem vai vão ir faz fazem fazer muito mais já também ainda sempre assim então aqui ali lá agora mesmo
mesma outro outra outros outras todo toda todos todas cada algum alguma alguns algumas algo
""".split()
)

DUTCH = frozenset(
    """
de het een die dat deze dit ik jij je u hij zij ze wij we jullie mij me jou hem haar ons hun hen zich mijn jouw zijn
onze uw wie wat welke welk wanneer waar waarom hoe en of maar want dus als dan omdat hoewel terwijl voordat nadat tot
sinds indien aan bij door in met na naar naast om onder op over te ten ter tegen tijdens tussen uit van via voor zonder
ben bent is was waren geweest heb hebt heeft hebben had hadden gehad word wordt worden werd werden geworden zal zult
zullen zou zouden kan kunt kunnen kon konden mag mogen moet moeten moest wil willen wilde doet doen deed er daar hier
nu toen ook nog al zeer heel wel zo meer veel vele alle alles elke elk ieder iedere ander andere enkele sommige zelf
zelfde
""".split()
)

RUSSIAN = frozenset(
    """
я ты он она оно мы вы они меня мне мной тебя тебе тобой его ему им ним нём него её ей ею неё ней нас нам нами вас вам
вами их ими них себя себе собой мой моя моё мои твой твоя твоё твои свой своя своё свои своего своей наш наша наше наши
ваш ваша ваше ваши этот эта это эти этого этой этих этом тот та то те того той тех том такой такая такое такие кто что
кого чего кому чему чем ком чём который которая которое которые которого которой которых какой какая какое какие чей
где когда куда откуда почему зачем как и а но или да если чтобы потому поэтому хотя пока так же ли бы б в во на по к ко
с со у о об от до из за для при про без над под перед между через около после быть был была было были буду будет будут
есть являюсь является являются может могут мочь должен должна должны надо можно ещё еще уже тоже также очень более
менее всё все весь вся всех всем всегда там тут здесь тогда теперь сам сама само сами самый другой другая другие каждый
""".split()
)

CHINESE = frozenset(
    """
的 地 得 了 着 过 们 之 其 所 者 也 都 就 才 又 再 还 很 更 最 太 挺 非常 十分 已 已经 曾 曾经 正在 将 将要 会 能 可以
可能 应该 必须 要 我 你 您 他 她 它 我们 你们 他们 她们 它们 咱们 自己 大家 人家 这 那 这个 那个 这些 那些 这里 那里
这儿 那儿 这样 那样 这么 那么 此 该 各 每 某 另 另外 其他 其它 其中 其次 什么 谁 哪 哪个 哪些 哪里 怎么 怎样 如何
为什么 为何 多少 几 和 与 及 以及 或 或者 并 并且 而 而且 但 但是 不过 然而 可是 因为 由于 所以 因此 因而 如果 假如 若
要是 虽然 尽管 即使 既然 除非 只要 只有 无论 不管 于是 然后 接着 从 自 自从 到 在 于 向 往 对 对于 关于 至于 把 被 让
给 使 用 以 按 按照 根据 通过 为 为了 替 跟 同 比 由 除 除了 当 随着 作为 是 吗 呢 吧 啊 呀 嘛 哦 嗯 哎 唉 哈 啦 个 些
一个 一些 一样 一般 一直 一起 一下 有些 有的 等 等等 上 下 里 中 内 外 前 后 之前 之后 时 時 時候 时候 来 去 说 們 這
那麼 這個 這些 這樣 還 會 為 為了 對 與 從 過 個 後 裡 嗎 讓 給 沒 只 便 则 即 并非 甚至 尤其 特别
""".split()
)

JAPANESE = frozenset(
    """
の に は を が と で も や か へ ね よ な ば から まで より だけ ほど くらい ぐらい など なら ので のに けど けれど
けれども ても でも たり ながら し て た だ です ます でした ました ません ではない じゃない である であり であった
だった でしょう だろう する します した して いる います いた いて いない ある あります あった あって ない なかった
なる なります なった れる られる せる させる たい ください これ それ あれ どれ この その あの どの ここ そこ あそこ
どこ こちら そちら あちら どちら こう そう ああ どう こんな そんな あんな どんな 私 僕 あなた 彼 彼女 私たち 彼ら 何 誰
いつ なぜ また および または そして それから しかし だから したがって つまり ただし もし たとえば とても もっと もう
まだ すでに いつも こと もの ため よう ところ とき という といった について において によって として にとって とともに
""".split()
)

STOP_WORDS: dict[str, frozenset[str]] = {
    "en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH, "it": ITALIAN, "pt": PORTUGUESE, "nl": DUTCH,
    "ru": RUSSIAN, "zh": CHINESE, "ja": JAPANESE,
}  # fmt: skip
UNSPACED_LANGUAGES = frozenset({"zh", "ja"})
