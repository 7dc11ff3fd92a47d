"""The main job: the article's scripts are checked, repaired, and the repairs proven by training."""

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from kerasfix.cli import main
from kerasfix.finding import Applicability, Finding, Fix
from kerasfix.fixing import fix_source
from kerasfix.linter import lint
from kerasfix.registry import default_rules
from kerasfix.source import Source, open_document

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures" / "article"
ARTICLE = ROOT.parent / "shared" / "article"
needs_article = pytest.mark.skipif(not ARTICLE.is_dir(), reason="../shared/article is not here")

IMPORT, UNKNOWN_NAME, NO_DATA, RANK, FLATTEN, SHAPE = "KF101", "KF102", "KF104", "KF201", "KF203", "KF204"
ASSIGNED, STRING, LABELS, NUMPY, IGNORES, TUPLE = "KF301", "KF302", "KF317", "KF401", "KF402", "KF506"

# What is wrong with each script: all of it, found in one run.
FAULTS = {
    "1_no_data": {NO_DATA: 4},
    "2_cnn_without_flatten": {RANK: 1, IMPORT: 1, FLATTEN: 1},
    "3_missing_imports": {IMPORT: 6},
    "4_no_such_dataset": {UNKNOWN_NAME: 1, TUPLE: 1, IMPORT: 1, LABELS: 1},
    "5_numpy_loss": {IMPORT: 2, NUMPY: 2, IGNORES: 1, SHAPE: 1},
    "6_compile_assigned": {IMPORT: 2, NUMPY: 1, IGNORES: 1, SHAPE: 1, ASSIGNED: 1, STRING: 1},
    "7_two_models": {
        IMPORT: 4, NUMPY: 2, IGNORES: 2, SHAPE: 1, RANK: 1, FLATTEN: 1, ASSIGNED: 2, STRING: 2,
    },
    "8_tf_keras": {IMPORT: 1, NUMPY: 2, STRING: 2, ASSIGNED: 1, FLATTEN: 1},
    "snippet_1": {NO_DATA: 4},
    "snippet_2": {RANK: 1, IMPORT: 1, FLATTEN: 1},
    "snippet_3": {IMPORT: 4},
    "snippet_4": {UNKNOWN_NAME: 1, TUPLE: 1, IMPORT: 1, LABELS: 1},
    "snippet_5": {IMPORT: 2, NUMPY: 1, IGNORES: 1, SHAPE: 1},
    "snippet_6": {IMPORT: 2, NUMPY: 1, IGNORES: 1, SHAPE: 1, ASSIGNED: 1, STRING: 1},
    "snippet_7": {IMPORT: 4, NUMPY: 2, IGNORES: 2, SHAPE: 1, RANK: 1, FLATTEN: 1, ASSIGNED: 2, STRING: 2},
    "snippet_8": {IMPORT: 4, NUMPY: 2, IGNORES: 2, SHAPE: 1, RANK: 1, FLATTEN: 1, ASSIGNED: 2, STRING: 2},
}  # fmt: skip
# What is left after all fixes: nobody but the author can mend it.
LEFT = {NO_DATA, UNKNOWN_NAME, TUPLE, LABELS, IGNORES}

SCRIPTS = [
    *(pytest.param(path, id=path.stem) for path in sorted(FIXTURES.glob("*.py"))),
    *(
        pytest.param(ARTICLE / f"snippet_{number}.py", id=f"article-{number}", marks=needs_article)
        for number in range(1, 9)
    ),
]


def any_fix(finding: Finding) -> Fix | None:
    return finding.fix if finding.fix and finding.fix.applicability is not Applicability.DISPLAY else None


@pytest.mark.parametrize("path", SCRIPTS)
def test_all_faults_are_found_in_one_run(path: Path) -> None:
    (source,) = open_document(path).sources
    assert Counter(finding.code for finding in lint(source, default_rules())) == FAULTS[path.stem]


@pytest.mark.parametrize("path", SCRIPTS)
def test_fixes_leave_only_what_the_author_must_decide(path: Path) -> None:
    (source,) = open_document(path).sources
    result = fix_source(source, default_rules(), any_fix)
    assert result.error is None
    assert {finding.code for finding in result.remaining} == FAULTS[path.stem].keys() & LEFT
    again = fix_source(Source(source.path, result.text), default_rules(), any_fix)
    assert (again.text, again.applied) == (result.text, Counter())


@pytest.mark.parametrize("path", SCRIPTS)
def test_comments_and_untouched_lines_survive(path: Path) -> None:
    (source,) = open_document(path).sources
    fixed = fix_source(source, default_rules(), any_fix).text.splitlines()
    comments = [line for line in source.text.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in fixed if line.lstrip().startswith("#")] == comments
    kept = Counter(fixed) & Counter(source.text.splitlines())
    assert kept.total() >= 0.6 * len(source.text.splitlines())


@pytest.mark.parametrize("name", [path.name for path in sorted((FIXTURES / "fixed").glob("*.py"))])
def test_fixture_is_fixed_as_shown(name: str) -> None:
    (source,) = open_document(FIXTURES / name).sources
    expected = (FIXTURES / "fixed" / name).read_text(encoding="utf-8")
    assert fix_source(source, default_rules(), any_fix).text == expected


@needs_article
def test_the_article_itself_is_checked_block_by_block() -> None:
    (article,) = ARTICLE.glob("*.txt")
    arguments = ["check", "--isolated", "--output-format", "json", "--stdin-filename", "article.md", "-"]
    done = CliRunner().invoke(main, arguments, input=article.read_bytes())
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    lines = article.read_text(encoding="utf-8").splitlines()
    expected: Counter[str] = sum((Counter(FAULTS[f"snippet_{number}"]) for number in range(1, 9)), Counter())
    assert Counter(finding["code"] for finding in found) == expected
    for finding in found:
        start, end = finding["location"], finding["end_location"]
        if finding["code"] == IMPORT:
            name = finding["message"].split("`")[1]
            assert lines[start["row"] - 1][start["column"] - 1 : end["column"] - 1] == name


@pytest.mark.keras
@pytest.mark.parametrize(
    "folder", [FIXTURES, pytest.param(ARTICLE, marks=needs_article)], ids=["own", "article"]
)
def test_repairs_are_proven_by_training(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    runner = CliRunner()
    fixed = runner.invoke(main, ["check", "--isolated", "--fix", "--unsafe-fixes", "--verify", str(tmp_path)])
    assert fixed.exit_code == 1, fixed.output
    scripts = sorted(map(str, tmp_path.glob("*.py")))
    verified = runner.invoke(main, ["verify", "--output-format", "json", *scripts])
    assert verified.exit_code == 1, verified.output
    for verdict in json.loads(verified.stdout):
        faults = FAULTS[Path(verdict["filename"]).stem]
        if UNKNOWN_NAME in faults:  # which dataset was meant, nobody can tell
            assert verdict["status"] == "failed"
            assert verdict["error"]["type"] == "ImportError"
            continue
        assert verdict["status"] == "passed", verdict
        assert bool(verdict["assumed"]) == (NO_DATA in faults)
        assert all(model["built"] for model in verdict["models"])
        assert verdict["fits"]
        for fit in verdict["fits"]:
            assert fit["finite"]
            assert not any(fit["gradients"].values())
            assert fit["depends_on_labels"] is (IGNORES not in faults)
