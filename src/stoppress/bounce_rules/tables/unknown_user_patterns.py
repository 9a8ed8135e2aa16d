"""Patterns by which mail servers report that a mailbox or a host does not exist, by language.

The English patterns match noun and verb in either order, and common spelling mistakes. Those of other languages match
the noun, then the verb. All match text from `normalise_text`: lower case, single spaces, addresses replaced by "<@>".
"""

_USER = (
    r"(?:user|recipient|mail[- ]?box|mail[- ]?drop|account|address|person|addressee|alias|member|customer|subscriber|"
    r"employee|student|e-?mail|e-?mail id|inbox|login|user ?name|user ?id|rcpt|mbox|box|local[- ]?part|individual|"
    r"contact|destination|name|id|they|virtual user|nickname)"
)
_IS = (
    r"(?:name |address |account |mailbox |you are trying to (?:contact|reach) |that you tried to reach |specified |"
    r"you specified |with that name |in question |here |by that name |is |was |are |has |have |been |could |does |did |"
    r"dose |do |be |can |cannot |currently |permanently |already |either )*"
)
_NOT = r"(?:not?|n['’]?t)"
_EXIST = r"ex(?:ist|sit|isit)"
_FIND = r"(?:find|locate|identify|recogni[sz]e|match|look ?up)"
_UNABLE = (
    r"(?:unable to|failed to|not able to|can ?not|can['’]?t|could ?not|couldn['’]?t|did not|didn['’]?t|do not|"
    r"don['’]?t)"
)

#: English wordings. Each row: a typical phrase, and the pattern of its variants.
ENGLISH_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "the user … does not exist",
        rf"{_USER}(?:\(s\)|s)? ?(?:<@>|\(<@>\)|\"[^\"]{{0,80}}\"|'[^']{{0,80}}'|\S{{1,60}})? ?:? ?{_IS}(?:unknown|"
        rf"{_NOT} {_EXIST}|n[o']t (?:be )?(?:found|known|recogni[sz]ed|valid|here|registered|have an? account|listed|"
        r"a (?:valid|known|local)|hosted|handled|permitted|our|available|in|on|at|have a mailbox|match|resolved|a user|"
        r"ok\b)|"
        r"n.t (?:be )?(?:found|have an?\b)|invalid|unavailable|undeliverable|no longer|non-?exist|unresolvable|"
        r"unrecogni[sz]ed|deleted|removed|missing|incorrect)",
    ),
    (
        "no such user",
        r"(?:unknown|no such|invalid|no|non[- ]?exist(?:ent|ant|ing)|not existing|not a (?:valid|known|local)|"
        r"not (?:a )?(?:known|valid)|bad|illegal|unrecogni[sz]ed|unable to validate|incorrect|wrong|undefined|"
        r"ambiguous|"
        r"not our|no longer an?|not recognized|unroutable|unrouteable|unlisted|unavailable|not a|not an) "
        r"(?:the |that |such |an? |any |valid |local |e-?mail |mail |virtual |remote |final |delivery |destination |"
        rf"forward |or illegal |or unknown |active |registered |\S{{0,20}}@ ?)*(?:{_USER}s?|forward-?path|matching)\b",
    ),
    (
        "cannot find the user",
        rf"{_UNABLE} {_FIND} (?:the |that |an? |any |this |such |requested |specified )*{_USER}\b",
    ),
    (
        "the recipient could not be found",
        rf"{_USER}[^.]{{0,40}}(?:couldn.?t|could not|can ?not|can.?t) be (?:found|located|verified|identified|recogni)",
    ),
    (
        "<@> unknown",
        r"<@>\W{0,3} ?(?:is |was )?(?:unknown|not (?:found|known|valid|recogni[sz]ed|here)|invalid)\b"
        r"(?! (?:mailer|mail|error|reason|problem|command|dns|mx))",
    ),
    (
        "is not a user here",
        r"(?:is not|isn['’]?t|not) (?:an? |our )?(?:known |valid |active |registered |current )*"
        rf"(?:{_USER}|known|hosted)"
        r"(?: here| of| on| at| in)\b|isn['’]?t known|(?:is|are) not (?:an? )?(?:registered|valid|known)",
    ),
    (
        "no user by that name",
        r"(?:no|not) (?:mailbox|account|user|one) (?:here|by that|with that|named|found|exists?)|"
        r"no one (?:here )?(?:by|at) th|nobody (?:here|by|with|of|named)|no account\b",
    ),
    (
        "does not exist",
        rf"does ?n[o'’]t (?:have an? (?:\S{{1,30}} )?(?:account|mailbox|e-?mail))|user doesn|"
        rf"(?:does|do|did|dose) ?{_NOT} {_EXIST}|{_NOT} {_EXIST}",
    ),
    (
        "no longer",
        r"no longer (?:a |an |valid|works?|with|employ|exist|here|available|at |on |has )|"
        r"no longer accepts (?:e-?)?mail(?! from)|"
        r"(?:user|recipient|person|employee|has|have) left (?:the|our|this|us)\b|(?:user|recipient|employee) has left",
    ),
    (
        "codes and identifiers",
        r"user ?unknown|unknown ?user|nosuchuser|recipnotfound|recipient ?not ?found|resolver\.adr\.|"
        r"5\.1\.1 (?:unknown|bad|invalid)|rcpt to [^.]{0,40}(?:invalid|unknown)|said: user|badrcptto|validrcptto",
    ),
    (
        "not listed in a directory",
        r"not listed in [^.]{0,30}(?:directory|address book|domino|name)|"
        r"(?:isn.t|not) (?:in|listed in|on) (?:the|our|my) (?:directory|list|user|system|domain|virtual|address)|"
        rf"(?:mailbox|account|user|address) for \S{{1,60}} not found|unable to deliver to (?:this |that )?{_USER}",
    ),
    (
        "other wordings",
        r"mailbox (?:not found|unavailable|does not|name not allowed|invalid)|recipient (?:not|unknown|invalid)|"
        r"user not known|verification failed for|address (?:verification|error|unknown|invalid|syntax)|"
        r"undeliverable address|unknown (?:or illegal|address|local)|handle mail for that user|marked as invalid|"
        r"(?:mailbox|address|account) (?:is )?(?:un(?:allocated|assigned)|retired)|"
        r"address lookup in \S{1,40} map failed|"
        rf"(?:do|does) ?(?:not|n.t) have (?:an? |any |this |that |such )+{_USER}\b|nobody uses",
    ),
)
#: The same in other languages.
PATTERNS_BY_LANGUAGE: tuple[tuple[str, str], ...] = (
    (
        "German",
        r"(?:empf[äa]e?nger|benutzer|nutzer|teilnehmer|postfach|(?<!absender)(?<!ip-)adresse|mailbox|konto)"
        r"[^.]{0,40}(?:unbekannt|existier\w{1,3} nicht|nicht (?:gefunden|vorhanden|bekannt|eingerichtet)|"
        r"ung(?:ü|u|ue)ltig)|"
        r"(?:unbekannte[rns]?|kein(?:e[nr]?)?(?: solche[rns]?)?|ung(?:ü|u|ue)ltige[rns]?) "
        r"(?:e-?mail-?)?(?:empf|benutzer|nutzer|postfach|adresse|mailbox|konto)",
    ),
    (
        "French",
        r"(?:destinataire|adresse(?! ip)|utilisateur|usager|abonn[ée]|compte|bo[iî]te)[^.]{0,60}"
        r"(?:invalide|inconnu|n['’ ]?exist|inexistant|introuvable|erron[ée])|aucun (?:utilisateur|compte|destinataire)",
    ),
    (
        "Spanish, Portuguese, Italian",
        r"(?:usu[áa]ri?o|utilizador|utente|destinat[áa]ri[oa]|destin\.|cuenta|conta|buz[oó]n|casilla|casella|caixa|"
        r"(?:direcci[oó]n|endere[çc]o|indirizzo)(?! ip))[^.]{0,40}(?:desconoc|desconhec|sconosciut|in[ie][xs]ist|"
        r"(?:no|n[ãa]o|non) (?:existe|esiste|encontrad|trovat|v[áa]lid|se enc)|no es v[áa]lid|inv[áa]lid|errat[oa])|"
        r"(?:no|n[ãa]o|non) (?:existe|esiste) (?:el |la |o |a |ning[úu]n )?"
        r"(?:usu|cuenta|conta|buz|utente|casella|indir)",
    ),
    (
        "Dutch",
        r"(?:gebruiker|adres|postvak|mailbox|ontvanger|geadresseerde)[^.]{0,30}"
        r"(?:onbekend|bestaat niet|niet gevonden|ongeldig)|onbekende? (?:gebruiker|ontvanger|adres)|"
        r"geen (?:gebruiker|postvak|ontvanger)",
    ),
    (
        "Scandinavian, Finnish",
        r"(?:anv[äa]ndare|mottagare|adresse?|konto|bruger|bruker|modtager|mottaker)[^.]{0,30}"
        r"(?:(?:finns|existerar|hittades) inte|(?:findes|finnes|eksisterer) ikke)|(?:ok[äa]nd|ukendt|ukjent)\b|"
        r"(?:k[äa]ytt[äa]j|vastaanottaj|osoite)[^.]{0,20}(?:ei |tuntematon)|tuntematon (?:k[äa]ytt|vastaan|osoite)",
    ),
    (
        "Russian, Ukrainian",
        r"(?:пользовател|адресат|получател|ящик|адрес|аккаунт|абонент|користувач|скриньк)[^.]{0,40}"
        r"(?:не (?:найден|существ|зарегистр|обнаруж|знайден|існу)|неизвест|невідом|\bнет\b|отсутству)|"
        r"(?:\bнет|не существует|не найден|неизвестн\w{1,3}) (?:так\w{1,4} )?(?:пользовател|адрес|ящик|получател)",
    ),
    (
        "Polish, Czech, Hungarian, Turkish",
        r"(?:u[żz]ytkownik|konto|adresat|odbiorc|adres|skrzynk)[^.]{0,50}nie istnieje|nieznan|nie ma takiego|"
        r"nie znaleziono (?:u[żz]ytk|odbior|adres|kont)|"
        r"brak (?:takiego )?(?:u[żz]ytk|kont|odbior)|neexistuj|nezn[áa]m[ýy]|nenalezen|nem l[ée]tez|ismeretlen|"
        r"(?:kullan|al)[ıi]c[ıi] (?:\w{1,8} )?(?:bulunamad|yok|mevcut)|b[öo]yle bir kullan",
    ),
    (
        "Chinese",
        r"(?:用户|用戶|使用者|收件人|收件者|邮箱|郵箱|信箱|帐号|账号|帳號|账户|(?<!ip)地址)[^.。]{0,12}"
        r"(?:不存在|找不到|未开通|无效|無效)|(?:不存在的|无此|無此|没有该|查无此|查無此)(?:用户|用戶|收件|邮箱|帐号|账号|使用者|人)",
    ),
    (
        "Japanese, Korean",
        r"(?:宛先|あて先|ユーザー?|アドレス|アカウント|メールボックス|受信者|利用者)[^.。]{0,24}"
        r"(?:存在し|見つか|不明|ありません|間違|誤|無効)|"
        r"(?:사용자|수신자|수신인|계정|메일함|아이디)[^.]{0,20}(?:존재하지|찾을 수)|존재하지 않는|"
        r"없는 (?:사용자|계정|수신)",
    ),
)
#: Unknown hosts in other languages than English.
UNKNOWN_HOST_PATTERN = (
    r"(?:domain|dom[äa]ne|domaine|dom[íi]nio|домен|domena|dom[ée]na|域名|网域|ドメイン|도메인)[^.。]{0,30}"
    r"(?:existiert nicht|nicht gefunden|unbekannt|n['’ ]?existe|inconnu|introuvable|"
    r"(?:no|n[ãa]o|non) (?:existe|esiste)|inexist|inesist|не (?:существ|найден)|nie istnieje|neexistuj|"
    r"bestaat niet|finns inte|不存在|存在し|見つか|존재하지)|"
    r"存在しないドメイン"
)

UNKNOWN_USER_PATTERN = "|".join(pattern for _, pattern in (*ENGLISH_PATTERNS, *PATTERNS_BY_LANGUAGE))
