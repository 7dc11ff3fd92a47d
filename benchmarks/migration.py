"""How far old scripts get under Keras 3, as they are and after kerasfix's fixes.

    python benchmarks/migration.py FOLDER [--fixes safe] [--data FOLDER] [--only NAME,...] [--json FILE]

Every script of the folder is run as it is and after `check --fix --unsafe-fixes` (with `--fixes safe`: `--fix`),
by the harness of `kerasfix verify`: isolated, on made-up data of the true shapes, `fit` cut to a few batches.
Nothing is edited by hand, and the files stay as they are. A script has *reached fit* when a call that trains came
back with a loss, and *finished* when it came to its end without an error; one that trains nothing is done when it
finished. `safe` marks scripts of which safe fixes leave no error finding: those must all reach fit.

`--data` names a folder of files that the scripts read; they lie beside each script while it runs
(`benchmarks/migration_data.py` makes up those of Keras's own examples). `--reuse FILE` takes verdicts of the same
texts from an earlier `--json FILE`.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.fixing import fix_source
from kerasfix.registry import default_rules
from kerasfix.source import Source
from kerasfix.syntax.module import Module
from kerasfix.trace import undefined_data
from kerasfix.verify import Options, Verdict, Verifier

LEVELS = {
    "safe": (Applicability.SAFE,),
    "unsafe": (Applicability.SAFE, Applicability.UNSAFE),
}


@dataclass(frozen=True)
class Run:
    """What became of one text."""

    text: str
    """A digest of it."""
    fit: bool
    finished: bool
    trains: bool
    """Whether the text asks for training at all."""
    error: str
    """`line 7: TypeError: ...`, empty where there was none."""
    assumed: tuple[str, ...]
    seconds: float

    @property
    def reached(self) -> bool:
        """Whether the script did what it is for."""
        return self.fit or (self.finished and not self.trains)

    def __str__(self) -> str:
        stage = "finished" if self.finished else "fit" if self.fit else "-"
        return stage if self.trains or not self.finished else "finished (trains nothing)"


@dataclass(frozen=True)
class Script:
    """One script before and after."""

    name: str
    before: Run
    after: Run
    safe: bool
    """Whether safe fixes leave no error."""
    left: tuple[str, ...]
    """The findings of errors that all fixes leave."""


class Runner:
    """Runs texts in the place of scripts."""

    def __init__(self, verifier: Verifier, data: Path | None, known: dict[str, Run]) -> None:
        self.verifier = verifier
        self.data = data
        self.known = known

    def run(self, path: Path, text: str) -> Run:
        """One text, with the data beside it."""
        digest = hashlib.sha256(f"{path.name}\n{text}".encode()).hexdigest()[:16]
        if digest in self.known:
            return self.known[digest]
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder, path.name)
            if self.data is not None:
                shutil.copytree(self.data, folder, dirs_exist_ok=True)
            for neighbour in path.parent.glob("*.py"):
                shutil.copy(neighbour, folder)
            place.write_text(text, encoding="utf-8")
            assumed = undefined_data(Module.parse(Source(path.name, text)))
            verdict = self.verifier.verify(text, str(place), assumed)
        return self._result(digest, text, verdict)

    def _result(self, digest: str, text: str, verdict: Verdict) -> Run:
        error = ""
        if verdict.error is not None:
            place = f"line {verdict.error.line}: " if verdict.error.line else ""
            error = f"{place}{verdict.error.type}: {verdict.error.message.strip()}"
        return Run(
            digest,
            any(fit.loss is not None for fit in verdict.fits),
            verdict.error is None and verdict.status != "timeout",
            any(f".{method}(" in text for method in ("fit", "fit_generator", "train_on_batch")),
            error,
            verdict.assumed,
            verdict.seconds,
        )


def fixed(source: Source, levels: Iterable[Applicability]) -> tuple[str, list[Finding]]:
    """A text after the fixes of these levels, and what is left."""

    def applicable(finding: Finding) -> Fix | None:
        return finding.fix if finding.fix and finding.fix.applicability in levels else None

    result = fix_source(source, default_rules(), applicable)
    if result.error is not None:
        print(f"{source.path}: {result.error}")
    return result.text, result.remaining


def errors(findings: Iterable[Finding], source: Source) -> tuple[str, ...]:
    """Those findings that are errors, one line each."""
    return tuple(
        f"line {source.row_column(finding.start)[0] + 1}: {finding.code} {finding.message}"
        for finding in findings
        if finding.severity is Severity.ERROR
    )


def measure(path: Path, runner: Runner, fixes: str, keep: Path | None) -> Script:
    """One script, before and after."""
    source = Source(path.name, path.read_text(encoding="utf-8"))
    text, remaining = fixed(source, LEVELS[fixes])
    safe_text, safe_remaining = fixed(source, LEVELS["safe"])
    if keep is not None:
        Path(keep, path.name).write_text(text, encoding="utf-8")
    return Script(
        path.stem,
        runner.run(path, source.text),
        runner.run(path, text),
        not errors(safe_remaining, Source(path.name, safe_text)),
        errors(remaining, Source(path.name, text)),
    )


def short(text: str, width: int = 150) -> str:
    """A message on one line of a table."""
    line = " ".join(text.split()).replace("|", "\\|")
    return line if len(line) <= width else f"{line[: width - 3]}..."


def total(scripts: list[Script]) -> dict[str, int]:
    """The counts that matter."""
    return {
        "scripts": len(scripts),
        "reached fit before": sum(script.before.reached for script in scripts),
        "finished before": sum(script.before.finished for script in scripts),
        "reached fit after": sum(script.after.reached for script in scripts),
        "finished after": sum(script.after.finished for script in scripts),
        "all breaks safe": sum(script.safe for script in scripts),
        "all breaks safe, reached fit": sum(script.safe and script.after.reached for script in scripts),
    }


def load(file: Path | None) -> dict[str, Run]:
    """The runs of an earlier table, by the text that ran."""
    if file is None or not file.is_file():
        return {}
    scripts: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["scripts"]
    runs = [Run(**script[side]) for script in scripts for side in ("before", "after")]
    return {run.text: run for run in runs}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fixes", choices=list(LEVELS), default="unsafe")
    parser.add_argument("--data", type=Path, help="files that the scripts read")
    parser.add_argument("--only", default="", help="names of scripts, separated by commas")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for one run")
    parser.add_argument("--keep", type=Path, help="where to put the fixed scripts")
    parser.add_argument("--json", type=Path, help="where to put the table as JSON")
    parser.add_argument("--reuse", type=Path, help="the JSON of an earlier run")
    options = parser.parse_args()
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    only = options.only.split(",") if options.only else []
    paths = [path for path in sorted(options.folder.glob("*.py")) if not only or path.stem in only]
    scripts: list[Script] = []
    print("| script | before | after | safe | what stands in the way |\n|---|---|---|---|---|", flush=True)
    with Verifier(Options(device="cpu", timeout=options.timeout)) as verifier:
        runner = Runner(verifier, options.data, load(options.reuse))
        for path in paths:
            script = measure(path, runner, options.fixes, options.keep)
            scripts.append(script)
            why = script.after.error or ("; ".join(script.left) if not script.after.reached else "")
            safe = "yes" if script.safe else ""
            print(f"| {script.name} | {script.before} | {script.after} | {safe} | {short(why)} |", flush=True)
            if options.json is not None:
                table = {"total": total(scripts), "scripts": [asdict(script) for script in scripts]}
                options.json.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    print("".join(f"\n{name}: {count}" for name, count in total(scripts).items()))


if __name__ == "__main__":
    main()
