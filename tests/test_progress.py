"""The bar of long runs: on a terminal, and only there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPT = """\
import sys
from kerasfix.progress import progress
from kerasfix.console import Console
console = Console(quiet={quiet})
for name in progress(console, ["a.py", "b.py", "c.py"], str, "Verifying"):
    if name == "b.py":
        console.error("b.py is wrong")
print("done")
"""


def on_terminal(code: str, **environment: str) -> str:
    """What a terminal gets."""
    pty = pytest.importorskip("pty")
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=child, stderr=child, stdin=child, cwd=ROOT,
        env={**os.environ, "TERM": "xterm", **environment},
    )  # fmt: skip
    os.close(child)
    said = b""
    while True:
        try:
            part = os.read(parent, 4096)
        except OSError:  # Linux: the other end is closed
            break
        if not part:
            break
        said += part
    os.close(parent)
    assert process.wait(60) == 0
    return said.decode()


def screen(said: str) -> list[str]:
    """The lines that are left on the screen."""
    pyte = pytest.importorskip("pyte")
    terminal = pyte.Screen(100, 30)
    pyte.Stream(terminal).feed(said)
    return [line.rstrip() for line in terminal.display if line.strip()]


def test_on_a_terminal() -> None:
    said = on_terminal(SCRIPT.format(quiet=False), NO_COLOR="1")
    assert "Verifying" in said
    assert "0/3" in said
    assert "b.py" in said
    assert screen(said) == ["error: b.py is wrong", "done"]


def test_not_when_quiet() -> None:
    assert "Verifying" not in on_terminal(SCRIPT.format(quiet=True), NO_COLOR="1")
    assert "Verifying" not in on_terminal(SCRIPT.format(quiet=False), TERM="dumb")


def test_not_in_a_pipe() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(quiet=False)], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.stdout, done.stderr) == ("done\n", "error: b.py is wrong\n")
