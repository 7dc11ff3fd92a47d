"""Compare pinned packages with a checkout of the PyPA's advisory database (OSV records in YAML).

python .ci/audit_offline.py REQUIREMENTS CHECKOUT
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from packaging.version import InvalidVersion, Version

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def normal(name: str) -> str:
    """The name of a package as indexes spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def affects(affected: dict[str, Any], version: Version) -> bool:
    """Whether a version is among those that an advisory names, one by one or by ranges."""
    for name in affected.get("versions", ()):
        try:
            if Version(name) == version:
                return True
        except InvalidVersion:
            continue
    return any(
        within(one["events"], version)
        for one in affected.get("ranges", ())
        if one["type"] in {"ECOSYSTEM", "SEMVER"}
    )


def within(events: list[dict[str, str]], version: Version) -> bool:
    """Whether a version lies in a range, whose events are in their order."""
    inside = False
    for event in events:
        for kind, limit in event.items():
            if limit == "0":
                inside = True
            elif kind == "introduced":
                inside |= version >= Version(limit)
            elif kind == "fixed":
                inside &= version < Version(limit)
            elif kind == "last_affected":
                inside &= version <= Version(limit)
    return inside


def advisories(checkout: Path, name: str) -> Iterator[dict[str, Any]]:
    """The advisories for a package that were not withdrawn."""
    for file in sorted(checkout.glob(f"vulns/{name}/*.yaml")):
        record = yaml.safe_load(file.read_text(encoding="utf-8"))
        if not record.get("withdrawn"):
            yield record


def main(requirements: Path, checkout: Path) -> int:
    """Print what is vulnerable; the exit status."""
    if not (checkout / "vulns").is_dir():
        print(f"error: {checkout} is no checkout of the advisory database: it has no folder `vulns`")
        return 2
    pins = sorted({(normal(name), version) for name, version in PIN.findall(requirements.read_text())})
    looked_at, newest, bad = 0, "", []
    for name, version in pins:
        for record in advisories(checkout, name):
            looked_at += 1
            newest = max(newest, str(record.get("modified", "")))
            if any(affects(affected, Version(version)) for affected in record["affected"]):
                bad.append(f"{name} {version}: {record['id']}")
    print(*bad, sep="\n", end="\n" if bad else "")
    print(
        f"Audited {len(pins)} packages by {looked_at} advisories on them, the newest of {newest[:10]}: "
        f"{len(bad)} known vulnerabilities"
    )
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
