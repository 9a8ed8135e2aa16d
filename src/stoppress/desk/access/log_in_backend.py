"""Find a person by the compared form of their name, which is what rate limits count and the database stores."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from stoppress.desk.access.name_keys import name_key


class NameKeyBackend(ModelBackend):
    """Django's check of name and password, whatever the spelling of the name."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:  # type: ignore[override]
        """Return the person, or None if name and password do not match or the person is disabled."""
        if name := credentials.get("username"):
            credentials["username"] = name_key(name)
        return super().authenticate(request, **credentials)
