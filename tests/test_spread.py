"""Files checked by several processes: the same findings in the same order, whatever becomes of a process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kerasfix import checker, spread
from kerasfix.checker import Check, Checked, Job, Mode, check_file
from kerasfix.cli import main
from kerasfix.cluster import connect
from kerasfix.config import Settings

ROOT = Path(checker.__file__).parent.parent
SCRIPT = (
    "import keras\nmodel = keras.Sequential([keras.Input((28, 28)), keras.layers.Dense({units})])\n"
    "model = model.compile(loss='mse')\nmodel.fit(x_{units}, y)\n"
)


def write_scripts(count: int) -> list[Path]:
    paths = [Path.cwd() / f"script_{number:03}.py" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(SCRIPT.format(units=number + 1))
    return paths


def jobs(paths: list[Path], data: bool = False) -> Iterator[Job]:
    settings = Settings(Path.cwd())
    return ((path, path.name, settings, path.read_bytes() if data else None) for path in paths)


def alone(paths: list[Path]) -> list[Checked]:
    return [check_file(path, path.name, Settings(Path.cwd()), Mode()) for path in paths]


def told(results: list[Checked]) -> list[object]:
    return [
        (checked.shown, checked.errors, [placed.finding for placed in checked.findings])
        for checked in results
    ]


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--no-cache", *arguments], catch_exceptions=False)


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("form", ["full", "json", "sarif"])
def test_two_processes_say_what_one_says(form: str) -> None:
    write_scripts(30)
    Path("broken.py").write_text("import keras\nx = (\n")
    Path("latin.py").write_bytes(b"import keras # \xe9\n")
    one = check("-j1", "--output-format", form)
    two = check("-j2", "--output-format", form)
    assert one.exit_code == two.exit_code == 2
    assert one.stdout == two.stdout
    assert one.stderr == two.stderr


def test_fixes_of_two_processes_are_written() -> None:
    paths = write_scripts(30)
    assert check("-j2", "--fix", "--show-fixes").exit_code == 1
    assert all("model = model.compile" not in path.read_text() for path in paths)


def test_any_executor_will_do() -> None:
    paths = write_scripts(20)
    results = spread.threads(2).do(Check(Mode()), jobs(paths))
    assert told(list(results)) == told(alone(paths))


def _dies(path: Path, *rest: object, **options: object) -> Checked:
    if path.name == "script_013.py":
        os.kill(os.getpid(), signal.SIGKILL)
    return check_file(path, *rest, **options)  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform != "linux", reason="the fault is handed to the processes by a fork")
def test_a_file_that_kills_its_process_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = write_scripts(40)
    expected = told(alone(paths))
    monkeypatch.setattr(checker, "check_file", _dies)
    results = told(list(spread.processes(2).do(Check(Mode()), jobs(paths), together=8)))
    assert results[:13] + results[14:] == expected[:13] + expected[14:]
    (name, (error,), findings) = results[13]  # type: ignore[misc]
    assert (name, findings) == ("script_013.py", [])
    assert "did not end well" in error


def test_files_from_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    write_scripts(3)
    Path("list.txt").write_text("script_000.py\nscript_002.py\n")
    listed = check("--files-from", "list.txt", "--output-format", "concise").stdout
    assert "script_000.py" in listed
    assert "script_001.py" not in listed
    runner = CliRunner()
    piped = runner.invoke(main, ["check", "-n", "--files-from", "-", "--output-format", "concise"],
                          input="script_000.py\0script_002.py\0")  # fmt: skip
    assert piped.stdout == listed


@pytest.mark.parametrize("address", ["dask://127.0.0.1:1", "dask://", "ray://there:1"])
def test_no_executor_there(address: str) -> None:
    write_scripts(1)
    pytest.importorskip("distributed")
    result = check("--executor", address)
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr


@pytest.mark.timeout(240)
def test_a_dask_cluster_that_loses_a_worker_finds_the_same(
    cluster: tuple[str, list[subprocess.Popen[bytes]]],
) -> None:
    address, workers = cluster
    paths = write_scripts(300)
    there = connect(address)
    assert there.count == 2
    results: list[Checked] = []
    for checked in there.do(Check(Mode()), jobs(paths, data=True), together=8):
        results.append(checked)
        if len(results) == 40:
            workers[0].kill()
    assert told(results) == told(alone(paths))
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pytest.importorskip("pyarrow").table({"content": [path.read_text() for path in paths[:50]]})
    parquet.write_table(table, "code.parquet")
    for arguments in ([], ["code.parquet"]):
        assert (
            check("--executor", address, "--output-format", "json", *arguments).stdout
            == check("-j1", "--output-format", "json", *arguments).stdout
        )
