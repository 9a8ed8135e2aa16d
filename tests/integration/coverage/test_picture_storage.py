"""Uploaded pictures: rows, files, and a decoder process whose failure harms nothing else."""

import signal
import subprocess
import sys
import threading
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from stoppress.coverage.models import Picture
from stoppress.coverage.pictures import run_decoder
from stoppress.coverage.pictures.store import InvalidPictureError, store_picture
from stoppress.runtime.atomic_files import write_atomically


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def draw_picture(width: int, height: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    out = BytesIO()
    Image.new(mode, (width, height)).save(out, kind)
    return out.getvalue()


def store(data: bytes, blog, clock) -> Picture:
    return store_picture(BytesIO(data), blog=blog, by="ines", now=clock())


def files_in(media: Path) -> set[str]:
    return {path.name for path in media.iterdir()} - {"decoder.lock"}


def test_each_upload_gets_a_random_id_and_its_own_files(blog, clock, media: Path) -> None:
    data = draw_picture(500, 100)
    first, second = store(data, blog, clock), store(data, blog, clock)
    assert first.pk != second.pk and len(first.pk) == 32 and first.blog == blog
    assert (first.width, first.height, first.widths) == (500, 100, [480, 500])
    names = ("480.webp", "500.webp", "mail.jpg")
    assert files_in(media) == {f"{picture.pk}-{name}" for picture in (first, second) for name in names}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"no picture", "This is no JPEG, PNG, WebP or GIF picture."),
        (b"\0\0\0\x1cftypheic\0\0\0\0", "HEIC files cannot be shown. Save the picture as JPEG, PNG or WebP."),
        (draw_picture(7_200, 7_200, mode="1"), "This picture has more than 50 million pixels. Make it smaller."),
    ],
    ids=["text", "heic", "pixels"],
)
def test_refused_upload_leaves_neither_row_nor_file(blog, clock, media: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidPictureError, match=sentence):
        store(data, blog, clock)
    assert not files_in(media) and not Picture.objects.exists()


def test_upload_above_20_megabytes_is_refused_before_decoding(blog, clock, monkeypatch) -> None:
    monkeypatch.setattr(run_decoder, "_run", None)
    with pytest.raises(InvalidPictureError, match="larger than 20 MB"):
        store(b"\xff" * (20 * 1024 * 1024 + 1), blog, clock)


@pytest.mark.parametrize(
    "program",
    ["import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "raise SystemExit(3)", "import time; time.sleep(600)"],
    ids=["killed", "failed", "hanging"],
)
def test_decoder_that_dies_or_hangs_gives_a_sentence(blog, clock, media: Path, monkeypatch, program: str) -> None:
    stand_in = media / "decoder"
    stand_in.write_text(f"#!{sys.executable}\n{program}\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(run_decoder.sys, "executable", str(stand_in))
    monkeypatch.setattr(run_decoder, "MAX_SECONDS", 2.0)
    with pytest.raises(InvalidPictureError, match="too much memory or time"):
        store(draw_picture(50, 50), blog, clock)
    assert files_in(media) == {"decoder"}


def test_decoder_limits_its_memory_processor_time_and_files(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "stoppress.imaging.decoder", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        limits, deadline = "", time.monotonic() + 60
        while "20                   20" not in limits and time.monotonic() < deadline:
            time.sleep(0.05)
            limits = Path(f"/proc/{process.pid}/limits").read_text()
        assert f"Max address space         {768 * 1024**2}            {768 * 1024**2}" in limits
        assert f"Max file size             {32 * 1024**2}             {32 * 1024**2}" in limits
        deadline = time.monotonic() + 60
        while "1000" not in (adjusted := Path(f"/proc/{process.pid}/oom_score_adj").read_text()):
            assert time.monotonic() < deadline, adjusted
        process.send_signal(signal.SIGKILL)


def test_decoder_process_gets_no_secret(blog, clock, media: Path, monkeypatch) -> None:
    stand_in, seen = media / "decoder", media / "seen"
    stand_in.write_text(
        f"#!{sys.executable}\nimport os\nopen({str(seen)!r}, 'w').write(repr(dict(os.environ)))\nexit(1)"
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("STOPPRESS_SECRET_KEY", "of-the-newsroom")
    monkeypatch.setattr(run_decoder.sys, "executable", str(stand_in))
    with pytest.raises(InvalidPictureError):
        store(draw_picture(50, 50), blog, clock)
    assert "PATH" in seen.read_text() and "of-the-newsroom" not in seen.read_text()


def test_large_png_is_stored_without_memory_of_this_process(blog, clock) -> None:
    before = peak_memory_mb()
    assert store(draw_picture(7_000, 7_000, mode="L"), blog, clock).widths == [480, 800, 1280, 1920]
    assert peak_memory_mb() - before < 120


def peak_memory_mb() -> int:
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


def test_pictures_are_decoded_one_at_a_time_and_surplus_ones_are_refused(media: Path, monkeypatch) -> None:
    running, most, refused, done = set(), [], [], threading.Event()

    def run(data: bytes, folder: Path) -> bytes:
        running.add(data)
        most.append(len(running))
        done.wait(30)
        running.discard(data)
        return b'{"width": 1, "height": 1, "widths": [1], "has_credentials": false}'

    def upload(number: int) -> None:
        try:
            run_decoder.decode_picture(b"%d" % number, media, media / "lock")
        except run_decoder.RefusedPictureError as error:
            refused.append(str(error))

    monkeypatch.setattr(run_decoder, "_run", run)
    threads = [threading.Thread(target=upload, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    while len(refused) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    done.set()
    for thread in threads:
        thread.join(30)
    assert refused == ["busy", "busy"] and most == [1, 1, 1]


def test_write_atomically_leaves_no_partial_file_when_the_disk_is_full(tmp_path, monkeypatch):
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stoppress.runtime.atomic_files.os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "a.webp", b"abc")
    assert list(tmp_path.iterdir()) == []
