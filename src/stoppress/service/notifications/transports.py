"""Transports of this process's notifications: to processes of this machine, and over PostgreSQL to others."""

from functools import cache

from django.conf import settings

from stoppress.runtime import notifications
from stoppress.service.notifications import postgres
from stoppress.service.notifications.unix_datagrams import NotificationSocket, socket_folder


@cache
def process_socket() -> NotificationSocket:
    """Return this process's socket; from the first call on, its notifications go to its siblings."""
    settings.HOME.mkdir(parents=True, exist_ok=True)
    return NotificationSocket(socket_folder(settings.HOME))


@cache
def start_transports() -> None:
    """Send notifications of this process to all others; for every command that may write."""
    process_socket()
    if postgres.is_postgresql():
        notifications.add_transport(postgres.notify)
