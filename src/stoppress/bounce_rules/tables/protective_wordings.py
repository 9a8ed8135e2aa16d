r"""Wordings that show that an address may work, whatever status code stands beside them.

"550 5.1.1 refused by the recipient's preferences" is about our message, and "5.1.2 DNS lookup failure" about a name
server. Such a reply never makes an address dead. The list is wide on purpose: a dead address that stays costs one more
message, and a living one that is lost costs a reader. Patterns match text from `normalise_text`.
"""

import re
from functools import cache

from stoppress.bounce_rules.report import BounceReason
from stoppress.bounce_rules.tables.reason_patterns import normalise_text

#: The first row that matches decides.
PROTECTIVE_WORDINGS: tuple[tuple[BounceReason, str], ...] = (
    (
        BounceReason.NETWORK_ERROR,
        # a fault of the name service (RFC 2308 2.1: only NXDOMAIN is an answer), or of the route
        r"servfail|server failure|unexpected name server reply|not found[,;] try again|soft error|"
        r"(?:dns|name ?server|name service|lookup|resol\w{1,8}|nameserver)[^.]{0,60}(?:timed? ?out|timeout|refused|"
        r"temporar|try (?:again|later)|unreachable|not respond|no response|query failed|servers? fail)|"
        r"(?:query|lookup)[^.]{0,12} (?:was )?refused|"
        r"(?:(?:dns|name ?server|resolver)[^.]{0,30}|lookup |resolution )\b(?:failure|error|failed|problem)\b"
        r"(?!.{0,120}(?:nxdomain|does not exist|nonexist|non-exist|no such|not found|no data|unknown|null ?mx))|"
        r"connection (?:refused|timed|reset|lost)|refused to talk|(?:network|host|server) (?:is )?unreachable|"
        r"hop count|too many hops|\bloop",
    ),
    (
        BounceReason.MAILBOX_FULL,
        r"quota|(?:mailbox|inbox|is|box|disk|storage)(?: is)? full\b|storage|disk space|insufficient space|"
        r"no (?:more )?space|over (?:its |the )?limit|\bvoll\b|pleine?\b|llen[oa]\b|piena\b|chei[oa]\b|переполн|"
        r"已满|已滿|いっぱい|容量",
    ),
    (
        BounceReason.SYSTEM_ERROR,
        # a temporary state, or a directory that did not answer
        r"temporar|(?<!and )(?<!then )\btry again|\blater\b|retry|greylist|graylist|\bbusy\b|"
        r"unavailable (?:due to|because|while|during|at)|at the moment|"
        r"\b(?:outage|offline|is running|system is unavailable)|in progress|postponed|\bdeferred|timed? ?out|"
        r"maintenance|"
        r"shutting down|overload|not yet\b|"
        r"(?:ldap|directory|database|backend|imap)[^.]{0,40}(?:fail|error|could not be (?:contacted|reached)|"
        r"unreachable|unavailable|down\b)|unable to (?:contact|reach|query)|vorübergehend|vorruebergehend|"
        r"später erneut|temporair|temporal|provisoire|réessay|reintent|riprova|tente (?:novamente|mais)|временно|"
        r"позже|稍后|稍後|一時的",
    ),
    (
        BounceReason.SUSPENDED,
        r"\b(?:disabled|suspended|locked|frozen|dormant|deactivated|paused)\b|gesperrt|bloqué|bloquead|заблокир",
    ),
    (
        BounceReason.RATE_LIMITED,
        r"rate[- ]limit|throttl|too (?:many|fast|frequent|quickly)|limit (?:was |is |has been )?(?:exceeded|reached)|"
        r"exceed\w{0,4} (?:the |your |its )?\w{0,12} ?limit|\d per (?:hour|day)|超限|频率|過多",
    ),
    (
        BounceReason.SPAM_DETECTED,
        r"(?<!anti)\bspam|\bjunk\b|unsolicited|unwanted|phish|viru(?:s|ses)\b|malware|bulk mail|спам|垃圾|迷惑|スパム",
    ),
    (
        BounceReason.AUTH_FAILURE,
        r"\bspf\b|\bdkim\b|dmarc|unauthenticated|not authenticated|authentication required|"
        r"passwords?\b|credentials|must (?:first )?(?:log ?in|authenticate)|user of this relay|submission port",
    ),
    (
        BounceReason.BLOCKED,
        r"\b(?:blocked|blocking|banned|blacklist|block ?list|black ?list|blocklist|denylist|\w?rbl|dnsbl)|reputation|"
        r"your (?:ip|host|server|network|domain|isp|provider|connection)\b|(?<!not )\blisted (?:in|on|by|at) |"
        r"\babus(?:e|ive)|harvest|dictionary attack|geblockt|blockiert|黑名单|黑名單",
    ),
    (
        BounceReason.RELAYING_DENIED,
        r"\brelay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted|not allowed|prohibited|refused)|"
        r"(?:un)?able to relay|(?:do not|don't|cannot|no) relay",
    ),
    (
        BounceReason.FILTERED,
        # the preferences of the recipient
        r"preference|\b(?:own |user |personal |privacy |recipient'?s? )settings?\b|settings? of (?:the )?recipient|"
        r"opt(?:ed)?[- ]?(?:in|out)\b|"
        r"unsubscri|suppress|newsletter|\bfilter|non-?subscribers|allowed list|unless (?:approved|authori[sz]ed)|"
        r"white ?list|allow ?list|safe ?list|contacts? (?:only|list)|known contacts|"
        r"(?:chosen|decided|chose|asked|opted|wishes|prefers|want|wants|wish) not to|"
        r"(?:do|does)(?: not|n.t) (?:want|wish|allow|permit|like)|has not (?:granted|allowed|permitted|approved)|"
        r"\bonly (?:accepts?|receives?|takes?|allows?)\b|(?:accepts?|receives?|takes?|allows?)"
        r"(?: e?-?mails?| messages?)? only\b|"
        r"members? only|only (?:members|subscribers|internal|authori[sz]ed|approved|known|trusted)|"
        r"(?:internal|external|outside|foreign) (?:e-?mails?|mails?|messages?|senders?|addresses|sources?)|"
        r"(?:not|n.t|no longer) (?:accept|receive|take|want|allow)\w{0,3}[^.]{0,40} (?:from|by) "
        r"(?:you|this|that|the|your|un|ext|other|out|any)|"
        r"(?:refus|reject|declin)\w{1,4} by (?:the |its |their )?(?:recipient|user|owner|addressee|subscriber|"
        r"customer)(?!s? (?:domain|server|system|mail|host|mx))|"
        r"(?:recipient|user|owner|addressee)s? (?:has |have )?(?:refus|reject|declin|block|den)(?:es|ed|s|ied|ing)?"
        r"(?: (?:your|this|the|all|any)| (?:mail|message|e-?mail)s?\b)|"
        r"nimmt keine|annahme verweigert|refuse les|n'accepte pas|no acepta|non accetta|n[ãa]o aceita|nie przyjmuje|"
        r"не принимает|отклонил|拒收|拒绝|拒絕|拒否|수신 ?거부|거부",
    ),
    (
        BounceReason.POLICY_VIOLATION,
        r"polic(?:y|ies)|administrat(?:or|ive|ively) |administratively|prohibited|compliance|richtlinie|politique|"
        r"pol[íi]ti[ck]a|политик|策略|ポリシー|\brestrict(?:ed|ion)",
    ),
    (
        BounceReason.CONTENT,
        r"content|encoding|attachment|\bheaders?\b|message (?:size|body|too|was (?:rejected|refused))|"
        r"too (?:big|large|long)|"
        r"after (?:the )?data\b|内容|本文",
    ),
    (
        BounceReason.SENDER_REJECTED,
        r"\bsenders?(?:'s?)?\b|\bmail from\b|callback|callout|reverse[- ]path|return[- ]path|envelope from|"
        r"absender|exp[ée]diteur|remitente|remetente|mittente|nadawc|отправител|发件人|發件人|寄件|送信者|差出人|"
        r"\bpost to (?:this|the)|not (?:allowed|permitted|authori[sz]ed) to",
    ),
)  # fmt: skip

_CODE_OR_ADDRESS = re.compile(r"<@>|https?://\S+|\[[^\]]{0,80}\]")


def find_protective_reason(text: str) -> BounceReason | None:
    """Return the reason that shows that the address may work, or None."""
    normalised = _CODE_OR_ADDRESS.sub("<@>", normalise_text(text))
    return next((reason for reason, pattern in _compiled_wordings() if pattern.search(normalised)), None)


@cache
def _compiled_wordings() -> tuple[tuple[BounceReason, re.Pattern[str]], ...]:
    """Compile PROTECTIVE_WORDINGS when the first bounce is parsed."""
    return tuple((reason, re.compile(pattern)) for reason, pattern in PROTECTIVE_WORDINGS)
