"""`--add-noqa`: afterwards nothing is found, and the code is the same."""

import ast
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kerasfix.cli import main

HEAD = "import keras\nmodel = keras.Sequential()\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["check", "--isolated", *arguments])
    assert not result.exception or isinstance(result.exception, SystemExit)
    return result


BAD = "keras.layers.Dense(1, activation='rellu')"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"model.add({BAD})\n", f"model.add({BAD})  # noqa: KF302\n"),
        (f"model.add({BAD})", f"model.add({BAD})  # noqa: KF302"),
        (f"model.add({BAD})  \r\n", f"model.add({BAD})  # noqa: KF302\r\n"),
        (f"model.add({BAD})  # why\n", f"model.add({BAD})  # why  # noqa: KF302\n"),
        (f"model.add({BAD})  # noqa: E501\n", f"model.add({BAD})  # noqa: E501, KF302\n"),
        (
            f"model.add({BAD})  # kerasfix: ignore[KF101, KF002]\n",
            f"model.add({BAD})  # kerasfix: ignore[KF101, KF002, KF302]\n",
        ),
        (
            "model.add(keras.layers.Dense(\n    1,\n    activation='rellu',\n    kernel_initializer='nul'))\n",
            "model.add(keras.layers.Dense(\n    1,\n    activation='rellu',  # noqa: KF302\n"
            "    kernel_initializer='nul'))  # noqa: KF302\n",
        ),
        (
            "if model:\n    model.add(keras.layers.Dense(1, \\\n        activation='rellu', \\\n        name='x'))\n",
            "if model:\n    # kerasfix: ignore[KF302]\n    model.add(keras.layers.Dense(1, \\\n"
            "        activation='rellu', \\\n        name='x'))\n",
        ),
        (
            f"text = '''\n''', {BAD}, '''\n'''\n",
            f"# kerasfix: ignore[KF302]\ntext = '''\n''', {BAD}, '''\n'''\n",
        ),
    ],
)
def test_each_finding_gets_its_comment(before: str, after: str) -> None:
    path = Path("a.py")
    path.write_bytes((HEAD + before).encode())
    result = check("--add-noqa", "a.py")
    assert path.read_bytes().decode() == HEAD + after
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr.startswith("Added ")
    assert ast.dump(ast.parse(HEAD + before)) == ast.dump(ast.parse(HEAD + after))
    assert check("a.py").output == "All checks passed!\n"
    assert check("--add-noqa").stderr == "Added 0 noqa directives.\n"


def test_a_reason_stands_behind_the_codes() -> None:
    Path("a.py").write_text(f"{HEAD}model.add({BAD})\n")
    assert check("--add-noqa=see issue 12").stderr == "Added 1 noqa directive.\n"
    assert Path("a.py").read_text() == f"{HEAD}model.add({BAD})  # noqa: KF302 see issue 12\n"
    assert check().exit_code == 0


def test_notebooks_and_documents() -> None:
    cell = {
        "cell_type": "code",
        "metadata": {},
        "source": [*HEAD.splitlines(keepends=True), f"model.add({BAD})"],
    }
    Path("nb.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}, indent=1))
    Path("a.md").write_text(f"> ```python\n> import keras\n> x = {BAD}\n> ```\n")
    assert check("nb.ipynb", "a.md", "--add-noqa").stderr == "Added 2 noqa directives.\n"
    assert (
        json.loads(Path("nb.ipynb").read_text())["cells"][0]["source"][-1]
        == f"model.add({BAD})  # noqa: KF302"
    )
    assert Path("a.md").read_text() == f"> ```python\n> import keras\n> x = {BAD}  # noqa: KF302\n> ```\n"
    assert check("nb.ipynb", "a.md").exit_code == 0


def test_code_that_does_not_parse_gets_none() -> None:
    Path("a.py").write_text("import keras\nprint 'x'\n")
    assert check("--add-noqa").stderr == "Added 0 noqa directives.\n"
    assert Path("a.py").read_text() == "import keras\nprint 'x'\n"


def test_known_findings_get_none() -> None:
    Path("a.py").write_text(f"{HEAD}model.add({BAD})\n")
    check("--baseline", "known.json", "--write-baseline")
    assert check("--baseline", "known.json", "--add-noqa").stderr == "Added 0 noqa directives.\n"


@pytest.mark.parametrize("other", ["--fix", "--diff", "--watch", "--write-baseline", "--ignore-noqa"])
def test_it_goes_with_no_other_way_of_writing(other: str) -> None:
    result = check("--add-noqa", other)
    assert result.exit_code == 2
    assert f"--add-noqa and {other} exclude each other" in result.stderr


def test_not_on_stdin() -> None:
    assert "--add-noqa does not work on stdin" in check("--add-noqa", "-").stderr
