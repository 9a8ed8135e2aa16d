"""Sendmail's transcripts: what was said to whom, in the order it was said.

    >>> RCPT To:<a@b.example>
    <<< 550 <a@b.example>... User unknown
    550 <a@b.example>... User unknown

The line that names the recipient comes last; what led to it stands above.
"""

import re

_REPLY = re.compile(r"^\s{0,4}(?:<<<|[245]\d\d)[ -]")
_COMMAND = re.compile(r"^\s{0,4}>>>")
_RECIPIENT_REPLY = re.compile(r"^\s{0,4}(?:[245]\d\d )?<?([^\s<>@]{1,80}@[^\s<>@]{1,250}?)>?\.\.\.")


def transcript_by_recipient(text: str) -> dict[str, str]:
    """For each address in small letters the lines that led to its failure, the server's own words first."""
    found: dict[str, str] = {}
    said: list[str] = []
    command = ""
    for line in text.splitlines()[:2000]:
        if _COMMAND.match(line):
            command, said = line.strip(), []
        elif named := _RECIPIENT_REPLY.match(line):
            address = named[1].lower()
            if address not in found:
                found[address] = "\n".join([*said[:6], line.strip(), command])
            said = []
        elif _REPLY.match(line):
            if not said and not line.lstrip().startswith("<"):  # no reply, but a finding of its own
                command = ""
            said.append(line.strip())
        elif line.lower().startswith(("while talking to", "... while talking to")):
            command, said = "", []
    return found
