"""Find the system packages of the tests and install missing ones: browsers, PostgreSQL, nginx, HAProxy, Postfix.

Run as `python -m tests.support.system_packages` by `make test`; `make bench-deps` names
further Debian packages.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def chromium() -> str | None:
    """Return the path of Chromium."""
    return next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)


def postgresql() -> Path | None:
    """Return the folder of PostgreSQL's programs, newest version first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    found = [folder for folder in folders if (folder / "initdb").exists()]
    on_path = shutil.which("initdb")
    return found[0] if found else Path(on_path).parent if on_path else None


def nginx() -> str | None:
    """Return the path of nginx, whose cache configuration is shipped."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def haproxy() -> str | None:
    """Return the path of HAProxy, which forwards trailers."""
    return shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def smtp_source() -> str | None:
    """Return the path of Postfix's smtp-source."""
    return shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def atomic() -> ctypes.CDLL | None:
    """Return libatomic, which Playwright's driver needs and a small system lacks."""
    try:
        return ctypes.CDLL("libatomic.so.1")
    except OSError:
        return None


def missing() -> list[str]:
    """Return the Debian packages that are missing."""
    wanted = (
        ("chromium", chromium()),
        ("postgresql", postgresql()),
        ("nginx", nginx()),
        ("haproxy", haproxy()),
        ("postfix", smtp_source()),
        ("libatomic1", atomic()),
        ("firefox-esr", shutil.which("firefox-esr")),
        ("webkit2gtk-driver", shutil.which("WebKitWebDriver")),
        ("xvfb", shutil.which("xvfb-run")),
    )
    return [name for name, found in wanted if found is None]


def installed(package: str) -> bool:
    """Return True if a Debian package is installed."""
    asked = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout == "installed"
    except OSError:
        return False


def install(packages: list[str]) -> None:
    """Install Debian packages, as root or through sudo; raise CalledProcessError on failure."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*prefix, "apt-get", "update", "-qq"], check=True, env=environment)
    if "postfix" in packages:  # only its measuring programs are wanted: unconfigured, it runs no mail server
        answer = "postfix postfix/main_mailer_type select No configuration\n"
        subprocess.run([*prefix, "debconf-set-selections"], input=answer, text=True, check=True, env=environment)
    command = [*prefix, "apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def main(further: Sequence[str] = ()) -> int:
    """Install what is missing; return 1 after one clear line if that fails."""
    packages = [*missing(), *(name for name in further if not installed(name))]
    if not packages:
        return 0
    print(f"installing: {', '.join(packages)}", file=sys.stderr)
    try:
        install(packages)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"cannot install {', '.join(packages)} ({error}); please install by hand", file=sys.stderr)
        return 1
    return 1 if missing() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
