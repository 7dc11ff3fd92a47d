"""Blocks of one document: separate programs, or one where a later block uses names of an earlier one."""

import re

import pytest
from click.testing import CliRunner

from kerasfix.cli import main
from kerasfix.source import Location, read_document

GUIDE = """\
# A guide 😀

```python
import keras
from keras import layers

model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, 3)])
```

Another one, on its own:

```python
import keras
other = keras.Sequential()
other.compile(metrics="mae")
```

Then train the first:

```python
model.add(Flatten())
model.compile(metrics="mae")
```
"""


def document(text, name="x.md"):
    return read_document(text.encode(), name)


def test_a_block_joins_the_one_whose_names_it_uses():
    read = document(GUIDE)
    first, second = read.sources
    assert [block.first_row for block in first.blocks] == [3, 20]
    assert second.text.startswith("import keras\nother")
    for needle, row, column in (("model =", 7, 1), ("model.add", 21, 1), ("Flatten", 21, 11)):
        offset = first.text.index(needle)
        assert read.locate(first, offset) == Location(None, row, column)
        assert read.find(Location(None, row, column)) == (first, offset)
        assert first.place(offset) == f"line {row}"
    assert read.replace({source: source.text for source in read.sources}) == GUIDE
    assert read.replace({first: first.text.replace("Flatten", "layers.Flatten")}) == GUIDE.replace(
        "add(Flatten", "add(layers.Flatten"
    )
    rows = read.runnable(first, first.text).splitlines()
    assert rows[6].startswith("model = ")
    assert rows[20] == "model.add(Flatten())"


def test_they_are_checked_and_fixed_as_one_program(tmp_path):
    path = tmp_path / "guide.md"
    path.write_text(GUIDE, encoding="utf-8")
    result = CliRunner().invoke(main, ["check", "--isolated", "--output-format", "concise", str(path)])
    found = re.findall(r"^.*?:(\d+:\d+): (KF\d+)", result.output, re.MULTILINE)
    places = [" ".join(finding) for finding in found]
    assert places == ["15:15 KF312", "21:11 KF101", "22:15 KF312"]
    CliRunner().invoke(main, ["check", "--isolated", "--fix", str(path)])
    fixed = path.read_text(encoding="utf-8")
    assert fixed.replace('["mae"]', '"mae"') in (
        GUIDE.replace("add(Flatten", "add(layers.Flatten"),
        GUIDE.replace(
            "from keras import layers\n", "from keras import layers\nfrom keras.layers import Flatten\n"
        ),
    )
    assert CliRunner().invoke(main, ["check", "--isolated", str(path)]).exit_code == 0


def test_a_fix_that_takes_out_what_joined_them_changes_no_number_of_programs(tmp_path):
    text = (
        "```python\nimport keras\nimport numpy as np\n```\n\n```python\ndef loss(t, p):\n    return np.exp(p - t)\n\n\n"
        "m = keras.Sequential([keras.layers.Dense(np.int64(1))])\nm.compile(loss=loss)\n```\n"
    )
    path = tmp_path / "x.md"
    path.write_text(text)
    result = CliRunner().invoke(main, ["check", "--isolated", "--fix", "--unsafe-fixes", str(path)])
    assert "internal error" not in result.output
    assert result.exit_code in (0, 1)


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (["import keras", "import keras\nkeras.Input"], 2),
        (["import keras", "keras.Input"], 1),
        (["x = 1", "def f():\n    return x"], 1),
        (["x = 1", "def f(x):\n    return x"], 2),
        (["x = 1", "print(len([x for x in range(3)]))"], 2),
        (["x = 1", "broken ("], 2),
        (["def f(): pass", "y = 1", "f(y)"], 1),
        (["x = 1", "x = 2", "x"], 2),
        (["print(later)", "later = 1"], 2),
    ],
)
def test_which_blocks_belong_together(blocks, expected):
    text = "\n".join(f"```python\n{block}\n```\n" for block in blocks)
    read = document(text)
    assert len(read.sources) == expected
    assert read.replace({source: source.text for source in read.sources}) == text


def test_sessions_are_one_program_with_their_prompts():
    text = "Words\n\n>>> import keras\n>>> m = keras.Sequential()\n\nmore words\n\n>>> m.compile(metrics='mae')\n3\n"
    read = document(text, "x.rst")
    [source] = read.sources
    assert read.locate(source, source.text.index("metrics")) == Location(None, 8, 15)
    new = source.text.replace("'mae'", "['mae']")
    assert read.replace({source: new}) == text.replace("'mae'", "['mae']")


def test_blocks_of_another_layout_stay_apart():
    text = "```python\nimport keras\n```\n\n> ```python\n> keras.Input\n> ```\n"
    assert len(document(text).sources) == 2


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (["import keras\nm = keras.Sequential()\nm.compile()\nm.fit(x_train, y_train)\nsaved.numpy()"], 3),
        (["import keras\nm = keras.Sequential()\nm.compile()", "m.fit(x_train, y_train)\nsaved.numpy()"], 0),
        (["model.add(keras.layers.Dense(3))\nmodel.fit(x_train, y_train)"], 0),
    ],
)  # fmt: skip
def test_what_a_part_of_a_program_does_not_bind_is_left_to_the_reader(tmp_path, blocks, expected):
    path = tmp_path / "x.md"
    path.write_text("\n".join(f"```python\n{block}\n```\n" for block in blocks))
    result = CliRunner().invoke(
        main, ["check", "--isolated", "-n", "--select", "KF104,KF105", "--output-format", "pylint", str(path)]
    )
    assert result.stdout.count("KF10") == expected
