"""Findings of unchanged files are kept, and believed only while all that they depend on is the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kerasfix import checker
from kerasfix.cli import main

BAD = "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\nmodel.fit([1.0], [2.0])\n"
GOOD = "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--output-format", "json", *arguments], catch_exceptions=False)


@pytest.fixture
def parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were looked at, not taken from the cache; in a folder with one bad file."""
    monkeypatch.chdir(tmp_path)
    names: list[str] = []
    find = checker.find

    def noted(source, *rest):  # type: ignore[no-untyped-def]
        names.append(source.path)
        return find(source, *rest)

    monkeypatch.setattr(checker, "find", noted)
    Path("bad.py").write_text(BAD)
    return names


def entries() -> list[Path]:
    return list(Path(".kerasfix_cache").rglob("*.json"))


def test_an_unchanged_file_is_not_looked_at_again(parsed: list[str]) -> None:
    first = check()
    assert first.exit_code == 1
    assert check().stdout == first.stdout
    assert parsed == ["bad.py"]
    assert Path(".kerasfix_cache/.gitignore").read_text().endswith("*\n")


@pytest.mark.parametrize("form", ["full", "sarif", "gitlab", "rdjson", "concise"])
def test_reports_are_the_same_from_the_cache(parsed: list[str], form: str) -> None:
    runs = [CliRunner().invoke(main, ["check", "--output-format", form]).stdout for _ in range(2)]
    assert runs[0] == runs[1]
    assert len(parsed) == 1


def test_what_findings_depend_on_is_looked_at(parsed: list[str]) -> None:
    assert check().exit_code == 1
    Path("bad.py").write_text(GOOD)
    assert check().exit_code == 0
    assert check().exit_code == 0
    assert len(parsed) == 2
    assert check("--select", "KF1").exit_code == 0
    assert check("--ignore-noqa").exit_code == 0
    assert len(parsed) == 4
    Path("kerasfix.toml").write_text('ignore = ["KF5"]\n')
    check()
    assert len(parsed) == 5


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{}", b"null", b"truncate"])
def test_a_corrupt_or_foreign_file_is_ignored(parsed: list[str], content: bytes) -> None:
    first = check()
    (entry,) = entries()
    entry.write_bytes(entry.read_bytes()[:50] if content == b"truncate" else content)
    assert check().stdout == first.stdout
    assert check().stdout == first.stdout
    assert len(parsed) == 2  # and it has been mended


def test_findings_of_the_right_key_but_a_wrong_shape_are_ignored(parsed: list[str]) -> None:
    first = check()
    (entry,) = entries()
    for found in ([[7, json.loads(entry.read_text())["findings"][0][1]]], [[0, {}]], [1], {"a": 1}):
        entry.write_text(json.dumps({**json.loads(entry.read_text()), "findings": found}))
        assert check().stdout == first.stdout


def test_no_cache_and_another_folder(parsed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    check("-n")
    monkeypatch.setenv("KERASFIX_NO_CACHE", "1")
    check()
    assert not Path(".kerasfix_cache").exists()
    monkeypatch.delenv("KERASFIX_NO_CACHE")
    check("--cache-dir", "elsewhere")
    monkeypatch.setenv("KERASFIX_CACHE_DIR", "third")
    check()
    assert Path("elsewhere/CACHEDIR.TAG").is_file()
    assert Path("third/CACHEDIR.TAG").is_file()
    assert not Path(".kerasfix_cache").exists()


def test_fixes_are_made_from_the_file_not_from_the_cache(parsed: list[str]) -> None:
    Path("bad.py").write_text("import keras\nm = keras.Sequential([keras.layers.Dense(1, input_shape=3)])\n")
    before = check("--diff")
    check()
    assert check("--diff").stdout == before.stdout


def test_clean_removes_only_what_kerasfix_made(parsed: list[str]) -> None:
    check()
    assert CliRunner().invoke(main, ["clean"]).exit_code == 0
    assert not Path(".kerasfix_cache").exists()
    assert CliRunner().invoke(main, ["clean"]).exit_code == 0
    Path("mine").mkdir()
    assert CliRunner().invoke(main, ["clean", "--cache-dir", "mine"]).exit_code == 2
    assert Path("mine").is_dir()


def test_a_folder_that_cannot_be_written_does_not_matter(parsed: list[str]) -> None:
    Path(".kerasfix_cache").write_text("a file")
    assert check().exit_code == 1
    assert check().exit_code == 1


def test_runs_beside_each_other_agree(parsed: list[str]) -> None:
    for number in range(20):
        Path(f"bad{number}.py").write_text(BAD)
    command = [sys.executable, "-m", "kerasfix", "check", "--output-format", "json"]
    environment = {**os.environ, "PYTHONPATH": str(Path(checker.__file__).parent.parent)}
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(3)]
    outputs = {run.communicate()[0] for run in runs}
    assert len(outputs) == 1
    assert len(json.loads(outputs.pop())) == 21 * len(json.loads(check("bad.py").stdout))


def test_a_cached_run_loads_nothing_heavy(parsed: list[str]) -> None:
    check()
    code = (
        "import sys\nfrom kerasfix.cli import main\n"
        "try:\n    main(['check', '--output-format', 'json'])\n"
        "finally:\n    sys.stderr.write(' '.join(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(checker.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    heavy = {"libcst", "numpy", "rich", "keras", "tensorflow", "kerasfix.trace", "multiprocessing", "tomllib"}
    assert not heavy & set(done.stderr.split())
