"""Figures that processes write for /metrics: one file per process, sums that survive its end."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from stoppress.service.monitoring.process_figures import _write, fold_ended_process, read_all, remove_old_files


def test_figures_ignore_killed_processes(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    for process in (os.getpid(), ended.pid):
        (tmp_path / f"{process}.figures").write_text("{}")
    for age_seconds, counted, files in ((0, 2, 2), (4, 1, 2), (11, 0, 1)):
        for path in tmp_path.glob("*.figures"):
            os.utime(path, (then := time.time() - age_seconds, then))
        assert len(read_all(tmp_path)) == counted and len(list(tmp_path.glob("*.figures"))) == files


def test_figures_keep_counters_of_ended_processes(tmp_path: Path) -> None:
    counts = {"dropped": 1, "resumed": 2, "resets": 3, "lookups": 4, "deliveries": 5, "seconds": 0.5, "buckets": [1, 2]}
    for process in (11, 12):
        (tmp_path / f"{process}.figures").write_text(json.dumps({"blogs": {"storm": {}}, **counts}))
        fold_ended_process(tmp_path, process)
    fold_ended_process(tmp_path, 13)
    (sums,) = read_all(tmp_path)
    assert sums == {"blogs": {}, "buckets": [2, 4], **{name: 2 * counts[name] for name in counts if name != "buckets"}}  # type: ignore[operator]
    remove_old_files(tmp_path)
    assert read_all(tmp_path) == []


def test_figures_count_a_process_once_while_it_is_folded_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"dropped": 1, "resumed": 0, "resets": 7, "lookups": 0, "deliveries": 0, "seconds": 0.0, "buckets": [0, 0]}
    path = tmp_path / f"{os.getpid()}.figures"
    path.write_text(json.dumps({"process": "11.5", "blogs": {}, **counts}))
    monkeypatch.setattr(Path, "unlink", lambda self: None)  # as before the removal of the process's own file
    fold_ended_process(tmp_path, os.getpid())
    assert [figures["resets"] for figures in read_all(tmp_path)] == [7]
    path.write_text(json.dumps({"process": "11.6", "blogs": {}, **counts}))  # another process with the same number
    assert sorted(figures["resets"] for figures in read_all(tmp_path)) == [7, 7]
    fold_ended_process(tmp_path, os.getpid())
    assert [figures["resets"] for figures in read_all(tmp_path)] == [14]


def test_figures_are_overwritten_when_no_new_file_can_be_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run" / f"{os.getpid()}.figures"
    _write(path, {"readers": 1, "blogs": {"a": 1}})

    def full(self: Path, *_: Any, **__: Any) -> Any:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    _write(path, {"readers": 2})
    assert read_all(path.parent) == [{"readers": 2}] and [file.name for file in path.parent.iterdir()] == [path.name]
