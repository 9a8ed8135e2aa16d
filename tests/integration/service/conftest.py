"""A home folder with a migrated database, for tests of commands and starts."""

import shutil

import pytest

from tests.support.refused_commands import run_command


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory):
    """Return the home folder that `home` copies."""
    home = tmp_path_factory.mktemp("migrated") / "home"
    assert run_command(home, "migrate").returncode == 0
    return home


@pytest.fixture
def home(migrated_home, tmp_path):
    """Return a home folder of the test's own."""
    return shutil.copytree(migrated_home, tmp_path / "home")
