"""Adapters of django-allauth: log-in by name with limits of failures; no sign-up and no mail; encrypted secrets."""

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stoppress.coverage.newsroom import newsroom
from stoppress.desk.access.log_in_limits import TooManyFailuresError, limited_attempt
from stoppress.runtime.clock import utc_now
from stoppress.runtime.networks import parse_address
from stoppress.runtime.rate_limits import request_client_key

TOO_MANY_ATTEMPTS = gettext_lazy("Too many attempts. Try again in {seconds} seconds.")
UNKNOWN_ADDRESS = "0.0.0.0"
"""Stored for sessions whose client has no parseable address."""


def too_many_attempts(request: HttpRequest, error: TooManyFailuresError) -> ValidationError:
    """Return the error of a form, and note on the request how long the client must wait."""
    request.log_in_wait = error.seconds  # type: ignore[attr-defined]  # read by views/access/log_in.py
    return ValidationError(TOO_MANY_ATTEMPTS.format(seconds=error.seconds), code="too_many_login_attempts")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no type information
    """Log-in with name and password; no sign-up, no mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: administrators add people."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: str) -> AbstractBaseUser | None:
        """Return the person if name and password match.

        Raises:
            ValidationError: there were too many failures.
        """
        name, client = credentials.get("username", ""), request_client_key(request)
        try:
            with limited_attempt(name, client, "wrong name or password", now=utc_now()) as attempt:
                user = authenticate(request, **credentials)
                attempt.succeeded = user is not None
                return user
        except TooManyFailuresError as error:
            raise too_many_attempts(request, error) from error

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Refuse a disabled person who uses a passkey."""
        messages.error(request, _("This passkey does not work here."))
        return redirect("account_login")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address for the list of sessions; of an IPv6 client its network's first address."""
        address = parse_address(request_client_key(request).partition("/")[0])
        return str(address) if address else UNKNOWN_ADDRESS

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return to the person's own page."""
        return "/desk/account"

    def add_message(self, request: HttpRequest, level: int, *args: object, **kwargs: object) -> None:
        """Add no message of allauth: the desk's pages show the result."""


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no type information
    """Second factors: their secrets are encrypted in the database with a key made from the installation's."""

    def encrypt(self, text: str) -> str:
        """Return the text encrypted."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the text."""
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the newsroom as the party that passkeys are made for."""
        return {"id": context.request.get_host().partition(":")[0], "name": newsroom().name}


def _fernet() -> Fernet:
    key = hashlib.sha256(b"stoppress.second-factor\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
