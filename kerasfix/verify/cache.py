"""Reports of earlier runs, kept by what they depend on: script, files it names, Keras, kerasfix, options."""

import contextlib
import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

FOLDER = ".kerasfix_cache"
PASSING = frozenset({"Timeout", "Crash", "MemoryError", "DiskLimit"})
"""Ends that depend on how busy the machine was."""


class Cache:
    """A folder of reports; whatever goes wrong with it, the script is run."""

    def __init__(self, root: Path, circumstances: Any) -> None:
        """`circumstances` is what all runs depend on: versions and options, as JSON can say it."""
        self._root = root
        self._folder = root / FOLDER / "verdicts"
        self._circumstances = json.dumps(circumstances, sort_keys=True)

    def key(self, job: dict[str, Any]) -> str:
        """The name of what is known of a job: of its text, and of the files that it may read."""
        parts = {name: job[name] for name in ("text", "filename", "assumed", "predictions")}
        parts["files"] = _files(job["text"], job["folder"]) if job["folder"] else []
        text = self._circumstances + json.dumps(parts, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def get(self, key: str) -> dict[str, Any] | None:
        """The report of a run; None where there was none."""
        with contextlib.suppress(OSError, ValueError):
            report = json.loads((self._folder / f"{key}.json").read_text(encoding="utf-8"))
            return report if isinstance(report, dict) else None
        return None

    def put(self, key: str, report: dict[str, Any]) -> None:
        """Keep the report of a run, unless another run could well end otherwise."""
        if report.get("timeout") or (report.get("error") or {}).get("type") in PASSING:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            ignore = self._root / FOLDER / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
            with tempfile.NamedTemporaryFile("w", dir=self._folder, delete=False, encoding="utf-8") as file:
                json.dump(report, file)
            os.replace(file.name, self._folder / f"{key}.json")  # noqa: PTH105


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


def versions(python: str) -> dict[str, str]:
    """The versions of what a Python computes with, without importing any of it."""
    import subprocess

    code = (
        "import importlib.metadata as m, json, sys\n"
        "names = {'keras', 'tensorflow', 'tensorflow_cpu', 'jax', 'torch', 'numpy', 'pandas', 'scikit_learn'}\n"
        "found = {d.name.replace('-', '_').lower(): d.version for d in m.distributions() if d.name}\n"
        "print(json.dumps({'python': sys.version, **{n: v for n, v in found.items() if n in names}}))\n"
    )
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found
