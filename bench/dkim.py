"""Measure the messages that one process signs per second.

    python -m bench.dkim [--messages 2000] [--json]

An alert of everyday size, by RSA of 2048 bits, by Ed25519, and by both; and the rate of canonicalising its body alone.
"""

import argparse
import json
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from stoppress.delivery.message.dkim import SigningKey, make_signer, relaxed_body

TOP = (
    b"From: The Halden Courier <alerts@courier.example>\r\nTo: <reader@example.org>\r\nSubject: Sea wall gives way\r\n"
    b"Date: Sun, 08 Mar 2026 20:04:00 +0000\r\nMessage-ID: <1@courier.example>\r\n"
    b"List-Id: <breaking.courier.example>\r\nList-Unsubscribe: <https://courier.example/u>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
)
MESSAGE = TOP + (b"The lower town is being cleared. " * 2 + b"Go=\r\n") * 92


def rate(work: Callable[[], object], times: int) -> float:
    """Return calls per second."""
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return times / (time.perf_counter() - begun)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="DKIM signatures a second")
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rsa = SigningKey("r", "courier.example", generate_private_key(65537, 2048))
    ed = SigningKey("e", "courier.example", Ed25519PrivateKey.generate())
    figures = {
        "bytes": len(MESSAGE),
        "relaxed_body_per_s": round(rate(lambda: relaxed_body(MESSAGE), options.messages)),
    }
    for name, keys in {"rsa2048": [rsa], "ed25519": [ed], "both": [rsa, ed]}.items():
        sign = make_signer(keys, time.time)
        figures[f"{name}_per_s"] = round(rate(lambda sign=sign: sign(MESSAGE), options.messages))  # type: ignore[misc]
    print(json.dumps(figures) if options.json else ", ".join(f"{name} {n:,}" for name, n in figures.items()))


if __name__ == "__main__":
    main()
