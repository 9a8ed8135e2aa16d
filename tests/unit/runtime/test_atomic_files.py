"""Atomic file writes: the file is complete, or unchanged."""

from pathlib import Path

import pytest

from stoppress.runtime.atomic_files import create_atomically, open_atomically, write_atomically


@pytest.mark.parametrize("durable", [True, False])
def test_write_atomically_replaces_a_file(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "marks.json"
    write_atomically(path, b"old", durable=durable)
    write_atomically(path, b"new", durable=durable)
    assert path.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["marks.json"]


def test_open_atomically_keeps_the_old_file_when_the_block_raises(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), open_atomically(path) as file:
        file.write(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_write_atomically_syncs_only_when_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("stoppress.runtime.atomic_files.os.fsync", synced.append)
    write_atomically(tmp_path / "a", b"x", durable=False)
    assert synced == []
    write_atomically(tmp_path / "b", b"x")
    assert len(synced) == 2


def test_create_atomically_keeps_an_existing_file(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    create_atomically(path, b"first")
    create_atomically(path, b"second")
    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
