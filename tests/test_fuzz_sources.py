"""A short run of `tests/fuzz_sources.py`: no program makes kerasfix fail, hang or spoil a text."""

import pytest

from tests.fuzz_sources import FOLDERS, check, programs

pytest.importorskip("pysource_codegen")


@pytest.mark.timeout(600)
def test_no_program_goes_wrong() -> None:
    wrong = {name: problem for name, data in programs(2026, 45, FOLDERS) if (problem := check(data))}
    assert not wrong


def test_faults_are_seen() -> None:
    """The check can fail: a finding outside of its text, a fix that spoils the syntax."""
    import kerasfix.linter
    from kerasfix.finding import Edit, Finding, Fix, Severity

    real = kerasfix.linter.judge
    spoiled = Finding("KF999", "spoils", "", 0, 6, Severity.ERROR, (Fix("", (Edit(0, 6, "import("),)),))

    def judge(*_arguments: object) -> list[Finding]:
        return [spoiled]

    kerasfix.linter.judge = judge  # type: ignore[assignment]
    try:
        assert check(b"import keras\n") is not None
    finally:
        kerasfix.linter.judge = real
