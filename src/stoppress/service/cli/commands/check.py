"""`stoppress check mail`: the preflight's checks of relay, DNS and signature, for operators."""

from argparse import Namespace, _SubParsersAction
from ipaddress import ip_address
from typing import Any

from stoppress.service.django_setup import set_up
from stoppress.service.errors import CommandError


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command."""
    command = commands.add_parser("check", help="check how the three largest receivers treat our mail")
    parts = command.add_subparsers(dest="part", metavar="PART", required=True)
    mail = parts.add_parser("mail", help="check relay, TLS, SPF, DKIM, DMARC, alignment and reverse DNS")
    mail.add_argument(
        "--address",
        action="append",
        default=[],
        metavar="IP",
        help="an address that mail is sent from; may be repeated",
    )
    mail.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Print the findings, most severe first. Return 1 if one is a warning or worse, else 0."""
    for address in options.address:
        try:
            ip_address(address)
        except ValueError as error:
            raise CommandError(f"--address must be an IP address, got {address!r}") from error
    set_up()
    from stoppress.alerts.preflight import Severity, check_environment, configured_environment

    findings = check_environment(configured_environment(options.address))
    for finding in findings:
        print(f"{finding.severity.upper():8} {finding.name}: {finding.message}")
        for line in (finding.advice, finding.receivers):
            if line:
                print(f"         {line}")
    return int(any(finding.severity in (Severity.STOP, Severity.WARNING) for finding in findings))
