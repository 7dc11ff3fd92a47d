"""Which files are checked."""

import os
from pathlib import Path

import pytest

from kerasfix.config import Resolver
from kerasfix.files import find_files, shown


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(*names: str, text: str = "") -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def found(*arguments: str, resolver: Resolver | None = None, **options: bool) -> list[str]:
    paths = [Path(argument) for argument in arguments or (".",)]
    return [shown(path) for path in find_files(paths, resolver or Resolver(), **options).paths]


def test_folders_give_python_files_in_order() -> None:
    write("b.py", "a.py", "sub/c.py", "readme.md", "data.csv", "script")
    assert found() == ["a.py", "b.py", "sub/c.py"]


def test_named_files_are_taken_whatever_they_are() -> None:
    write("readme.md", "script", "build/a.py")
    assert found("readme.md", "script", "build/a.py") == ["build/a.py", "readme.md", "script"]


def test_a_file_is_listed_once() -> None:
    write("a.py", "sub/b.py")
    assert found("a.py", "./a.py", ".", "sub") == ["a.py", "sub/b.py"]


def test_usual_excludes() -> None:
    write("a.py", ".venv/b.py", "x/node_modules/c.py", "x/site-packages/d.py", "build/e.py", "dist/f.py")
    assert found() == ["a.py"]


def test_exclude_and_extend_exclude() -> None:
    write("pyproject.toml", text='[tool.kerasfix]\nextend-exclude = ["old", "*_pb2.py", "sub/gen*.py"]\n')
    write("a.py", "old/b.py", "c_pb2.py", "sub/gen1.py", "gen2.py", "build/d.py")
    assert found() == ["a.py", "gen2.py"]
    write("pyproject.toml", text='[tool.kerasfix]\nexclude = ["old"]\n')
    assert "build/d.py" in found()


def test_excludes_of_the_command_line_are_relative_to_the_current_folder(project: Path) -> None:
    write("a.py", "sub/b.py")
    resolver = Resolver(({"extend-exclude": ["sub/b.py"]},))
    assert found(resolver=resolver) == ["a.py"]


def test_force_exclude() -> None:
    write("a.py", "build/b.py")
    assert found("a.py", "build/b.py", force_exclude=True) == ["a.py"]


def test_include() -> None:
    write("kerasfix.toml", text='include = ["*.py", "*.md"]\n')
    write("a.py", "b.md", "c.txt")
    assert found() == ["a.py", "b.md"]


def test_gitignore_of_every_level() -> None:
    Path(".git").mkdir()
    write(".gitignore", text="ignored.py\n/only_here.py\nlogs/\n*_out.py\n")
    write("sub/.gitignore", text="!kept_out.py\nlocal.py\n")
    write("ignored.py", "sub/ignored.py", "only_here.py", "sub/only_here.py", "logs/a.py", "x_out.py")
    write("sub/kept_out.py", "sub/local.py", "local.py")
    expected = ["local.py", "sub/kept_out.py", "sub/only_here.py"]
    assert found() == expected
    assert found("sub") == expected[1:]
    assert "ignored.py" in found(respect_gitignore=False)
    assert found("ignored.py") == ["ignored.py"]


def test_gitignore_above_the_repository_is_not_read() -> None:
    write(".gitignore", text="a.py\n")
    Path("repo/.git").mkdir(parents=True)
    write("repo/a.py")
    assert found("repo") == ["repo/a.py"]


def test_links_are_followed_once_and_cycles_end() -> None:
    write("real.py", "sub/b.py", "elsewhere/target.py")
    Path("alias.py").symlink_to("real.py")
    Path("sub/loop").symlink_to("..", target_is_directory=True)
    Path("sub/other.py").symlink_to("../elsewhere/target.py")
    assert found() == ["elsewhere/target.py", "real.py", "sub/b.py"]
    assert found("sub") == ["sub/b.py", "sub/other.py"]
    assert found("alias.py") == ["alias.py"]
    assert found("alias.py", "real.py") == ["alias.py"]
    assert found("sub/loop") == ["sub/loop/elsewhere/target.py", "sub/loop/real.py", "sub/loop/sub/b.py"]


def test_missing_files_are_named_and_the_others_found() -> None:
    write("a.py")
    Path("dangling.py").symlink_to("nowhere.py")
    files = find_files([Path("nope.py"), Path("a.py"), Path("dangling.py")], Resolver())
    assert [shown(path) for path in files.paths] == ["a.py"]
    assert files.errors == [
        "nope.py: no such file or folder",
        "dangling.py: the link leads to nowhere.py, which does not exist",
    ]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads every folder")
def test_unreadable_folder_is_named() -> None:
    write("locked/a.py", "b.py")
    Path("locked").chmod(0)
    try:
        files = find_files([Path()], Resolver())
    finally:
        Path("locked").chmod(0o700)
    assert [shown(path) for path in files.paths] == ["b.py"]
    assert files.errors == ["locked: Permission denied"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_fifo_in_a_folder_is_no_file() -> None:
    os.mkfifo("pipe.py")
    assert found() == []
