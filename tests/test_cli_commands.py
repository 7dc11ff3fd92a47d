"""The commands besides `check`, and what a start costs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from kerasfix import registry
from kerasfix.cli import main


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def test_show_files_and_settings() -> None:
    for name in ("b.py", "a.py"):
        Path(name).touch()
    Path("kerasfix.toml").write_text('select = ["KF203"]\n')
    assert run("check", "--show-files").stdout == f"{Path('a.py').absolute()}\n{Path('b.py').absolute()}\n"
    shown = run("check", "--show-settings").stdout
    assert f"Settings for {Path('a.py').absolute()}\n" in shown
    assert f"file = {Path('kerasfix.toml').absolute()}\n" in shown
    assert "rules = KF203\n" in shown


def test_rule_on_a_terminal() -> None:
    text = run("rule", "KF203", "--color", "always").stdout
    assert text.startswith("\x1b[1m\x1b[4mmissing-flatten (KF203)\x1b[0m\n")
    assert "\x1b[36m    import keras\x1b[0m\n" in text
    assert "```" not in text
    assert "\x1b" not in run("rule", "KF203").stdout


def test_help_names_every_option_once() -> None:
    from kerasfix.cli.check import check

    text = run("check", "--help").stdout
    assert [line for line in text.splitlines() if line.endswith(":") and line[0] != " "][:2] == [
        "Options:",
        "Rule selection:",
    ]
    for param in check.params:
        if isinstance(param, click.Option):
            assert len(re.findall(rf"^  (?:-\w, )?{param.opts[-1]}\b(?!-)", text, re.MULTILINE)) == 1, (
                param.opts
            )


def test_config_lists_and_explains_the_keys() -> None:
    names = run("config").stdout.split()
    assert {"select", "extend", "baseline", "per-file-ignores"} <= set(names)
    assert run("config", "unsafe-fixes").stdout == (
        "Whether `--fix` also applies fixes that may change what the program does.\n\n"
        "Default value: false\nType: true or false\nExample usage:\n```toml\nunsafe-fixes = true\n```\n"
    )
    assert list(json.loads(run("config", "--output-format", "json").stdout)) == names
    one = json.loads(run("config", "select", "--output-format", "json").stdout)
    assert set(one) == {"doc", "default", "value_type", "example"}
    result = run("config", "selct")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: there is no key `selct`; did you mean `select`?")


def test_silent_says_it_by_the_exit_status() -> None:
    Path("a.py").write_text("import keras\nkeras.layers.Dens(1)\n")
    result = run("check", "--silent")
    assert (result.output, result.exit_code) == ("", 1)


def test_version() -> None:
    assert run("version").stdout == "kerasfix 0.1.0\n"
    assert run("--version").stdout.endswith(" 0.1.0\n")


def test_unknown_rule() -> None:
    result = run("rule", "missing-flaten")
    assert result.exit_code == 2
    assert "No rule is called `missing-flaten`. Did you mean `missing-flatten`" in result.stderr
    assert run("rule").exit_code == 2
    assert run("rule", "KF203", "--all").exit_code == 2


def test_rule() -> None:
    for key in ("KF001", "kf001", "invalid-syntax"):
        text = run("rule", key).stdout
        assert text.startswith("# invalid-syntax (KF001)\n\nLevel: error.")
        assert "## Example\n\n```python\n" in text
        assert "# <-" not in text
    (first, *_) = found = json.loads(run("rule", "--all", "--output-format", "json").stdout)
    assert [rule["code"] for rule in found] == [rule.code for rule in registry.all_rules()]
    assert first["code"] == "KF001"
    assert first["examples"][0]["findings"][0]["code"] == "KF001"
    assert json.loads(run("rule", "KF001", "--output-format", "json").stdout) == first


# Start-up

HEAVY = (
    "libcst",
    "rich",
    "numpy",
    "tensorflow",
    "json",
    "difflib",
    "asyncio",
    "pathspec",
    "tomllib",
    "kerasfix.rules",
)


def test_a_run_without_keras_loads_nothing_heavy() -> None:
    Path("a.py").write_text("print(1)\n")
    code = (
        "import sys\nfrom kerasfix.cli import main\n"
        "try:\n    main(['check', '--fix', '.'])\n"
        "finally:\n    print([name for name in %r if name in sys.modules])"
    )
    root = Path(registry.__file__).parent.parent
    result = subprocess.run(
        [sys.executable, "-c", code % (HEAVY,)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert result.stdout.splitlines() == ["All checks passed!", "[]"]
