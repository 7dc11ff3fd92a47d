"""Baselines: old findings are silent, new ones are shown, and what is gone is told."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kerasfix.cli import main

MODEL = "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
BAD = 'model.add(keras.layers.Dense({n}, activation="rellu"))\n'


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("a.py", 1, 2)
    write("sub/b.py", 1)
    return tmp_path


def write(name: str, *numbers: int, above: str = "") -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(MODEL + above + "".join(BAD.format(n=n) for n in numbers))


def check(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["check", "--output-format", "concise", *arguments])
    assert not result.exception or isinstance(result.exception, SystemExit)
    return result


def places(*arguments: str) -> list[str]:
    lines = check("--baseline", "known.json", *arguments).stdout.splitlines()
    return [line.partition(": KF")[0] for line in lines if ": KF" in line]


@pytest.fixture
def known() -> None:
    result = check("--baseline", "known.json", "--write-baseline")
    assert (result.stdout, result.exit_code) == ("Wrote 3 findings in 2 files to known.json.\n", 0)


@pytest.mark.usefixtures("known")
def test_known_findings_are_silent_and_counted_by_file_and_rule() -> None:
    result = check("--baseline", "known.json")
    assert result.stdout == "All checks passed!\n3 known findings of known.json not shown.\n"
    assert result.exit_code == 0
    data = json.loads(Path("known.json").read_text())
    assert data["version"] == 1
    assert {
        file: {code: one["count"] for code, one in codes.items()} for file, codes in data["files"].items()
    } == {
        "a.py": {"KF302": 2},
        "sub/b.py": {"KF302": 1},
    }


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_new_finding_is_the_one_shown_wherever_it_stands(place: int) -> None:
    numbers = [1, 2]
    numbers.insert(place, 3)
    write("a.py", *numbers, above="\nx = 1\n")
    assert places() == [f"a.py:{5 + place}:44"]
    assert check("--baseline", "known.json").exit_code == 1


@pytest.mark.usefixtures("known")
def test_changed_lines_are_still_known_while_there_are_no_more_of_them() -> None:
    write("a.py", 7, 8)
    assert places() == []
    write("a.py", 7, 8, 9)
    assert len(places()) == 3  # which of them is the new one nobody can tell: none is hidden


@pytest.mark.usefixtures("known")
def test_another_rule_in_the_same_file_is_new() -> None:
    write("a.py", 1, 2, above="model = model.compile(loss='mse')\nmodel.summary()\n")
    assert [line for line in places() if line.startswith("a.py:3")] == ["a.py:3:1"]


@pytest.mark.usefixtures("known")
def test_new_findings_stay_in_the_order_of_their_places() -> None:
    write("a.py", 1, 2, 3, above="x = keras.layers.Dens(1)\n")
    with Path("a.py").open("a") as file:
        file.write("y = keras.layers.Dens(1)\n" + BAD.format(n=4))
    assert [place.split(":")[1] for place in places()] == ["3", "6", "7", "8"]


@pytest.mark.usefixtures("known")
def test_a_shrinking_baseline_is_told_and_written() -> None:
    write("a.py", 2)
    Path("sub/b.py").unlink()
    said = check("--baseline", "known.json").stdout
    assert "1 known finding of known.json not shown.\n" in said
    assert said.endswith("2 findings of known.json are gone: write it again with `--write-baseline`.\n")
    assert "are gone" not in check("--baseline", "known.json", "--select", "KF101").stdout  # not looked for
    assert "1 finding of known.json is gone" in check("--baseline", "known.json", "sub").stdout
    assert check("--baseline", "known.json", "--write-baseline").exit_code == 0
    assert list(json.loads(Path("known.json").read_text())["files"]) == ["a.py"]
    assert (
        check("--baseline", "known.json").stdout
        == "All checks passed!\n1 known finding of known.json not shown.\n"
    )


@pytest.mark.usefixtures("known")
def test_writing_for_some_files_or_rules_keeps_the_others() -> None:
    write("a.py", 1)
    check("--baseline", "known.json", "--write-baseline", "a.py")
    assert places() == []
    check("--baseline", "known.json", "--write-baseline", "--select", "KF101")
    assert places() == []


def test_paths_are_relative_to_the_configuration_that_names_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("kerasfix.toml").write_text('baseline = "known.json"\n')
    assert check("--write-baseline").exit_code == 0
    assert check().exit_code == 0
    assert check("--isolated").exit_code == 1
    monkeypatch.chdir(project / "sub")
    said = check().stdout
    assert said == f"All checks passed!\n1 known finding of {project / 'known.json'} not shown.\n"
    assert check("--show-settings").stdout.count("known.json") == 1


def test_without_a_name_it_gets_the_usual_one_and_tells_how_to_use_it() -> None:
    said = check("--write-baseline").stdout
    assert said.startswith("Wrote 3 findings in 2 files to kerasfix-baseline.json. Use it with")
    assert check("--baseline", "kerasfix-baseline.json").exit_code == 0


@pytest.mark.usefixtures("known")
def test_other_formats_get_the_new_findings_only() -> None:
    write("a.py", 1, 2, 3)
    result = check("--baseline", "known.json", "--output-format", "json")
    assert [found["location"]["row"] for found in json.loads(result.stdout)] == [5]
    assert result.stderr == "3 known findings of known.json not shown.\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no such baseline; make it with `--write-baseline`"),
        ("[]", "this is no baseline of kerasfix"),
        ("{", "this is no baseline of kerasfix"),
        ('{"version": 9, "files": {}}', "this baseline has version 9, and this kerasfix reads version 1"),
        ('{"version": 1, "files": {"a.py": {"KF302": 2}}}', "this is no baseline of kerasfix"),
    ],
)
def test_a_baseline_that_is_none(text: str | None, words: str) -> None:
    if text is not None:
        Path("known.json").write_text(text)
    result = check("--baseline", "known.json")
    assert result.exit_code == 2
    assert words in result.stderr
