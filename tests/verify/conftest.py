"""One verifier for all tests: Keras is imported once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from kerasfix.verify import Options, Verdict, Verifier

Verify = Callable[..., Verdict]


@pytest.fixture(scope="session")
def verifier() -> Iterator[Verifier]:
    """A verifier with a minute for each script."""
    pytest.importorskip("tensorflow", reason="verification needs TensorFlow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERASFIX_TEST_SECRET", "hunter2")
        with Verifier(Options(timeout=60)) as shared:
            shared.start()
            yield shared


@pytest.fixture
def verify(verifier: Verifier, tmp_path: Path) -> Verify:
    """Verify a text as the file `script.py` of the test's folder."""

    def run(text: str, assumed: tuple[str, ...] = ()) -> Verdict:
        script = tmp_path / "script.py"
        script.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return verifier.verify(script.read_text(encoding="utf-8"), str(script), assumed)

    return run
