"""One key for all addresses of one mailbox, for rate limits only: what is stored and mailed to is never folded.

mari.o+news@googlemail.com, mario@gmail.com  ──►  mario@gmail.com
"""

DOMAIN_ALIASES = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
    "fastmail.fm": "fastmail.com",
}
"""Domains at which a provider delivers to the same mailboxes."""
IGNORED_CHARACTERS = {"gmail.com": ".", "proton.me": ".-_", "yandex.ru": ".-"}
"""Characters of a local part that a provider ignores."""
TAG_SEPARATORS = {"yahoo": "-", "ymail": "-", "rocketmail": "-"}
"""Characters after which a provider ignores the rest, beside the plus sign, by the first label of its domain."""
SUBDOMAIN_PROVIDERS = ("fastmail.com", "fastmail.fm")
"""Providers that deliver mail for anything@NAME.their-domain to the mailbox NAME."""


def mailbox_key(address_key: str) -> str:
    """Return the same key for all addresses that probably reach one mailbox.

    Args:
        address_key: `EmailAddress.key`.
    """
    local, _, domain = address_key.rpartition("@")
    for provider in SUBDOMAIN_PROVIDERS:
        if domain.endswith(f".{provider}"):
            local, domain = domain.removesuffix(f".{provider}").rpartition(".")[2], provider
    domain = DOMAIN_ALIASES.get(domain, domain)
    for separator in "+" + TAG_SEPARATORS.get(domain.partition(".")[0], ""):
        local = local.partition(separator)[0] or local
    for character in IGNORED_CHARACTERS.get(domain, ""):
        local = local.replace(character, "") or local
    return f"{local}@{domain}"
