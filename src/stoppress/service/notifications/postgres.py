"""Notifications between machines by PostgreSQL's LISTEN and NOTIFY, on a connection of its own.

NOTIFY is sent after the commit, so it never holds a writer's lock. It may be lost (law 2).
"""

import asyncio
import logging
from typing import Any

from django.db import connection

from stoppress.runtime import notifications
from stoppress.service.database.database_url import KEEPALIVE_OPTIONS

log = logging.getLogger(__name__)

CHANNEL = "stoppress"
REMOTE_TOPICS = {notifications.CHANGES, notifications.MAIL}
"""Topics that other machines receive."""
RECONNECT_DELAY_SECONDS = 2.0
"""Seconds until a broken connection is retried."""


def is_postgresql() -> bool:
    """Return True if the installation's database is PostgreSQL."""
    return connection.vendor == "postgresql"


def notify(topic: str) -> None:
    """Notify other machines of a topic in REMOTE_TOPICS; call it after the commit, on the writer's connection."""
    if topic in REMOTE_TOPICS:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, topic])


def own_connection_parameters() -> dict[str, Any]:
    """Return psycopg's parameters for a connection beside Django's."""
    return {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in {"dbname", "user", "password", "host", "port", *KEEPALIVE_OPTIONS} or name.startswith("ssl")
    }


async def listen() -> None:
    """Receive notifications until cancelled; reconnect when the connection breaks."""
    from psycopg import Error  # here: slow to import, and rarely needed

    while True:
        try:
            await _receive()
        except (Error, OSError) as error:
            log.warning("notifications from PostgreSQL are not received (%s); polling, retrying", error)
        await asyncio.sleep(RECONNECT_DELAY_SECONDS)


async def _receive() -> None:
    from psycopg import AsyncConnection

    receiver = await AsyncConnection.connect(**own_connection_parameters(), autocommit=True)
    async with receiver:
        await receiver.execute(f"LISTEN {CHANNEL}")
        notifications.notify_local(notifications.CHANGES)  # sent before LISTEN
        async for notification in receiver.notifies():
            if notification.payload in REMOTE_TOPICS:
                notifications.notify_local(notification.payload)
