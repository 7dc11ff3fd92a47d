"""Several runs: the same verdict again, at the same time, from the cache; results before and after a change."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from kerasfix.cli import main
from kerasfix.commands.verify import VerifyRun
from kerasfix.config import Resolver
from kerasfix.console import Console
from kerasfix.verify import Model, Options, Verdict, Verifier
from kerasfix.verify.cache import Cache

Verify = Callable[..., Verdict]

SCRIPT = """\
import keras
import numpy as np
x = np.random.rand(64, 4)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.5),
                          keras.layers.Dense(3, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, np.random.randint(0, 3, 64), epochs=3)
print(np.random.rand(), keras.random.uniform((1,)))
"""


@pytest.mark.keras
def test_the_same_seed_gives_the_same_verdict(verifier: Verifier) -> None:
    one, other = (verifier.verify(SCRIPT, "a.py", predictions=True) for _ in range(2))
    assert one.same_as(other)
    assert 0 < other.cpu_seconds <= 5, "of a small script, when Keras is imported already"
    assert one.same_results(other) is True
    assert one.fits[0].loss == pytest.approx(other.fits[0].loss, rel=1e-5)
    changed = verifier.verify(SCRIPT.replace('"relu"', '"tanh"'), "a.py", predictions=True)
    assert changed.same_results(one) is False
    assert verifier.verify("import keras\n1 / 0", "a.py", predictions=True).same_results(one) is None


def verdict(params: int | None, predictions: tuple[float, ...] | None) -> Verdict:
    model = Model("model", 1, True, [None, 1], params, predictions)
    return Verdict("a.py", "passed", (), (), None, (model,), (), "cpu", "none", 1.0)


def test_results_are_compared_as_far_as_they_are_known() -> None:
    assert verdict(3, (0.5, 1.0)).same_results(verdict(3, (0.5, 1.0 + 1e-9))) is True
    assert verdict(3, (0.5, 1.0)).same_results(verdict(3, (0.5, 1.1))) is False
    assert verdict(3, (0.5,)).same_results(verdict(4, (0.5,))) is False
    assert verdict(3, None).same_results(verdict(3, (0.5,))) is None
    assert verdict(4, None).same_results(verdict(3, None)) is False


@pytest.mark.keras
def test_scripts_run_at_the_same_time(verifier: Verifier) -> None:
    texts = [SCRIPT, "import keras\n1 / 0", SCRIPT.replace("8,", "5,"), "import time\ntime.sleep(1)"]
    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(lambda text: verifier.verify(text, "a.py"), texts))
    assert [found.status for found in verdicts] == ["passed", "failed", "passed", "skipped"]
    assert verdicts[1].error is not None
    assert verdicts[1].error.type == "ZeroDivisionError"
    assert [found.models[0].params for found in verdicts if found.models] == [67, 43]


@pytest.mark.keras
def test_what_was_run_is_not_run_again(tmp_path: Path) -> None:
    options = Options(timeout=60, cache=tmp_path)
    with Verifier(options) as verifier:
        first = verifier.verify(SCRIPT, "a.py")
    with Verifier(options) as verifier:
        second = verifier.verify(SCRIPT, "a.py")
        assert not verifier._servers
    assert second == first
    assert (first.cached, second.cached) == (False, True)
    for path in tmp_path.rglob("*.json"):
        path.write_text('{"a": 1}')  # somebody else's: the script is run again
    with Verifier(options) as verifier:
        assert verifier.verify(SCRIPT, "a.py").same_as(first)


def test_what_a_run_depends_on(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("x = 1")
    (tmp_path / "other.py").write_text("x = 1")
    job = {"text": "import helper", "filename": "a.py", "assumed": [], "predictions": False}
    job["folder"] = str(tmp_path)
    cache = Cache(tmp_path, ["keras 3.15.1"])
    key = cache.key(job)
    assert cache.key(job) == key
    assert Cache(tmp_path, ["keras 3.16.0"]).key(job) != key
    assert cache.key(job | {"text": "import helper\n"}) != key
    assert cache.key(job | {"assumed": ["x"]}) != key
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUDA_VISIBLE_DEVICES", "7")
        assert Cache(tmp_path, ["keras 3.15.1"]).key(job) != key
    (tmp_path / "other.py").write_text("x = 22")
    assert cache.key(job) == key, "the script does not name it"
    (tmp_path / "helper.py").write_text("x = 22")
    assert cache.key(job) != key


def test_only_what_would_end_the_same_is_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "kept", [])
    report = {"error": {"type": "Timeout", "line": None, "message": ""}, "timeout": True}
    cache.put("a", report)
    assert cache.get("a") is None
    assert not (tmp_path / "kept").exists()
    cache.put("b", {"error": {"type": "ValueError", "line": 1, "message": ""}})
    assert cache.get("b") is not None
    (kept,) = (tmp_path / "kept").rglob("*.json")
    kept.write_text("[broken")
    assert cache.get("b") is None
    assert CliRunner().invoke(main, ["clean", "--cache-dir", str(tmp_path / "kept")]).exit_code == 0
    assert not (tmp_path / "kept").exists()


class FakeVerifier:
    """Gives its answers in turn."""

    answers: Iterator[Verdict]

    def __init__(self, options: Options) -> None:
        pass

    def __enter__(self) -> "FakeVerifier":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def verify(self, *_: object) -> Verdict:
        return next(self.answers)


def test_repeated_runs_tell_the_worst(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kerasfix.commands.verify.Verifier", FakeVerifier)
    (tmp_path / "a.py").write_text("import keras")
    good, bad = verdict(3, None), Verdict("a.py", "skipped", (), (), None, (), (), "cpu", "none", 1.0)
    for answers, stable in (([good, good], True), ([good, bad], False)):
        FakeVerifier.answers = iter(answers)
        run = VerifyRun((str(tmp_path / "a.py"),), Options(), Console(), Resolver(), repeat=2)
        run.run()
        (found,) = run.verdicts
        assert (found.runs, found.stable, found.status) == (2, stable, answers[1].status)
    assert "2 runs: they differ" in capsys.readouterr().out
