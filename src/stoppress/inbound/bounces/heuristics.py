"""Heuristics for messages without a delivery status: is it a bounce, and has the server given up?"""

import re
from enum import Enum

from stoppress.inbound.bounces.mime_parts import ParsedMessage, decode_header_words

MAX_SEARCHED_CHARACTERS = 20_000
"""Characters of a text that are searched."""

#: Senders that write nothing but bounces.
BOUNCE_SENDERS = (
    r"mailer[-_ ]?daemon|post_?master|mail (?:delivery|deliver) (?:sub)?system|mailsubsystem|"
    r"mail[-_]?admin|double-?bounce|"
    r"delivery (?:failure|status|subsystem)|mail system|returned mail|bounces?@|mdaemon|^\s{0,4}<>|content-filter at"
)
#: Subjects of bounces, by language.
BOUNCE_SUBJECTS: tuple[tuple[str, str], ...] = (
    (
        "English",
        r"undeliver(?:able|ed)|delivery (?:status )?(?:notification|failure|failed|problem|error|"
        r"report|has failed|delayed)|returned (?:e-?)?mail|"
        r"mail (?:delivery|failure|system error|could not|not delivered|status report)|failure notice|"
        r"message (?:delivery|status|could not|you sent|undeliverable|not delivered|delayed)|"
        r"non-?delivery|nondeliverable|could not (?:be delivered|send message)|(?:unable|"
        r"failed) to deliver|deliver(?:y|ing)[^:]{0,20}(?:fail|error|delay|warning)|"
        r"delayed mail|warning: (?:could not|message)|not delivered|bounced?\b|loop alert|"
        r"user unknown|mailbox (?:full|unavailable)|notice: mail|e-?mail (?:delivery|could not|"
        r"rejected|not delivered)|rejected|are not (?:a )?member",
    ),
    ("German", r"unzustellbar|nicht zustellbar|zustellung|unzustellbare|fehlgeschlagen"),
    ("French", r"non remis|non distribu|échec (?:de )?(?:la )?(?:remise|distribution)|retour[^:]{0,10}message"),
    (
        "Spanish, Portuguese, Italian",
        r"no se puede entregar|devuelto|devolvid|não foi possível|non recapitabil|mancata consegna|"
        r"n[ãa]o entregue|no entregado",
    ),
    ("Slavic", r"недоставлен|не доставлен|ошибка доставки|niedostarczon|nedoručiteln"),
    ("Japanese, Chinese", r"配信|配送|送信(?:でき|エラー|失敗)|届けられ|未達|エラーメール|退信|投递失败"),
)
_SENDER = re.compile(BOUNCE_SENDERS, re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile("|".join(pattern for _, pattern in BOUNCE_SUBJECTS), re.IGNORECASE)
_REPLY_SUBJECT = re.compile(r"\s{0,4}(?:re|aw|sv|antw|odp|vs|ynt)(?:\[\d\])?:", re.IGNORECASE)
#: Wordings of bounces whose sender or subject does not show it.
_BOUNCE_WORDING = re.compile(
    r"could ?n[o']t be (?:delivered|sent)|(?:was|were) not delivered|unable to deliver|"
    r"permanent (?:fatal )?errors?|undeliverable to|"
    r"not be delivered to|delivery (?:has )?failed|transcript of session|did not receive this message|"
    r"returned to sender|"
    r"error message below|送信できませんでした|配信できません",
    re.IGNORECASE,
)
#: Wordings of a server that goes on trying.
_STILL_RETRYING = re.compile(
    r"warning message only|still being retried|will (?:keep|continue) (?:trying|to (?:try|be tried|"
    r"retry|attempt))|not need to re-?send|temporary failure report|"
    r"this is (?:only )?a (?:warning|notification about a delay)|will (?:be )?retr(?:y|ied) (?:for|"
    r"until)|will be retried|delivery (?:incomplete|is delayed|has been delayed|delayed)|"
    r"has been delayed|is delayed for more|no action is required on your part|still undelivered|"
    r"not yet been delivered|delayed mail|not yet received your message|message is still in the queue|"
    r"erneut versucht",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"giv(?:e|en|ing) up|will be deleted from queue|stopped trying|no further (?:delivery )?attempts|"
    r"not try again|permanent|"
    r"in the queue too long|could not be delivered for \d{1,3} days",
    re.IGNORECASE,
)


class BounceLikelihood(Enum):
    """How likely a message without a delivery status is a bounce."""

    CERTAIN = "its sender sends nothing else, or a header field shows it"
    POSSIBLE = "its subject or its text is like that of a bounce"
    NONE = "nothing indicates a bounce"


def bounce_likelihood(message: ParsedMessage, text: str) -> BounceLikelihood:
    """Return how likely a message is a bounce.

    Args:
        message: the message.
        text: its text without the original message.
    """
    content_type = message.fields.first("content-type").lower()
    if "delivery-status" in content_type or message.fields.first("x-failed-recipients"):
        return BounceLikelihood.CERTAIN
    if any(_SENDER.search(decode_header_words(sender)) for sender in message.fields.all("from")):
        return BounceLikelihood.CERTAIN
    subject = decode_header_words(message.fields.first("subject"))
    is_reply = _REPLY_SUBJECT.match(subject)  # "Re: Bill rejected" is a reader's answer to a headline
    if (not is_reply and _SUBJECT.search(subject)) or _BOUNCE_WORDING.search(text[:MAX_SEARCHED_CHARACTERS]):
        return BounceLikelihood.POSSIBLE
    return BounceLikelihood.NONE


def is_still_retrying(subject: str, text: str) -> bool:
    """Return True if the server has not given up yet."""
    if _STILL_RETRYING.search(subject):
        return True
    text = text[:MAX_SEARCHED_CHARACTERS]
    return bool(_STILL_RETRYING.search(text)) and not _GIVEN_UP.search(text)
