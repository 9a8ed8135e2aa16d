"""Commands of README and documents, run for real: each document on a home folder of its own, block after block."""

import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.web_server import free_port

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LANGUAGES = {"sh", "ini", "text"}
NOT_RUN = {
    "make demo": "test_demo_announces_each_step runs the command behind it",
    "make install": "needs the package index; continuous integration begins with it",
    "git clone …": "stands for the address of the repository",
    "make test-unit": "runs the unit tests, which have just run",
    "make hooks": "writes into the checkout's .git",
    "python -m tests.checks.catalogues extract": "writes into the checkout",
    "python -m tests.checks.catalogues compile": "writes into the checkout",
    "python -m tests.checks.catalogues check": "part of `make lint`",
    "nft add rule ip nat prerouting": "needs root, and redirects a port of this machine",
    "swaks --server 127.0.0.1:2525": "needs swaks; tests/integration/inbound/test_listener.py asserts the reply",
}
"""Beginnings of lines that are not run, with the reason."""
SERVER_WAIT = """
for attempt in $(seq 300); do
    curl --silent --fail --output /dev/null http://localhost:$PORT/healthz && break
    sleep 0.2
done
"""


@dataclass(frozen=True)
class Block:
    """A code block between backticks."""

    document: str
    language: str
    text: str


def blocks(path: Path) -> list[Block]:
    found = re.findall(r"^```(\S*)\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(str(path.relative_to(ROOT)), language, text) for language, text in found]


ALL_BLOCKS = [block for path in DOCUMENTS for block in blocks(path)]
DOCUMENTS_WITH_COMMANDS = sorted({block.document for block in ALL_BLOCKS if block.language == "sh"})


def runnable_lines(document: str) -> list[str]:
    """Return the command lines of a document, continued lines joined, without those in NOT_RUN."""
    text = "".join(block.text for block in ALL_BLOCKS if block.document == document and block.language == "sh")
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if not line.startswith(tuple(NOT_RUN))]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder as after `make install`, with the files that documents speak of."""
    program = tmp_path / ".venv" / "bin" / "stoppress"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m stoppress "$@"\n')
    program.chmod(0o755)
    (tmp_path / "list.csv").write_text("email,name\nreader@example.org,A Reader\n")
    (tmp_path / "socios.csv").write_text("Nombre,Correo,Idioma,Situación\nAna,ana@example.org,es,alta\n")
    return tmp_path


def run_lines(place: Path, lines: list[str], port: int) -> str:
    """Run command lines in one shell that stops at the first failure, and return its output."""
    script = ["set -eu", "set -o pipefail"]
    for line in lines:
        here = line.replace("https://live.halden.example", f"http://localhost:{port}").replace(
            "/srv/stoppress", str(place / "home")
        )
        here = here.replace("curl ", "curl --silent --show-error --fail-with-body ", 1)
        if " serve " in here:
            here = here.replace("--port 8000", f"--port {port}").partition("#")[0] + " >serve.log 2>&1 &" + SERVER_WAIT
        script.append(here)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STOPPRESS_", "DATABASE_"))}
    environment = kept | {
        "PATH": f"{place / '.venv' / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "STOPPRESS_HOME": str(place / "home"),
        "STOPPRESS_PASSWORD": "a long enough password",
    }
    (place / "script").write_text("\n".join(script))
    process = subprocess.Popen(
        ["bash", str(place / "script")],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    output, _ = process.communicate(timeout=170)
    assert process.returncode == 0, f"{output}\n{''.join(path.read_text() for path in place.glob('serve.log'))}"
    return output


@pytest.fixture
def session_ends(place: Path):
    """End what a document's shell left running."""
    yield
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _runs_in(entry, place):
            os.kill(int(entry.name), signal.SIGTERM)


def _runs_in(process: Path, place: Path) -> bool:
    try:
        return (process / "cwd").readlink() == place
    except OSError:
        return False


@pytest.mark.parametrize("document", DOCUMENTS_WITH_COMMANDS)
@pytest.mark.usefixtures("session_ends")
def test_commands_of_a_document_work_on_a_fresh_home(document: str, place: Path) -> None:
    port = free_port()
    lines = runnable_lines(document)
    if not lines:
        return
    output = run_lines(place, lines, port)
    if document == "README.md":
        assert '"headline": "Power back in the upper town"' in output
        with urllib.request.urlopen(f"http://localhost:{port}/live/storm-maren", timeout=30) as response:
            assert "About 3,400 homes have electricity again." in response.read().decode()
    if document == "docs/settings.md":
        assert "news2026._domainkey" in output and "news2026e._domainkey" in output
    if document == "docs/operate/subscribers.md":
        assert (place / "all.csv").read_text().startswith("email,")


def test_every_code_block_has_backticks_and_names_its_language() -> None:
    assert len(DOCUMENTS) > 40 and len(DOCUMENTS_WITH_COMMANDS) >= 5
    assert [block for block in ALL_BLOCKS if block.language not in LANGUAGES] == []
    for path in DOCUMENTS:
        outside = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        indented = re.findall(r"^(?![ ]*[-*\d|]).*\n\n((?: {4}|\t)[^\s|*-].*)$", outside, re.MULTILINE)
        assert indented == [], f"{path}: put this block between ``` and name its language"


def test_every_line_that_is_not_run_is_still_in_a_document() -> None:
    text = "".join(block.text for block in ALL_BLOCKS)
    assert [begin for begin in NOT_RUN if begin not in text] == []


def test_settings_in_documents_are_accepted(place: Path) -> None:
    lines = [line for block in ALL_BLOCKS if block.language == "ini" for line in block.text.splitlines()]
    assert len(lines) >= 2
    given = dict(line.split("=", 1) for line in lines)
    check = "from stoppress.service.config.model import read_config; read_config()"
    environment = {"PATH": os.environ["PATH"], "STOPPRESS_HOME": str(place / "home")} | given
    done = subprocess.run([sys.executable, "-c", check], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_commands_named_in_sentences_are_accepted_by_the_parser(capsys: pytest.CaptureFixture[str]) -> None:
    from stoppress.service.cli.main import parser

    refused = []
    for path in DOCUMENTS:
        for span in re.findall(r"`(?:STOPPRESS_\S+ )?stoppress ([a-z][^`…]*)`", path.read_text(encoding="utf-8")):
            try:
                parser().parse_args(shlex.split(span))
            except SystemExit as end:
                said = capsys.readouterr().err
                if not end.code or "arguments are required" in said:  # a sentence may name a command alone
                    continue
                refused.append((path.name, span))
    assert refused == []


def test_demo_announces_each_step(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "stoppress",
        "demo",
        "--port",
        str(free_port()),
        "--folder",
        str(tmp_path / "demo"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if len(lines) == 1:
            assert not (tmp_path / "demo" / "stoppress.sqlite3").exists(), "the first line comes before the work"
        if "Stop with Ctrl-C" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert lines[0] == "Starting the demo: some seconds, on a busy machine a minute or two."
    assert [line[:5] for line in lines[1:6]] == ["[1/5]", "[2/5]", "[3/5]", "[4/5]", "[5/5]"]
