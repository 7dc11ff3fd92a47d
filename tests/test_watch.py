"""`--watch`, with a real watcher of files."""

import threading
from pathlib import Path

import pytest

from kerasfix.commands.watch import watch
from kerasfix.config import ConfigError
from kerasfix.console import Console

pytest.importorskip("watchfiles")


def test_every_change_starts_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stop, ran = threading.Event(), threading.Semaphore(0)
    seen: list[str] = []

    def run() -> int:
        seen.append((tmp_path / "a.py").read_text())
        ran.release()
        if seen[-1] == "broken":
            raise ConfigError("not now")
        return len(seen)

    (tmp_path / "a.py").write_text("one")
    status: list[int] = []
    thread = threading.Thread(
        target=lambda: status.append(watch(run, (str(tmp_path),), Console("never"), stop)), daemon=True
    )
    thread.start()
    try:
        assert ran.acquire(timeout=60)
        for text in ("two", "broken", "three"):
            for _ in range(20):  # the watcher may not have begun to look: touch the file until it has
                (tmp_path / "a.py").write_text(text)
                if ran.acquire(timeout=3):
                    break
            else:
                pytest.fail("no run after a change")
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert seen[0] == "one"
    assert seen[-1] == "three"
    said = capsys.readouterr().err
    assert "Starting linter in watch mode..." in said
    assert "File change detected..." in said
    assert "error: not now" in said
