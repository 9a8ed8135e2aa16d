"""Mail that asks for no more mail: from mail programs to a List-Unsubscribe address (RFC 2369), and from people."""

import re

from stoppress.inbound.bounces.mime_parts import HeaderFields, decode_header_words

#: The whole subject, by language; a word more, and a person should read it.
UNSUBSCRIBE_SUBJECTS = (
    r"(?:please )?(?:unsubscribe|un-subscribe|opt[- ]?out|remove(?: me)?|stop)(?: me)?(?: please)?|"
    r"abmelden|abbestellen|"
    r"d[ée]sabonne(?:r|ment)|d[ée]sinscri(?:re|ption)|(?:darse de )?baja|cancelar suscripci[oó]n|"
    r"cancella(?:mi|zione)|disiscrivi(?:mi)?|"
    r"uitschrijven|afmelden|avregistrera|framelding|отписаться|配信停止|登録解除|退订"
)
_SUBJECT = re.compile(rf"\s*(?:re: ?)?\W{{0,3}}(?:{UNSUBSCRIBE_SUBJECTS})\W{{0,3}}\s*", re.IGNORECASE)


def is_unsubscribe_request(fields: HeaderFields) -> bool:
    """Whether a message asks to be taken off the list. Who asks is not proven by it."""
    return bool(fields.first("x-apple-unsubscribe")) or bool(
        _SUBJECT.fullmatch(decode_header_words(fields.first("subject"))[:200])
    )
