"""libcst, imported with byte code that was kept, is the libcst that Python imports without it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = """
import builtins, sys
compiled, real = [], compile
builtins.compile = lambda text, *rest, **options: compiled.append(str(text)) or real(text, *rest, **options)
import kerasfix.syntax
print(sum("def __create_fn__" in text for text in compiled))
"""
METHODS = """
import sys
{start}
import libcst
for name, kind in sorted(vars(libcst).items()):
    if isinstance(kind, type):
        for method, made in sorted(vars(kind).items()):
            if hasattr(made, "__code__"):
                code = made.__code__
                print(name, method, code.co_code.hex(), code.co_varnames, code.co_names, len(made.__defaults__ or ()))
print(libcst.parse_module("import keras\\nx = keras.Input((4,))\\n").code)
"""


def run(code: str, folder: Path, *options: str) -> str:
    """What a new Python prints that keeps byte code in a folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder)
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, env=environment, stdout=-1, text=True, check=True).stdout


def kept(folder: Path) -> list[Path]:
    return [*folder.rglob("*.libcst*")]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the byte code of all modules."""
    folder = tmp_path_factory.mktemp("compiled")
    run(COUNT, folder)
    return folder


@pytest.fixture
def folder(compiled: Path) -> Path:
    """The same, without that of libcst's methods."""
    for file in kept(compiled):
        file.unlink()
    return compiled


def test_methods_are_compiled_once(folder: Path) -> None:
    assert int(run(COUNT, folder)) > 100
    assert len(kept(folder)) == 1
    assert run(COUNT, folder) == "0\n"


def test_classes_are_the_same(folder: Path) -> None:
    plain = run(METHODS.format(start=""), folder)
    assert "Call __init__ " in plain
    for _ in range(2):
        assert run(METHODS.format(start="import kerasfix.syntax"), folder) == plain


@pytest.mark.parametrize("damage", [b"", b"\0", None], ids=["empty", "other", "cut"])
def test_a_damaged_file_is_made_again(folder: Path, damage: bytes | None) -> None:
    run(COUNT, folder)
    (file,) = kept(folder)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert int(run(COUNT, folder)) > 100
    assert file.read_bytes()[:4] == whole[:4]
    assert run(COUNT, folder) == "0\n"


def test_nothing_is_kept_where_python_keeps_nothing(folder: Path) -> None:
    run(COUNT, folder, "-B")
    assert not kept(folder)


def test_data_classes_work_as_ever_after_it() -> None:
    code = "import dataclasses, kerasfix.syntax\nprint('exec' in vars(dataclasses))"
    assert subprocess.run([sys.executable, "-c", code], stdout=-1, text=True, check=True).stdout == "False\n"
