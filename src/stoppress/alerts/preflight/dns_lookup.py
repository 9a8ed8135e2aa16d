"""Query the DNS for the preflight. A fault is raised, never returned as "no record"."""

from collections.abc import Sequence

import dns.exception
import dns.name
import dns.resolver
import dns.reversename

ANSWER_TIMEOUT_SECONDS = 2.0


class DnsFaultError(Exception):
    """No name server gave an answer, so it is not known whether there is a record."""


class DnsLookup:
    """Records by name, from one name server or from the system's resolver. Each name is queried once.

    After one query without any answer, all others fail at once: an editor waits only once. A server that reports an
    error for one name may answer the next.
    """

    def __init__(self, nameserver: str = "", port: int = 53) -> None:
        self._resolver = dns.resolver.Resolver(configure=not nameserver)
        if nameserver:
            self._resolver.nameservers, self._resolver.port = [nameserver], port
        self._resolver.lifetime = self._resolver.timeout = ANSWER_TIMEOUT_SECONDS
        self._known: dict[tuple[str, str], Sequence[str] | None] = {}
        self._is_silent = False

    def texts(self, name: str) -> Sequence[str]:
        """Return the TXT records of a name, each as one text. Raises DnsFaultError."""
        return self._query(name, "TXT") or ()

    def addresses(self, name: str) -> Sequence[str]:
        """Return the IP addresses of a name. Raises DnsFaultError."""
        return (*(self._query(name, "A") or ()), *(self._query(name, "AAAA") or ()))

    def host_names(self, address: str) -> Sequence[str]:
        """Return the names of an IP address in the reverse DNS. Raises DnsFaultError."""
        names = self._query(dns.reversename.from_address(address).to_text(), "PTR") or ()
        return [name.rstrip(".").lower() for name in names]

    def exists(self, name: str) -> bool:
        """Return True if the DNS has this name or one below it. Raises DnsFaultError."""
        return self._query(name, "A") is not None

    def _query(self, name: str, kind: str) -> Sequence[str] | None:
        """Return the records; None if there is no such name."""
        key = (name.lower(), kind)
        if key not in self._known:
            self._known[key] = self._ask(name, kind)
        return self._known[key]

    def _ask(self, name: str, kind: str) -> Sequence[str] | None:
        if self._is_silent:
            raise DnsFaultError(name)
        try:
            answer = self._resolver.resolve(name, kind, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN:
            return None
        except (dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong):
            return None
        except dns.resolver.NoNameservers as error:
            raise DnsFaultError(name) from error
        except (dns.exception.DNSException, OSError) as error:
            self._is_silent = True
            raise DnsFaultError(name) from error
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer.rrset or ()]
        return [record.to_text() for record in answer.rrset or ()]
