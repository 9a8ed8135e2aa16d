"""A reader's stream over a real socket, frame by frame."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.support.web_server import Serving

SLUG = "storm-maren"


@dataclass
class StreamEvent:
    event: str
    id: str
    data: Any
    retry: int = 0


class StreamListener:
    """A reader's connection, frame by frame."""

    def __init__(self, serving: Serving, query: str = "", **headers: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
        self._connection.request("GET", f"/live/{SLUG}/stream{query}", headers=headers)
        self.response = self._connection.getresponse()

    def next(self) -> StreamEvent:
        """The next frame that is no heartbeat; an empty event at the end."""
        frame = StreamEvent("", "", None)
        for raw in iter(self.response.readline, b""):
            line = raw.decode().rstrip("\n")
            if not line and frame.event != "beat":
                return frame
            name, _, value = line.partition(": ")
            if name == "data":
                frame.data = json.loads(value)
            elif name == "retry":
                frame.retry = int(value)
            elif name in ("event", "id"):
                setattr(frame, name, value)
        return StreamEvent("", "", None)

    def close(self) -> None:
        self.response.close()
        self._connection.close()
