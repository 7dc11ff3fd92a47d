"""Where nothing can be verified, one sentence says why and what to do."""

import sys
from pathlib import Path

import pytest

from kerasfix.verify import CannotVerify, Error, Fit, Model, Options, Verdict, Verifier

HELLO = '{"keras": "3.15.1", "backend": "tensorflow", "isolation": "none", "forks": true}'
FORKLESS = """exec "{python}" -B -c '
import os, runpy, sys
del os.fork
runpy.run_path(sys.argv[1], run_name="__main__")
' "$2" "$3"
"""


def python(folder: Path, script: str) -> str:
    """A Python of one's own: an executable shell script."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def refusal(options: Options) -> str:
    with Verifier(options) as verifier, pytest.raises(CannotVerify) as caught:
        verifier.verify("import keras", "script.py")
    return str(caught.value)


def test_no_such_python() -> None:
    assert refusal(Options(python="/nowhere/python")) == (
        "There is no Python at /nowhere/python. Give the one that has Keras with --python."
    )


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")
def test_python_without_keras(tmp_path: Path) -> None:
    bare = python(tmp_path, f'exec "{sys.executable}" -S -E "$@"')
    message = refusal(Options(python=bare))
    assert "has no usable Keras 3 (ModuleNotFoundError: No module named 'keras')" in message
    assert "--python" in message


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")
def test_a_program_that_is_no_python(tmp_path: Path) -> None:
    message = refusal(Options(python=python(tmp_path, "echo this is not Python >&2; exit 1")))
    assert message.endswith("could not start verification: this is not Python")


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")
def test_without_isolation_a_flag_is_needed(tmp_path: Path) -> None:
    open_system = python(tmp_path, f"echo '{HELLO}'; read job; echo '{{\"id\": 1, \"seconds\": 0.0}}'")
    assert "--allow-unisolated" in refusal(Options(python=open_system))
    with Verifier(Options(python=open_system, allow_unisolated=True)) as verifier:
        assert verifier.verify("x = 1", "script.py").isolation == "none"


@pytest.mark.keras
@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")
def test_without_fork_each_script_has_its_own_process(tmp_path: Path) -> None:
    forkless = python(tmp_path, FORKLESS.format(python=sys.executable))
    with Verifier(Options(python=forkless, timeout=30, allow_unisolated=True)) as verifier:
        model = "import keras\nmodel = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
        good = verifier.verify(model, "good.py")
        assert (good.status, good.models[0].params) == ("passed", 3)
    with Verifier(Options(python=forkless, timeout=1, allow_unisolated=True)) as verifier:
        assert verifier.verify("while True: pass", "hangs.py").status == "timeout"


@pytest.mark.keras
def test_a_gpu_that_is_not_there(verifier: Verifier) -> None:
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has a GPU")
    assert "sees no GPU" in refusal(Options(device="gpu"))


def verdict(status: str = "passed", **parts: object) -> Verdict:
    values: dict[str, object] = {
        "filename": "a.py",
        "status": status,
        "assumed": (),
        "stubs": (),
        "error": None,
        "models": (),
        "fits": (),
        "device": "cpu",
        "isolation": "none",
        "seconds": 1.0,
    }
    return Verdict(**(values | parts))  # type: ignore[arg-type]


def fit(finite: bool = True, labels: bool | None = True, missing: tuple[str, ...] = ()) -> Fit:
    return Fit(1, 0.5, finite, {"none": list(missing), "zero": [], "nonfinite": []}, labels)


def test_verdicts_are_ordered() -> None:
    error = Error("NameError", 3, "name 'x' is not defined")
    model = Model("model", 1, True, [None, 1], 3)
    worst_to_best = [
        verdict("failed", error=error, remaining=9),
        verdict("failed", error=error, remaining=5),
        verdict("failed", error=error, remaining=9, models=(model,)),
        verdict("failed", error=error, remaining=9, fits=(fit(),)),
        verdict("skipped"),
        verdict(assumed=("x",), models=(model,), fits=(fit(),)),
        verdict(models=(model,)),
        verdict(models=(model,), fits=(fit(labels=None, missing=("dense/kernel",)),)),
        verdict(models=(model,), fits=(fit(labels=False),)),
        verdict(models=(model,), fits=(fit(),)),
    ]
    for position, better in enumerate(worst_to_best):
        for worse in worst_to_best[:position]:
            assert better.better_than(worse)
            assert not worse.better_than(better)
        assert not better.better_than(better)


def test_json_has_the_promised_keys() -> None:
    json = verdict("failed", error=Error("ValueError", None, "no"), fits=(fit(),), remaining=3).to_json()
    assert list(json) == [
        "filename", "status", "assumed", "stubs", "error", "models", "fits", "device", "isolation", "seconds",
        "cpu_seconds", "backend", "skipped", "runs", "stable",
    ]  # fmt: skip
    assert json["error"] == {"type": "ValueError", "line": None, "message": "no"}
    assert json["fits"] == [
        {
            "line": 1,
            "loss": 0.5,
            "finite": True,
            "gradients": {"none": [], "zero": [], "nonfinite": []},
            "depends_on_labels": True,
        }
    ]
