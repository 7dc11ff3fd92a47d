"""Which scripts of a folder run to their end under verification.

    python benchmarks/verification.py FOLDER... [--fix] [--only NAME] [--timeout 300] [--jobs 1]

Prints one row of a Markdown table for each script: its verdict, what it took, and what ended it, or what was
replaced for the run and assumed.
"""

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kerasfix.finding import Applicability, Finding, Fix
from kerasfix.fixing import fix_source
from kerasfix.proof import verify_source
from kerasfix.registry import default_rules
from kerasfix.source import open_document
from kerasfix.verify import CannotVerify, Options, Verdict, Verifier


def outcome(verdict: Verdict) -> str:
    """What ended a script, or what its run rests on."""
    if verdict.error is not None:
        where = f"line {verdict.error.line}: " if verdict.error.line else ""
        return f"{where}{verdict.error.type}: {verdict.error.message.splitlines()[0][:160]}"
    parts = [f"assumed: {', '.join(verdict.assumed)}"] if verdict.assumed else []
    parts += [f"replaced: {', '.join(verdict.stubs)}"] if verdict.stubs else []
    return "; ".join([*parts, *verdict.skipped])


def safe_fix(finding: Finding) -> Fix | None:
    """What `check --fix` applies."""
    return next((fix for fix in finding.fixes if fix.applicability is Applicability.SAFE), None)


def row(verifier: Verifier, path: Path, fix: bool) -> tuple[bool, str]:
    """Whether a script came to its end, and its row."""
    document = open_document(path)
    (source,) = document.sources
    text = fix_source(source, default_rules(), safe_fix).text if fix else source.text
    try:
        verdict = verify_source(verifier, document, source, text)
    except CannotVerify as error:
        return False, f"| {path.parent.name}/{path.name} | not run |  |  |  |  | {error} |"
    trained = sum(fit.finite for fit in verdict.fits)
    cells = [
        f"{path.parent.name}/{path.name}",
        verdict.status,
        verdict.backend,
        str(sum(model.built for model in verdict.models)),
        str(trained),
        f"{verdict.cpu_seconds:.1f}",
        outcome(verdict).replace("|", "\\|"),
    ]
    return verdict.ran, f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--fix", action="store_true", help="run them after the safe fixes of kerasfix")
    parser.add_argument("--only", default="", help="scripts with this in their name")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for each script")
    parser.add_argument("--jobs", type=int, default=1, help="scripts at a time")
    options = parser.parse_args()
    paths = [path for folder in options.folders for path in sorted(folder.glob("*.py"))]
    paths = [path for path in paths if options.only in path.name]
    print(
        "| script | verdict | backend | models built | lines that train | CPU s | what it rests on, or ended it |"
    )
    print("|---|---|---|---:|---:|---:|---|")
    ran = 0
    with (
        Verifier(Options(device="cpu", timeout=options.timeout)) as verifier,
        ThreadPoolExecutor(options.jobs) as pool,
    ):
        for good, line in pool.map(lambda path: row(verifier, path, options.fix), paths):
            ran += good
            print(line, flush=True)
    print(f"\n{ran} of {len(paths)} scripts run to their end")


if __name__ == "__main__":
    main()
