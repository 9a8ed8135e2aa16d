"""SMTP transcripts of Sendmail: commands and replies in their order.

    >>> RCPT To:<a@b.example>
    <<< 550 <a@b.example>... User unknown
    550 <a@b.example>... User unknown

The line that names the recipient comes last; the dialogue that led to it precedes it.
"""

import re

_REPLY = re.compile(r"^\s{0,4}(?:<<<|[245]\d\d)[ -]")
_COMMAND = re.compile(r"^\s{0,4}>>>")
_RECIPIENT_REPLY = re.compile(r"^\s{0,4}(?:[245]\d\d )?<?([^\s<>@]{1,80}@[^\s<>@]{1,250}?)>?\.\.\.")


def transcript_by_recipient(text: str) -> dict[str, str]:
    """Return, by lower-case address, the lines that led to its failure, the server's own reply first."""
    transcripts: dict[str, str] = {}
    replies: list[str] = []
    command = ""
    for line in text.splitlines()[:2000]:
        if _COMMAND.match(line):
            command, replies = line.strip(), []
        elif named := _RECIPIENT_REPLY.match(line):
            address = named[1].lower()
            if address not in transcripts:
                transcripts[address] = "\n".join([*replies[:6], line.strip(), command])
            replies = []
        elif _REPLY.match(line):
            if not replies and not line.lstrip().startswith("<"):  # not a reply, but Sendmail's own result
                command = ""
            replies.append(line.strip())
        elif line.lower().startswith(("while talking to", "... while talking to")):
            command, replies = "", []
    return transcripts
