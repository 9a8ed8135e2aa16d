"""A reader's stream over a real socket, event by event."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.support.web_server import Serving

SLUG = "storm-maren"


@dataclass
class StreamEvent:
    """One server-sent event; `event` is "" once the stream has ended."""

    event: str
    id: str
    data: Any
    retry: int = 0


class StreamListener:
    """A reader's connection to the stream of one live blog."""

    def __init__(self, serving: Serving, query: str = "", **headers: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
        self._connection.request("GET", f"/live/{SLUG}/stream{query}", headers=headers)
        self.response = self._connection.getresponse()

    def read_event(self) -> StreamEvent:
        """Return the next event that is not a heartbeat."""
        current = StreamEvent("", "", None)
        for raw in iter(self.response.readline, b""):
            line = raw.decode().rstrip("\n")
            if not line and current.event != "beat":
                return current
            name, _, value = line.partition(": ")
            if name == "data":
                current.data = json.loads(value)
            elif name == "retry":
                current.retry = int(value)
            elif name in ("event", "id"):
                setattr(current, name, value)
        return StreamEvent("", "", None)

    def close(self) -> None:
        """Close the connection."""
        self.response.close()
        self._connection.close()
