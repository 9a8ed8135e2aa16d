"""A client of the desk API with a token."""

import json
from typing import Any

from django.test import Client


class Caller:
    """A client of the API that sends a token."""

    def __init__(self, token: str) -> None:
        self.client, self.headers = Client(), {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, path, json.dumps(body), "application/json", headers=given)
