"""Programs that run and train as written: kerasfix must find no error in them.

Each one is also run by the installed Keras, so that none is kept that would raise.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerasfix.finding import Severity
from kerasfix.linter import lint
from kerasfix.registry import all_rules
from kerasfix.source import Source

FIXTURES = Path(__file__).parent.parent / "fixtures"
PROGRAMS = [
    path for folder in ("clean", "styles", "training") for path in sorted((FIXTURES / folder).glob("*.py"))
]
NOT_INSTALLED = 77

RUNNER = f"""\
import runpy, sys
try:
    runpy.run_path(sys.argv[1], run_name="__main__")
except ModuleNotFoundError as missing:
    sys.exit({NOT_INSTALLED} if missing.name in {{"pandas", "sklearn", "PIL"}} else str(missing))
except ImportError as error:
    sys.exit({NOT_INSTALLED} if "PIL" in str(error) else str(error))
"""


@pytest.fixture(params=PROGRAMS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def program(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_there_are_programs() -> None:
    assert len(PROGRAMS) > 130


def test_no_error_is_found(program: Path) -> None:
    found = lint(Source(program.name, program.read_text()), all_rules())
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    assert [(error.code, error.message) for error in errors] == []


@pytest.mark.keras
@pytest.mark.slow
def test_the_program_runs(program: Path, tmp_path: Path) -> None:
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, "-c", RUNNER, str(program)]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    if ran.returncode == NOT_INSTALLED:
        pytest.skip("it needs a library that is not installed")
    assert ran.returncode == 0, ran.stderr[-3000:]
