"""Patterns that map the wording of mail servers and providers, in their languages, to a bounce reason.

The first row that matches decides. Specific wordings come before general ones, and patterns about our own mail come
before those about the address: "no such user" from a list of spammers is a block. Patterns match text from
`normalise_text`: lower case, single spaces, addresses replaced by "<@>".
"""

import re
from functools import cache

from stoppress.bounce_rules.address_pattern import ADDRESS
from stoppress.bounce_rules.report import BounceReason
from stoppress.bounce_rules.tables.unknown_user_patterns import UNKNOWN_HOST_PATTERN, UNKNOWN_USER_PATTERN

MAX_MATCHED_CHARACTERS = 2000
"""Characters of a text that are matched."""

REASON_PATTERNS: tuple[tuple[BounceReason, str], ...] = (
    # --- wordings that a later row would misread ---
    (BounceReason.USER_UNKNOWN, r"""
        recipient address rejected: access denied|rcp-p1|inactive e-?mail address|
        unrouteable address: (?:unknown|no such) user|recipient name is not recogni[sz]ed|msexch:ims|
        recipient addresses rejected ?: access denied|not a member of domain
    """),
    (BounceReason.SENDER_REJECTED, r"""
        groups\.google\.com/support|not allowed to send mail to this list|send mail as|
        invalid dns mx or a(?:/aaaa)? (?:resource )?record|sendernotin|not in (?:the )?allowed[- ]senders? list
    """),
    # --- our domain, host and reputation ---
    (BounceReason.AUTH_FAILURE, r"""
        dmarc|\bspf\b(?! records? for your)|\bdkim\b|sender policy framework|sender[- ]?id (?:check|fail)|
        unauthenticated (?:e-?mail|mail|message)|sender (?:is |was )unauthenticated|
        authentication checks? failed|not pass (?:the )?authentication|
        required authentication level|authentication (?:results|requirements|information)|
        failed (?:e-?mail )?authentication|
        (?:e-?mail|message) (?:is|was|lacks|fails)[^.]{0,30}(?:unauthenticated|not authenticated)|
        sender authentication (?:fail|error)|does not pass [^.]{0,40}verification|domainkeys
    """),
    (BounceReason.REQUIRES_PTR, r"""
        \bptr\b|reverse[- ]dns|rdns|reverse (?:hostname|lookup|name|resolution|mapping)|
        (?:ip|client)[^.]{0,60}(?:hostname|host ?name) (?:cannot be |could not be )found|fix reverse|
        cannot (?:find|resolve) your (?:host ?name|reverse)|unresolvable (?:client|relay|host ?name)|
        cannot find your hostname|(?:no|without|lacks?|missing) (?:a )?(?:valid )?(?:reverse|fcrdns)|
        forward[- ]confirmed|ip name lookup failed|records? found for your|does not resolve (?:back )?to
    """),
    (BounceReason.STARTTLS_FAILED, r"""
        starttls (?:is )?(?:fail|not|required|error|refused|command)|must issue (?:a )?starttls|
        (?:does not|doesn.t) support (?:start)?tls|
        tls (?:is )?(?:required|negotiation|handshake|connect failed|not available|error)|cannot start tls|
        could not (?:start|establish) (?:a )?(?:tls|secure)|server certificate not (?:verified|trusted)|
        encryption (?:is )?(?:required|needed)|certificate name|certificate (?:verif|expired|has expired|rejected)|
        ssl handshake|
        starttls [^.]{0,30}(?:tls|not supported|failed)
    """),
    (BounceReason.RELAYING_DENIED, r"""
        relay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted|not allowed|prohibited|forbidden|refused|disabled|
        restricted)|
        (?:unable|not configured|not allowed|not permitted|refuse|won'?t|will not|cannot|can'?t) to? ?relay|
        insecure mail relay|no relaying|not (?:a |an )?(?:open )?relay|not relay|relay not|
        we (?:do not|don'?t) relay|relaying (?:mail )?(?:to|for|from) |
        domain isn'?t in my list of allowed rcpthosts|not in my (?:list of )?(?:allowed )?rcpthosts|
        not local(?:ly)? [^.]{0,30}(?:gateway|relay)|not a (?:valid )?gateway|not a local domain|
        recipient not local|access denied[^.]{0,20}relay|relay rejected|email address is not verified|
        you must (?:log ?in|authenticate|be authenticated) (?:first )?to (?:send|relay)|pop before smtp|
        as a relay, but i have not been configured|no mailbox for|this is not an? (?:open )?relay|
        host is not permitted to relay
    """),
    (BounceReason.VIRUS_DETECTED, r"""
        \bvirus(?:es)?\b|malware|infected|malicious|trojan|worm detected|mcspamsignature|
        security polic(?:y|ies) - mc|suspicious (?:attachment|content)
    """),
    (BounceReason.SUPPRESSED, r"""
        suppression list|suppressed sending|account-level suppression|address is (?:on|in) (?:the |our )?suppress|
        is suppressed|
        recipient is in my suppress|on the global suppression|has a history of (?:hard )?bounc|previously bounced|
        bounced address
    """),
    (BounceReason.RATE_LIMITED, r"""
        too many (?:concurrent |simultaneous |parallel |open |smtp )*(?:connections?|sessions?)|
        too many (?:messages|mails|e-?mails|recipients|errors|rcpt|requests|bad commands|invalid|unknown|hits)|
        (?:rate|sending|message|hourly|daily|connection|concurrency|volume|recipient)[- ]?(?:rate )?(?:limit|quota|
        threshold)s?(?! of (?:the )?mailbox)[^.]{0,60}(?:exceed|reach|hit|over)|
        (?:exceed|over|reach)(?:ed|s|ing)? (?:the |your |its |a |my |our )?(?:maximum |max |allowed )?(?:number of |
        amount of )?(?:hourly|daily|sending|connection|rate|concurrent|messages? per|recipients|smtp session|
        messages? limit|mail limit|receiving limit|rate limit)|
        rate[- ]limit|throttl|sending too (?:fast|many|much)|slow down|too fast|too frequent|
        receiving mail (?:too quickly|at a rate)|(?:unusual|high|excessive|unexpected) (?:rate|number|traffic) |
        mail rate|connections? (?:per|from your (?:host|ip)) [^.]{0,40}(?:limit|exceed)|
        maximum (?:number of )?(?:concurrent )?connections|try again (?:later )?[^.]{0,20}limit|
        resources? (?:temporarily|restricted)|ip_?limit|frequency limited|mailbox (?:is )?receiving mail|
        too much mail|messages? from you recently|all available ips|quota (?:for|of) (?:sending|messages)|
        session limit|this user has (?:too|received too)|
        (?:detected|exceeded|number of|many) [^.]{0,30}(?:invalid|unknown|bad|non-?existent) (?:recipients|users|
        addresses)
    """),
    (BounceReason.BAD_REPUTATION, r"""
        reputation|user complaints|senderscore|sender ?base|poor standing|low score|unexpected volume
    """),
    (BounceReason.NETWORK_ERROR, r"""
        (?:aliasing|forwarding|mail|routing|message)[ /](?:\S{1,12} )?loop|looping|too many hops
    """),
    (BounceReason.FILTERED, r"""
        rcp-p[23]|mailbox unavailable or access denied|mail is rejected by recipients
    """),
    (BounceReason.EXPIRED, r"""
        hosts have been failing for a long time
    """),
    (BounceReason.SUSPENDED, r"""
        (?:recipient |user |the )account is blocked|compte du destinataire est bloqu
    """),
    (BounceReason.CONTENT, r"""
        media error|headers? (?:is |are )?too (?:large|big|long|many)|mail content denied
    """),
    (BounceReason.MAILBOX_FULL, r"""
        (?:mailbox|inbox|maildir|quota)(?:'s)? (?:is full|(?:storage |disk )?size limit|exceeds allowed size|
        limit exceeded)|
        diskspace quota|mail ?(?:folder|box)(?: space)? (?:is full|not enough)|5\.2\.2 over quota
    """),
    (BounceReason.MAILER_ERROR, r"""
        command died with status|command time limit exceeded|child process of
    """),
    (BounceReason.POLICY_VIOLATION, r"""
        (?:for|due to|because of) (?:\S{1,20} )?polic(?:y|ies) (?:reason|violation|restriction)|
        presents a potential|header error
    """),
    (BounceReason.SECURITY, r"""
        authentication (?:is )?(?:failed|required|unsuccessful)|incorrect authentication|
        (?:must|please) (?:first )?(?:authenticate|log ?in)
    """),
    (BounceReason.SYSTEM_ERROR, r"""
        (?:user|account|recipient) database|ldap server (?:not|error|un)|backend
    """),
    # --- the message ---
    (BounceReason.TOO_BIG, r"""
        (?:message|mail|e-?mail|attachment|body|header|content|line|data|it)s? (?:file )?(?:size |length |
        limit )?(?:is |was |has |are |that )?(?:also |far )?(?:too (?:big|large|long)|exceed(?:s|ed)?|larger than|
        bigger than|oversized?)|
        size (?:limit )?(?:exceed|is too|limit)|
        exceed(?:s|ed|ing)? (?:the |our |its |a |your )?(?:fixed |maximum |max |allowed |configured |permitted |
        message |mail |e-?mail |file |size |recipient'?s? |administrative )+(?:size|limit|length)|
        too large|(?:over|larger than|more than) \d{1,6} ?[kmg]i?b|recipsizelimit|sendersizelimit|sizelimit|
        message length|line (?:limit exceeded|too long)|
        maximum (?:allowed )?(?:message |mail |file )?size|max(?:imum)? message size|
        trop (?:gros|volumineux|grand|lourd)|zu gro(?:ß|ss)|サイズ[^ ]{0,12}(?:超|大き|制限)|
        troppo grande|demasiado grande|слишком большо
    """),
    (BounceReason.SPAM_DETECTED, r"""
        (?:is|as|be|was|considered|looks like|detected|identified|classified|suspected|appears to be|resembles|
        contains?|possible|probable|likely|rejected|high|blocked|message|for|-) (?:an? |to be |like |as |it |
        probable |possible |unsolicited )?(?:\W{0,2})(?:spam|junk|ube|uce)\b|
        spam (?:message|content|mail|e-?mail|firewall|detected|score|classification|filter|check|rejected|refused|
        denied|not|
        policy|probability|suspect|in|rule|assassin|level)|
        anti-?spam|spamassassin|spamcheck|(?:is |- |: )spam\b|unsolicited|bulk (?:e-?)?mail|junk ?mail|
        blacklisted url|uribl|surbl|looks like spam|spammy|listed in [^.]{0,30}uri|hormel|
        content (?:denied|rejected)[^.]{0,20}spam|cloudmark|\bube\b|rejected by (?:the )?(?:spam|content|anti)|
        pyzor|spam scale|probability of spam|spam probability|dcc\b|mail rejete|message refus[ée]|
        prohibited (?:spam|phrase)|(?:suspicion|suspected) of (?:being )?spam|phish|スパム|迷惑メール|спам
    """),
    (BounceReason.BLOCKED, r"""
        cxbl|aup#|recipients? \(<@>: ?blocked\)|
        \b(?:client|connecting|sending|remote|your|source) ?(?:smtp )?(?:host|ip|server|address|mta|network|machine|
        system|domain)[^.]{0,80}(?:block|reject|blacklist|listed|denied|refused|banned|barred|not allowed|
        prohibited|restricted|not accepted|black list|no access)|
        \b(?:block(?:ed|ing)?|blacklist(?:ed)?|black[- ]list|reject(?:ed)?|banned|listed|refus(?:ed|ing)|denied|
        barred|deny|denies) (?:by|in|at|on|due to|using|because|for|from|of|to)? ?(?:the |your |this |our |
        a )*(?:ip|client|host|rbl|dnsbl|blacklist|black list|block list|spamhaus|spamcop|sorbs|barracuda|njabl|
        abuseat|cbl|real-?time|mail server|server|mta|dns|network|sender'?s ip|abuse|list|connection|
        [\w.-]+ because|[\w-]+\.[\w.-]+)|
        \brbl\b|dnsbl|spamhaus|spamcop|sorbs|dynablock|blocklist|block list|blacklist|black list|barracudacentral|
        open relay|open proxy|dial-?up|dynamic (?:ip|address|pool|host)|dul\b|invalid ip for sending|
        no access from mail server|
        connection (?:refused|dropped|denied|rejected)[^.]{0,40}(?:policy|abuse|blacklist|listed|
        by (?:the )?(?:remote|host) )|
        access denied[^.]{0,40}(?:ip|host|client)|helo (?:command )?reject|
        (?:ehlo|helo)[^.]{0,60}(?:invalid|reject|denied|not accepted|not allowed|bad|fake|forged|illegal|needed|
        syntax)|
        invalid (?:helo|ehlo|host ?name in)|
        \b(?:ip|address|server|host)\b[^.]{0,60}(?:has been|is|was|been) (?:temporarily |permanently |
        currently )?(?:blocked|banned|blacklisted|listed|black-?listed|deferred|denied)|
        adresse ip source|ip source bloqu|
        not accept(?:ed|ing)? (?:mail|connections?|e-?mail|messages?) from (?:your|this|the|dynamic|[\w.-]*\d)|
        your (?:e-?mail|mail) is redundant|bad sender ip|
        (?:we|server|host) (?:have |has )?(?:refuse|block|reject)(?:d|s|ed)? (?:your|the|mail from|connection)|
        banned|your host ?name|in (?:your )?(?:helo|ehlo)|email blocked|you are (?:not allowed|blocked)|
        mail from [^ ]{1,80} refused|
        connections? (?:will )?not (?:be )?accepted|connections? not authorized|
        no (?:mail|smtp) (?:service|access) (?:for|from)|go away|temporarily deferred|
        messages from [^ ]{1,60} (?:temporarily|permanently)|\[tss?\d\d\]|too many spam|hostkarma|invaluement|
        trustedsource|invalid domain name|your domain|not allowed to connect|
        messages from \[?[0-9a-f.:]+\]? (?:weren.t|were not) sent|not accepting connections|бло(?:к|ч)ирован|
        accès refus
    """),
    (BounceReason.CONTENT, r"""
        file extension \S{1,10} is|attachment name|(?:url|link|domain)s? in (?:the |your )?(?:message|mail|body)|
        (?:attachment|file|extension|content|mime)[^.]{0,60}(?:not allowed|blocked|prohibited|forbidden|
        not accepted|banned|denied|rejected|unacceptable|illegal|not permitted|filtered)|
        (?:message|mail|e-?mail) (?:content|body|filtered|header)s?[^.]{0,40}(?:reject|denied|blocked|not accept|
        unacceptable|refused|filter|prohibit|not allow)|
        content (?:rejected|filter|restriction|not accept|error)|illegal (?:attachment|content|character|8bit)|
        improper use of 8-?bit|8-?bit (?:data|characters?)|
        (?:unsupported|conversion)[^.]{0,40}(?:media|content|charset|encoding)|blacklisted (?:content|word|phrase)|
        message (?:was )?rejected (?:due to|because of|for) (?:its )?content|dangerous|executable|
        bad (?:content|attachment|subject)|message content rejected|mail appears to be|
        smtputf8 (?:is )?(?:required|not)|internationalized
    """),
    (BounceReason.NOT_COMPLIANT, r"""
        rfc ?-?(?:2?822|5322|5321|2821|1123|1035)|not (?:rfc|complian|conform)|
        violat(?:es|ion of) (?:rfc|internet standard|the protocol)|bare (?:lf|cr|linefeed|line feed|newline)|
        (?:multiple|duplicate|missing|two|more than one|no|invalid|malformed|bad|
        without)[^.]{0,40}(?:\d\.\d\.\d )?(?:addresses in |headers?: ?)?(?:from:?|date|message-id|subject|to|mime|
        header)(?: header|: header|-header|s? field| in header)|
        header (?:is )?(?:missing|malformed|invalid|syntax|not)|
        (?:no|without) (?:an? )?(?:recipient|from|to|date) header|invalid mime|
        headers?[^.]{0,20} contains? (?:an? )?(?:invalid|unknown|bad|illegal)|contains? (?:an? )?(?:invalid|
        bad) header|
        (?:does not|doesn'?t) (?:have|contain)[^.]{0,30}(?:header|message-id|from)|
        messages? (?:is )?not (?:properly )?(?:formatted|rfc)|missing (?:message-id|date|from)|
        malformed (?:message|header|mime)|mime (?:error|violation|malformed)|too many (?:hops in )?headers
    """),
    # --- the sender ---
    (BounceReason.SENDER_REJECTED, r"""
        (?:sender|from|return|originator|envelope[- ]from|reverse[- ]path|mail from|
        backward[- ]path)(?:'s)?:? ?(?:<@> ?)?(?:e-?mail )?(?:address |path |domain |verify |verification |
        mailbox )?(?:<@> )?(?:is |was |has been |has |were |:)*(?:reject|refus|denied|invalid|not (?:accept|allow|
        permit|exist|found|valid|verified|recogni|authori|registered|listed|on)|doesn'?t exist|does not exist|
        domain (?:does|must|not)|unknown|block|blacklist|fail|in (?:my|our) (?:badmailfrom|blacklist)|could ?n[o']t|
        unable|callback|unroutable|can(?:'|no)t|unverif|bad|malformed|forbidden|prohibited|illegal|spoof)|
        (?:invalid|bad|unroutable|illegal|unknown|fake|forged|reject(?:ed|ing)?|non-?existent|unverified|
        unresolvable|refus(?:ed|ing)|block(?:ed|ing)|blacklisted|unauthori[sz]ed|syntax error in|malformed|denied|
        unrecognized|cannot verify|can'?t verify|couldn'?t verify|could not verify|not verify|verify|spoofed|
        unqualified) (?:the )?(?:envelope |mail |smtp )?(?:sender|from|return|originator|reverse[- ]path|mail from)|
        badmailfrom|mail from: ?(?:<@>)? ?(?:reject|not|refus|deni)|
        (?:no|not) (?:valid )?(?:mx|a|dns)[^.]{0,20} (?:for|record)[^.]{0,30}sender|domain of sender|sender domain|
        sender address|envelope sender|
        you (?:are|were|may|have)(?: been)? ?(?:not|n'?t)(?: been)? (?:allowed|authori[sz]ed|permitted|
        able) to (?:send|post|mail|e-?mail|submit)|
        not (?:allowed|authori[sz]ed|permitted) to (?:send|post|submit)|
        (?:only|restricted to) (?:members|subscribers|accepts? (?:mail|messages)|approved|authori[sz]ed)|
        may not exist, or you may not have permission|permission to post|not (?:a )?member|
        members? of (?:this|the) (?:list|group)|non-?member|user unknown <@> sender|
        posting (?:is )?(?:not|restricted|denied)|sender verify|callout|access denied\.? ?(?:as\(\d|\[|amf)|
        mails? from <@> (?:is |are )?(?:not|reject)|from address|verify address|spoofing|impersonat|投稿|member-?only|
        投稿できま|отправител|dns check failed|not subscribed|reply address|
        sender(?:'s)? (?:account|mailbox)|
        your (?:e-?mail )?(?:account|mailbox|address|login|user ?name|host|domain) (?:is |was |does |could |
        has )*(?:not|n['’]t|
        unknown|invalid)|
        sender(?: <@>| user| e-?mail| mailbox){1,2} (?:has no|is not|does|unknown|not)|
        (?:absender|exp[ée]diteur|remitente|remetente|mittente|nadawc|差出人|発信者|发件人|寄件)[^.]{0,30}(?:nicht|
        unbekannt|ung(?:ü|u|ue)ltig|abgelehnt|refus|invalid|inconnu|desconoc|desconhec|rechaz|sconosc|rifiut|
        in[ei]xist|
        odrzuc|nieznan|不存在|拒|存在し)
    """),
    # --- the state of an existing mailbox ---
    (BounceReason.MAILBOX_FULL, r"""
        (?:mailbox|mail ?box|inbox|account|user|recipient|mail (?:folder|store|file|drop|storage)|storage|box|
        disk ?space|maildir|it)(?:'s|s')? ?(?:for (?:user |this )?(?:<@>|\S{1,60}) )?(?:storage |quota |size |
        mailbox |mail |folder |disk |e-?mail |<@> )?(?:is |has |was |are |would be |will be |currently |already |
        been |temporarily |account )*(?:full|over ?(?:its |their |the |his )?(?:quota|size|limit|allotted)|
        (?:does|do) ?(?:not|n['’]t) have enough|exceed(?:s|ed|ing)? (?:its |their |the |his |allotted |allowed |
        maximum |max |storage |mailbox |local |
        size |disk )*(?:quota|limit|size|storage|space|capacity|allo)|out of (?:space|storage|disk|quota)|too full|
        reached|no (?:space|room))|
        over ?-?quota|
        quota (?:\S{0,10} )?(?:is )?(?:exceed|full|violation|reached|limit|has been|error|is over|used)|
        exceed(?:s|ed|ing)? (?:the |their |its |his |your |allotted |allowed |user'?s? |disk |mailbox |storage |
        mail |e-?mail |message |local |space )*(?:quota|storage (?:limit|allocation|space)|mailbox (?:size|limit))|
        (?:mailbox|mail ?box) ?(?:is )?full|insufficient (?:disk|storage|mailbox|quota|space)|
        not enough (?:storage|disk|space|room|quota)|
        (?:no|not) (?:more )?(?:space|room) (?:left )?(?:in|on|for)[^.]{0,30}(?:mailbox|user|recipient|account|
        inbox|disk quota)|
        mailbox_?full|out of (?:storage|mailbox|disk) ?(?:space|quota)|
        over (?:the )?(?:allowed |allotted |maximum |local |storage |disk )*(?:quota|storage|size limit)|overquota|
        overthelimit|(?:number of )?messages in recipient'?s mailbox exceed|
        has (?:reached|exceeded) (?:the |its |his |their )?(?:maximum |storage |mailbox )?(?:allowed |
        mailbox )?(?:number of messages|storage|quota|size|limit|capacity)|
        would exceed (?:the )?mailbox|(?:no longer (?:has )?|no longer any )(?:space|room)|maildir (?:over|
        delivery failed|quota)|disk quota|too many messages in|
        user (?:has )?full|(?:bo[iî]te|messagerie)[^.]{0,60}(?:pleine|satur|quota)|
        (?:postfach|mailbox|speicher)[^.]{0,40}(?:voll|überschritten|ueberschritten|erschöpft)|
        (?:buz[oó]n|cuota|casilla)[^.]{0,40}(?:llen[oa]|exced|superad)|(?:caixa|cota)[^.]{0,40}(?:chei[ao]|exced)|
        casella[^.]{0,30}piena|(?:ящик|квота)[^.]{0,40}(?:перепол|превыш)|メールボックス[^.]{0,20}(?:いっぱい|一杯|容量|超)|
        容量[^.]{0,10}(?:超|オーバー|不足)|mailbox[^.]{0,10}満|skrzynk[^.]{0,30}(?:pełn|przepełn)|
        (?:postvak|postbus|mailbox)[^.]{0,20} vol\b|(?:brevl[åa]d|inkorg|postkasse|innboks|indbakke)[^.]{0,20}ful[ld]|
        schr[áa]nk[^.]{0,20}pln|postafi[óo]k[^.]{0,20}(?:megtelt|tele)|(?:kutusu|kota)[^.]{0,20}(?:dolu|aşıl)
    """),
    (BounceReason.HAS_MOVED, r"""
        (?:user|mailbox|address|recipient|account)(?: <@>)?(?: has| is| was| have)? (?:been )?(?:moved|changed|
        replaced)|
        (?:no longer on (?:this |the )?server)|no forwarding address|not local[;,.]? please try|
        new (?:e-?mail )?address is|not our (?:user|customer)|user not local|destination mailbox has moved|
        (?:has|have|is|was) moved to
    """),
    (BounceReason.SUSPENDED, r"""
        (?:mailbox|account|address|user|recipient) (?:is )?temporarily (?:un|not )available|
        (?:mailbox|account|address|user|recipient|e-?mail|box|it|domain|customer|login|service)(?: <@>|
         \S{1,60})?(?:'s)? ?(?:account |address |mailbox |e-?mail |you are trying to contact |
        that you tried to reach )?(?:is |has |was |been |are |temporarily |currently |\(s\) )*(?:disabled|suspend|
        inactive|not active|locked|frozen|deactivat|expired|closed|discontinued|terminated|dormant|cancel+ed|
        unavailable due to inactiv|not been activated|de-?activated|not activated|blocked|restricted)|
        (?:disabled|suspended|inactive|locked|frozen|deactivated|expired|dormant|closed|blocked) (?:e-?mail |
        recipient |user |mail |mailbox |for inactivity|due to inactiv)?(?:account|mailbox|address|user|recipient|
        inactivity|customer)|
        account (?:that you tried to reach is |has been |is )(?:disabled|inactive|over|suspended)|inactivity|
        no longer (?:in use|used|active|accepting|monitored)|account unavailable|this account is not|
        (?:user|recipient|account|mailbox) (?:is )?(?:on )?(?:vacation|hold)|unpaid|未払|停止|休止|gesperrt|deaktiviert|
        d[ée]sactiv|suspendid|bloquead|заблокирован|неактив|p=disableduser|mailbox temporarily disabled
    """),
    # --- the address ---
    (BounceReason.NOT_ACCEPTED, r"""
        (?:does ?n['o]?t|not) accept(?:ing)? (?:network |incoming |any )?(?:messages?|e-?mails?|mail)\b(?! (?:from|
        with|larger|over|in))|
        null ?mx|nullmx|no mail (?:accepted|service|server) (?:here|for)|smtp protocol returned a permanent error|
        mail receiving disabled|does not receive (?:e-?)?mail|domain (?:does not|doesn'?t) accept|null \.? ?mx|
        mx (?:record )?(?:is|points? to) (?:\"\.\"|\.(?: |$)|null|localhost|loopback|127)|
        name service error for name=\S{1,100} type=mx: malformed or unexpected|
        (?:no|not any) (?:mx|mail exchanger?)s? (?:or a )?(?:record|found|host|for)|
        mail[- ]exchanger?s? (?:not|could not)|mx (?:lookup|records?) (?:fail|not)|no valid mx|
        mail exchanger or ip address|indicated no smtp service|lowest numbered mx record points to local host|
        no hosts? (?:found|to deliver)|no such mx|all relevant mx records point to non-?existent hosts
    """),
    (BounceReason.NETWORK_ERROR, r"""
        (?:dns|name ?server|name service|host|domain|lookups?)[^.]{0,100}(?:servfail|server failure|timed? ?out|
        timeout|
        fail\w{0,3} temporarily|not found, try again|found; try again)|host name lookup failure
    """),
    (BounceReason.HOST_UNKNOWN, r"""
        (?:host|domain|hostname|server|destination domain|recipient domain|site|mx|domain name|
        name)(?: name)?(?: \S{1,100})? ?(?:<@> )?(?:is |was |has |could |does |did |do |be |'s )*(?:unknown|
        not found|n[o']t found|not (?:exist|be found|known|recogni)|n'?t exist|nonexist|non-?exist|no such|
        unrouteable|unresolvable|not be resolved|invalid|bad)|
        (?:unknown|no such|bad|non-?existent|invalid|illegal|unrouteable|unroutable|unrecogni[sz]ed|
        unresolvable) (?:host|domain|mail domain|(?:mail )?server|destination (?:host|system|domain)|hostname|
        mail exchanger|recipient domain|mail address domain|fqdn|address domain)|
        (?:name|host|domain|dns)[^.]{0,30}(?:lookup|resol)\w{0,10}[^.]{0,60}(?:fail|not found|no data|nxdomain|
        could ?n)|
        nxdomain|domain (?:name )?(?:does not|doesn'?t) exist|
        (?:domain|host)[^.]{0,80}(?:could ?n.t|could not|can ?not|can'?t) be (?:found|resolved)|
        couldn'?t find any host|unrouteable (?:mail )?(?:domain|address)|all host address lookups failed|
        no (?:dns|a|address)[^.]{0,20}record|bad destination (?:system|host)|host or domain name not found|
        address (?:not|could not be) resolved|not a valid (?:domain|host)|hostname lookup|
        no route to (?:domain|destination domain)|can'?t (?:find|resolve) (?:host|domain|the host|the domain)|
        unable to (?:find|resolve|route to|look ?up) (?:the )?(?:domain|host|destination|mx)|
        destination (?:server|host|system) (?:unknown|not found)|recipient'?s? domain[^.]{0,40}not|
        no such domain|domain is not reachable|illegal host/domain|domain[^.]{0,60}not registered|
        unknown (?:mail |remote |destination |recipient )(?:host|domain|server)|
        (?:can ?no?t|can['’]?t|could ?no?t|couldn['’]?t|unable to|failed to) (?:be )?(?:resolve|find|locate|look ?up)
         (?:the |any |an? |dns |domain |host )*(?:host|domain|mx|mail ?server|mail ?exchanger)\b(?! ?name of|name of)|
        no valid (?:host|mail ?exchanger)|no dns (?:entry|record)|no mx (?:or|and)
    """),
    (BounceReason.HOST_UNKNOWN, UNKNOWN_HOST_PATTERN),
    (BounceReason.USER_UNKNOWN, UNKNOWN_USER_PATTERN),
    # --- refused by the policy or filter of the mailbox ---
    (BounceReason.POLICY_VIOLATION, r"""
        polic(?:y|ies)|not (?:allowed|permitted) (?:by|due|for|according)|
        administrative(?:ly)? (?:prohibit|deni|reject)|local(?:ly)? (?:configured|polic)|message not allowed|
        prohibited by|greylist|graylist|not accepted for
    """),
    (BounceReason.SECURITY, r"""
        authrequired|authentication (?:is )?(?:required|failed|needed|credentials)|delivery not authori[sz]ed|
        not authori[sz]ed|unauthenticated|unauthori[sz]ed|access denied|restricted|
        (?:login|log in|password|username and password|credentials)[^.]{0,30}(?:required|invalid|not accepted|fail|
        bad)|
        security|permission denied|insufficient (?:permission|privilege)|
        you (?:must|need to) (?:log ?in|authenticate)
    """),
    (BounceReason.FILTERED, r"""
        filter(?:ed|ing|s)?|due to (?:extended inactivity|recipient)|
        recipient'?s? (?:does not|refus|has (?:reject|block))|has (?:blocked|refused) (?:you|your|messages|mail)|
        refused by (?:the )?recipient|does not (?:want|wish)|because the recipient is|
        rejected by (?:the )?(?:recipient|user)|recipients? (?:was|were) rejected by a remote|転送|受信拒否|
        user (?:reject|refus)|undeliverable: (?:recipient|filtered)
    """),
    # --- the route, and expiry ---
    (BounceReason.NETWORK_ERROR, r"""
        too many hops|hop count|(?:mail|message|routing|forwarding|delivery)[^.]{0,12}loop|
        loops? (?:back|detected|alert)|looping|hops? exceed|maximum hop|
        network (?:error|is unreachable|unreachable)|no route to host|
        (?:dns|name server|nameserver|ns)[^.]{0,40}(?:error|fail|timeout|timed out|servfail|loop)|
        host not found[^.]{0,20}try again|connection reset|
        connection (?:was )?(?:lost|dropped|closed|broken|interrupted)|lost connection|remote protocol error|
        unable to route|(?:no|not) (?:route|response from (?:dns|name))|destination (?:network|host) unreachable|
        excessive|(?:host|address) lookup (?:did not complete|failed temporarily)|temporary (?:dns|name)|servfail|
        could not connect to any|no mx|i/o error|broken pipe|unreachable
    """),
    (BounceReason.SYSTEM_ERROR, r"""
        ldap|database|service refuse
    """),
    (BounceReason.EXPIRED, r"""
        (?:message|delivery|mail|envelope|time|retry|queue|it|period|retries|timeout|retry time|
        delivery time)s?(?: \S{1,20})? ?(?:has |have |was |is |been |in )*(?:expired|timed out|time[- ]?out|
        too long|exceeded)|
        in (?:the )?queue too long|timed? ?out|giving up(?! on)|gave up|
        retry (?:time(?:out)?|limit) (?:not|exceeded|reached)|
        (?:could|can)(?: ?no|n['’])t be delivered (?:for|within|after|in) |
        (?:not|un)(?: been)? ?delivered (?:for|within|after|in) |still undelivered|delayed|deferred|
        not been able to deliver|has been (?:unable|trying)|did not accept our requests? to connect|
        (?:unable|failed|could ?n[o']t|cannot|can'?t) (?:to )?(?:connect|establish)|connection refused|
        not reachable|not responding|no response|did not respond|does not respond|isn'?t responding|
        delivery failed \d{1,4} attempts|
        (?:for|past|more than|over|after) (?:the )?(?:past |last )?\d{1,4} ?(?:days?|hours?|minutes?|h\b)|
        will (?:keep|continue|be) (?:try|retry)|maximum (?:retries|number of (?:retries|attempts))|
        too many (?:retries|failures|attempts|delivery attempts)|
        temporar(?:y|ily) (?:problem|unavailable|unable|deferr|error connect|fail)|retry timeout|
        host (?:is )?(?:down|unavailable)|wasn'?t able to establish|queue\.expired|stopped trying|time limit
    """),
    (BounceReason.SYSTEM_FULL, r"""
        (?:system|server|mail system|disk|file ?system|device|spool|queue|
        insufficient system)[^.]{0,20}(?:is )?full|
        insufficient system (?:storage|resource)|no space left|out of (?:memory|disk)|low on (?:disk|space)|
        mail system full|not enough space on
    """),
    (BounceReason.MAILER_ERROR, r"""
        command (?:output|died|failed|time limit|rejected)|mailer (?:error|exit|fail)|exit (?:status|code)|x-unix|
        local (?:delivery|mailer|configuration) (?:failed|error)|pipe (?:to|failed|returned)|procmail|maildrop|
        vacation program|program (?:failed|exited|returned)|child (?:status|process)|unix error|
        operating system error|transport (?:returned|failed)|returned status|data format error|cannot open|
        (?:can.?t|couldn.?t|could not|unable to) (?:create|open|write|lock|append)|error writing|\|/|fatal error|
        lmtp
    """),
    (BounceReason.SYNTAX_ERROR, r"""
        syntax error|improper sequence|bad sequence|command (?:parameter )?(?:not |un)(?:recogni|implement|known)|
        unrecogni[sz]ed command|unknown command|need (?:rcpt|mail|helo|ehlo)|malformed address|not implemented|
        unimplemented|protocol error|parameter|nested mail|out of (?:order|sequence)|too many arguments|
        unexpected (?:response|command|reply)|(?:incorrectly|improperly) constructed|pipelining|bad command
    """),
    (BounceReason.SYSTEM_ERROR, r"""
        (?:system|server|internal|configuration|config|software|resource|directory|ldap|database|temporary|local|
        undefined|unknown|processing|lookup|service|storage|backend)[^.]{0,12}(?:error|fail|problem|malfunction|
        not available|unavailable|misconfig|shut ?down|shutting)|
        ldap|database|
        (?:service|server|system) (?:is )?(?:currently |temporarily )?(?:not available|unavailable|busy|overload|
        down|shutting|refus|closing)|
        try (?:again )?later|local problem|mail (?:system )?(?:configuration|for \S{1,100} loops back)|
        loops back to myself|aliasing|misconfigur|unable to (?:process|accept|complete)|after multiple retries|
        transaction failed|duplicated message-id|queue ?file|out of service|could not be processed|
        error in processing|can(?:not|'t) (?:process|chdir|find home)|interrupted system|resources|too busy|
        overload|load (?:average|too)
    """),
    (BounceReason.ON_HOLD, r"""
        \bon hold\b
    """),
    (BounceReason.FILTERED, r"""
        (?:recipient|address) (?:address )?(?:rejected|refused)
    """),
)  # fmt: skip

_FRAGMENT = re.compile(r"(https?://[^\s#]{1,300})#\S{1,300}")


def normalise_text(text: str) -> str:
    """Return text for matching: lower case, single spaces also for "_", addresses as "<@>", no fragments of links."""
    text = _address_pattern().sub("<@>", _FRAGMENT.sub(r"\1", " ".join(text[:MAX_MATCHED_CHARACTERS].split())))
    return text.replace("_", " ").lower()


def find_reason(text: str) -> BounceReason | None:
    """Return the reason that a text matches, or None."""
    normalised = normalise_text(text)
    return next((reason for reason, pattern in _compiled_patterns() if pattern.search(normalised)), None)


def text_around_wording(text: str, margin: int = 150) -> str:
    """Return the wording that decides on the reason, with so many characters before and after it."""
    normalised = normalise_text(text)
    match = next(filter(None, (pattern.search(normalised) for _, pattern in _compiled_patterns())), None)
    return normalised[max(0, match.start() - margin) : match.end() + margin] if match else normalised


@cache
def _compiled_patterns() -> tuple[tuple[BounceReason, re.Pattern[str]], ...]:
    """Compile REASON_PATTERNS when the first bounce is parsed, so that no process waits for it at its start."""
    return tuple((reason, re.compile(re.sub(r"\n {8}|\n {4}$", "", pattern))) for reason, pattern in REASON_PATTERNS)


@cache
def _address_pattern() -> re.Pattern[str]:
    return re.compile(rf"<{{0,2}}(?<![\w.+-]){ADDRESS}>{{0,2}}", re.IGNORECASE)
