"""A mailer in a thread of the test process."""

import asyncio
from contextlib import contextmanager
from threading import Thread

from stoppress.alerts import actions
from stoppress.delivery.sender import run_mailer
from stoppress.delivery.sender.send_loop import MailerOptions
from stoppress.smtp.relay_url import parse_relays


class MailerThread:
    """A mailer in its own thread; leaving the block stops it, with `grace_seconds` for messages in transmission."""

    def __init__(self, url, grace_seconds=1.0):
        self.url, self.grace_seconds, self.error = url, grace_seconds, None
        self._thread = Thread(target=self._run)

    def _run(self):
        try:
            asyncio.run(self._main())
        except Exception as error:  # noqa: BLE001 - the test that leaves the block raises it
            self.error = error

    async def _main(self):
        self.loop, self.stop = asyncio.get_running_loop(), asyncio.Event()
        await run_mailer(parse_relays(self.url), MailerOptions(self.stop, grace_seconds=self.grace_seconds))

    def __enter__(self):
        self._thread.start()
        return self

    def stop_soon(self):
        """Start the stop without waiting for its end."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.stop.set)

    def __exit__(self, *_):
        self.stop_soon()
        self._thread.join(self.grace_seconds + 30)
        assert not self._thread.is_alive()


def relay_url(relay):
    return f"smtp://127.0.0.1:{relay.port}"


@contextmanager
def running_mailer(relay, grace_seconds=1.0):
    with MailerThread(relay_url(relay), grace_seconds) as mailer:
        yield mailer
    if mailer.error:
        raise mailer.error


def is_finished(alert):
    return lambda: actions.load_receipt(alert).is_finished


def find_link_path(mail, start):
    text = mail.get_body(("plain",)).get_content()
    return start + text.split(start)[1].split()[0]
