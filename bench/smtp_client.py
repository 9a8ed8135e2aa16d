"""Speed of the SMTP client beside Postfix's smtp-source and the standard library, in one run.

    python -m bench.smtp_client [--messages 20000] [--connections 20] [--repeats 5] [--window 25] [--json]

Postfix's smtp-sink (Debian: postfix) takes every message and keeps none. Each client sends as many messages of the same
size over as many connections, in turn, so that a busy machine is as hard on the one as on the other. Where smtp-sink is
missing, a sink in Python stands in, and smtp-source is left out. Printed: the median of the repeats, messages a second,
and the median of the ratios.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import uvloop

from stoppress.smtp import Accepted, Envelope, Outcome, RelayAddress, RelayConnection

MESSAGE = b"Subject: Sea wall gives way\r\n\r\n" + (b"The lower town is being cleared. " * 2 + b"\r\n") * 98
SENDER, READER = "bounce+1@news.example", "reader@example.org"
PATH = "/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")

ANSWERS = {b"EHLO": b"250-sink\r\n250 PIPELINING\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}

Client = Callable[[int, argparse.Namespace], None]


class Sink(asyncio.Protocol):
    """Accept everything, as fast as Python can."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the greeting."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer, self._in_text = transport, b"", False
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Accept commands and texts."""
        self._buffer += data
        answers = []
        while (answer := self._next()) is not None:
            answers.append(answer)
        self._transport.write(b"".join(answers))

    def _next(self) -> bytes | None:
        line, found, rest = self._buffer.partition(b"\r\n.\r\n" if self._in_text else b"\r\n")
        if not found:
            return None
        self._buffer = rest
        if self._in_text:
            self._in_text = False
            return b"250 2.0.0 queued\r\n"
        return self._answer(line[:4].upper())

    def _answer(self, verb: bytes) -> bytes:
        self._in_text = verb == b"DATA"
        return ANSWERS.get(verb, b"250 2.0.0 ok\r\n")


async def serve(port: int) -> None:
    """Be the Python sink until killed."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


def ours(port: int, options: argparse.Namespace) -> None:
    """Send with RelayConnection."""
    uvloop.run(_ours(port, options))


async def _ours(port: int, options: argparse.Namespace) -> None:
    window = [Envelope(SENDER, READER, MESSAGE)] * options.window

    def heard(_: int, outcome: Outcome) -> None:
        assert isinstance(outcome, Accepted), outcome

    async def sending(share: int) -> None:
        connection = RelayConnection(RelayAddress("127.0.0.1", port))
        await connection.connect()
        while share > 0:
            await connection.send_window(window[:share], heard)
            share -= options.window
        await connection.close()

    await asyncio.gather(*(sending(options.messages // options.connections) for _ in range(options.connections)))


def source(port: int, options: argparse.Namespace) -> None:
    """Send with Postfix's smtp-source."""
    count, sessions, size = str(options.messages), str(options.connections), str(len(MESSAGE))
    program = shutil.which("smtp-source", path=PATH)
    assert program
    envelope = ["-f", SENDER, "-t", READER]
    subprocess.run([program, "-d", "-s", sessions, "-m", count, "-l", size, *envelope, f"127.0.0.1:{port}"], check=True)


def stdlib(port: int, options: argparse.Namespace) -> None:
    """Send a tenth of the messages with smtplib, which is slow."""

    def sending(share: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as client:
            for _ in range(share):
                client.sendmail(SENDER, [READER], MESSAGE)

    with ThreadPoolExecutor(options.connections) as pool:
        list(pool.map(sending, [options.messages // options.connections // 10] * options.connections))


def rate(client: Client, port: int, options: argparse.Namespace) -> float:
    """Return messages per second."""
    begun = time.perf_counter()
    client(port, options)
    messages: int = options.messages // (10 if client is stdlib else 1)
    return messages / (time.perf_counter() - begun)


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """Yield the port of a sink in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    program = shutil.which("smtp-sink", path=PATH)
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [program, *as_nobody, f"127.0.0.1:{port}", "1000"] if program else [sys.executable, __file__, "--sink"]
    with subprocess.Popen(command if program else [*command, str(port)]) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.kill()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise SystemExit("the sink does not come up")


def measure_rates(options: argparse.Namespace) -> dict[str, list[float]]:
    """Return the rates of each client."""
    clients: list[Client] = [ours, source, stdlib] if shutil.which("smtp-source", path=PATH) else [ours, stdlib]
    rates: dict[str, list[float]] = {client.__name__: [] for client in clients}
    with sink() as port:
        for _ in range(options.repeats):
            for client in clients:
                rates[client.__name__].append(rate(client, port, options))
    return rates


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="our SMTP client next to smtp-source and smtplib")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--window", type=int, default=25)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sink", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sink:
        asyncio.run(serve(options.sink))
        return
    rates = measure_rates(options)
    figures: dict[str, float] = {f"{name}_per_s": round(statistics.median(each)) for name, each in rates.items()}
    for name in rates.keys() - {"ours"}:
        ratios = [mine / other for mine, other in zip(rates["ours"], rates[name], strict=True)]
        figures[f"ratio_to_{name}"] = round(statistics.median(ratios), 2)
    if options.json:
        print(json.dumps({"messages": options.messages, "bytes": len(MESSAGE)} | figures))
        return
    print(f"{options.messages} messages of {len(MESSAGE)} bytes, {options.connections} connections: ", end="")
    print(", ".join(f"{name.replace('_', ' ')} {figure:,}" for name, figure in figures.items()))


if __name__ == "__main__":
    main()
