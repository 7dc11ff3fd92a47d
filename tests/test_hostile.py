"""Files made to do harm: nothing of them is run, and no control character of theirs reaches a terminal or a page."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from kerasfix.cli import main
from kerasfix.config import OUTPUT_FORMATS

ESCAPES = "\x1b[31mred\x1b[0m\x07\x9b2J\u202eevil"
SCRIPT = f"""\
import keras
import os; os.system("touch PWNED")
__import__("subprocess").run(["touch", "PWNED"])
exec("open('PWNED', 'w')")
eval("open('PWNED', 'w')")
class Meta(type):
    def __getattr__(cls, name): open("PWNED", "w")
class Evil(metaclass=Meta):
    open("PWNED", "w")
Evil.x
@(lambda f: open("PWNED", "w"))
def decorated(x=open("PWNED", "w")): pass
model = keras.Sequential([keras.layers.Dense(3, activation="{ESCAPES}", name="</script><script>alert(1)</script>")])
model.compile(loss="\\x1b]0;title\\x07")
model.fit(x, y)
"""
NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": [cell]}
        for cell in ("!touch PWNED\n%run evil.py\n", SCRIPT)
    ],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("evil.py").write_text(SCRIPT)
    Path("evil.ipynb").write_text(json.dumps(NOTEBOOK))
    Path("evil.md").write_text(f"# {ESCAPES}\n\n```python\n{SCRIPT}```\n")
    Path("conftest.py").write_text("open('PWNED', 'w')\n")
    Path("kerasfix.py").write_text("open('PWNED', 'w')\n")
    Path("sitecustomize.py").write_text("open('PWNED', 'w')\n")
    if os.name == "posix":
        Path(f"name{ESCAPES}\n.py").write_text("import keras\nDense(3)\n")
    return tmp_path


def raw(text: str) -> set[str]:
    """Control characters, and those that turn the direction of text around."""
    return {c for c in text if (ord(c) < 32 and c not in "\n\t\r") or 0x7F <= ord(c) < 0xA0 or c == "\u202e"}


@pytest.mark.parametrize("form", OUTPUT_FORMATS)
def test_no_format_lets_control_characters_through(form):
    result = CliRunner().invoke(main, ["check", "--output-format", form, "."])
    assert result.exit_code == 1
    assert not raw(result.stdout)
    assert not raw(result.stderr)
    assert not Path("PWNED").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--diff", "--unsafe-fixes", "."],
        ["check", "--statistics", "."],
        ["check", "--show-files", "."],
        ["check", "--show-settings", "."],
        ["shapes", "evil.py", "evil.md"],
        ["shapes", "--output-format", "mermaid", "evil.py"],
        ["shapes", "--output-format", "svg", "evil.py"],
        ["report", ".", "-o", "report.html"],
        ["rule", ESCAPES],
        ["check", "--select", ESCAPES, "."],
        ["check", f"missing{ESCAPES}.py"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]).encode("ascii", "ignore").decode()[:20],
)
def test_no_command_runs_or_echoes_it(arguments):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in {0, 1, 2}
    assert "Traceback" not in result.output
    if "--diff" not in arguments:  # a diff in a pipe is for `patch`, to the letter
        assert not raw(result.stdout)
    assert not raw(result.stderr)
    assert not Path("PWNED").exists()
    for made in Path().glob("*.html"):
        text = made.read_text()
        assert not raw(text)
        assert "<script>alert(1)" not in text


@pytest.mark.parametrize("command", ["kerasfix", "python -m kerasfix"])
def test_the_folder_of_the_files_is_not_imported_from(folder, command):
    """What lies beside the checked files is never taken for a part of kerasfix, its plugins or its Python."""
    words = [Path(sys.executable).with_name("kerasfix")]
    if command != "kerasfix":
        words = [sys.executable, "-m", "kerasfix"]
        Path("kerasfix.py").unlink()  # `-m` takes it for the program itself
    elif not words[0].exists():
        pytest.skip("the command is not installed")
    for name in ("click.py", "libcst.py", "pathspec.py", "hashlib.py"):
        Path(name).write_text("open('PWNED', 'w')\n")
    plugin = Path("evil-1.0.dist-info")
    plugin.mkdir()
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (plugin / "entry_points.txt").write_text("[kerasfix.rules]\nevil = evil\n")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(
        [*words, "check", "--fix", "."], cwd=folder, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 1, done.stderr
    assert not Path("PWNED").exists()


def test_rules_of_the_folder_are_no_plugins(folder):
    """Plugins come from installed packages alone: no setting names a file or a module to import."""
    Path("pyproject.toml").write_text('[tool.kerasfix]\nplugins = ["evil"]\n')
    result = CliRunner().invoke(main, ["check", "."])
    assert result.exit_code == 2
    assert "plugins" in result.stderr
    assert not Path("PWNED").exists()


@pytest.mark.parametrize(
    "text",
    [
        '[tool.kerasfix]\nselect = ["\\u001b[31mKF"]\n',
        '[tool.kerasfix]\n"\\u001b[31m" = 1\n',
        f'[tool.kerasfix]\nexclude = ["{"(" * 1000}", "[", "**/" ]\n',
        '[tool.kerasfix]\nextend = "/etc/passwd"\n',
        '[tool.kerasfix]\nextend = "pyproject.toml"\n',
        "[tool.kerasfix\n",
        "[tool]\nkerasfix = 3\n",
        "a = " + "[" * 5000 + "]" * 5000 + "\n[tool.kerasfix]\n",
        "\x00\x01[tool.kerasfix]\n",
        "[tool.kerasfix.per-file-ignores]\n'' = ['KF1']\n'[' = ['KF101']\n",
    ],
    ids=range(10),
)
@pytest.mark.timeout(30)
def test_a_hostile_configuration(text):
    Path("pyproject.toml").write_bytes(text.encode())
    result = CliRunner().invoke(main, ["check", "evil.py"])
    assert result.exit_code in {1, 2}
    assert "Traceback" not in result.output
    assert not raw(result.output)
    assert "internal error" not in result.stderr
