"""What docs/editors.md tells to write is at least well-formed, and names settings that there are."""

import json
import re
import tomllib
from pathlib import Path

from click.testing import CliRunner

from kerasfix.cli import main
from kerasfix.server.options import Options, read_options

TEXT = (Path(__file__).parent.parent.parent / "docs" / "editors.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_toml_and_json_are_valid():
    assert len([tomllib.loads(block) for block in blocks("toml")]) == 2
    assert len([json.loads(block) for block in blocks("json")]) == 3


def test_the_settings_are_those_that_there_are():
    rows = re.findall(r"^\| (`[^|]*`) \|", TEXT, re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`([\w.]+)`", row)]
    sent: dict = {}
    for name in names:
        first, _, second = name.partition(".")
        if second:
            sent.setdefault(first, {})[second] = None
        else:
            sent[first] = None
    assert len(names) == 17
    assert read_options(sent) == (Options(), [])
    settings = [json.loads(block) for block in blocks("json") if '"kerasfix": {' in block]
    assert [read_options(found)[1] for found in settings] == [[]]


def test_the_problem_matcher_reads_real_output(tmp_path):
    [task] = [json.loads(block) for block in blocks("json") if "problemMatcher" in block]
    pattern = re.compile(task["tasks"][0]["problemMatcher"]["pattern"]["regexp"])
    path = tmp_path / "x.py"
    path.write_text("import keras\nm = keras.Sequential()\nm.compile(metrics='mae')\n")
    output = CliRunner().invoke(main, ["check", "--isolated", "--output-format", "concise", str(path)]).output
    match = pattern.match(output.splitlines()[0])
    assert match
    assert match.group(1, 2, 3, 4) == (str(path), "3", "11", "KF312")
