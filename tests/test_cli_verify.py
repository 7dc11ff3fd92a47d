"""`check --fix --verify` and `kerasfix verify`: what is written and said for which verdict."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import pytest
from click.testing import CliRunner, Result

from kerasfix import linter, registry
from kerasfix.cli import main
from kerasfix.finding import Edit, Finding, Fix, Severity
from kerasfix.fixing import FixResult
from kerasfix.report import plain
from kerasfix.report.verdict import repaired
from kerasfix.rule import Rule
from kerasfix.search import Attempt, Choice, Outcome
from kerasfix.source import Source
from kerasfix.verify import CannotVerify, Error, Fit, Model, Options, Verdict, Verifier

RULE = Rule("kerasfix.rules.missing_flatten", "KF203", Severity.ERROR)
GRADIENTS: dict[str, list[str]] = {"none": [], "zero": [], "nonfinite": []}
MODEL = Model("model", 3, True, (None, 10), 101770)
FIT = Fit(5, 2.3026, True, GRADIENTS, True)


def verdict(
    error: Error | None = None, assumed: tuple[str, ...] = (), fits: tuple[Fit, ...] = (FIT,)
) -> Verdict:
    return Verdict(
        filename="a.py",
        status="failed" if error else "passed",
        assumed=assumed,
        stubs=("keras.datasets.mnist",),
        error=error,
        models=(MODEL,),
        fits=() if error else fits,
        device="cpu",
        isolation="landlock + seccomp",
        seconds=1.25,
    )


GOOD = verdict()
BAD = verdict(Error("ValueError", 7, "Shapes (32, 1) and (32, 10) are incompatible"))


class FakeVerifier:
    """Says of a text what `answer` says; keeps the texts it was given."""

    answer: Callable[[str], Verdict]
    seen: list[str]

    def __init__(self, options: Options) -> None:
        self.options = options

    def __enter__(self) -> "FakeVerifier":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        pass

    def verify(
        self,
        text: str,
        filename: str,
        assumed: tuple[str, ...] = (),
        cpu: float | None = None,
        predictions: bool = False,
    ) -> Verdict:
        FakeVerifier.seen.append(text)
        return FakeVerifier.answer(text)


def lint(source: Source, _rules: tuple[Rule, ...], _evidence: object = None) -> list[Finding]:
    return [
        RULE.finding(match.span(), "wrong", fixes=(Fix("Write `RIGHT`", (Edit(*match.span(), "RIGHT"),)),))
        for match in re.finditer("WRONG", source.text)
    ] + [RULE.finding(match.span(), "nobody can mend it") for match in re.finditer("NO_FIX", source.text)]


def use(verifier: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kerasfix.verify.Verifier", verifier)
    monkeypatch.setattr("kerasfix.commands.verify.Verifier", verifier)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(linter, "lint", lint)
    monkeypatch.setattr(registry, "all_rules", lambda: (RULE,))
    use(FakeVerifier, monkeypatch)
    FakeVerifier.seen = []
    Path("a.py").write_text("import keras\nWRONG\n")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def answers(before: Verdict, after: Verdict) -> None:
    FakeVerifier.answer = staticmethod(lambda text: after if "RIGHT" in text else before)


def fixed() -> bool:
    return Path("a.py").read_text() == "import keras\nRIGHT\n"


def test_better_is_written() -> None:
    answers(BAD, GOOD)
    result = run("check", "--fix", "--verify", "a.py")
    assert fixed()
    assert result.exit_code == 0
    assert result.stdout == (
        "a.py: verified\n"
        "  before: line 7: ValueError: Shapes (32, 1) and (32, 10) are incompatible\n"
        "  after: model `model` (line 3): builds, output (None, 10), 101,770 parameters\n"
        "  after: fit (line 5): loss 2.303; every weight gets a gradient; depends on the labels\n"
        "  after: replaced for the run: keras.datasets.mnist\n"
        "\n"
        "Found 1 error (1 fixed, 0 remaining).\n"
    )


def test_equal_is_written_where_the_original_ran() -> None:
    answers(GOOD, GOOD)
    assert run("check", "--fix", "--verify").exit_code == 0
    assert fixed()


@pytest.mark.parametrize(("before", "after"), [(GOOD, BAD), (BAD, BAD)])
def test_anything_else_is_not_written(before: Verdict, after: Verdict) -> None:
    answers(before, after)
    result = run("check", "--fix", "--verify", "--output-format", "concise")
    assert not fixed()
    assert result.exit_code == 1
    assert (
        "a.py:2:1: KF203 [*] wrong\na.py: not written: the fixed script does not run better\n"
        in result.stdout
    )
    assert "  after: line 7: ValueError" in result.stdout
    assert "Found 1 error.\n" in result.stdout


def test_diff_shows_only_what_is_proven() -> None:
    answers(BAD, GOOD)
    result = run("check", "--diff", "--verify")
    assert (not fixed(), result.exit_code) == (True, 1)
    assert "+RIGHT" in result.stdout
    assert "a.py: verified" in result.stderr
    answers(BAD, BAD)
    result = run("check", "--diff", "--verify")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert "not written" in result.stderr


def test_fix_only_says_what_was_not_written() -> None:
    answers(BAD, BAD)
    result = run("check", "--fix-only", "--verify")
    assert result.exit_code == 0
    assert result.stdout.startswith("a.py: not written")
    assert "Fixed" not in result.stdout


def test_verdicts_do_not_spoil_json() -> None:
    answers(BAD, BAD)
    result = run("check", "--fix", "--verify", "--output-format", "json")
    assert len(json.loads(result.stdout)) == 1
    assert "a.py: not written" in result.stderr


def test_what_cannot_be_verified_is_not_written() -> None:
    def cannot(text: str) -> Verdict:
        raise CannotVerify("There is no Keras.")

    FakeVerifier.answer = staticmethod(cannot)
    Path("b.py").write_text("import keras\nWRONG\n")
    result = run("check", "--fix", "--verify", "--python", "nope")
    assert not fixed()
    assert result.exit_code == 2
    assert result.stderr == (
        "error: a.py: fixes are not written, since they cannot be verified: There is no Keras.\n"
    )
    result = run("verify", "a.py", "b.py")
    assert result.exit_code == 2
    assert result.stderr == "error: a.py: cannot be verified: There is no Keras.\n"


def test_clean_files_are_not_run() -> None:
    Path("a.py").write_text("import keras\n")
    answers(BAD, BAD)
    assert run("check", "--fix", "--verify").exit_code == 0
    assert FakeVerifier.seen == []


def test_files_with_findings_that_have_no_fix_are_run_as_they_are() -> None:
    text = "import keras\nNO_FIX\n"
    Path("a.py").write_text(text)
    answers(GOOD, GOOD)
    result = run("check", "--fix", "--verify")
    assert result.exit_code == 1
    assert FakeVerifier.seen == [text]
    assert "a.py: passed" in result.output
    assert Path("a.py").read_text() == text


def test_blocks_of_markdown_are_judged_one_by_one() -> None:
    text = "```python\nkeras; WRONG\n```\n\n```python\nkeras; WRONG; other\n```\n"
    Path("a.md").write_text(text)
    FakeVerifier.answer = staticmethod(lambda text: GOOD if "RIGHT" in text and "other" not in text else BAD)
    result = run("check", "a.md", "--fix", "--verify", "--output-format", "concise")
    assert Path("a.md").read_text() == text.replace("WRONG", "RIGHT", 1)
    assert "a.md:2: verified" in result.stdout
    assert "a.md:6: not written" in result.stdout
    assert result.stdout.startswith("a.md:6:8: KF203 [*] wrong\n")
    assert FakeVerifier.seen[-1] == "\n" * 5 + "keras; RIGHT; other\n"


def test_verify_command() -> None:
    FakeVerifier.answer = staticmethod(lambda _text: GOOD)
    result = run("verify", "a.py")
    assert (result.stdout.splitlines()[0], result.exit_code) == ("a.py: passed in 1.2 s on cpu", 0)
    assert json.loads(run("verify", "a.py", "--output-format", "json").stdout) == GOOD.to_json()
    Path("b.py").write_text("print(1)")
    several = json.loads(run("verify", "a.py", "b.py", "--output-format", "json").stdout)
    assert several == [GOOD.to_json()] * 2
    assert json.loads(run("verify", ".", "--output-format", "json").stdout) == [GOOD.to_json()]


def test_verify_command_that_fails() -> None:
    FakeVerifier.answer = staticmethod(lambda _text: BAD)
    result = run("verify", "a.py")
    assert result.exit_code == 1
    assert "a.py: failed in 1.2 s on cpu\n  line 7: ValueError: Shapes" in result.stdout
    result = run("verify", "nope.py", "a.py")
    assert result.exit_code == 2
    assert result.stderr == "error: nope.py: no such file or folder\n"
    assert "a.py: failed" in result.stdout


def test_verify_never_says_more_than_was_seen() -> None:
    fit = Fit(5, 0.5, True, {"none": ["dense/bias"], "zero": [], "nonfinite": []}, False)
    FakeVerifier.answer = staticmethod(lambda _text: verdict(assumed=("x_train",), fits=(fit,)))
    text = run("verify", "a.py").stdout
    assert "  fit (line 5): loss 0.5; no gradient for dense/bias; does not depend on the labels\n" in text
    assert "  made-up data stood in for `x_train`, which is not there" in text
    assert "not that the script works" in text


def test_made_up_data_may_be_what_failed() -> None:
    error = Error("ValueError", 7, "Expected shape (None, 11), but input has incompatible shape (8, 516)")
    FakeVerifier.answer = staticmethod(lambda _text: verdict(error, assumed=("data.csv",)))
    assert (
        "  made-up data stood in for `data.csv`, which is not there: what has failed may be due to it\n"
        in run("verify", "a.py").stdout
    )
    error = Error(
        "ValueError", 7, "expected a positive integer. Received: units=<assumed wandb.config.units>"
    )
    FakeVerifier.answer = staticmethod(lambda _text: verdict(error))
    assert (
        "a stand-in for a module that is not installed, so the script may be right"
        in run("verify", "a.py").stdout
    )


def test_a_long_search_is_told_in_short() -> None:
    attempts = [
        Attempt((Choice("KF203", f"Do {number}", "WRONG"),), replace(BAD, models=(MODEL,) * (number == 8)))
        for number in range(1, 10)
    ]
    outcome = Outcome(BAD, FixResult("", [], Counter()), attempts[7], attempts)
    lines = list(repaired("a.py", outcome, plain))
    told = [line.strip().partition(":")[0] for line in lines if re.match("  (tried|written|and)", line)]
    assert told == [
        *(f"tried ({number})" for number in range(1, 6)),
        "written (8)",
        "and 3 more, none of which ran better",
    ]


def test_one_reason_is_told_once_and_the_others_are_verified() -> None:
    def some(text: str) -> Verdict:
        if "torch" in text:
            raise CannotVerify("There is no PyTorch.")
        return GOOD

    FakeVerifier.answer = staticmethod(some)
    for name, text in (("b.py", "torch"), ("c.py", ""), ("d.py", "torch")):
        Path(name).write_text(f"import keras\n{text}\n")
    for jobs in ("1", "3"):
        result = run("verify", ".", "--jobs", jobs)
        assert [line for line in result.stdout.splitlines() if "passed" in line] == [
            "a.py: passed in 1.2 s on cpu",
            "c.py: passed in 1.2 s on cpu",
        ]
        assert result.stderr == "error: b.py: cannot be verified: There is no PyTorch.\n"
        assert result.exit_code == 2


@pytest.mark.parametrize("command", [["check", "--fix", "--verify"], ["report", "--verify"]])
def test_several_files_are_proven_at_a_time(command: list[str]) -> None:
    """In their order, whichever ends first."""
    answers(BAD, GOOD)
    for number in range(9):
        Path(f"b{number}.py").write_text(f"import keras\nWRONG\n{number}\n")
    one = run(*command, "--jobs", "1", "--diff" if command[0] == "check" else "--no-cache")
    page = Path("report.html").read_text() if command[0] == "report" else ""
    several = run(*command, "--jobs", "4", "--diff" if command[0] == "check" else "--no-cache")
    assert (several.stdout, several.stderr) == (one.stdout, one.stderr)
    assert not page or (page.count("verified") >= 10 and Path("report.html").read_text() == page)


def test_verify_json_is_one_array_even_where_something_went_wrong() -> None:
    FakeVerifier.answer = staticmethod(lambda _text: GOOD)
    result = run("verify", "nope.py", "--output-format", "json")
    assert (json.loads(result.stdout), result.exit_code) == ([], 2)


SCRIPT = """\
import keras

(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(WRONG)])
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x / 255.0, y)
"""


@pytest.mark.keras
def test_a_real_run_proves_a_fix_and_refuses_another(monkeypatch: pytest.MonkeyPatch) -> None:
    use(Verifier, monkeypatch)
    Path("a.py").write_text(SCRIPT)  # `WRONG` is no name, nor is `RIGHT`, unless it is bound
    Path("b.py").write_text("RIGHT = 10\n" + SCRIPT)
    result = run("check", "--fix", "--verify", "--output-format", "concise")
    assert Path("a.py").read_text() == SCRIPT
    assert "a.py: not written: the fixed script does not run better\n" in result.stdout
    assert "NameError: name 'RIGHT' is not defined" in result.stdout
    assert Path("b.py").read_text() == "RIGHT = 10\n" + SCRIPT.replace("WRONG", "RIGHT")
    assert "b.py: verified\n  before: line 5: NameError: name 'WRONG' is not defined" in result.stdout
    assert "output (None, 10), 7,850 parameters" in result.stdout
    assert result.exit_code == 1
