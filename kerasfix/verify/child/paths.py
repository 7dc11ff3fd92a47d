"""The script's files: those it names are at hand in the temporary folder, and what it saves goes there."""

import builtins
import functools
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from .patching import replace_everywhere
from .record import Record

COPIED = 1 << 20  # bytes; larger files are linked
MAX_ENTRIES = 5000


def bring(text: str, script_folder: str, work: str) -> None:
    """Put the files and folders that a script names into its working folder: small ones as copies.

    Args:
        text: the script.
        script_folder: where it lies.
        work: the working folder, empty.
    """
    left = MAX_ENTRIES
    try:
        entries = sorted(os.scandir(script_folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if left > 0 and not entry.name.startswith(".") and entry.name in text:
            left = _copy(Path(entry.path), Path(work, entry.name), left)


def place_inside(folder: str, path: Any) -> Path:
    """Where a temporary folder has what a script thinks to be at an absolute path."""
    return Path(folder, "outside") / Path(os.path.normpath(path)).relative_to(Path(path).anchor)


def _copy(source: Path, target: Path, left: int) -> int:
    """Copy or link one file or folder; returns how many entries may still follow."""
    if left <= 0:
        return 0
    try:
        if source.is_dir() and not source.is_symlink():
            target.mkdir()
            for child in sorted(source.iterdir()):
                left = _copy(child, target / child.name, left)
        elif source.is_file() and source.stat().st_size <= COPIED:
            shutil.copyfile(source, target)
        else:
            target.symlink_to(source)
    except OSError:
        pass
    return left - 1


def install(record: Record, folder: str) -> None:
    """Let absolute paths outside `folder` be written inside it, and read from there again."""
    root = os.path.realpath(folder)
    inside = functools.partial(place_inside, root)

    def is_outside(path: Any) -> bool:
        if not isinstance(path, str | os.PathLike) or not Path(path).is_absolute():
            return False
        place = os.path.realpath(os.fspath(path))
        return place != root and not place.startswith((root + os.sep, "/dev/", "/proc/"))

    def to_write(path: Any) -> Any:
        if not is_outside(path):
            return path
        record.stub(f"write to {os.fspath(path)} (kept in the temporary folder)")
        place = inside(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        return type(path)(place) if isinstance(path, str) else place

    def to_read(path: Any) -> Any:
        if is_outside(path) and inside(path).exists():
            return type(path)(inside(path)) if isinstance(path, str) else inside(path)
        return path

    original_open, original_makedirs, original_mkdir = builtins.open, os.makedirs, os.mkdir

    def open_(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        writes = isinstance(mode, str) and any(letter in mode for letter in "wxa")
        return original_open(to_write(file) if writes else to_read(file), mode, *args, **kwargs)

    def makedirs(name: Any, *args: Any, **kwargs: Any) -> None:
        original_makedirs(to_write(name) if not Path(name).is_dir() else name, *args, **kwargs)

    def mkdir(path: Any, *args: Any, **kwargs: Any) -> None:
        original_mkdir(to_write(path) if not Path(path).is_dir() else path, *args, **kwargs)

    builtins.open = io.open = open_
    os.makedirs, os.mkdir = makedirs, mkdir
    for name in ("stat", "listdir", "scandir", "remove", "unlink", "rmdir"):
        setattr(os, name, _moved(getattr(os, name), 0, to_read))
    replacements = {}
    for name, where in (("save_model", to_write), ("load_model", to_read)):
        original = getattr(keras.saving, name)
        position = 1 if name == "save_model" else 0
        replacements[original] = _moved(original, position, where)
    replace_everywhere(replacements)
    for name, where in (("save_weights", to_write), ("load_weights", to_read), ("export", to_write)):
        setattr(keras.Model, name, _moved(getattr(keras.Model, name), 1, where))


def _moved(original: Callable[..., Any], position: int, where: Callable[[Any], Any]) -> Callable[..., Any]:
    """A function whose path, given by position or as `filepath`, is moved first."""

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if len(args) > position:
            args = (*args[:position], where(args[position]), *args[position + 1 :])
        elif "filepath" in kwargs:
            kwargs["filepath"] = where(kwargs["filepath"])
        return original(*args, **kwargs)

    return wrapper
