"""A file is written whole or not at all: whoever kills the process, fills the disk, or changes the file meanwhile."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kerasfix.fixing import write_document

OLD, NEW = b"old = 1\n" * 200_000, b"new = 2\n" * 200_000
WRITE_AGAIN_AND_AGAIN = """\
import sys
from pathlib import Path
from kerasfix.fixing import write_document
path, old, new = Path(sys.argv[1]), b"old = 1\\n" * 200_000, b"new = 2\\n" * 200_000
print("ready", flush=True)
while True:
    write_document(path, old, new)
    write_document(path, new, old)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_process_leaves_the_old_or_the_new_file(tmp_path):
    path = tmp_path / "model.py"
    chance = random.Random(1)
    for _ in range(8):
        path.write_bytes(OLD)
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE_AGAIN_AND_AGAIN, str(path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.005, 0.1))
        process.kill()
        process.wait()
        process.stdout.close()
        assert path.read_bytes() in (OLD, NEW)
        for left in tmp_path.glob(".*.tmp"):  # what the killed process had begun
            left.unlink()


def test_a_full_disk(tmp_path, monkeypatch):
    path = tmp_path / "model.py"
    path.write_bytes(OLD)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_document(path, OLD, NEW)
    assert path.read_bytes() == OLD
    assert [file.name for file in tmp_path.iterdir()] == ["model.py"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of file sizes are those of Unix")
def test_a_disk_that_is_really_full(tmp_path):
    """The system itself refuses to write on, as it does when a disk or a quota is full."""
    path = tmp_path / "model.py"
    path.write_text("import keras\nprint(Dense)\n" + "# 注释\n" * 2000)
    before = path.read_bytes()
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "from kerasfix.cli import main\n"
        "main(['check', '--fix', '--isolated', 'model.py'])\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent), "KERASFIX_NO_CACHE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "error: model.py: not fixed: File too large" in done.stderr
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir() if file.name != ".kerasfix_cache"] == ["model.py"]


def test_a_chain_of_links_stays(tmp_path):
    path, link, outer = tmp_path / "model.py", tmp_path / "link.py", tmp_path / "outer.py"
    path.write_bytes(b"old")
    link.symlink_to(path)
    outer.symlink_to(link)
    write_document(outer, b"old", b"new")
    assert path.read_bytes() == b"new"
    assert outer.is_symlink()
    assert link.is_symlink()
