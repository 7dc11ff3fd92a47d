"""Configuration files and rule selection."""

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from kerasfix import registry
from kerasfix.cli import main
from kerasfix.config import ConfigError, Resolver, Selection
from kerasfix.config.file import load, validate
from kerasfix.config.keys import KEYS, Kind
from kerasfix.finding import Severity
from kerasfix.rule import Rule

RULES = (
    Rule("kerasfix.rules.missing_import", "KF101", Severity.ERROR),
    Rule("kerasfix.rules.input_rank", "KF201", Severity.ERROR),
    Rule("kerasfix.rules.missing_flatten", "KF203", Severity.ERROR),
    Rule("kerasfix.rules.changed_default", "KF609", Severity.WARNING, default=False),
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "all_rules", lambda: RULES)
    return tmp_path


def codes(*layers: Selection) -> list[str]:
    from kerasfix.config import Settings

    return [rule.code for rule in Settings(Path.cwd(), selections=layers).rules]


def test_default_selection_leaves_out_what_is_off() -> None:
    assert codes() == ["KF101", "KF201", "KF203"]
    assert codes(Selection(("KF",))) == ["KF101", "KF201", "KF203"]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([Selection(("ALL",))], ["KF101", "KF201", "KF203", "KF609"]),
        ([Selection(("KF6",))], ["KF609"]),
        ([Selection(("changed-default",))], ["KF609"]),
        ([Selection(extend_select=("KF609",))], ["KF101", "KF201", "KF203", "KF609"]),
        ([Selection(("KF2",), ignore=("KF203",))], ["KF201"]),
        ([Selection(("KF203",), ignore=("KF2",))], ["KF203"]),
        ([Selection(("KF203",), ignore=("missing-flatten",))], []),
        ([Selection(ignore=("ALL",))], []),
        ([Selection(())], []),
        ([Selection(ignore=("KF203",)), Selection(extend_select=("KF203",))], ["KF101", "KF201", "KF203"]),
        ([Selection(("KF2",), ignore=("KF203",)), Selection(("KF2",))], ["KF201", "KF203"]),
        ([Selection(("KF2",)), Selection(ignore=("KF201",))], ["KF203"]),
    ],
)
def test_selection(layers: list[Selection], expected: list[str]) -> None:
    assert codes(*layers) == expected


def settings(text: str, name: str = "kerasfix.toml") -> Path:
    Path(name).write_text(text)
    return Path(name).absolute()


def test_every_key_is_read() -> None:
    file = settings(
        'select = ["KF2"]\nignore = ["KF201"]\nextend-select = ["KF101"]\nfixable = ["KF1"]\n'
        'unfixable = ["KF203"]\nextend-safe-fixes = ["KF203"]\nextend-unsafe-fixes = ["missing-import"]\n'
        'unsafe-fixes = true\nexclude = ["a"]\nextend-exclude = ["b"]\ninclude = ["*.py", "*.md"]\n'
        'output-format = "concise"\nrequired-version = ">=0.1,<99"\n[per-file-ignores]\n"tests/*" = ["KF1"]\n'
    )
    found = load(file, file.parent)
    assert [rule.code for rule in found.rules] == ["KF101", "KF203"]
    assert [rule.code for rule in found.rules_for(file.parent / "tests" / "a.py")] == ["KF203"]
    assert found.unfixable_codes == {"KF201", "KF203", "KF609"}
    assert found.safe_codes == {"KF203"}
    assert found.unsafe_codes == {"KF101"}
    assert found.unsafe_fixes
    assert [patterns.lines for patterns in (found.exclude, *found.extend_exclude)] == [("a",), ("b",)]
    assert (found.include.lines, found.output_format) == (("*.py", "*.md"), "concise")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unsafe-fixes = true\nselct = []\n", ":2: unknown key `selct`; did you mean `select`?"),
        ("zzz = 1\n", ":1: unknown key `zzz`. Known keys: baseline, docs-url,"),
        ("unsafe_fixes = true\n", ":1: unknown key `unsafe_fixes`; did you mean `unsafe-fixes`?"),
        ('\nselect = "KF2"\n', ":2: `select` must be a list of rule selectors, not 'KF2'."),
        ("select = [1]\n", ":1: `select` must be a list of rule selectors, not [1]."),
        ('unsafe-fixes = "yes"\n', ":1: `unsafe-fixes` must be true or false, not 'yes'."),
        ("per-file-ignores = []\n", ":1: `per-file-ignores` must be a table of lists of strings, not []."),
        ('select = ["KF9"]\n', ":1: unknown rule selector `KF9` in `select`"),
        ('ignore = ["missing-flaten"]\n', "`ignore`; did you mean `missing-flatten`?"),
        ('[per-file-ignores]\n"a.py" = ["KF9"]\n', ":2: unknown rule selector `KF9` in `per-file-ignores`"),
        ('output-format = "jsn"\n', ":1: unknown output format `jsn`; did you mean `json`?"),
        ('required-version = ">=99"\n', ":1: this project requires kerasfix >=99, but this is 0.1.0."),
        ('required-version = "new"\n', ":1: `required-version` must be like `>=0.1,<1`, not 'new'."),
        ("select = [\n", "not valid TOML"),
    ],
)
def test_bad_configuration_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(settings(text), Path.cwd())
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(Path("kerasfix.toml").absolute()))


def test_line_of_a_key_in_pyproject_is_that_of_the_own_table() -> None:
    file = settings("[tool.other]\nfoo = 1\n\n[tool.kerasfix]\n# foo\nfoo = 1\n", "pyproject.toml")
    with pytest.raises(ConfigError, match=r"pyproject\.toml:6: unknown key `foo`"):
        load(file, file.parent)


def test_closest_file_wins_and_nothing_is_merged(project: Path) -> None:
    settings('select = ["KF1"]\nunsafe-fixes = true\n')
    (project / "sub" / "deep").mkdir(parents=True)
    settings('[tool.kerasfix]\nselect = ["KF2"]\n', "sub/pyproject.toml")
    resolver = Resolver()
    assert [rule.code for rule in resolver.settings(project).rules] == ["KF101"]
    deep = resolver.settings(project / "sub" / "deep")
    assert [rule.code for rule in deep.rules] == ["KF201", "KF203"]
    assert not deep.unsafe_fixes
    assert deep.root == project / "sub"


def test_pyproject_without_the_table_is_skipped(project: Path) -> None:
    settings('select = ["KF1"]\n')
    (project / "sub").mkdir()
    settings('[project]\nname = "kerasfix-user"\n', "sub/pyproject.toml")
    assert [rule.code for rule in Resolver().settings(project / "sub").rules] == ["KF101"]


def test_dotfile_wins_over_the_others(project: Path) -> None:
    for name, selected in ((".kerasfix.toml", "KF101"), ("kerasfix.toml", "KF201")):
        settings(f'select = ["{selected}"]\n', name)
    settings('[tool.kerasfix]\nselect = ["KF203"]\n', "pyproject.toml")
    assert [rule.code for rule in Resolver().settings(project).rules] == ["KF101"]


def test_isolated_and_config_replace_the_search(project: Path) -> None:
    settings('select = ["KF1"]\n')
    other = settings('select = ["KF201"]\n', "other.toml")
    assert len(Resolver(isolated=True).settings(project).rules) == 3
    assert [rule.code for rule in Resolver(config=other).settings(project).rules] == ["KF201"]


def test_command_line_wins(project: Path) -> None:
    settings('select = ["KF1"]\nunsafe-fixes = true\n')
    found = Resolver(({"unsafe-fixes": True}, {"unsafe-fixes": False, "select": ["KF203"]})).settings(project)
    assert [rule.code for rule in found.rules] == ["KF203"]
    assert not found.unsafe_fixes


def test_extend_builds_on_another_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "sub").mkdir()
    settings(
        'select = ["KF2"]\nignore = ["KF201"]\nunsafe-fixes = true\noutput-format = "json"\n'
        'extend-exclude = ["old.py"]\nextend-safe-fixes = ["KF101"]\n[per-file-ignores]\n"a.py" = ["KF203"]\n'
    )
    monkeypatch.setenv("UP", "..")
    settings(
        '[tool.kerasfix]\nextend = "$UP/kerasfix.toml"\nextend-select = ["KF101"]\noutput-format = "concise"\n'
        'extend-exclude = ["new.py"]\nextend-safe-fixes = ["KF203"]\n'
        '[tool.kerasfix.extend-per-file-ignores]\n"b.py" = ["KF101"]\n',
        "sub/pyproject.toml",
    )
    sub = project / "sub"
    found = Resolver().settings(sub)
    assert (found.root, found.file) == (sub, sub / "pyproject.toml")
    assert [rule.code for rule in found.rules] == ["KF101", "KF203"]
    assert (found.unsafe_fixes, found.output_format) == (True, "concise")
    assert found.safe_codes == {"KF101", "KF203"}
    assert all(map(found.excludes, (sub / "old.py", project / "old.py", sub / "new.py")))
    assert [rule.code for rule in found.rules_for(project / "a.py")] == ["KF101"]
    assert [rule.code for rule in found.rules_for(sub / "b.py")] == ["KF203"]
    settings('extend = "../kerasfix.toml"\nselect = ["KF101"]\n', "sub/.kerasfix.toml")
    assert [rule.code for rule in Resolver().settings(sub).rules] == ["KF101"]


def test_extend_that_leads_nowhere() -> None:
    file = settings('extend = "none.toml"\n')
    with pytest.raises(ConfigError, match=r"kerasfix\.toml:1: there is no file .*none\.toml to extend"):
        load(file, file.parent)
    file = settings('extend = "other.toml"\n')
    settings('select = []\nextend = "kerasfix.toml"\n', "other.toml")
    with pytest.raises(ConfigError, match=r"other\.toml:2: .*kerasfix\.toml extends itself"):
        load(file, file.parent)


def test_per_file_ignores_of_all_other_files(project: Path) -> None:
    settings('[per-file-ignores]\n"!src/**" = ["KF1"]\n')
    found = Resolver().settings(project)
    assert [rule.code for rule in found.rules_for(project / "a.py")] == ["KF201", "KF203"]
    assert [rule.code for rule in found.rules_for(project / "src" / "x" / "a.py")] == [
        "KF101",
        "KF201",
        "KF203",
    ]


def shown(*arguments: str) -> dict[str, str]:
    Path("a.py").touch()
    done = CliRunner().invoke(main, ["check", "--show-settings", *arguments])
    assert done.exit_code == 0, done.output
    return dict(line.split(" = ", 1) for line in done.stdout.splitlines()[1:])


def test_settings_from_the_command_line() -> None:
    settings('select = ["KF1"]\noutput-format = "json"\n')
    assert shown()["rules"] == "KF101"
    assert shown("--config", 'select = ["KF2"]')["rules"] == "KF201 KF203"
    assert shown("--config", 'select = ["KF2"]', "--ignore", "KF201")["rules"] == "KF203"
    assert shown("--config", "unsafe-fixes=true", "--config", 'output-format = "pylint"') | {
        "file": ""
    } == shown("--unsafe-fixes", "--output-format", "pylint") | {"file": ""}
    assert shown("--isolated", "--config", 'select = ["KF609"]')["rules"] == "KF609"
    settings('select = ["KF203"]\n', "other.toml")
    assert shown("--config", "other.toml", "--config", 'extend-select = ["KF101"]')["rules"] == "KF101 KF203"
    assert shown("--per-file-ignores", "a.py:KF1,b.py:KF2", "--isolated")["rules"] == "KF201 KF203"
    assert shown("--unfixable", "KF1,KF2")["unfixable"] == "KF1 KF2"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--config", "no.toml"], "there is no file 'no.toml'; a setting is written `KEY=VALUE`"),
        (["--config", "selct = []"], "--config 'selct = []': unknown key `selct`; did you mean `select`?"),
        (["--config", "output-format=json"], "this is neither a configuration file nor a setting"),
        (["--config", "unsafe-fixes=1"], "`unsafe-fixes` must be true or false, not 1"),
        (["--config", 'extend="x.toml"'], "`extend` belongs in a configuration file"),
        (["--per-file-ignores", "a.py"], "'a.py' is not like `examples/*:KF501,old.py:KF6`"),
        (["--per-file-ignores", "a.py:KF9"], "unknown rule selector `KF9` in `--per-file-ignores`"),
    ],
)
def test_wrong_settings_on_the_command_line(arguments: list[str], words: str) -> None:
    done = CliRunner().invoke(main, ["check", *arguments])
    assert done.exit_code == 2
    assert words in re.sub(r"\s+", " ", done.stderr)


def test_every_key_explains_itself() -> None:
    for name, key in KEYS.items():
        data = tomllib.loads(key.example)
        assert list(data) == [name]
        if key.kind not in (Kind.SELECTORS, Kind.PER_FILE):  # this module has four rules only
            validate(data, lambda _: "")
        if key.default[0] in '["{':
            assert key.kind.allows(tomllib.loads(f"x = {key.default}")["x"])


def test_rules_of_installed_packages_are_found(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry._plugins() == []
    (project / "their_rule.py").write_text(
        "from kerasfix.finding import Severity\nfrom kerasfix.rule import Rule\n"
        'rule = Rule(__name__, "ACME1", Severity.ERROR)\n'
    )
    info = project / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[kerasfix.rules]\ntheirs = their_rule\n")
    monkeypatch.syspath_prepend(str(project))
    assert [(rule.code, rule.name) for rule in registry._plugins()] == [("ACME1", "their-rule")]
