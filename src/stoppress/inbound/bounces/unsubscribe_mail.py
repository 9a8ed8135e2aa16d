"""Detection of unsubscribe mail: from mail programs to a List-Unsubscribe address (RFC 2369), and from readers."""

import re

from stoppress.inbound.bounces.mime_parts import HeaderFields, decode_header_words

#: Patterns of the whole subject, by language. With one more word, a person should read the message.
UNSUBSCRIBE_SUBJECTS = (
    r"(?:please )?(?:unsubscribe|un-subscribe|opt[- ]?out|remove(?: me)?|stop)(?: me)?(?: please)?|"
    r"abmelden|abbestellen|"
    r"d[ée]sabonne(?:r|ment)|d[ée]sinscri(?:re|ption)|(?:darse de )?baja|cancelar suscripci[oó]n|"
    r"cancella(?:mi|zione)|disiscrivi(?:mi)?|"
    r"uitschrijven|afmelden|avregistrera|framelding|отписаться|配信停止|登録解除|退订"
)
_SUBJECT = re.compile(rf"\s*(?:re: ?)?\W{{0,3}}(?:{UNSUBSCRIBE_SUBJECTS})\W{{0,3}}\s*", re.IGNORECASE)


def is_unsubscribe_request(fields: HeaderFields) -> bool:
    """Return True if a message requests to unsubscribe. This does not prove who sent it."""
    return bool(fields.first("x-apple-unsubscribe")) or bool(
        _SUBJECT.fullmatch(decode_header_words(fields.first("subject"))[:200])
    )
