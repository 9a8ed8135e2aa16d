"""Requests that no browser sends: a recorded corpus, and random variations of it."""

import random
from pathlib import Path

CORPUS_FOLDER = Path(__file__).parents[1] / "data" / "http"
CORPUS = {path.stem: path.read_bytes() for path in sorted(CORPUS_FOLDER.glob("*.http"))}
WELL_FORMED = [
    b"GET /live/storm-maren HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /live/storm-maren HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: *\r\n\r\n",
    b"GET /live/storm-maren/changes/abc-1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /live/storm-maren HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc",
    b"GET /live/storm-maren/feed.atom HTTP/1.1\r\nHost: localhost\r\n"
    b"If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n",
    b"GET /embed/storm-maren HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: zstd\r\n\r\n",
]
STREAM = b"GET /live/storm-maren/stream?after=abc-1 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"


def random_requests(chance: random.Random) -> bytes:
    """Return one or a few requests of the corpus, damaged at random."""
    count = chance.choice((1, 1, 1, 2, 4))
    requests = [chance.choice([*CORPUS.values(), *WELL_FORMED, STREAM]) for _ in range(count)]
    return damage_request(b"".join(requests), chance)


def damage_request(request: bytes, chance: random.Random) -> bytes:
    """Return `request` with up to five faults: bytes changed, removed, repeated, inserted or cut off."""
    data = bytearray(request)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        at = chance.randrange(len(data))
        fault = chance.randrange(5)
        if fault == 0:
            data[at] = chance.randrange(256)
        elif fault == 1:
            del data[at : at + chance.randrange(1, 8)]
        elif fault == 2:
            data[at:at] = data[at : at + chance.randrange(1, 40)]
        elif fault == 3:
            data[at:at] = chance.choice((b"\r\n", b"\x00", b" ", b":", b"\xff", b"%", b"a" * 5000))
        else:
            del data[at + 1 :]
        if not data:
            data = bytearray(b"\r\n")
    return bytes(data)
