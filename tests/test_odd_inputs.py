"""What people give to the command line without thinking of it."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kerasfix.cli import main

ROOT = Path(__file__).parent.parent
BAD = "import keras\nprint(Dense)\n"


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(
        main, ["check", "--isolated", "-n", "--output-format", "concise", *arguments], input=stdin
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.timeout(60)
def test_a_named_pipe_is_read_once() -> None:
    os.mkfifo("pipe.py")
    for arguments in ([], ["--fix"]):
        writer = threading.Thread(target=Path("pipe.py").write_text, args=[BAD])
        writer.start()
        result = check("pipe.py", *arguments)
        writer.join()
        assert "pipe.py:2:7: KF101" in result.stdout
        assert result.exit_code == (2 if arguments else 1)
        assert ("not fixed: this is no regular file" in result.stderr) == bool(arguments)
    assert Path("pipe.py").is_fifo()
    assert (
        check(".").stderr == "warning: No Python files found under the given path(s)\n"
    )  # nobody would write


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="stdin has no name here")
def test_stdin_by_its_name() -> None:
    command = [
        sys.executable,
        "-m",
        "kerasfix",
        "check",
        "-n",
        "--isolated",
        "--output-format",
        "concise",
        "/dev/stdin",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, input=BAD, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert "/dev/stdin:2:7: KF101" in done.stdout


def test_a_folder_that_is_called_as_a_script() -> None:
    Path("x.py").mkdir()
    Path("x.py/a.py").write_text(BAD)
    assert check("x.py").stdout.startswith("x.py/a.py:2:7: KF101")
    assert check(".").stdout.startswith("x.py/a.py:2:7: KF101")


def test_a_path_that_is_empty_is_not_the_current_folder() -> None:
    Path("a.py").write_text(BAD)
    result = check("--fix", "")
    assert result.exit_code == 2
    assert "a path is empty" in result.stderr
    assert Path("a.py").read_text() == BAD


def test_the_name_of_stdin_stands_for_stdin() -> None:
    Path("a.py").write_text(BAD)
    assert check("--stdin-filename", "b.py", stdin=BAD).stdout.startswith("b.py:2:7: KF101")
    result = check("--stdin-filename", "b.py", "a.py", stdin=BAD)
    assert result.exit_code == 2
    assert "not of files" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--select", ""], "no rule is named"),
        (["--ignore", ","], "no rule is named"),
        (["--statistics", "--output-format", "sarif"], "--statistics counts as text or json, not as sarif"),
        (["-o", "x", "--output-format", "full,json:./x"], "two output formats cannot go to the same file"),
        (["--output-format", "json:x,sarif:x"], "two output formats cannot go to the same file"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], message: str) -> None:
    Path("a.py").write_text(BAD)
    result = check(*arguments, "a.py")
    assert result.exit_code == 2
    assert message in result.stderr
    assert not Path("x").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "a.py", "-o", "a.py"],
        ["check", ".", "--output-format", "full,json:./a.py"],
        ["check", "-", "--stdin-filename", "a.py", "-o", "a.py"],
        ["report", "link.py", "-o", "a.py"],
        ["shapes", "a.py", "-o", "a.py"],
        ["shapes", ".", "--output-format", "json", "-o", "link.py"],
    ],
    ids=" ".join,
)
def test_no_output_takes_the_place_of_a_checked_file(arguments: list[str]) -> None:
    model = "import keras\nmodel = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])\n"
    Path("a.py").write_text(model)
    Path("link.py").symlink_to("a.py")
    result = CliRunner().invoke(main, arguments, input=BAD)
    assert result.exit_code == 2
    assert "would be overwritten by the output" in result.stderr
    assert Path("a.py").read_text() == model


def test_notebooks_without_anything_and_of_old() -> None:
    Path("empty.ipynb").write_bytes(b"")
    assert check("empty.ipynb").exit_code == 0
    cell = {"cell_type": "code", "input": BAD, "language": "python", "outputs": []}
    Path("old.ipynb").write_text(
        json.dumps({"worksheets": [{"cells": [cell]}], "metadata": {}, "nbformat": 3})
    )
    assert check("old.ipynb").stdout.startswith("old.ipynb:cell 1:2:7: KF101")
    assert check("--fix", "old.ipynb").exit_code == 0
    new = json.loads(Path("old.ipynb").read_text())
    assert "from keras.layers import Dense" in new["worksheets"][0]["cells"][0].pop("input")
    del cell["input"]
    assert new == {"worksheets": [{"cells": [cell]}], "metadata": {}, "nbformat": 3}


@pytest.mark.skipif(sys.platform != "linux", reason="file names are any bytes on Linux")
def test_a_name_that_is_no_text() -> None:
    name = os.fsdecode(b"\xff.py")
    Path(name).write_text(BAD)
    assert json.loads(check(name, "--output-format", "json").stdout)[0]["filename"] == str(Path.cwd() / name)
    assert check(name).stdout.startswith("<U+DCFF>.py:2:7: KF101")
    assert check(name, "--output-format", "json:a,sarif:b,junit:c,full").exit_code == 1
    listed = CliRunner().invoke(main, ["check", "-n", "--files-from", "-"], input=os.fsencode(name) + b"\n")
    assert listed.exit_code == 1


def kerasfix(shell: str) -> "subprocess.CompletedProcess[str]":
    """What a line of the shell does, where `kerasfix` is this one."""
    line = f'kerasfix() {{ "{sys.executable}" -m kerasfix "$@"; }}\n{shell}'
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "KERASFIX_NO_CACHE": "1"}
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=environment)


@pytest.mark.skipif(os.name != "posix", reason="the shell is that of Unix")
@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("kerasfix check a.py >&-", 1, ""),
        ("kerasfix check a.py 2>&-", 1, ""),
        ("kerasfix check - <&-", 0, ""),
        ("kerasfix check a.py >/dev/full", 2, "error: No space left on device\n"),
        ("kerasfix check a.py -o /dev/full", 2, "error: No space left on device\n"),
        ("mkdir d; cd d; rmdir ../d; kerasfix check .", 2, "error: the current folder is gone\n"),
        ("ln -s x.py y.py; ln -s y.py x.py; kerasfix check . -q", 1, ""),
        ("ln -s x.py y.py; ln -s y.py x.py; kerasfix check x.py", 2, "error: x.py: the link leads to y.py, which "
         "does not exist\n"),
    ],
)  # fmt: skip
def test_what_the_shell_leaves(line: str, status: int, said: str) -> None:
    Path("a.py").write_text(BAD)
    if "/dev/full" in line and not Path("/dev/full").exists():
        pytest.skip("no full device here")
    done = kerasfix(line)
    assert done.stderr == said
    assert done.returncode == status
