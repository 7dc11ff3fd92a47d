"""JSON in files of the folder that earlier runs leave behind: what does not fit there is ignored, and nothing is lost.

Files are written whole or not at all, by any number of processes at a time. Where that is not possible the next run
takes longer, and nothing else.
"""

import os
from pathlib import Path
from typing import Any

FOLDER = ".kerasfix_cache"
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder was made by kerasfix; it can be deleted. See https://bford.info/cachedir/\n"
)


def read(file: str) -> Any:
    """What was kept in a file; None where there is nothing that can be read."""
    import json

    try:
        with open(file, "rb") as stream:  # noqa: PTH123 - called for every file that is checked
            return json.loads(stream.read())
    except (OSError, ValueError, RecursionError):
        return None


def write(folder: Path, file: str, value: Any) -> None:
    """Keep a value in a file somewhere in a folder, which is made where it is not there."""
    import json
    import threading

    temporary = f"{file}.{os.getpid()}.{threading.get_ident()}"
    try:
        if not os.path.isdir(os.path.dirname(file)):  # noqa: PTH112, PTH120
            _make(folder, Path(file).parent)
        with open(temporary, "w", encoding="utf-8") as stream:  # noqa: PTH123
            json.dump(value, stream)
        os.replace(temporary, file)  # noqa: PTH105 - whole, or not at all
    except (OSError, UnicodeEncodeError):
        return


def _make(folder: Path, inner: Path) -> None:
    """The folder, with what keeps it out of version control and backups."""
    inner.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("# Made by kerasfix.\n*\n", encoding="utf-8")
    (folder / "CACHEDIR.TAG").write_text(_TAG, encoding="utf-8")
