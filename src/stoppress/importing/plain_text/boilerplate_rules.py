"""Patterns of boilerplate lines by reason. Each pattern matches a whole line, in any letter case."""

_READER = r"(?:our|your|my|the [A-Z][\w ]{2,40}?[’']s)"
_MAIL = (
    r"(?:newsletters?|e-?mails?|briefings?|inbox|alerts?|bulletins?|round-?ups?|updates|mailing list"
    r"|push notifications?)"
)
_PHOTO = (
    r"(?:AP|AFP|PA|PA Wire|PA Media|Reuters|EPA|EPA-EFE|Getty|Getty Images|Shutterstock|Alamy|Rex|Anadolu|Bloomberg"
    r"|TASS|Supplied|Handout)"
)
_ALL_SORTS = r"(?:all |the |a |new |more |newer |older |main |latest )*"

SIGN_UP = (
    rf"(?:please |simply |want more\? )?sign ?-?up (?:now |here |today )?(?:for|to) {_READER} .*\b{_MAIL}\b.*",
    r"(?:please |simply )?sign ?-?up (?:now |here |today )?(?:for|to) .*\bnewsletters?\b.*",
    rf"(?:sign ?-?up|subscribe)\b.*\b(?:your inbox|{_READER} (?:[\w-]+ ){{0,5}}{_MAIL})\b.*",
    r"(?:sign ?-?up|subscribe|register)(?: now| today| here)?|newsletters?",
    rf"(?:get|for|receive|have|want) .{{3,120}}\b(?:your inbox|sign up to {_READER})\b.*",
    r"(?:get|for|receive|have|want) .{3,120}\bour (?:[\w-]+ ){0,5}(?:newsletters?|e-?mails?)\b.*",
    rf"(?:join|follow) {_READER} (?:[\w-]+ ){{0,3}}(?:newsletter|mailing list|whatsapp|telegram|channel|community)\b.*",
    r"(?:enter )?your e-?mail(?: address)?|e-?mail address|invalid e-?mail(?: address)?",
    r"i would like to be e-?mailed about .*|by entering your e-?mail .*",
    r"thank you for (?:signing up|subscribing).*",
    r"join (?:our|the) (?:commenting forum|conversation|discussion|debate)\b.{0,80}",
)
MONEY = (
    r"support (?:truly|quality|our|fearless)(?: independent)?(?: journalism| newsroom| reporting)?(?: (?:today|now))?",
    r"support (?:our|independent|quality|fearless|the [\w ]{2,30}[’']s) (?:journalism|newsroom|reporting)\b.{0,60}",
    r"(?:truly |quality )?independent journalism",
    r"support us(?: (?:today|now))?|support the guardian.{0,40}",
    r"(?:please )?(?:donate|make a donation|contribute)(?: (?:now|today|here|from .*))?",
    r"(?:please )?consider (?:making a|supporting|donating|subscribing|becoming)\b.{0,100}",
    r"become a (?:supporter|member|subscriber|patron)\b.{0,60}",
    r"subscribe (?:now|today) (?:for|from|to)\b.{0,60}",
    r"subscribe (?:to|for) (?:the|our|unlimited|full|just|only|as little)\b.{0,100}",
    r"already (?:a subscriber|have an account)\b.{0,60}|(?:log|sign) in(?: (?:to|here|now)\b.{0,50})?",
    r"(?:create (?:an |a free )?account|start your free trial)\b.{0,60}",
)
APP = (
    r"(?:download|get|install|try) (?:the|our) (?:free )?(?:[\w’'-]+ ){0,4}app\b.*",
    r"stay up to date with notifications\b.{0,80}|notifications\b.{0,40}\b(?:settings|preferences|browser)\b.{0,40}",
    r"(?:turn on|enable|allow|manage|get) (?:push |our )?notifications\b.{0,60}",
)
PRIVACY = (
    r"(?:we|this (?:site|website|page)|our (?:site|website)) uses? cookies.*",
    r"(?:accept|reject|manage|allow)(?: all| my)? (?:cookies?|consent)(?: (?:preferences|settings))?",
    r"(?:cookie|privacy)(?: and cookie)? (?:policy|notice|settings|preferences|banner).{0,40}",
    r"terms (?:of (?:use|service)|and conditions).{0,60}",
    r"read our (?:full )?(?:privacy|cookie|mailing list consent).*",
    r"by (?:clicking|continuing|signing up)\b.{0,40} you .*",
    r"please (?:turn on|enable|switch on) javascript.*",
)
LINK = (
    r"(?:read|see|watch|find out|hear) (?:more|next|also)(?:\s*[:|>»→\u2013\u2014-].*)?",
    r"(?:read|see|find out|hear) more (?:here|about|on this|from|in our)\b.*",
    r"read (?:the|our) full (?:story|report) here\W*",
    r"(?:also (?:read|on)|see also|recommended|top stories|editor[’']s picks|must reads?)(?:\s*[:|>].*)?",
    r"related(?: (?:stories|articles|topics|content))?(?:\s*[:|>].*)?|(?:more on this(?: story)?|full story)\W*",
    r"most (?:read|popular|viewed)|more from .{2,60}|(?:related )?topics",
    r"(?:click|tap) here\b.*",
    r"https?://\S+|www\.\S+",
    r"(?:lire aussi|à lire aussi|lire la suite|leer más|leer también|lea también|lee también|leggi anche|leggi di più"
    r"|leia mais|leia também|lesen sie auch|mehr lesen|mehr zum thema|lees ook|läs också|läs mer|les også|læs også"
    r"|czytaj (?:też|także|więcej)|читайте (?:также|также:|також|ещё)|devamını oku|ayrıca okuyun|read also"
    r"|اقرأ أيضا|اقرأ أيضاً|関連記事|続きを読む)(?:\s*[:|>»→\u2013\u2014-].*)?",
    r"(?:return|back|go|jump) to (?:menu|top|start|main content)",
)
BUTTON = (
    r"(?:share|tweet|post|copy(?: link)?|link copied!?|print|e-?mail|bookmark|save(?: article)?)",
    r"(?:comments?|reply|follow|like|more|menu|search|home|close|next|previous|back|refresh|loading\.*)",
    r"(?:play|pause|play video|advertisement|advert|ad|sponsored|anzeige|werbung|publicité|publicidad|publicidade"
    r"|pubblicità|reklama|реклама|إعلان|広告|oops!?|something went wrong\.?|please try again later\.?"
    r"|oops! something went wrong\. ?please try again later\.?)",
    r"(?:compartir|compartilhar|partager|teilen|condividi|delen|dela|del|udostępnij|sdílet|поделиться|поширити|paylaş"
    r"|مشاركة|شارك|シェア|공유|分享|שתף|menü|menú|suche|buscar|rechercher|cerca|secciones|поиск)",
    r"sort by ?(?:dropdown arrow)?|[·•]? ?\d{1,3}[- ]min(?:ute)? read|download now|follow (?:the )?latest updates",
    r"(?:article )?share tools|share(?: page| post)?|(?:view )?more (?:share|sharing) options|about sharing"
    r"|copy (?:this |the )?link(?: to (?:this )?post)?|(?:close )?share panel|read more about these links\.?",
    r"share (?:on|via|this|by) .{1,60}|follow us on .{1,60}|tweet this|(?:send|post) to [\w ]{1,20}",
    r"(?:facebook|twitter|x|whatsapp|linkedin|reddit|messenger|telegram|pinterest|instagram|bluesky|threads|flipboard)"
    r"(?: ?[,|·]? ?(?:facebook|twitter|x|whatsapp|linkedin|reddit|messenger|telegram|e-?mail|copy link)){0,8}",
    r"\(?\d[\d,.]*k? (?:comments?|shares?|likes?|replies|viewing|people (?:are )?(?:watching|reading))\)?",
    r"comments? \(?\d+\)?",
    rf"(?:view|show|load|hide|read|jump to|skip to|add) (?:\d+ )?{_ALL_SORTS}(?:posts?|updates?|comments?|content)",
    rf"(?:view|show|hide|jump to|skip to|go to) {_ALL_SORTS}(?:navigation|entries|stories|key events(?: only)?)",
    r"(?:newest|oldest|latest|most recent) (?:posts? )?first|back to top|(?:sort|filter) by\b.{0,30}",
    r"\d+ new (?:posts?|updates?)|page \d+ of \d+",
)
FURNITURE = (
    r"live(?: reporting| updates?| blog| coverage| page)?|live ?updated ?:?(?:\s?\d{10}(?:\d{3})?)?|ended",
    r"as it happened|\d+ (?:posts|updates|entries|key events)|summary of key events",
    r"key (?:points|events|moments|developments)|what we covered here|what you need to know|top ?lines|at a glance",
    r"all times (?:stated |shown |given )?(?:are )?(?:in )?.{2,30}",
    r"(?:our|this|the) live (?:coverage|blog|page|feed)\b.{0,30}\b(?:ended|closed|over|finished|closing)\b.{0,120}",
    r"\d{1,2} ?(?:h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|d|days?) ago|just now|a moment ago",
    r"(?:há|hace|il y a|vor|منذ|לפני) \d{1,2} \w+|\d{1,2} ?(?:минут\w*|час\w*|хвилин\w*|годин\w*) (?:назад|тому)"
    r"|\d{1,2} ?(?:分|時間|분|시간|分钟|小时|分鐘|小時) ?[前전]"
    r"|\d{1,2} (?:minuti|ore|minuten|uur|dakika|saat) (?:fa|geleden|önce)",
)
PICTURE = (
    r".{0,160}\b(?:photograph|photo|picture|image|video|illustration|graphic|composite)(?: (?:by|credit|source))?"
    r": ?[^.]{2,60}",
    r"(?:image|photo|picture|media|video) (?:source|caption|credit|copyright|gallery)\b.{0,180}",
    rf"[^.]{{3,180}}\((?:[\w .’'/-]{{1,40}}[/,] ?)?{_PHOTO}(?:[/,] ?[\w .’'-]{{1,40}})?(?: via [\w ]{{2,20}})?\)",
    r"(?:©|copyright|\(c\)) ?.{2,100}|[^\d]{2,40}/(?:getty images|afp|reuters|ap|pa|epa|shutterstock)[^\d]{0,30}",
)
OMISSION = (r"[\[(]\s?(?:\.{3}|…)\s?[\])]|\.{3}|…",)
RULE = (r"(?:[-_=*~•·.#—–+<>|/\\] ?){1,400}",)
