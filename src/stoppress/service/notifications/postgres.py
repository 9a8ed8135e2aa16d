"""Hints between machines: PostgreSQL's LISTEN and NOTIFY, on a connection of its own, outside any pool.

NOTIFY goes out after the commit it tells of, so it never holds a writer's lock; it is a hint, and may be lost (law 2).
"""

import asyncio
import logging
from typing import Any

from django.db import connection

from stoppress.runtime import notifications
from stoppress.service.database.database_url import WATCHFUL

log = logging.getLogger(__name__)

CHANNEL = "stoppress"
FAR = {notifications.CHANGES, notifications.MAIL}
"""Hints that other machines get, too."""
AGAIN_AFTER = 2.0
"""Seconds until a broken connection is tried again."""


def in_use() -> bool:
    """Whether the installation's database is PostgreSQL."""
    return connection.vendor == "postgresql"


def notify(topic: str) -> None:
    """Tell the other machines, if it is for them; to be called after the commit, on the writer's own connection."""
    if topic in FAR:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, topic])


def own_connection_parameters() -> dict[str, Any]:
    """What psycopg needs for a connection beside Django's."""
    return {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in {"dbname", "user", "password", "host", "port", *WATCHFUL} or name.startswith("ssl")
    }


async def listen() -> None:
    """Hear the others for ever; a connection that breaks is made anew."""
    from psycopg import Error  # here: it takes long to load, and most do without PostgreSQL

    while True:
        try:
            await _hear()
        except (Error, OSError) as error:
            log.warning("PostgreSQL's hints are not heard (%s); looking every second, trying again", error)
        await asyncio.sleep(AGAIN_AFTER)


async def _hear() -> None:
    from psycopg import AsyncConnection

    hearing = await AsyncConnection.connect(**own_connection_parameters(), autocommit=True)
    async with hearing:
        await hearing.execute(f"LISTEN {CHANNEL}")
        notifications.ring_here(notifications.CHANGES)  # What was told while nobody listened.
        async for told in hearing.notifies():
            if told.payload in FAR:
                notifications.ring_here(told.payload)
