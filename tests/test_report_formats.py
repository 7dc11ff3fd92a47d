"""The output formats for other programs: each fits its schema, and a reader of it finds every finding."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from click.testing import CliRunner

from kerasfix.cli import main
from kerasfix.config import OUTPUT_FORMATS

ROOT = Path(__file__).parent.parent
SCHEMAS = Path(__file__).parent / "schemas"
SCRIPT = """\
from keras.models import Sequential
from keras.layers import Dense
数据 = '数据'; model = Sequential([Dense(10), Flaten()])
model = model.compile('adam', 'mse')
model.fit(x, y)
x = MaxPooling2D()  # 100% of [these]; all
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A script, the same faults in a folder with a blank in its name, and a notebook."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my models").mkdir()
    for name in ("train.py", "my models/50%.py"):
        (tmp_path / name).write_text(SCRIPT, encoding="utf-8")
    cell = {"cell_type": "code", "metadata": {}, "source": SCRIPT.splitlines(keepends=True)}
    words = {"cell_type": "markdown", "metadata": {}, "source": ""}
    (tmp_path / "nb.ipynb").write_text(json.dumps({"cells": [words, cell], "nbformat": 4}), encoding="utf-8")
    return tmp_path


def check(*arguments):
    return CliRunner().invoke(main, ["check", "--isolated", "--extend-select", "ALL", *arguments])


def findings(path="."):
    """What the JSON format says: the others must say as much."""
    return json.loads(check(path, "--output-format", "json").output)


def valid(name, value):
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(value, schema, format_checker=jsonschema.FormatChecker())
    return value


def test_json(project):
    found = valid("findings", findings())
    assert {one["cell"] for one in found} == {None, 2}
    assert len(found) >= 9
    assert len({one["filename"] for one in found}) == 3


def test_json_lines(project):
    found = [json.loads(line) for line in check("--output-format", "json-lines").output.splitlines()]
    assert found == findings()


def test_sarif(project):
    [run] = valid("sarif", json.loads(check("--output-format", "sarif").output))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [result["ruleId"] for result in run["results"]] == [one["code"] for one in findings()]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [one["code"] for one in findings()]
    for result, one in zip(run["results"], findings(), strict=True):
        [place] = result["locations"]
        uri = place["physicalLocation"]["artifactLocation"]["uri"]
        assert (
            uri
            == {"train.py": "train.py", "50%.py": "my%20models/50%25.py", "nb.ipynb": "nb.ipynb"}[
                Path(one["filename"]).name
            ]
        )
        if one["cell"]:
            assert place["logicalLocations"][0]["name"] == "cell 2"
            assert result["message"]["text"].startswith(f"cell 2, line {one['location']['row']}: ")
            assert "fixes" not in result
        else:
            assert place["physicalLocation"]["region"]["startColumn"] == one["location"]["column"]
            assert ("fixes" in result) == (
                one["fix"] is not None and one["fix"]["applicability"] != "display"
            )


def test_a_viewer_of_sarif_can_apply_the_fixes(project):
    [run] = json.loads(check("train.py", "--output-format", "sarif").output)["runs"]
    fixed = next(result for result in run["results"] if result["ruleId"] == "KF301")
    [change] = fixed["fixes"][0]["artifactChanges"]
    lines = SCRIPT.splitlines(keepends=True)
    for edit in sorted(change["replacements"], key=lambda edit: -edit["deletedRegion"]["startColumn"]):
        region = edit["deletedRegion"]
        assert region["startLine"] == region["endLine"] == 4
        line = lines[3]
        lines[3] = (
            line[: region["startColumn"] - 1]
            + edit["insertedContent"]["text"]
            + line[region["endColumn"] - 1 :]
        )
    assert lines[3] == "model.compile('adam', 'mse')\n"


def test_rdjson(project):
    found = valid("rdjson", json.loads(check("--output-format", "rdjson").output))["diagnostics"]
    assert [one["code"]["value"] for one in found] == [one["code"] for one in findings()]
    script = [one for one in found if one["location"]["path"] == "train.py"]
    typo = next(one["location"]["range"] for one in script if "Flaten" in one["message"])
    line = SCRIPT.splitlines()[2].encode()
    assert line[typo["start"]["column"] - 1 : typo["end"]["column"] - 1] == b"Flaten"  # columns are bytes
    assert any(one["suggestions"] for one in script)
    assert all("range" not in one["location"] for one in found if one["location"]["path"] == "nb.ipynb")


def test_gitlab(project):
    found = valid("gitlab", json.loads(check("--output-format", "gitlab").output))
    assert [one["check_name"] for one in found] == [one["code"] for one in findings()]
    assert {one["location"]["path"] for one in found} == {"train.py", "my models/50%.py", "nb.ipynb"}
    before = {one["fingerprint"] for one in found}
    assert len(before) == len(found)
    script = project / "train.py"
    script.write_text(f"# a new line\n{SCRIPT}", encoding="utf-8")
    after = {one["fingerprint"] for one in json.loads(check("--output-format", "gitlab").output)}
    assert after == before
    script.write_text(SCRIPT * 2, encoding="utf-8")
    twice = [one["fingerprint"] for one in json.loads(check("train.py", "--output-format", "gitlab").output)]
    assert len(set(twice)) == len(twice)


JUNIT = {  # element: its attributes (required ones with `!`), its children, as Jenkins' xUnit plugin takes them
    "testsuites": ("name time tests failures errors", "testsuite"),
    "testsuite": ("name! tests! failures! errors! group time skipped timestamp hostname id package file log url",
                  "testsuite properties testcase system-out system-err"),
    "testcase": ("name! time classname group", "skipped error failure system-out system-err"),
    "failure": ("type message", ""),
}  # fmt: skip


def junit_faults(element):
    attributes, children = JUNIT[element.tag]
    known = {name.rstrip("!") for name in attributes.split()}
    required = {name.rstrip("!") for name in attributes.split() if name.endswith("!")}
    if not required <= set(element.keys()) <= known:
        yield f"{element.tag}: {element.keys()}"
    for child in element:
        if child.tag not in children.split():
            yield f"{child.tag} in {element.tag}"
        yield from junit_faults(child)


def test_junit(project):
    root = ElementTree.fromstring(check("--output-format", "junit").output.encode())
    assert not list(junit_faults(root))
    assert root.get("tests") == root.get("failures") == str(len(findings()))
    for suite in root:
        assert suite.get("tests") == suite.get("failures") == str(len(suite))
    messages = [case.find("failure").get("message") for case in root.iter("testcase")]
    assert all(one["message"] in message for one, message in zip(findings(), messages, strict=True))
    names = [case.get("name") for case in root.iter("testcase") if case.get("classname") == "nb"]
    assert names
    assert all(re.search(r"at cell 2:\d+:\d+$", name) for name in names)


def test_github(project):
    command = re.compile(r"::(?P<command>error|warning|notice) (?P<properties>.*?)::(?P<message>.*)")
    expected = findings()
    lines = check("--output-format", "github").output.splitlines()
    assert len(lines) == len(expected)
    for line, one in zip(lines, expected, strict=True):
        match = command.fullmatch(line)  # as the runner reads it: up to the second `::`, split at `,` and `=`
        properties = dict(part.split("=", 1) for part in match["properties"].split(","))
        for code, character in (("%2C", ","), ("%3A", ":"), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            properties = {name: value.replace(code, character) for name, value in properties.items()}
        assert match["command"] == one["severity"].replace("info", "notice")
        assert properties["title"] == f"kerasfix ({one['code']})"
        assert properties["file"] == one["filename"]
        if not one["cell"]:
            assert (properties["line"], properties["col"]) == tuple(map(str, one["location"].values()))
        assert one["message"] in unescaped(match["message"].replace("%25", "%"))


def test_azure(project):
    lines = check("--output-format", "azure").output.splitlines()
    command = re.compile(r"##vso\[task\.logissue (?P<properties>[^\]]*)\](?P<message>.*)")
    found = []
    for line in lines:
        match = command.fullmatch(line)  # the agent's own way: up to the first `]`, then split at `;` and `=`
        properties = dict(part.split("=", 1) for part in match["properties"].split(";") if part)
        found.append(
            {name: unescaped(value) for name, value in properties.items()}
            | {"message": unescaped(match["message"])}
        )
    expected = findings()
    assert [one["code"] for one in found] == [one["code"] for one in expected]
    assert {one["type"] for one in found} <= {"error", "warning"}
    assert {one["sourcepath"] for one in found} == {"train.py", "my models/50%.py", "nb.ipynb"}
    for one, other in zip(found, expected, strict=True):
        assert one["message"].endswith(other["message"])
        if other["cell"]:
            assert (one["linenumber"], one["message"][:12]) == ("1", "cell 2, line")
        else:
            assert (one["linenumber"], one["columnnumber"]) == tuple(map(str, other["location"].values()))


def unescaped(text):
    for code, character in (("%3B", ";"), ("%5D", "]"), ("%0D", "\r"), ("%0A", "\n"), ("%AZP25", "%")):
        text = text.replace(code, character)
    return text


def test_pylint(project):
    line = re.compile(r"(?P<path>[^:]+):(?P<line>\d+): \[(?P<code>[A-Z]+\d+)\] (?P<message>.+)")
    found = [line.fullmatch(text) for text in check("--output-format", "pylint").output.splitlines()]
    expected = findings()
    assert [one["code"] for one in found] == [one["code"] for one in expected]
    assert [int(one["line"]) for one in found] == [
        1 if one["cell"] else one["location"]["row"] for one in expected
    ]


def test_grouped(project):
    output = check("--output-format", "grouped").output
    blocks = output.split("\n\n")
    assert [block.splitlines()[0] for block in blocks[:-1]] == ["my models/50%.py:", "nb.ipynb:", "train.py:"]
    assert sum(len(block.splitlines()) - 1 for block in blocks[:-1]) == len(findings())
    assert re.search(r"^  cell 2:4:1 +KF301 \[\*\] ", blocks[1], re.MULTILINE)
    assert blocks[-1].startswith("Found ")


@pytest.mark.parametrize("form", OUTPUT_FORMATS)
def test_nothing_found(form, tmp_path):
    (tmp_path / "a.py").write_text("import keras\n")
    result = check(str(tmp_path), "--output-format", form)
    assert result.exit_code == 0
    match form:
        case "json" | "gitlab":
            assert json.loads(result.output) == []
        case "sarif":
            assert valid("sarif", json.loads(result.output))["runs"][0]["results"] == []
        case "rdjson":
            assert valid("rdjson", json.loads(result.output))["diagnostics"] == []
        case "junit":
            root = ElementTree.fromstring(result.output.encode())
            assert (root.get("tests"), root.get("failures")) == ("1", "0")
            assert not list(junit_faults(root))
        case "full" | "concise" | "grouped":
            assert result.output == "All checks passed!\n"
        case _:
            assert result.output == ""


@pytest.mark.parametrize("form", OUTPUT_FORMATS)
def test_an_output_file_gets_what_stdout_would(form, project):
    shown = check("--output-format", form).output
    result = check("--output-format", form, "--output-file", "out.txt")
    assert result.exit_code == 1
    assert result.output == ""
    assert (project / "out.txt").read_bytes() == shown.encode()


def test_pages_of_rules_where_the_configuration_names_their_address(project):
    base = ("--config", 'docs-url = "https://docs.example.org/kerasfix"')
    url = "https://docs.example.org/kerasfix/rules/compile-result-assigned/"
    one = next(
        one for one in json.loads(check(*base, "--output-format", "json").output) if one["code"] == "KF301"
    )
    assert one["url"] == url
    [run] = valid("sarif", json.loads(check(*base, "--output-format", "sarif").output))["runs"]
    assert url in {rule["helpUri"] for rule in run["tool"]["driver"]["rules"]}
    found = valid("rdjson", json.loads(check(*base, "--output-format", "rdjson").output))["diagnostics"]
    assert url in {one["code"]["url"] for one in found}
    assert all(one["url"] is None for one in findings())


def test_several_formats_at_once(project):
    result = check("--output-format", "concise,sarif:out.sarif,junit:out.xml")
    assert result.exit_code == 1
    assert result.output == check("--output-format", "concise").output
    assert (project / "out.sarif").read_text(encoding="utf-8") == check("--output-format", "sarif").output
    assert (project / "out.xml").read_text(encoding="utf-8") == check("--output-format", "junit").output


def test_a_file_alone_leaves_stdout_as_it_is(project):
    result = check("--output-format", "json:out.json")
    assert result.output == check().output
    assert json.loads((project / "out.json").read_text(encoding="utf-8")) == findings()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("full,json", "only one format can go to stdout"),
        ("xml", "'xml' is not one of 'full'"),
        ("full,sarif:no/such/folder.sarif", "no/such/folder.sarif"),
    ],
)
def test_wrong_formats_are_refused(value, words, project):
    result = check("--output-format", value)
    assert result.exit_code == 2
    assert words in result.stderr.replace("\n", " ")
