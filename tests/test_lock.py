"""What CI installs is pinned, file by file, and the pins are those of `pyproject.toml`. See `.ci/lock`."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / ".ci" / "requirements.txt").read_text(encoding="utf-8")
ENTRIES = re.split(r"\n(?=\S)", LOCK.strip())


def wanted() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    return [*project["project"]["dependencies"], *(line for group in groups.values() for line in group)]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.partition("==")[0])
def test_every_file_has_its_hash(entry: str) -> None:
    assert re.fullmatch(
        r"[a-z0-9-]+==[\w.+!]+( ; [^\\\n]+)?( \\\n +--hash=sha256:[0-9a-f]{64})+", entry
    )  # nothing else: no address of an index


@pytest.mark.parametrize("line", wanted())
def test_the_pins_are_what_the_project_asks_for(line: str) -> None:
    requirement = Requirement(line)
    pinned = [Requirement(entry.partition(" \\")[0]) for entry in ENTRIES]
    versions = [
        next(iter(pin.specifier)).version
        for pin in pinned
        if canonicalize_name(pin.name) == canonicalize_name(requirement.name)
    ]
    assert versions
    assert all(requirement.specifier.contains(version, prereleases=True) for version in versions)
