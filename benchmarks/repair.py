"""How many broken programs train after repair.

    python benchmarks/repair.py FOLDER [--fixed FOLDER] [--budget 20] [--only NAME] [--list]

FOLDER holds programs (`*.py`); `--fixed` one of the same names, mended by people, to see how many of those train
here at all. Each program is run as it is, after the safe fixes (`check --fix`), and after a search for a repair
(`check --fix --unsafe-fixes --verify --budget N`). A program counts where it comes to its end without an error, all
losses are finite, and nothing of its data was assumed. CPU is that of all runs of a program's search together.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from kerasfix.finding import Applicability, Finding, Fix
from kerasfix.fixing import fix_source
from kerasfix.linter import lint
from kerasfix.proof import repaired, verify_source
from kerasfix.registry import default_rules
from kerasfix.source import open_document
from kerasfix.verify import Options, Verdict, Verifier


@dataclass
class Row:
    """What became of one program."""

    name: str
    before: Verdict
    fixed: Verdict
    searched: Verdict
    attempts: int
    seconds: float
    """Of CPU: the search, with all of its runs."""


def trains(verdict: Verdict) -> bool:
    """Whether a program ran to its end, on its own data."""
    return verdict.status == "passed" and not verdict.assumed


def safe_fix(finding: Finding) -> Fix | None:
    """What `--fix` applies."""
    return next((fix for fix in finding.fixes if fix.applicability is Applicability.SAFE), None)


def repair(verifier: Verifier, path: Path, budget: float) -> Row:
    """Run one program in its three states."""
    document = open_document(path)
    (source,) = document.sources
    rules = default_rules()
    fixed = fix_source(source, rules, safe_fix)
    after = verify_source(verifier, document, source, fixed.text, budget)
    outcome = repaired(verifier, document, source, rules, lint, unsafe=True, budget=budget)
    best = outcome.chosen.verdict if outcome.chosen else outcome.before
    return Row(path.stem, outcome.before, after, best, len(outcome.attempts), outcome.seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fixed", type=Path, help="the same programs, mended by people")
    parser.add_argument("--budget", type=float, default=20.0, help="seconds of CPU for each search")
    parser.add_argument("--only", default="", help="programs with this in their name")
    parser.add_argument("--list", action="store_true", help="list what fails after all")
    options = parser.parse_args()
    rows, by_hand = [], 0
    with Verifier(Options(device="cpu", timeout=300)) as verifier:
        for path in sorted(options.folder.glob("*.py")):
            if options.only not in path.stem:
                continue
            rows.append(repair(verifier, path, options.budget))
            mended = options.fixed / path.name if options.fixed else None
            if mended and mended.is_file():
                document = open_document(mended)
                (source,) = document.sources
                by_hand += trains(verify_source(verifier, document, source, source.text, options.budget))
            show(rows[-1], options.list)
    print(f"\n| {len(rows)} programs | train | share |")
    print("|---|---:|---:|")
    for name, count in (
        ("as they are", sum(trains(row.before) for row in rows)),
        ("after `--fix`", sum(trains(row.fixed) for row in rows)),
        ("after `--fix --unsafe-fixes --verify`", sum(trains(row.searched) for row in rows)),
        *([("mended by people", by_hand)] if options.fixed else []),
    ):
        print(f"| {name} | {count} | {count / len(rows):.0%} |")
    seconds = sorted(row.seconds for row in rows)
    print(f"\nCPU: median {seconds[len(seconds) // 2]:.1f} s, most {seconds[-1]:.1f} s")


def show(row: Row, why: bool) -> None:
    """One line for a program, and why it fails."""
    states = " ".join(
        "yes" if trains(verdict) else "no " for verdict in (row.before, row.fixed, row.searched)
    )
    print(f"{row.name:<40} {states} {row.attempts} tried {row.seconds:6.1f} s", flush=True)
    if why and not trains(row.searched):
        error = row.searched.error
        assumed = f"assumed: {', '.join(row.searched.assumed)}"
        print(f"    {error.line}: {error.type}: {error.message[:150]}" if error else f"    {assumed}")


if __name__ == "__main__":
    main()
