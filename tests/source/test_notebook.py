"""Notebooks: their cells as one program, what only IPython understands, and the way back to the bytes."""

import ast
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasfix.cli import main
from kerasfix.source import Location, UnreadableFile, read_document

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "notebooks"
NAMES = ("jupyter", "colab", "vscode")


def code(text, **metadata):
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata,
        "outputs": [],
        "source": text.splitlines(keepends=True),
    }


def notebook(*cells, **metadata):
    cells = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 2}


def document(*cells, **metadata):
    return read_document(json.dumps(notebook(*cells, **metadata), indent=1).encode(), "nb.ipynb")


def program(*cells):
    """The one program of a notebook with these cells; it parses, and gives the cells back."""
    read = document(*cells)
    [source] = read.sources
    ast.parse(source.text)
    assert source.cells() == {number: cell for number, cell in enumerate(cells, 1) if isinstance(cell, str)}
    assert read.replace({source: source.text}) == read.text
    return source


def check(path, *options):
    return CliRunner().invoke(main, ["check", "--isolated", str(path), *options])


def write(path, *cells, indent=1, **dump):
    path.write_text(json.dumps(notebook(*cells), indent=indent, **dump), encoding="utf-8")
    return path


def sources(path):
    return ["".join(cell["source"]) for cell in json.loads(path.read_bytes())["cells"]]


# What only IPython understands


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "!pip install keras",
        "!echo \"it's\" '''",
        "!!ls",
        "?model.fit",
        "model.fit?",
        "model.fit??",
        "model.*fit*?",
        "pip install keras",
        "pip install -q 'keras>=3'",
        "conda install tensorflow",
        "ls",
        "ls -l",
        "cd /content/drive",
        "cat a.txt",
        "!pip install keras \\\n    tensorflow \\\n\n",
        "/print 1",
        "%",
        "!",
        "?",
    ],
)
def test_commands_do_nothing(line):
    tree = ast.parse(program(f"a = 1\n{line}\nb = 2", "c = 3").text)
    assert [ast.unparse(statement) for statement in tree.body] == ["a = 1", "b = 2", "c = 3"]


@pytest.mark.parametrize("line", ["!ls", "%cd x", "x?", "%run x.py", "x = !ls", "%time f()", "pip install x"])
def test_a_command_may_be_all_there_is_in_a_block(line):
    tree = ast.parse(program(f"if colab:\n    {line}\nelse:\n\t{line}\nx = 1").text)
    assert len(tree.body) == 2
    assert tree.body[0].orelse


@pytest.mark.parametrize(
    "text",
    [
        "x = (y\n% 3)\nz = '''\n!ls\n%cd\nhelp?\n'''\n!ls",
        'x = """a""" """\n!ls\n"""\n!ls',
        "x = y \\\n% 3\n!ls",
        "x = '\\\\' + '(' # [ '''\n!ls",
        "x = {'a': [\n'?',\n'%s'\n% 3]}\n!ls",
        'x = "a\\\n%b"\n!ls',
    ],
)
def test_python_that_looks_like_a_command_stays(text):
    kept = text.removesuffix("\n!ls")
    assert ast.dump(ast.parse(program(text).text)) == ast.dump(ast.parse(kept))


@pytest.mark.parametrize(
    "text", ["x = 5\nx % 3", "ls = 3\nls.x", "cat(1)", "# pip install x\n'?'\n", "x = 'a ?'"]
)
def test_python_cells_are_not_touched(text):
    assert text in program(text).text


def test_assignments_bind_their_name():
    tree = ast.parse(program("files = !ls *.png\nvalue = %env HOME\na = b = !pwd").text)
    assert [name.id for node in tree.body for name in node.targets] == ["files", "value", "a", "b"]
    exec(compile(tree, "", "exec"), found := {})
    assert found["files"] == []


def test_timed_statements_are_code_in_their_columns():
    source = program("%time history = model.fit(x, y)\n    \n%prun f(x)\n%time\n%timeit x = 1")
    assert "pass; history = model.fit(x, y)  #" in source.text
    tree = ast.parse(source.text)
    assert [ast.unparse(node) for node in tree.body] == ["pass", "history = model.fit(x, y)", "pass", "f(x)"]
    place = source.text.index("history")
    assert source.location(place) == Location(1, 1, len("%time ") + 1)


@pytest.mark.parametrize("magic", ["%%time", "%%capture", "%%timeit -n 1", "\n%%time\n%%capture --no-stderr"])
def test_cell_magics_around_python(magic):
    tree = ast.parse(program(f"{magic}\nmodel = f()\n!ls", "x = 1").text)
    assert [ast.unparse(node) for node in tree.body] == ["model = f()", "x = 1"]


def test_a_capture_binds_its_name():
    assert "out = " in program("%%capture out\nmodel = f()").text


@pytest.mark.parametrize("magic", ["%%bash", "%%writefile a.py", "%%html", "%%!", "%%script bash -x", "%%R"])
def test_cells_in_another_language(magic):
    source = program(f"{magic}\nmodel = (((\n", "x = 1")
    assert [ast.unparse(node) for node in ast.parse(source.text).body] == ["x = 1"]


@pytest.mark.parametrize(
    "cell",
    [
        "%%mine\nx = 1",
        "%run other.ipynb",
        "%pylab",
        "%load_ext x\n%run x.py",
        "  x = 1\n  y = 2",
        ">>> x = 1",
    ],
)
def test_what_may_bind_names_keeps_us_from_calling_a_name_unbound(cell, tmp_path):
    path = write(tmp_path / "a.ipynb", "import keras", cell, "keras.layers.Dense(Units)")
    assert check(path).exit_code == 0, check(path).output
    path = write(tmp_path / "a.ipynb", "import keras", "!ls", "keras.layers.Dense(Units)")
    assert "cell 3:1:20: KF105" in check(path, "--output-format", "concise").output


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab=(%!?'\"\\\n\r \t#[]:1", max_size=40), min_size=1, max_size=4))
def test_any_text_comes_back(cells):
    """Also what is no Python: it must not be lost."""
    read = document(*cells)
    [source] = read.sources
    assert list(source.cells().values()) == cells
    assert read.replace({source: source.text}) == read.text


# Which cells, and where


def test_only_code_cells_are_code_but_all_count():
    raw = {"cell_type": "raw", "metadata": {}, "source": "import raw"}
    words = {"cell_type": "markdown", "metadata": {}, "source": ["import words"]}
    read = document(raw, "import a\nbbb", words, "    \n", "ccc")
    [source] = read.sources
    assert "raw" not in source.text
    assert "words" not in source.text
    assert read.locate(source, source.text.index("bbb")) == Location(2, 2, 1)
    assert read.locate(source, source.text.index("ccc")) == Location(5, 1, 1)
    assert source.place(source.text.index("ccc")) == "cell 5, line 1"


def test_the_end_of_a_cell_is_in_the_cell():
    read = document("a = 1", "b = 2\n")
    [source] = read.sources
    assert read.locate(source, source.text.index("= 1") + 3) == Location(1, 1, 6)
    assert read.locate(source, source.text.index("= 1") + 4) == Location(1, 2, 1)
    assert read.locate(source, 0) == Location(1, 1, 1)
    assert read.locate(source, len(source.text)).cell == 2


def test_cells_and_notebooks_of_other_languages():
    assert not document("x <- 1", language_info={"name": "R"}).sources
    assert not document("x = 1", kernelspec={"language": "julia", "name": "julia"}).sources
    assert document("x = 1", kernelspec={"language": "python", "name": "tf"}).sources
    [source] = document("a", code("echo $x", vscode={"languageId": "shellscript"}), "b").sources
    assert "echo" not in source.text


def test_notebooks_before_format_4():
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "heading", "source": "h"},
                                                    {"cell_type": "code", "input": ["a = 1\n", "b"]}]}]}  # fmt: skip
    read = read_document(json.dumps(old).encode(), "nb.ipynb")
    [source] = read.sources
    new = json.loads(read.replace({source: source.text.replace("a = 1", "a = 2")}))
    old["worksheets"][0]["cells"][1]["input"][0] = "a = 2\n"
    assert new == old


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "not valid JSON \\(line 1, column 2"),
        (b"import keras", "not valid JSON"),
        (b'{\n<<<<<<< HEAD\n"cells": []}', "merge conflict"),
        (b"[]", "no list of `cells`"),
        (b'"keras"', "no list of `cells`"),
        (b'{"cells": {}}', "no list of `cells`"),
        (b'{"worksheets": [3]}', "no list of `cells`"),
        (b'{"cells": [{"cell_type": "code", "source": 3}]}', "cell 1 is no text"),
        (b'{"cells": [{"cell_type": "code", "source": "\\u0000"}]}', "cell 1 holds a null byte"),
        (b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}', "half a character"),
        (b"[" * 100000, "nested too deeply"),
        (b'{"cells": "\xff"}', "UTF-8"),
    ],
)
def test_what_is_no_notebook_is_said_so(data, words, tmp_path):
    with pytest.raises(UnreadableFile, match=words):
        read_document(data, "nb.ipynb")
    (tmp_path / "nb.ipynb").write_bytes(data)
    assert check(tmp_path).exit_code == 2
    assert "nb.ipynb: " in check(tmp_path).stderr


@pytest.mark.parametrize("data", [b"", b"\n", b'{"cells": []}', b'{"cells": [3, {"cell_type": "code"}]}'])
def test_nearly_nothing_is_fine(data, tmp_path):
    (tmp_path / "nb.ipynb").write_bytes(data)
    assert check(tmp_path).exit_code == 0


# Checked and fixed


@pytest.mark.parametrize("name", NAMES)
def test_findings_have_cells(name):
    found = json.loads(check(FIXTURES / f"{name}.ipynb", "--output-format", "json").output)
    places = [(one["code"], one["cell"], one["location"]["row"], one["location"]["column"]) for one in found]
    assert places == [("KF101", 5, 1, 40), ("KF203", 6, 5, 11)]
    assert "`fit` (cell 7, line 2)" in found[1]["message"]
    edits = [(edit["cell"], *edit["location"].values(), edit["content"]) for edit in found[1]["fix"]["edits"]]
    assert sorted(edits) == [(3, 2, 53, ", Flatten"), (6, 5, 1, "model.add(Flatten())\n")]


@pytest.mark.parametrize("name", NAMES)
def test_a_fix_changes_the_source_of_touched_cells_only(name, tmp_path):
    path = Path(shutil.copy(FIXTURES / f"{name}.ipynb", tmp_path))
    before = path.read_bytes()
    assert check(path, "--fix").exit_code == 0
    old, new = json.loads(before), json.loads(path.read_bytes())
    assert sources(path)[1].startswith("pip" if name == "vscode" else "!pip")
    assert "Dense, Flatten" in sources(path)[2]
    assert "%%time\nmodel = Sequential()" in sources(path)[5]
    assert "model.add(Flatten())\nmodel.add(Dense(10, activation='softmax'))\n" in sources(path)[5]
    changed = [
        number
        for number, pair in enumerate(zip(old["cells"], new["cells"], strict=True))
        if pair[0] != pair[1]
    ]
    assert changed == [2, 5]
    for number in changed:  # with the old source in its place, the bytes are the old ones
        new["cells"][number]["source"] = old["cells"][number]["source"]
    style = {"jupyter": (1, False, "\n"), "colab": (2, True, ""), "vscode": (4, False, "")}[name]
    text = json.dumps(new, indent=style[0], ensure_ascii=style[1]) + style[2]
    assert text.replace("\n", "\r\n" if name == "vscode" else "\n").encode() == before
    nbformat.validate(nbformat.reads(path.read_text(encoding="utf-8"), as_version=4))
    assert check(path, "--fix").exit_code == 0
    removed = [line for line in before.splitlines() if line not in path.read_bytes().splitlines()]
    assert len(removed) == (2 if name == "vscode" else 1)  # the import, and with strings the whole cell


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_fix_leaves_the_bytes(name, tmp_path):
    path = Path(shutil.copy(FIXTURES / f"{name}.ipynb", tmp_path))
    before = path.read_bytes()
    assert check(path, "--fix", "--select", "KF402").exit_code == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "data",
    [
        '{"cells":[{"cell_type":"code","source":["import keras\\n","x = 1"]}]}',
        '{"cells": [{"source": [\n"import keras\\n"\n,\n"x = 1"\n], "cell_type": "code"}]}',
        '{"cells": [{"cell_type": "code", "source": "old", "source": ["import keras\\n", "x = 1"]}]}',
        ' {"cells": [], "x": 1e999, "cells": [ {"cell_type": "code", "source": ["import \\u006beras\\nx = 1"]} ] } ',
    ],
)
def test_any_layout_of_json(data):
    read = read_document(data.encode(), "nb.ipynb")
    [source] = read.sources
    assert read.replace({source: source.text}) == data
    new = read.replace({source: source.text.replace("x = 1", "x = 2\ny")})
    assert "".join(json.loads(new)["cells"][0]["source"]) == "import keras\nx = 2\ny"
    kept = data[: data.index("x = 1")] if "\\u006b" not in data else data[: data.index('["import')]
    assert new.startswith(kept)


def test_lines_are_written_as_the_notebook_escapes_them():
    for ascii_only in (True, False):
        data = json.dumps(notebook("a = '数据'\nbbb", "c = 1"), ensure_ascii=ascii_only)
        read = read_document(data.encode(), "nb.ipynb")
        [source] = read.sources
        new = read.replace({source: source.text.replace("bbb", "b = '据'").replace("c = 1", "c = '是'")})
        assert new == json.dumps(notebook("a = '数据'\nb = '据'", "c = '是'"), ensure_ascii=ascii_only)


def test_a_cell_may_become_empty_or_longer():
    read = document("one\n", "two", "three")
    [source] = read.sources
    new = json.loads(read.replace({source: source.text.replace("one\n", "").replace("two", "x\n\ny\n")}))
    assert [cell["source"] for cell in new["cells"]] == [[], ["x\n", "\n", "y\n"], ["three"]]


def test_a_fix_that_takes_a_cell_away_is_refused():
    read = document("a", "b")
    [source] = read.sources
    with pytest.raises(ValueError, match="notebook"):
        read.replace({source: source.text.replace(source.line(2), "")})


@pytest.mark.parametrize("magics", ["%%capture out\n", "%%time\n%%capture out\n", "\n%%capture out\n"])
def test_cell_magics_stay_at_the_top(magics, tmp_path):
    path = write(tmp_path / "a.ipynb", f"{magics}model = keras.Sequential()")
    assert check(path, "--fix").exit_code == 0
    [cell] = sources(path)
    assert cell.lstrip() == f"{magics}import keras\nmodel = keras.Sequential()".lstrip()


@pytest.mark.parametrize(
    "first", ["!pip install keras", "%matplotlib inline\n!pip install keras", "%%bash\nls"]
)
def test_an_import_lands_where_python_is(first, tmp_path):
    path = write(tmp_path / "a.ipynb", first, "model = keras.Sequential([keras.layers.Dense(1)])")
    assert check(path, "--fix").exit_code == 0
    assert sources(path) == [first, "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])"]


def test_comments_silence(tmp_path):
    bad = "m = keras.Sequential()\nm.add(Dense(3))"
    path = write(tmp_path / "a.ipynb", "import keras", bad)
    assert check(path).exit_code == 1
    assert check(write(path, "import keras", f"!ls '\n{bad}  # noqa: KF101")).exit_code == 0
    assert check(write(path, "# kerasfix: noqa", "import keras", bad)).exit_code == 0


def test_a_cell_that_does_not_parse_is_named(tmp_path):
    path = write(tmp_path / "a.ipynb", "import keras", "x = (1", "y = 2")
    assert "a.ipynb:cell 2:1:5: KF001" in check(path, "--output-format", "concise").output


def test_full_report_and_diff_stay_in_their_cells(tmp_path):
    path = Path(shutil.copy(FIXTURES / "jupyter.ipynb", tmp_path))
    shown = check(path).output
    assert "... cell 7\n2 | %time history = model.fit(x_train, y_train, epochs=1)\n" in shown
    assert "... cell 3\n" in shown
    diff = check(path, "--diff").output
    assert f"--- {path}:cell 6\n" in diff
    assert "+model.add(Flatten())\n" in diff
    for text in (shown, diff):
        assert "pass; " not in text
        assert "# notebook" not in text


def test_shapes_name_cells():
    path = str(FIXTURES / "jupyter.ipynb")
    found = CliRunner().invoke(main, ["shapes", path]).output
    assert "jupyter.ipynb:cell 6:2: model (Sequential)" in found
    assert re.search(r"^ +6:3 +conv2d \(Conv2D\)", found, re.MULTILINE)
    assert "fit (cell 7, line 2)" in found
    [model] = json.loads(CliRunner().invoke(main, ["shapes", path, "--output-format", "json"]).output)[
        "models"
    ]
    assert (model["cell"], model["line"]) == (6, 2)
    assert [(layer["cell"], layer["line"]) for layer in model["layers"]] == [(6, 3), (6, 4), (6, 5)]


def test_a_notebook_from_stdin_is_fixed_to_stdout():
    data = (FIXTURES / "colab.ipynb").read_text(encoding="utf-8")
    arguments = ["check", "--isolated", "--fix", "--stdin-filename", "x.ipynb", "-"]
    fixed = CliRunner().invoke(main, arguments, input=data)
    assert fixed.exit_code == 0
    assert "model.add(Flatten())" in "".join(json.loads(fixed.stdout)["cells"][5]["source"])


@pytest.mark.keras
def test_verification_names_cells(tmp_path):
    path = Path(shutil.copy(FIXTURES / "jupyter.ipynb", tmp_path))
    found = CliRunner().invoke(main, ["verify", str(path)])
    assert "cell 5, line 1: NameError" in found.output
    found = json.loads(CliRunner().invoke(main, ["verify", str(path), "--output-format", "json"]).output)
    assert (found["error"]["cell"], found["error"]["line"]) == (5, 1)
    fixed = CliRunner().invoke(main, ["check", "--isolated", "--fix", "--verify", str(path)])
    assert "fit (cell 7, line 2): loss" in fixed.output
    assert fixed.exit_code == 0
