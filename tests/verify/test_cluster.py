"""Verification on a cluster: the same verdicts as in one process, whatever becomes of a worker."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kerasfix import spread
from kerasfix.cli import main
from kerasfix.cluster import connect
from kerasfix.commands.file_loop import FileLoop
from kerasfix.commands.verify import Trial, VerifyRun
from kerasfix.source import open_document
from kerasfix.verify import Options, Verdict, Verifier

pytestmark = [pytest.mark.keras, pytest.mark.timeout(600)]
HEAD = "import keras\n"
MODEL = HEAD + "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])\n"
KINDS = (MODEL, MODEL + "model(keras.Input((5,)))\n", HEAD + "print(keras.__version__)\n")
TRAINED = """\
import numpy as np
model.compile("sgd", "mse")
model.fit(np.ones((8, 4)), np.ones((8, 3)))
"""
BROKEN = MODEL.replace("keras.layers.Dense", "Dense") + TRAINED


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--no-cache"], catch_exceptions=False)


def told(verdict: Verdict | str) -> tuple[object, ...]:
    assert isinstance(verdict, Verdict)
    parts = verdict.status, verdict.assumed, verdict.stubs, verdict.error, verdict.models, verdict.isolation
    return (*parts, [(fit.line, fit.finite, fit.gradients, fit.depends_on_labels) for fit in verdict.fits])


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def runs(process: Path) -> bool:
    """Whether a process has not ended; nobody may have asked yet how it did."""
    with contextlib.suppress(OSError):
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def servers_of(pid: int) -> list[Path]:
    """The processes that a worker has started."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    return [Path("/proc", child) for file in children for child in file.read_text().split()]


def test_a_cluster_that_loses_a_worker_gives_the_same_verdicts(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, workers = cluster
    monkeypatch.chdir(tmp_path)
    paths = [tmp_path / f"script_{number:03}.py" for number in range(200)]
    for number, path in enumerate(paths):
        path.write_text(KINDS[number % len(KINDS)] if number != 7 else MODEL + TRAINED)
    (tmp_path / "broken").mkdir()
    for number in range(4):
        (tmp_path / "broken" / f"{number}.py").write_text(BROKEN)

    proven = ["check", "broken", "--diff", "--verify"]
    far, near = run(*proven, "--executor", address), run(*proven)
    assert far.stdout == near.stdout
    assert far.stderr == near.stderr
    assert near.stderr.count("verified") == 4

    documents = [open_document(path) for path in paths]
    programs = [(document, document.sources[0]) for document in documents]
    with Verifier(Options()) as verifier:  # in one process: each text once
        each = {program[0].text: program for program in programs}
        expected = {text: told(Trial(verifier)(program)) for text, program in each.items()}
    ended = servers_of(workers[0].pid)
    assert len(ended) == 1, "Keras is imported once by each worker"
    verdicts: list[Verdict | str] = []
    for verdict in connect(address).do(Trial(Verifier()), programs):
        verdicts.append(verdict)
        if len(verdicts) == 100:
            workers[0].kill()
    assert [told(verdict) for verdict in verdicts] == [expected[document.text] for document in documents]
    until(lambda: not any(map(runs, ended)))

    far, near = (
        run("verify", "script_006.py", "script_007.py", *more) for more in (["--executor", address], [])
    )
    assert [line.partition(" in ")[0] for line in far.stdout.splitlines()] == [
        line.partition(" in ")[0] for line in near.stdout.splitlines()
    ]
    assert far.exit_code == near.exit_code == 0


def after(calls: int, end: Callable[[], None], method: Callable[..., None]) -> Callable[..., None]:
    """A method that, when it has been called so often, brings about an end."""
    left = iter([None] * calls)

    def told(self: object, *arguments: object) -> None:
        method(self, *arguments)
        if next(left, end) is end:
            end()

    return told


def test_a_cluster_that_loses_all_its_workers_is_given_up(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, workers = cluster
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spread, "LOOK", 1.0)
    monkeypatch.setattr("kerasfix.cluster.PATIENCE", 3.0)
    for number in range(30):
        (tmp_path / f"script_{number:03}.py").write_text(MODEL)

    def end() -> None:
        for worker in workers:
            worker.kill()

    monkeypatch.setattr(VerifyRun, "_tell", after(3, end, VerifyRun._tell))
    result = run("verify", ".", "--executor", address, "--output-format", "json")
    assert result.exit_code == 2
    verdicts = json.loads(result.stdout)
    assert 4 <= len(verdicts) < 30
    assert {verdict["status"] for verdict in verdicts} == {"passed"}, "no script is said to have failed of it"
    assert result.stderr == (
        f"error: {address}: there has been no worker for 3 seconds, so it ends after {len(verdicts)} results; "
        "the rest is left as it was\n"
    )


def test_a_cluster_that_loses_its_scheduler_is_given_up(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client

    address, _ = cluster
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spread, "LOOK", 1.0)
    paths = [tmp_path / f"script_{number:03}.py" for number in range(200)]
    for path in paths:
        path.write_text(BROKEN)
    with Client(address.replace("dask://", "tcp://"), set_as_default=False) as client:
        scheduler = client.run_on_scheduler(os.getpid)
    monkeypatch.setattr(
        FileLoop, "tell", after(20, lambda: os.kill(scheduler, signal.SIGKILL), FileLoop.tell)
    )
    result = run("check", ".", "--fix", "--executor", address)
    assert result.exit_code == 2
    assert f"error: {address}: the scheduler is gone, so it ends after " in result.stderr
    assert "internal error" not in result.stderr
    fixed = ["import Dense" in path.read_text() for path in paths]
    assert 20 <= sum(fixed) < 200
    assert fixed == sorted(fixed, reverse=True), "what is done is written, and the rest is as it was"
    assert f"{sum(fixed)} fixed" in result.stdout
