"""What the tests need besides Python: Chromium and PostgreSQL's programs. Found, or installed, or the run fails.

Run as `python -m tests.needs` by `make test`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def chromium() -> str | None:
    """The system's Chromium."""
    return next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)


def postgresql() -> Path | None:
    """The folder of PostgreSQL's programs, newest version first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    found = [folder for folder in folders if (folder / "initdb").exists()]
    on_path = shutil.which("initdb")
    return found[0] if found else Path(on_path).parent if on_path else None


def missing() -> list[str]:
    """Debian packages that are wanted and not there."""
    return [name for name, found in (("chromium", chromium()), ("postgresql", postgresql())) if found is None]


def install(packages: list[str]) -> None:
    """Install Debian packages, as root or through sudo; raises CalledProcessError."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*prefix, "apt-get", "update", "-qq"], check=True, env=environment)
    command = [*prefix, "apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def main() -> int:
    """Make sure of everything; exit code 1 with one clear line where that fails."""
    packages = missing()
    if not packages:
        return 0
    print(f"installing for the tests: {', '.join(packages)}", file=sys.stderr)
    try:
        install(packages)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"cannot install {', '.join(packages)} ({error}); please install by hand", file=sys.stderr)
        return 1
    return 1 if missing() else 0


if __name__ == "__main__":
    sys.exit(main())
