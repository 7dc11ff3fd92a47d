"""`kerasfix shapes`: what it prints in each format, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from kerasfix.cli import main

ROOT = Path(__file__).parent.parent
SCRIPT = """\
import keras
import numpy as np
from keras import layers

model = keras.Sequential([
    layers.Dense(4, activation="relu", name="first"),
    layers.Dense(2),
])
model.compile(loss="mse")
model.fit(np.zeros((8, 3)), np.zeros((8, 2)))

a, b = keras.Input((5,)), keras.Input((None, 5), name="<b>")
both = keras.Model([a, b], layers.Add()([a, layers.GlobalMaxPooling1D()(b)]))
waiting = keras.Sequential([layers.Dense(1)])
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("script.py").write_text(SCRIPT)


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["shapes", *arguments], input=text, catch_exceptions=False)


def test_table() -> None:
    result = run("script.py")
    assert result.exit_code == 0
    assert result.stdout == """\
script.py:5: model (Sequential): (None, 3) -> (None, 2)
  line  layer          output shape  parameters
     6  first (Dense)  (None, 4)             16
     7  dense (Dense)  (None, 2)             10
        total                                26
  fit (line 10): x (8, 3) float64, y (8, 2) float64

script.py:13: both (Functional): [(None, 5), (None, None, 5)] -> (None, 5)
  line  layer                                      output shape     parameters  from
    12  <b> (InputLayer)                           (None, None, 5)           0
    12  input_layer_1 (InputLayer)                 (None, 5)                 0
    13  global_max_pooling1d (GlobalMaxPooling1D)  (None, 5)                 0  <b>
    13  add (Add)                                  (None, 5)                 0  input_layer_1, global_max_pooling1d
        total                                                                0

script.py:14: waiting (Sequential): its input is not known
  line  layer            output shape  parameters
    14  dense_1 (Dense)  ?                      ?
        total                                   ?
"""  # fmt: skip


def test_json_is_as_the_contract_says() -> None:
    found = json.loads(run("script.py", "--output-format", "json").stdout)
    assert found["filename"] == "script.py"
    model, both, waiting = found["models"]
    assert model == {
        "name": "model",
        "line": 5,
        "kind": "Sequential",
        "input_shape": [None, 3],
        "output_shape": [None, 2],
        "params": 26,
        "layers": [
            {"line": 6, "class": "Dense", "name": "first", "output_shape": [None, 4], "params": 16},
            {"line": 7, "class": "Dense", "name": "dense", "output_shape": [None, 2], "params": 10},
        ],
    }
    assert both["input_shape"] == [[None, 5], [None, None, 5]]
    assert (waiting["output_shape"], waiting["params"], waiting["layers"][0]["params"]) == ("?", "?", "?")


def test_json_of_several_files_is_an_array() -> None:
    Path("other.py").write_text("import keras\nm = keras.Sequential()\n")
    Path("empty.py").write_text("print('keras')\n")
    found = json.loads(run("script.py", "other.py", "empty.py", "--output-format", "json").stdout)
    assert sorted((part["filename"], len(part["models"])) for part in found) == [
        ("empty.py", 0),
        ("other.py", 1),
        ("script.py", 3),
    ]


def test_mermaid_escapes_labels() -> None:
    text = run("script.py", "--output-format", "mermaid").stdout
    assert text.count("flowchart TD") == 3
    assert '  input["input<br/>(None, 3)"]\n' in text
    assert '["#60;b#62; (InputLayer)<br/>(None, None, 5)"]' in text
    assert "  n2 --> n3\n" in text


def test_svg_is_well_formed() -> None:
    result = run("script.py", "--output-format", "svg", "--output-file", "models.svg")
    assert result.exit_code == 0
    assert result.stdout == ""
    root = ElementTree.fromstring(Path("models.svg").read_text(encoding="utf-8"))
    space = "{http://www.w3.org/2000/svg}"
    texts = [element.text for element in root.iter(f"{space}text")]
    assert "<b> (InputLayer)" in texts
    boxes = [
        tuple(float(element.attrib[name]) for name in ("x", "y", "width", "height"))
        for element in root.iter(f"{space}rect")
    ]
    assert len(boxes) == 9
    for place, (x, y, width, height) in enumerate(boxes):  # no box covers another, all lie in the drawing
        assert x >= 0
        assert x + width <= float(root.attrib["width"])
        assert y + height <= float(root.attrib["height"])
        for x2, y2, width2, height2 in boxes[place + 1 :]:
            assert x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y


def test_colours() -> None:
    assert "\x1b[" in run("script.py", "--color", "always").stdout
    assert "\x1b[" not in run("script.py", "--color", "never").stdout


def test_stdin() -> None:
    result = run("-", "--stdin-filename", "new.py", text=SCRIPT)
    assert result.exit_code == 0
    assert result.stdout.startswith("new.py:5: model (Sequential)")


def test_markdown_lines_are_those_of_the_document() -> None:
    Path("guide.md").write_text(f"# Guide\n\n```python\n{SCRIPT}```\n")
    assert json.loads(run("guide.md", "--output-format", "json").stdout)["models"][0]["line"] == 8


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_what_cannot_be_read_ends_with_2(content: bytes | None) -> None:
    if content is not None:
        Path("bad.py").write_bytes(content)
    result = run("bad.py", "script.py")
    assert result.exit_code == 2
    assert "script.py:5: model" in result.stdout
    assert "bad.py" in result.stderr


def test_scripts_that_do_not_parse_have_no_models() -> None:
    Path("bad.py").write_text("import keras\nmodel = keras.Sequential([\n")
    result = run("bad.py")
    assert result.exit_code == 0
    assert "No Keras models found" in result.stderr


def test_it_starts_light() -> None:
    code = (
        "import sys\nfrom kerasfix.cli import main\n"
        "try:\n    main(['shapes', sys.argv[1]])\nexcept SystemExit:\n    pass\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    command = [sys.executable, "-c", code, str(Path("script.py").absolute())]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"keras", "tensorflow", "numpy", "rich"} & set(done.stdout.splitlines()[-1].split())
