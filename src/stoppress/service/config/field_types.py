"""Types of configuration fields: each validator returns a typed value or raises ValueError with what is allowed.

Fields that hold a log-in are declared with `repr=False`: neither the repr of the configuration nor an error message
shows their value. Their validators must not quote it either.
"""

import base64
import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainValidator, SecretStr
from pydantic_settings import NoDecode

from stoppress.delivery.message.dkim_selectors import parse_dkim_keys
from stoppress.inbound.receive.listen_addresses import ListenAddress, parse_listen_addresses
from stoppress.inbound.receive.mailbox_url import MailboxUrl
from stoppress.service.database.database_url import parse_database_url
from stoppress.smtp.relay_url import RelayAddress, is_resolvable, parse_relays
from stoppress.subscribers.resolver_address import parse_resolver_address

MAILBOX = re.compile(r"[^\s<>@]+@[^\s<>@]+")
DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}", re.ASCII)
LOCAL_PART = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
MIN_SECRET_CHARACTERS = 16
MIN_KEY_CHARACTERS, MIN_DIFFERENT_KEY_CHARACTERS = 32, 8

T = TypeVar("T")
Network = IPv4Network | IPv6Network


def _split_list(value: Any) -> Any:
    """Return the items of a comma-separated text; a list from the file stays as it is."""
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value


def _refuse_boolean(value: Any) -> Any:
    """Refuse `true` in the file for a number, which pydantic would read as 1."""
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


def _one_line(text: str) -> str:
    if any(ord(char) < 32 for char in text):
        raise ValueError("must be one line without control characters")
    return text


def _http_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be an http or https URL without query, fragment or log-in")
    if not text.isprintable() or " " in text or not is_resolvable(parts.hostname or ""):
        raise ValueError(f"must have the name or address of a host, got {parts.hostname!r}")
    return text


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Europe/London") from None
    return text


def _language_tag(text: str) -> str:
    if not LANGUAGE_TAG.fullmatch(text):
        raise ValueError("must be BCP 47 language tags such as en or pt-BR")
    return text


def _resolver(text: str) -> str:
    try:
        return text if text in ("", "off") else (parse_resolver_address(text) and text)
    except ValueError:
        raise ValueError("must be `off` or an IP address with or without a port, such as 127.0.0.1:53") from None


def _mail_address(text: str) -> str:
    if not (MAILBOX.fullmatch(text) and text.isascii()):
        raise ValueError("must be an ASCII mail address such as canary@example.org")
    return text


def _local_part(text: str) -> str:
    if not LOCAL_PART.fullmatch(text):
        raise ValueError("must be mailbox names such as abuse: small letters, without the domain")
    return text


def _topic_arn(text: str) -> str:
    if not TOPIC_ARN.fullmatch(text):
        raise ValueError("must be topics such as arn:aws:sns:eu-west-1:123456789012:bounces")
    return text


def _domain(text: str) -> str:
    if not DOMAIN.fullmatch(text) or not is_resolvable(text):
        raise ValueError("must be a domain such as alerts.example.org")
    return text


def _refuse_nul(value: Any) -> Any:
    if isinstance(value, str) and "\0" in value:
        raise ValueError(f"must be the path of a folder, got {value!r}")
    return value


def _home_folder(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise ValueError(f"must name a person of this machine after ~, got {str(path)!r}") from None


def _absolute_path(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("must be an absolute path such as /var/log/mail.log")
    return path


def _network(value: Any) -> Network:
    try:
        return ip_network(value)
    except ValueError:
        raise ValueError("must be IP addresses or networks such as 10.0.0.0/8, without host bits") from None


def _database_url(value: SecretStr) -> SecretStr:
    parse_database_url(value.get_secret_value(), Path())
    return value


def describe_weak_key(key: str) -> str:
    """Return what a signing key must have and has not; empty for a strong key."""
    if len(key) < MIN_KEY_CHARACTERS:
        return f"must have at least {MIN_KEY_CHARACTERS} characters, got {len(key)}"
    if len(set(key)) < MIN_DIFFERENT_KEY_CHARACTERS:
        return f"must have at least {MIN_DIFFERENT_KEY_CHARACTERS} different characters, got {len(set(key))}"
    return ""


def _signing_key(value: SecretStr) -> SecretStr:
    key = value.get_secret_value()
    if key and (weakness := describe_weak_key(key.strip())):
        raise ValueError(weakness)
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < MIN_SECRET_CHARACTERS:
        raise ValueError(f"must have at least {MIN_SECRET_CHARACTERS} characters")
    return value


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


def _public_key(value: SecretStr) -> SecretStr:
    if not _is_base64(value.get_secret_value()):
        raise ValueError("must be the base64 of a public key, without the BEGIN and END lines")
    return value


def _standard_webhook_secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not (secret.startswith("whsec_") and _is_base64(secret.removeprefix("whsec_"))):
        raise ValueError("must be whsec_ and base64, as the mail service shows it")
    return value


def _parsed(parse: Callable[[str], Any], join: str = ",") -> PlainValidator:
    """Return a validator that parses a text, or a list of texts from the file; the default stays as it is."""

    def validate(value: Any) -> Any:
        if value is None or value == ():
            return value
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = join.join(value)
        if not isinstance(value, str):
            raise ValueError("must be a text")
        return parse(value)

    return PlainValidator(validate)


def _tupled(parse: Callable[[str], Iterable[T]]) -> Callable[[str], tuple[T, ...]]:
    return lambda text: tuple(parse(text))


Count = Annotated[int, BeforeValidator(_refuse_boolean)]
OneLine = Annotated[str, AfterValidator(_one_line)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Domain = Annotated[str, AfterValidator(_domain)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
Resolver = Annotated[str, AfterValidator(_resolver)]
HomeFolder = Annotated[Path, BeforeValidator(_refuse_nul), AfterValidator(_home_folder)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute_path)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
SigningKey = Annotated[SecretStr, AfterValidator(_signing_key)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
PublicKey = Annotated[WebhookSecret, AfterValidator(_public_key)]
StandardWebhookSecret = Annotated[WebhookSecret, AfterValidator(_standard_webhook_secret)]

TextList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_list)]
LanguageTags = Annotated[
    tuple[Annotated[str, AfterValidator(_language_tag)], ...], NoDecode, BeforeValidator(_split_list)
]
LocalParts = Annotated[tuple[Annotated[str, AfterValidator(_local_part)], ...], NoDecode, BeforeValidator(_split_list)]
TopicArns = Annotated[tuple[Annotated[str, AfterValidator(_topic_arn)], ...], NoDecode, BeforeValidator(_split_list)]
Networks = Annotated[tuple[Annotated[Network, PlainValidator(_network)], ...], NoDecode, BeforeValidator(_split_list)]

Relays = Annotated[tuple[RelayAddress, ...], NoDecode, _parsed(_tupled(parse_relays))]
DkimKeys = Annotated[tuple[tuple[str, Path], ...], NoDecode, _parsed(_tupled(parse_dkim_keys), " ")]
ListenAddresses = Annotated[tuple[ListenAddress, ...], NoDecode, _parsed(_tupled(parse_listen_addresses))]
Mailbox = Annotated[MailboxUrl | None, NoDecode, _parsed(MailboxUrl.parse)]
