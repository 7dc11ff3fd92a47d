"""`kerasfix check`, with a linter that finds fault with certain words."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kerasfix import linter, registry, report
from kerasfix.cli import main
from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.rule import Rule
from kerasfix.source import Source

# The word that is wrong: the code and name of its rule, what the fix writes, how safe that is.
WORDS = {
    "WRONG": ("KF203", "missing-flatten", "RIGHT", Applicability.SAFE),
    "RISKY": ("KF304", "label-encoding-mismatch", "TRIED", Applicability.UNSAFE),
    "NOFIX": ("KF101", "missing-import", None, None),
    "PING": ("KF701", "double-activation", "PONG", Applicability.SAFE),
    "PONG": ("KF702", "linear-stack", "PING", Applicability.SAFE),
    "EURO": ("KF607", "file-suffix", "€", Applicability.SAFE),
}
RULES = tuple(
    Rule(f"kerasfix.rules.{name.replace('-', '_')}", code, Severity.ERROR)
    for code, name, _, _ in sorted(WORDS.values())
)


def lint(source: Source, rules: tuple[Rule, ...]) -> list[Finding]:
    codes = {rule.code for rule in rules}
    if "CRASH" in source.text:
        raise RuntimeError("boom")
    return [
        finding
        for match in re.finditer("|".join(WORDS), source.text)
        if (finding := _finding(match)).code in codes
    ]


def _finding(match: re.Match[str]) -> Finding:
    code, name, new, how = WORDS[match[0]]
    fixes = (Fix(f"Write `{new}`", (Edit(match.start(), match.end(), new),), how),) if new and how else ()
    return Finding(code, name, f"`{match[0]}` is wrong", match.start(), match.end(), Severity.ERROR, fixes)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(linter, "lint", lint)
    monkeypatch.setattr(registry, "all_rules", lambda: RULES)
    for variable in ("NO_COLOR", "FORCE_COLOR", "KERASFIX_OUTPUT_FORMAT", "KERASFIX_OUTPUT_FILE"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"import keras\n{text}".encode())
    return path


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    result = CliRunner().invoke(main, list(arguments), input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def check(*arguments: str, stdin: bytes | None = None) -> Result:
    return run("check", *arguments, stdin=stdin)


# What is printed, and the exit status


def test_clean() -> None:
    write("a.py", "fine\n")
    result = check()
    assert (result.stdout, result.stderr, result.exit_code) == ("All checks passed!\n", "", 0)
    assert check("-q").output == ""


def test_findings() -> None:
    write("b.py", "WRONG\n")
    write("a.py", "RISKY; NOFIX\nx = WRONG\n")
    result = check("--output-format", "concise")
    assert result.stdout == (
        "a.py:2:1: KF304 `RISKY` is wrong\n"
        "a.py:2:8: KF101 `NOFIX` is wrong\n"
        "a.py:3:5: KF203 [*] `WRONG` is wrong\n"
        "b.py:2:1: KF203 [*] `WRONG` is wrong\n"
        "Found 4 errors.\n"
        "[*] 2 fixable with `--fix` (1 unsafe fix available with `--fix --unsafe-fixes`).\n"
    )
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("text", "footer"),
    [
        ("NOFIX", ["Found 1 error."]),
        ("WRONG", ["Found 1 error.", "[*] 1 fixable with `--fix`."]),
        ("RISKY RISKY", ["Found 2 errors.", "2 unsafe fixes available with `--fix --unsafe-fixes`."]),
    ],
)
def test_footer(text: str, footer: list[str]) -> None:
    write("a.py", text)
    assert check("--output-format", "concise").stdout.splitlines()[-len(footer) :] == footer


def test_full_is_the_default() -> None:
    write("a.py", "x = WRONG\n")
    assert check("a.py").stdout == (
        "KF203 [*] `WRONG` is wrong\n --> a.py:2:5\n  |\n"
        "1 | import keras\n2 | x = WRONG\n  |     ^^^^^\n  |\n"
        "help: Write `RIGHT`\n  |\n1 | import keras\n2 - x = WRONG\n2 + x = RIGHT\n  |\n\n"
        "Found 1 error.\n[*] 1 fixable with `--fix`.\n"
    )


def test_unsafe_fixes_mark_what_would_be_applied() -> None:
    write("a.py", "RISKY")
    result = check("--unsafe-fixes", "--output-format", "concise")
    assert "KF304 [*]" in result.stdout
    assert "[*] 1 fixable with `--fix`." in result.stdout


def test_quiet_prints_findings_only() -> None:
    write("a.py", "NOFIX")
    assert check("-q", "--output-format", "concise").output == "a.py:2:1: KF101 `NOFIX` is wrong\n"


def test_json() -> None:
    write("a.py", "WRONG")
    result = check("--output-format", "json")
    (found,) = json.loads(result.stdout)
    assert found["filename"] == str(Path("a.py").absolute())
    assert found["location"] == {"row": 2, "column": 1}
    assert result.exit_code == 1
    write("a.py", "fine")
    result = check("--output-format", "json")
    assert (json.loads(result.stdout), result.exit_code) == ([], 0)


def test_github() -> None:
    write("a.py", "NOFIX")
    assert check("--output-format", "github").stdout.startswith("::error title=kerasfix (KF101),file=/")


def test_output_format_of_environment_and_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py", "NOFIX")
    Path("kerasfix.toml").write_text('output-format = "concise"\n')
    assert check().stdout.startswith("a.py:2:1:")
    monkeypatch.setenv("KERASFIX_OUTPUT_FORMAT", "json")
    assert check().stdout.startswith("[")
    assert check("--output-format", "full").stdout.startswith("KF101")


def test_output_file() -> None:
    write("a.py", "NOFIX")
    Path("report.txt").write_text("old")
    result = check("--output-format", "concise", "-o", "report.txt", "--color", "always")
    assert result.output == ""
    assert Path("report.txt").read_text() == "a.py:2:1: KF101 `NOFIX` is wrong\nFound 1 error.\n"
    result = check("-o", "nowhere/report.txt")
    assert (result.stderr, result.exit_code) == ("error: nowhere/report.txt: No such file or directory\n", 2)


def test_statistics() -> None:
    write("a.py", "NOFIX WRONG WRONG RISKY")
    assert check("--statistics").stdout.splitlines()[:3] == [
        "2\tKF203\t[*] missing-flatten",
        "1\tKF101\t[ ] missing-import",
        "1\tKF304\t[ ] label-encoding-mismatch",
    ]
    counts = json.loads(check("--statistics", "--output-format", "json").stdout)
    assert counts[0] == {"code": "KF203", "name": "missing-flatten", "count": 2, "fixable": 2}


def test_exit_status_options() -> None:
    write("a.py", "WRONG NOFIX")
    assert check("--exit-zero").exit_code == 0
    write("a.py", "WRONG")
    assert check("--fix", "--exit-non-zero-on-fix").exit_code == 1
    write("a.py", "WRONG")
    assert check("--fix").exit_code == 0


def test_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py", "WRONG")
    assert "\x1b[" not in check().output
    assert "\x1b[" in check("--color", "always").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in check().stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in check().output


# Selection, suppression, configuration


def codes(*arguments: str) -> list[str]:
    return [found["code"] for found in json.loads(check("--output-format", "json", *arguments).stdout)]


def test_selection() -> None:
    write("a.py", "NOFIX WRONG RISKY")
    assert codes("--select", "KF2,KF3") == ["KF203", "KF304"]
    assert codes("--select", "KF2", "--select", "missing-import") == ["KF101", "KF203"]
    assert codes("--ignore", "KF203") == ["KF101", "KF304"]
    assert codes("--select", "KF2", "--extend-select", "KF101") == ["KF101", "KF203"]
    Path("kerasfix.toml").write_text('select = ["KF1"]\n[per-file-ignores]\n"b.py" = ["KF101"]\n')
    assert codes() == ["KF101"]
    assert codes("--extend-select", "KF203") == ["KF101", "KF203"]
    assert codes("--select", "KF304") == ["KF304"]
    assert codes("--isolated") == ["KF101", "KF203", "KF304"]
    write("b.py", "NOFIX")
    assert codes() == ["KF101"]


def test_unknown_selector() -> None:
    write("a.py", "")
    result = check("--select", "KF2O3")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "error: unknown rule selector `KF2O3` in `--select`; did you mean `KF203`?"
    )


def test_unknown_key() -> None:
    Path("pyproject.toml").write_text('[tool.kerasfix]\nselct = ["KF2"]\n')
    result = check()
    assert result.exit_code == 2
    assert "pyproject.toml:2: unknown key `selct`; did you mean `select`?" in result.stderr


def test_config_of_a_subfolder_is_used_and_checked() -> None:
    write("sub/a.py", "NOFIX WRONG")
    Path("sub/kerasfix.toml").write_text('select = ["KF2"]\n')
    assert codes() == ["KF203"]
    Path("sub/kerasfix.toml").write_text("no = 1\n")
    result = check()
    assert result.exit_code == 2
    assert "unknown key `no`" in result.stderr


def test_config_file() -> None:
    write("a.py", "NOFIX WRONG")
    Path("other.toml").write_text('select = ["KF2"]\n')
    assert codes("--config", "other.toml") == ["KF203"]
    assert check("--config", "missing.toml").exit_code == 2


def test_suppressions_hold_for_findings_and_fixes() -> None:
    path = write("a.py", "WRONG  # noqa: KF203\nWRONG  # noqa\nWRONG\n")
    assert codes() == ["KF203"]
    assert codes("--ignore-noqa") == ["KF203"] * 3
    check("--fix")
    assert path.read_text() == "import keras\nWRONG  # noqa: KF203\nWRONG  # noqa\nRIGHT\n"


def test_settings_of_fixes() -> None:
    path = write("a.py", "WRONG RISKY")
    Path("kerasfix.toml").write_text('extend-safe-fixes = ["KF304"]\nextend-unsafe-fixes = ["KF203"]\n')
    check("--fix")
    assert path.read_text() == "import keras\nWRONG TRIED"
    Path("kerasfix.toml").write_text('unfixable = ["KF203"]\n')
    found = json.loads(check("--output-format", "json").stdout)
    assert found[0]["fix"] is None
    Path("kerasfix.toml").write_text("unsafe-fixes = true\n")
    write("a.py", "RISKY")
    check("--fix", "--no-unsafe-fixes")
    assert "RISKY" in path.read_text()
    check("--fix")
    assert "TRIED" in path.read_text()


# Fixing


def test_fix_keeps_every_other_byte() -> None:
    path = Path("a.py")
    path.write_bytes(b"\xef\xbb\xbfimport keras\r\nx = WRONG\t# \xe6\x95\xb0\r\n\x0c\r\ny=1")
    result = check("--fix", "--show-fixes")
    assert path.read_bytes() == b"\xef\xbb\xbfimport keras\r\nx = RIGHT\t# \xe6\x95\xb0\r\n\x0c\r\ny=1"
    assert result.stdout == (
        "Fixed 1 error:\n- a.py:\n    1 × KF203 (missing-flatten)\n\nFound 1 error (1 fixed, 0 remaining).\n"
    )
    assert result.exit_code == 0
    assert check("--fix").stdout == "All checks passed!\n"


def test_fix_reports_what_is_left_at_its_new_place() -> None:
    write("a.py", "WRONG RISKY")
    WORDS["WRONG"] = (*WORDS["WRONG"][:2], "RIGHT\n", Applicability.SAFE)
    try:
        result = check("--fix", "--output-format", "concise")
    finally:
        WORDS["WRONG"] = (*WORDS["WRONG"][:2], "RIGHT", Applicability.SAFE)
    assert result.stdout == (
        "a.py:3:2: KF304 `RISKY` is wrong\n"
        "Found 2 errors (1 fixed, 1 remaining).\n"
        "1 unsafe fix available with `--fix --unsafe-fixes`.\n"
    )
    assert result.exit_code == 1


def test_fix_only() -> None:
    path = write("a.py", "WRONG NOFIX")
    result = check("--fix-only")
    assert (result.stdout, result.exit_code) == ("Fixed 1 error.\n", 0)
    assert path.read_text() == "import keras\nRIGHT NOFIX"
    assert check("--fix-only").output == ""


def test_diff() -> None:
    path = write("a.py", "x = WRONG\nNOFIX RISKY")
    before = path.read_bytes()
    result = check("--diff")
    assert result.stdout == (
        "--- a.py\n+++ a.py\n@@ -1,3 +1,3 @@\n import keras\n-x = WRONG\n+x = RIGHT\n NOFIX RISKY\n"
        "\\ No newline at end of file\n"
    )
    assert result.stderr == "Would fix 1 error (1 additional fix available with `--unsafe-fixes`).\n"
    assert result.exit_code == 1
    assert path.read_bytes() == before
    write("a.py", "RISKY")
    result = check("--diff")
    assert result.stderr == "No errors would be fixed (1 fix available with `--unsafe-fixes`).\n"
    assert (result.stdout, result.exit_code) == ("", 0)


def test_diff_is_what_patch_applies() -> None:
    path = Path("a.py")
    path.write_bytes(b"import keras\r\nx\x0c = WRONG\r\n\xe2\x80\xa8y\n\tWRONG\rz")
    Path("d.patch").write_bytes(check("--diff").stdout_bytes)
    subprocess.run(["patch", "-s", "--binary", "-p0", "-i", "d.patch"], check=True)
    assert path.read_bytes() == b"import keras\r\nx\x0c = RIGHT\r\n\xe2\x80\xa8y\n\tRIGHT\rz"


def test_markdown_blocks_are_fixed_in_place() -> None:
    text = (
        "# T\n\n- a\n\n  ```python\n  import keras\n  WRONG\n  ```\n\nWRONG\n\n"
        "```python\nkeras; RISKY WRONG\n```\n"
    )
    path = Path("a.md")
    path.write_text(text)
    result = check("a.md", "--fix", "--output-format", "concise")
    assert path.read_text() == text.replace("  WRONG\n", "  RIGHT\n").replace("RISKY WRONG", "RISKY RIGHT")
    assert result.stdout.startswith("a.md:13:8: KF304 `RISKY` is wrong\n")


def test_fix_through_a_link_writes_the_target() -> None:
    target = write("sub/real.py", "WRONG")
    Path("link.py").symlink_to("sub/real.py")
    assert check("link.py", "--fix").exit_code == 0
    assert Path("link.py").is_symlink()
    assert "RIGHT" in target.read_text()


# stdin


def test_stdin() -> None:
    result = check("-", "--output-format", "concise", stdin=b"import keras\nWRONG")
    assert result.stdout.startswith("-:2:1: KF203 [*]")
    result = check("-", "--stdin-filename", "x/y.py", "--output-format", "concise", stdin=b"keras NOFIX")
    assert result.stdout.startswith("x/y.py:1:7: KF101")
    assert result.exit_code == 1


def test_stdin_fix_prints_the_text_and_reports_on_stderr() -> None:
    result = check("-", "--fix", "--output-format", "concise", stdin=b"keras\r\nWRONG NOFIX")
    assert result.stdout_bytes == b"keras\r\nRIGHT NOFIX"
    assert result.stderr == "-:2:7: KF101 `NOFIX` is wrong\nFound 2 errors (1 fixed, 1 remaining).\n"
    assert result.exit_code == 1
    result = check("-", "--fix", stdin=b"nothing here")
    assert (result.stdout_bytes, result.stderr, result.exit_code) == (
        b"nothing here",
        "All checks passed!\n",
        0,
    )


def test_stdin_diff() -> None:
    result = check("-", "--diff", "--stdin-filename", "a.py", stdin=b"keras WRONG\n")
    assert result.stdout == "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-keras WRONG\n+keras RIGHT\n"
    assert result.exit_code == 1


def test_stdin_gives_back_what_it_cannot_read() -> None:
    result = check("-", "--fix", stdin=b"keras \xff\n")
    assert result.stdout_bytes == b"keras \xff\n"
    assert result.stderr.startswith("error: -: not valid UTF-8")
    assert result.exit_code == 2


def test_stdin_of_an_excluded_name() -> None:
    arguments = ["-", "--fix", "--stdin-filename", "build/a.py"]
    assert check(*arguments, stdin=b"keras WRONG").stdout == "keras RIGHT"
    assert check(*arguments, "--force-exclude", stdin=b"keras WRONG").stdout == "keras WRONG"


# Things that go wrong: one message, the others go on


def test_missing_file() -> None:
    write("a.py", "NOFIX")
    result = check("nope.py", "a.py", "--output-format", "concise")
    assert result.stderr == "error: nope.py: no such file or folder\n"
    assert result.stdout.startswith("a.py:2:1: KF101")
    assert result.exit_code == 2


def test_folder_without_python() -> None:
    Path("empty").mkdir()
    result = check("empty")
    assert result.stderr == "warning: No Python files found under the given path(s)\n"
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"keras = '\xff'", "not valid UTF-8"),
        (b"keras\0", "contains null bytes"),
        (b"# coding: klingon\nkeras", "unknown encoding"),
    ],
)
def test_unreadable_file(data: bytes, message: str) -> None:
    Path("a.py").write_bytes(data)
    write("b.py", "NOFIX")
    result = check("--fix", "--output-format", "concise")
    assert f"error: a.py: {message}" in result.stderr
    assert result.stdout.startswith("b.py:2:1: KF101")
    assert result.exit_code == 2
    assert Path("a.py").read_bytes() == data


def test_empty_file() -> None:
    Path("a.py").write_bytes(b"")
    assert check("--fix").exit_code == 0
    assert Path("a.py").read_bytes() == b""


def test_internal_error_in_one_file() -> None:
    write("a.py", "CRASH")
    write("b.py", "NOFIX")
    result = check("--output-format", "concise")
    assert "error: a.py: internal error in kerasfix 0.1.0: RuntimeError: boom (checker.py:" in result.stderr
    assert "please report it" in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout.startswith("b.py:2:1: KF101")
    assert result.exit_code == 2
    assert "Traceback" in check("-v").stderr


def test_fixes_that_undo_each_other_leave_the_file() -> None:
    path = write("a.py", "PING WRONG")
    result = check("--fix", "--output-format", "concise")
    assert path.read_text() == "import keras\nPING WRONG"
    assert "error: a.py: not fixed: the fixes of KF701" in result.stderr
    assert "a.py:2:1: KF701 [*]" in result.stdout
    assert "Found 2 errors.\n" in result.stdout
    assert result.exit_code == 2


def test_a_character_that_the_encoding_lacks() -> None:
    path = Path("a.py")
    data = b"# coding: latin-1\nkeras = 'EURO \xe9'\n"
    path.write_bytes(data)
    result = check("--fix", "--output-format", "concise")
    assert path.read_bytes() == data
    assert "error: a.py: not fixed: the fixes need the character '€'" in result.stderr
    assert "a.py:2:10: KF607" in result.stdout
    assert result.exit_code == 2


def test_read_only_file_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a.py", "WRONG")
    write("b.py", "WRONG")
    path.chmod(0o444)
    result = check("--fix", "--output-format", "concise")
    assert path.read_text() == "import keras\nWRONG"
    assert result.stderr == "error: a.py: not fixed: the file is read-only\n"
    assert result.stdout == (
        "a.py:2:1: KF203 [*] `WRONG` is wrong\n"
        "Found 2 errors (1 fixed, 1 remaining).\n"
        "[*] 1 fixable with `--fix`.\n"
    )
    assert result.exit_code == 2


def test_file_changed_meanwhile_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a.py", "WRONG")

    def lint_and_change(source: Source, rules: tuple[Rule, ...]) -> list[Finding]:
        path.write_text("somebody's work")
        return lint(source, rules)

    monkeypatch.setattr(linter, "lint", lint_and_change)
    result = check("--fix")
    assert "not fixed: the file was changed by something else meanwhile" in result.stderr
    assert path.read_text() == "somebody's work"
    assert result.exit_code == 2


def test_internal_error_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_arguments: object) -> str:
        raise RuntimeError("boom")

    write("a.py", "NOFIX")
    monkeypatch.setattr(report, "render", crash)
    result = check()
    assert result.exit_code == 2
    assert result.stderr.startswith("error: internal error in kerasfix 0.1.0: please report")
    assert "RuntimeError: boom" in result.stderr


def test_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object) -> list[Finding]:
        raise KeyboardInterrupt

    write("a.py", "NOFIX")
    monkeypatch.setattr(linter, "lint", interrupt)
    assert check().exit_code == 130


def test_usage_errors() -> None:
    write("a.py", "")
    assert check("-", "a.py").exit_code == 2
    result = check("--verify", "a.py")
    assert result.exit_code == 2
    assert "use it with --fix or --diff" in result.stderr
    assert check("--output-format", "xml").exit_code == 2


def test_names_with_terminal_escapes_are_not_echoed() -> None:
    write("a\x1b[31m.py", "NOFIX")
    assert "\x1b" not in check("--output-format", "concise").output
    assert "\x1b" not in check("\x1b[31mnope.py").output
