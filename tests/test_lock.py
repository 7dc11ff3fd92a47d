"""What CI installs is pinned, file by file, and the pins are those of `pyproject.toml`. See `.ci/lock`."""

import re
import subprocess
import sys
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


@pytest.mark.parametrize(
    ("version", "found"),
    [("1.0", False), ("1.2", True), ("1.4", False), ("2.1", True), ("3.0", True), ("3.1", False)],
)
def test_the_audit_without_a_network(tmp_path: Path, version: str, found: bool) -> None:
    (tmp_path / "vulns" / "some-package").mkdir(parents=True)
    advisory = """\
id: PYSEC-0000-1
modified: 2026-01-02T00:00:00Z
affected:
- package: {ecosystem: PyPI, name: some-package}
  ranges:
  - type: ECOSYSTEM
    events: [{introduced: "1.1"}, {fixed: "1.3"}, {introduced: "2.0"}, {last_affected: "2.5"}]
  versions: ["3.0"]
"""
    (tmp_path / "vulns" / "some-package" / "PYSEC-0000-1.yaml").write_text(advisory)
    (tmp_path / "vulns" / "some-package" / "PYSEC-0000-2.yaml").write_text(
        f'{{id: B, withdrawn: "2026", affected: [{{versions: ["{version}"]}}]}}'
    )
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"Some_Package=={version} \\\n    --hash=sha256:0\nother==1.2\n")
    command = [sys.executable, str(ROOT / ".ci" / "audit_offline.py"), str(requirements), str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == int(found)
    assert (f"some-package {version}: PYSEC-0000-1" in result.stdout) == found
    assert "by 1 advisories on them, the newest of 2026-01-02" in result.stdout
