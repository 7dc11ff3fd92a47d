"""Tables with a program in each row are checked as files are, and findings become tables."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kerasfix.cli import main

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROOT = Path(__file__).parent.parent
BROKEN = "import keras\nmodel = keras.Sequential([keras.layers.Dense({units})])\nmodel = model.compile(loss='mse')\n"
BROKEN += "model.predict(x)\n"
FINE = "import os\nprint(os.sep)\n"


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--isolated", "--no-cache", *arguments], catch_exceptions=False)


def concise(*arguments: str) -> list[str]:
    """The place and the code of each finding."""
    lines = check("--output-format", "concise", *arguments).stdout.splitlines()
    return [match[0] for line in lines if (match := re.match(r"t\.parquet:.*? KF\d{3}", line))]


def findings(*arguments: str) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in check("--output-format", "json-lines", *arguments).stdout.splitlines()
    ]


def _stream(table: Any, path: str) -> None:
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


def _file(table: Any, path: str) -> None:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


@pytest.mark.parametrize(
    ("name", "write"),
    [("t.parquet", pq.write_table), ("t.arrow", _file), ("t.arrow", _stream), ("t.feather", _file)],
)
@pytest.mark.parametrize("kind", ["string", "large_string", "binary", "string_view", "dictionary"])
def test_a_table_says_what_its_files_would(name: str, write: Callable[..., None], kind: str) -> None:
    texts = [BROKEN.format(units=1), FINE, "import keras\nprint(Dense)\n"]
    names = ["src/a.py", "src/b.py", "src/c.py"]
    values = (
        pa.array(texts).dictionary_encode() if kind == "dictionary" else pa.array(texts, getattr(pa, kind)())
    )
    write(pa.table({"id": [1, 2, 3], "content": values, "path": names}), name)
    Path("src").mkdir()
    for path, text in zip(names, texts, strict=True):
        Path(path).write_text(text)
    rows = {"src/a.py": f"{name}:row 0:src/a.py", "src/c.py": f"{name}:row 2:src/c.py"}
    of_files = findings("src")
    assert [finding["code"] for finding in of_files] == ["KF301", "KF104", "KF101"]
    for finding in of_files:
        row = rows[Path(finding["filename"]).relative_to(Path.cwd()).as_posix()]
        finding["filename"] = str(Path.cwd() / row)
        finding["table"] = {"filename": str(Path.cwd() / name), "row": int(row.split()[1].partition(":")[0])}
    assert findings(name) == of_files


def test_columns_of_the_collections_there_are() -> None:
    text = "import keras\nprint(Dense)\n"
    for columns, expected in [
        ({"content": [text], "max_stars_repo_path": ["a/b.py"]}, "t.parquet:row 0:a/b.py:2:7: KF101"),
        ({"code": [text], "repo_name": ["x"], "path": ["b.py"]}, "t.parquet:row 0:b.py:2:7: KF101"),
        ({"content": [text], "text": [FINE]}, "t.parquet:row 0:2:7: KF101"),
        ({"content": [text], "path": [None]}, "t.parquet:row 0:2:7: KF101"),
    ]:
        pq.write_table(pa.table(columns), "t.parquet")
        assert concise("t.parquet") == [expected]
    pq.write_table(
        pa.table({"content": [FINE], "path": ["a.py"], "new": [text], "old path": ["o.py"]}), "t.parquet"
    )
    assert concise("t.parquet") == []
    assert (
        concise("t.parquet", "--content-column", "new", "--path-column", "new") == []
    )  # it is no name of a script
    chosen = concise("t.parquet", "--content-column", "new", "--path-column", "old path")
    assert chosen == ["t.parquet:row 0:o.py:2:7: KF101"]


def test_rows_are_told_apart_and_in_order() -> None:
    count = 30  # enough for several processes
    texts = [BROKEN.format(units=number + 1) for number in range(count)]
    pq.write_table(pa.table({"content": texts, "path": ["train.py"] * count}), "t.parquet", row_group_size=7)
    one = check("-j1", "--output-format", "full", "t.parquet")
    assert one.exit_code == 1
    assert one.stdout == check("-j2", "--output-format", "full", "t.parquet").stdout
    assert [finding["table"]["row"] for finding in findings("-j2", "t.parquet", "--select", "KF301")] == list(
        range(count)
    )


def test_only_programs_are_checked() -> None:
    """By the same patterns as in a folder."""
    text = "import keras\nprint(Dense)\n"
    names = ["a.py", "b.cpp", "c.md", None, "tests/d.py"]
    pq.write_table(pa.table({"content": [text] * 5, "path": names}), "t.parquet")
    rows = [finding["table"]["row"] for finding in findings("t.parquet", "--per-file-ignores", "d.py:KF1")]
    assert rows == [0, 3]


def test_a_table_in_a_folder_is_checked_where_it_is_included() -> None:
    pq.write_table(pa.table({"content": ["import keras\nprint(Dense)\n"]}), "t.parquet")
    assert check(".").exit_code == 0
    assert check(".", "--config", 'include = ["*.parquet", "*.py"]').exit_code == 1


def test_content_that_is_none() -> None:
    values = pa.array(
        [b"import keras\nprint('\xff')\n", None, b"# coding: latin-1\nimport keras\nprint(Dense, '\xff')\n"]
    )
    pq.write_table(pa.table({"content": values}), "t.parquet")
    result = check("t.parquet", "--output-format", "concise")
    assert result.exit_code == 2
    assert "error: t.parquet:row 0: not valid UTF-8 (byte 0xff at offset 20)" in result.stderr
    assert "warning: t.parquet: 1 row without content" in result.stderr
    assert result.stdout.startswith("t.parquet:row 2:3:7: KF101")
    # What is text already says nothing of its bytes, but Arrow does not look whether it is text.
    text = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")]
    )
    pq.write_table(pa.table({"content": text}), "t.parquet")
    assert "error: t.parquet:row 0: not valid UTF-8" in check("t.parquet").stderr


def _garbage(path: Path) -> None:
    path.write_bytes(b"import keras\n")


def _cut(path: Path) -> None:
    texts = [BROKEN.format(units=number) + str(number) * 50 for number in range(400)]
    pq.write_table(pa.table({"content": texts}), path, row_group_size=100, compression="zstd")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        ({"size": [1]}, [], "no column is called `content`, `code` or `text`; name the one that holds the programs"),
        ({"content": [1]}, [], "the column `content` holds int64, neither text nor bytes"),
        ({"content": ["x"], "path": [1]}, [], "the column `path` holds int64, neither text nor bytes"),
        ({"content": ["x"]}, ["--content-column", "code"], "there is no column `code` (--content-column); there are: "),
        ({"content": ["x"]}, ["--path-column", "p"], "there is no column `p` (--path-column); there are: content"),
        ({"content": ["x"]}, ["--fix"], "tables are only checked"),
        ({"content": ["x"]}, ["--diff"], "tables are only checked"),
        ({"content": ["x"]}, ["--write-baseline"], "tables are only checked"),
        ({"content": ["x"]}, ["--add-noqa"], "a table, which only `kerasfix check FILE` reads"),
        (_garbage, [], "not a table in the format of its suffix: "),
        (_cut, [], "broken behind row "),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(make: Any, arguments: list[str], message: str) -> None:
    path = Path("t.parquet")
    if callable(make):
        make(path)
    else:
        pq.write_table(pa.table(make), path)
    Path("other.py").write_text("import keras\nprint(Dense)\n")
    before = path.read_bytes()
    result = check("t.parquet", *arguments)
    assert result.exit_code == 2
    assert f"error: t.parquet: {message}" in result.stderr
    assert "Traceback" not in result.stderr
    assert path.read_bytes() == before


def test_an_arrow_file_that_is_none() -> None:
    _garbage(Path("t.arrow"))
    assert "error: t.arrow: not a table in the format of its suffix: " in check("t.arrow").stderr
    Path("empty.parquet").write_bytes(b"")
    assert "error: empty.parquet: not a table in the format of its suffix: " in check("empty.parquet").stderr


def test_hostile_paths_lead_nowhere(tmp_path: Path) -> None:
    """No configuration is looked for where a row claims to lie, and no control character is echoed."""
    away = tmp_path / "away"
    away.mkdir()
    (away / "kerasfix.toml").write_text('baseline = "nowhere.json"\nselect = ["KF7"]\n')
    text = "import keras\nprint(Dense)\n"
    names = [
        str(away / "a.py"),
        f"/{away}/a.py",
        "../away/a.py",
        "x/../../../../../etc/a.py",
        "\x1b[31m\0a.py",
        "a" * 5000 + ".py",
    ]
    home = tmp_path / "home"
    home.mkdir()
    os.chdir(home)
    Path("kerasfix.toml").write_text('baseline = "known.json"\n')
    Path("known.json").write_text('{"version": 1, "files": {}}')
    pq.write_table(pa.table({"content": [text] * len(names), "path": names}), "t.parquet")
    result = CliRunner().invoke(main, ["check", "--output-format", "concise", "t.parquet"])
    assert result.exit_code == 1
    assert result.stdout.count("KF101") == len(names)
    assert "\x1b" not in result.output
    assert "\0" not in result.output


def test_findings_as_a_table() -> None:
    Path("a.py").write_text(BROKEN.format(units=1))
    Path("n.ipynb").write_text(
        json.dumps(
            {
                "cells": [{"cell_type": "code", "source": "import keras\nprint(Dense)\n", "metadata": {}}],
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        )
    )
    pq.write_table(pa.table({"content": [BROKEN.format(units=2), FINE, BROKEN.format(units=3)]}), "t.parquet")
    for arguments in (["a.py", "n.ipynb"], ["t.parquet"], ["a.py", "t.parquet", "n.ipynb"]):
        lines = findings(*arguments)
        assert check("--output-format", "parquet", "-o", "out.parquet", *arguments).exit_code == 1
        check("--output-format", "concise,parquet:copy.parquet", *arguments)
        for file in ("out.parquet", "copy.parquet"):
            found = pq.read_table(file).to_pylist()
            for finding in found:  # a column has a value in every row, and an object only what it needs
                for edit in (finding["fix"] or {"edits": []})["edits"]:
                    if edit["cell"] is None:
                        del edit["cell"]
                if finding["table"] is None:
                    del finding["table"]
            assert found == lines
    check("--output-format", "parquet", "-o", "out.parquet", "--select", "KF7", "a.py")
    assert pq.read_table("out.parquet").num_rows == 0
    result = check("--output-format", "parquet", "a.py")
    assert result.exit_code == 2
    assert "give it one, as in `--output-format parquet:findings.parquet`" in result.stderr


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(pa.table({"content": [FINE]}), "t.parquet")
    Path("a.py").write_text(FINE)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "pip install 'kerasfix[parquet]'" in check("t.parquet").stderr
    result = check("a.py", "--output-format", "parquet:x.parquet", "-o", "y.txt")
    assert result.exit_code != 0
    assert "pip install 'kerasfix[parquet]'" in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of the peak is that of Linux")
def test_a_table_may_be_larger_than_memory() -> None:
    """Ten times the table, and nearly the same peak of memory."""
    code = (
        "import resource, sys\n"
        "from kerasfix.cli import main\n"
        "try:\n    main(['check', '-n', '-j1', '--isolated', sys.argv[1]])\n"
        "finally:\n    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    text = FINE + "# " + "x" * 200_000 + "\n"
    peaks = []
    for count in (64, 1200):
        schema = pa.schema({"content": pa.string()})
        with pq.ParquetWriter("t.parquet", schema, compression="zstd", use_dictionary=False) as writer:
            for _ in range(0, count, 16):
                writer.write_table(pa.table({"content": [text] * 16}, schema=schema))
        done = subprocess.run(
            [sys.executable, "-c", code, "t.parquet"], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        peaks.append(int(done.stdout.split()[-1]))
    assert peaks[1] - peaks[0] < 60, peaks  # MiB; the larger table has 240
