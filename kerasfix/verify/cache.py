"""Reports of earlier runs, kept by what they depend on: script, files it names, Keras, kerasfix, options."""

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from kerasfix import __version__, storage

PASSING = frozenset({"Timeout", "Crash", "MemoryError", "DiskLimit"})
"""Ends that depend on how busy the machine was."""
DECIDING = ("PYTHONPATH", "CUDA_VISIBLE_DEVICES", "XLA_FLAGS")
"""Variables that change what a script imports, or what computes."""


class Cache:
    """The reports in a folder; whatever goes wrong with it, the script is run."""

    def __init__(self, folder: Path, circumstances: Any) -> None:
        """`circumstances` is what all runs depend on: versions and options, as JSON can say it."""
        self._folder = folder
        environment = {name: os.environ.get(name) for name in DECIDING}
        self._circumstances = json.dumps([__version__, circumstances, environment], sort_keys=True)

    def key(self, job: dict[str, Any]) -> str:
        """The name of what is known of a job: of its text, and of the files that it may read."""
        parts = {name: job[name] for name in ("text", "filename", "assumed", "predictions")}
        parts["files"] = _files(job["text"], job["folder"]) if job["folder"] else []
        text = self._circumstances + json.dumps(parts, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def get(self, key: str) -> Any:
        """What is kept under a key: the report of a run, if nobody has tampered with it; None where there is none."""
        return storage.read(self._file(key))

    def put(self, key: str, report: dict[str, Any]) -> None:
        """Keep the report of a run, unless another run could well end otherwise."""
        if not report.get("timeout") and (report.get("error") or {}).get("type") not in PASSING:
            storage.write(self._folder, self._file(key), report)

    def _file(self, key: str) -> str:
        return str(self._folder / __version__ / "verdicts" / f"{key}.json")


def _files(text: str, folder: str) -> list[list[Any]]:
    """The files beside a script that it names, with size and time: those in folders, too, at their first level."""
    found: list[list[Any]] = []
    with contextlib.suppress(OSError):
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            stem = entry.name.partition(".")[0]
            if stem and re.search(rf"\b{re.escape(stem)}\b", text):
                inside = os.scandir(entry.path) if entry.is_dir() else [entry]
                found += [[each.path, each.stat().st_size, each.stat().st_mtime_ns] for each in inside]
    return sorted(found)


def versions(python: str) -> list[str]:
    """The versions of a Python and of all that is installed there, without importing any of it."""
    import subprocess

    code = (
        "import importlib.metadata as m, json, sys\n"
        "print(json.dumps([sys.version, *sorted({f'{d.name} {d.version}' for d in m.distributions() if d.name})]))"
    )
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    found: list[str] = json.loads(done.stdout)
    return found
