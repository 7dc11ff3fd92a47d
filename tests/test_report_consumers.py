"""Reports, given to the programs that they are for."""

import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from kerasfix.cli import main

ROOT = Path(__file__).parent.parent
PACKAGES = ROOT / ".venv" / "consumers" / "node_modules"
MULTITOOL = PACKAGES / "@microsoft" / "sarif-multitool-linux"
RDFORMAT = PACKAGES / ".bin" / "rdformat-validator"


def needs(path):
    return pytest.mark.skipif(not path.exists(), reason=f"{path.name} is not installed: see .ci/consumers")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The reports on the article's scripts, on a notebook, and on nothing."""
    folder = tmp_path_factory.mktemp("reports")
    forms = {"sarif": "found.sarif", "rdjson": "found.json", "junit": "found.xml"}
    scripts = [str(path) for path in sorted((ROOT / "fixtures" / "article").glob("*.py"))]
    cell = {"cell_type": "code", "metadata": {}, "source": "import keras\nkeras.layers.Dens(1)  # 层"}
    (folder / "nb.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}))
    (folder / "clean.py").write_text("import keras\n")
    for prefix, paths in (("", [*scripts, str(folder / "nb.ipynb")]), ("no", [str(folder / "clean.py")])):
        files = ",".join(f"{form}:{folder / (prefix + name)}" for form, name in forms.items())
        found = CliRunner().invoke(
            main, ["check", "--isolated", "--extend-select", "ALL", *paths, "--output-format", files]
        )
        assert found.exit_code == (0 if prefix else 1)
    return folder


@needs(MULTITOOL)
@pytest.mark.parametrize("name", ["found.sarif", "nofound.sarif"])
def test_sarif_is_valid_by_its_schema_and_to_its_validator(reports, name):
    log = json.loads((reports / name).read_text(encoding="utf-8"))
    schema = json.loads((MULTITOOL / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    jsonschema.validators.validator_for(schema)(schema).validate(log)
    done = subprocess.run(
        [MULTITOOL / "Sarif.Multitool", "validate", name, "--output", "result.sarif", "--log", "ForceOverwrite"],
        cwd=reports, capture_output=True, text=True,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    [run] = json.loads((reports / "result.sarif").read_text(encoding="utf-8-sig"))["runs"]
    assert [result for result in run.get("results", []) if result.get("level", "warning") != "note"] == []


@needs(RDFORMAT)
@pytest.mark.parametrize("name", ["found.json", "nofound.json"])
def test_rdjson_is_valid_to_its_validator(reports, name):
    command = [RDFORMAT, "--strict", "--no-extra-fields", "--format", "json", name]
    done = subprocess.run(command, cwd=reports, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_junit_is_read_by_a_reader_of_junit(reports):
    parser = pytest.importorskip("junitparser")
    found = parser.JUnitXml.fromfile(str(reports / "found.xml"))
    cases = [case for suite in found for case in suite]
    assert found.tests == found.failures == len(cases) > 20
    assert all(isinstance(result, parser.Failure) for case in cases for result in case.result)
    nothing = parser.JUnitXml.fromfile(str(reports / "nofound.xml"))
    assert (nothing.tests, nothing.failures) == (1, 0)
