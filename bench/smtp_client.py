"""How fast the mailer's SMTP client is, next to the standard library's, in the same run.

    python bench/smtp_client.py [--messages 4000] [--connections 4] [--repeats 5]

A sink in a process of its own takes every message and keeps none. Both clients send the same ready bytes over as many
connections (ours: tasks on one loop; smtplib: threads), in turn, so that a busy machine is as hard on the one as on the
other. Printed: the median of the repeats, messages a second, and the ratio.
"""

import argparse
import asyncio
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from stoppress.alerts.smtp import Accepted, RelayAddress, RelayConnection

MESSAGE = b"Subject: Sea wall gives way\r\n\r\n" + (b"The lower town is being cleared. " * 2 + b"\r\n") * 98
SENDER, READER = "bounce+1@news.example", "reader@example.org"

ANSWERS = {b"EHLO": b"250-sink\r\n250 PIPELINING\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


class Sink(asyncio.Protocol):
    """Says yes to everything, as fast as Python can."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer, self._in_text = transport, b"", False
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
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


async def sink() -> None:
    """Serve until killed; the first line of output is the port."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _ours(port: int, messages: int, connections: int) -> None:
    async def sending(share: int) -> None:
        connection = RelayConnection(RelayAddress("127.0.0.1", port))
        await connection.connect()
        for _ in range(share):
            assert isinstance(await connection.send(SENDER, READER, MESSAGE), Accepted)
        await connection.close()

    await asyncio.gather(*(sending(messages // connections) for _ in range(connections)))


def ours(port: int, messages: int, connections: int) -> None:
    """Send with RelayConnection."""
    asyncio.run(_ours(port, messages, connections))


def theirs(port: int, messages: int, connections: int) -> None:
    """Send with smtplib."""

    def sending(share: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as client:
            for _ in range(share):
                client.sendmail(SENDER, [READER], MESSAGE)

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(sending, [messages // connections] * connections))


def rate(client: Callable[[int, int, int], None], port: int, messages: int, connections: int) -> float:
    """Messages a second."""
    begun = time.perf_counter()
    client(port, messages, connections)
    return messages / (time.perf_counter() - begun)


def measured(options: argparse.Namespace) -> list[list[float]]:
    """For each repeat, the rates of both clients."""
    process = subprocess.Popen([sys.executable, __file__, "--sink"], stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout
            port = int(process.stdout.readline())
            return [
                [rate(client, port, options.messages, options.connections) for client in (ours, theirs)]
                for _ in range(options.repeats)
            ]
        finally:
            process.kill()


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description="our SMTP client next to smtplib")
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sink", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sink:
        asyncio.run(sink())
        return
    mine, stdlib = (statistics.median(figures) for figures in zip(*measured(options), strict=True))
    print(f"{options.messages} messages of {len(MESSAGE)} bytes, {options.connections} connections, ", end="")
    print(f"median of {options.repeats}: ours {mine:,.0f}/s, smtplib {stdlib:,.0f}/s, ratio {mine / stdlib:.1f}")


if __name__ == "__main__":
    main()
