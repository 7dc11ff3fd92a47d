"""Recall and precision on labelled real programs.

    python benchmarks/real_bugs.py LABELS.csv FOLDER [--all] [--tolerance 2] [--confirm] [--list]

The table has one row for each program: `id`, `faults_hand` and `faults_api_migration` (`fault@line;fault@line`),
`benign_in_keras3` and `harness_artifacts` (what looks like a fault and is none, or is not the author's), `static`
(starts with `yes` or `migration` where the file alone tells). A program's file is `<id>.py`, `/` in it as `__`.

A label is found where a finding of one of its rules points at its line, give or take `--tolerance` lines: with the
finding itself, with a note ("the model declares ... here"), or with its first fix; many faults lie between two lines.
`elsewhere` counts those whose rule fires on other lines only. An *error* that meets no label counts against
precision, unless `--confirm` shows it true: the program is mended except for this rule's findings and run under
verification, and fails where the finding points; for KF104, the run has to make the data up. `--all` adds the rules
that are off by default.
"""

import argparse
import csv
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.fixing import fix_source
from kerasfix.linter import lint
from kerasfix.registry import all_rules, default_rules
from kerasfix.source import Source

if TYPE_CHECKING:
    from kerasfix.verify import Verifier

# The rules that may find a fault, by the start of its label; the longest start counts.
RULES = {
    "softmax-on-one-unit": "KF306",
    "cce-on-one-unit": "KF306 KF307",
    "sigmoid-with-cce": "KF307",
    "bce-for-multiclass": "KF307 KF304 KF305",
    "relu-on-output": "KF307",
    "missing-output-activation": "KF308",
    "sparse-vs-categorical": "KF304",
    "onehot-with-sparse": "KF304",
    "output-units-vs-labels": "KF304 KF305 KF306",
    "mse-for-classification": "KF309",
    "mae-for-classification": "KF309 KF306",
    "accuracy-on-regression": "KF310",
    "lr-too-high": "KF314",
    "unused-regularizer": "KF315",
    "stale-metric-name": "KF313",
    "monitor-without-validation": "KF313",
    "data-not-normalised": "KF501",
    "double-activation": "KF701",
    "missing-activation": "KF702",
    "bias-before-bn": "KF704",
    "dropout-before": "KF705",
    "dropout-rate-high": "KF706",
    "filters-decreasing": "KF707",
    "input-rank": "KF201 KF202 KF203 KF204 KF208 KF209",
    "input-shape-vs-data": "KF201 KF202 KF204 KF207",
    "input-shape-has-batch": "KF202 KF201",
    "missing-flatten": "KF203",
    "predict-missing-batch-dim": "KF209 KF204 KF201",
    "negative-dim": "KF206 KF207",
    "channels-order": "KF207",
    "flatten-unknown-dim": "KF205",
    "embedding-weights-shape": "KF205",
    "numpy-in-loss": "KF401 KF404",
    "missing-import": "KF101 KF105",
    "missing-model-creation": "KF105 KF101",
    "layer-kwarg-on-add": "KF103",
    "tensor-in-layer-arguments": "KF205 KF210 KF211 KF212",
    "conv-positional-stride": "KF608",
    "optimizer-default-changed": "KF314 KF609",
    "deprecated-arg": "KF103 KF603 KF604",
    "removed-api": "KF102 KF601 KF602 KF604 KF605 KF606 KF607 KF611 KF612",
    "removed-api(ModelCheckpoint": "KF607",
    "removed-api(save_weights": "KF607",
}


ANYWHERE = frozenset({"missing-import", "data-not-normalised"})
"""Faults whose label stands where the remedy belongs, not where the fault shows: for an import at the file's start,
for data anywhere on its way to `fit`."""


@dataclass(frozen=True)
class Label:
    """One fault of a program, as a person saw it."""

    fault: str
    line: int

    @property
    def kind(self) -> str:
        """The fault without what stands in brackets."""
        return re.sub(r"\(.*", "", self.fault)

    @property
    def codes(self) -> frozenset[str]:
        """The rules that may find it."""
        starts = [start for start in RULES if self.fault.startswith(start)]
        return frozenset(RULES[max(starts, key=len)].split()) if starts else frozenset()


@dataclass(frozen=True)
class Pointed:
    """A finding, and the lines that it points at; its own is the first."""

    finding: Finding
    lines: tuple[int, ...]

    def near(self, label: Label, tolerance: int) -> bool:
        """Whether it points at a label."""
        return any(abs(label.line - line) <= tolerance for line in self.lines)


def pointed(finding: Finding, source: Source) -> Pointed:
    """A finding with its lines."""
    places = [finding.start, *(note.start for note in finding.notes)]
    places += [edit.start for fix in finding.fixes[:1] for edit in fix.edits]
    lines = dict.fromkeys(source.row_column(place)[0] + 1 for place in places)
    return Pointed(finding, tuple(lines))


@dataclass
class Program:
    """One program, its labels and what kerasfix says of it."""

    name: str
    decidable: bool
    labels: list[Label]
    ignored: list[Label]
    source: Source
    findings: list["Pointed"] = field(default_factory=list)


def labels_of(text: str) -> list[Label]:
    """Read `fault@line;fault@line`."""
    parts = re.split(r";(?![^(]*\))", text or "")
    found = [re.match(r"(.+)@(\d+)", part.strip()) for part in parts]
    return [Label(match[1], int(match[2])) for match in found if match is not None]


def read(table: Path, folder: Path) -> list[Program]:
    """The programs of a table whose files are there."""
    programs = []
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            path = folder / f"{row['id'].replace('/', '__')}.py"
            if not path.is_file():
                continue
            benign = labels_of(row.get("benign_in_keras3", ""))
            labels = labels_of(row["faults_hand"]) + labels_of(row["faults_api_migration"])
            ignored = benign + labels_of(row.get("harness_artifacts", ""))
            programs.append(
                Program(
                    path.stem,
                    row.get("static", "yes").startswith(("yes", "migration")),
                    [label for label in labels if label not in benign],
                    ignored,
                    Source(path.name, path.read_text(encoding="utf-8", errors="replace")),
                )
            )
    return programs


def unlabelled(program: Program, tolerance: int) -> list[Pointed]:
    """The errors that meet no label."""
    return [
        found
        for found in program.findings
        if found.finding.severity is Severity.ERROR
        and not any(_meets(found, label, tolerance) for label in program.labels)
        and not any(found.near(label, tolerance) for label in program.ignored)
    ]


def _meets(found: Pointed, label: Label, tolerance: int) -> bool:
    right = found.finding.code in label.codes
    return (right and (found.near(label, tolerance) or label.kind in ANYWHERE)) or label.line == found.lines[
        0
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="with the rules that are off by default")
    parser.add_argument(
        "--tolerance", type=int, default=2, help="lines that a finding may be away from its label"
    )
    parser.add_argument("--confirm", action="store_true", help="run the programs with unlabelled errors")
    parser.add_argument("--list", action="store_true", help="list what was missed, and unlabelled errors")
    options = parser.parse_args()
    programs = read(options.labels, options.folder)
    rules = all_rules() if options.all else default_rules()
    for program in programs:
        program.findings = [pointed(finding, program.source) for finding in lint(program.source, rules)]
    recall(programs, options)
    precision(programs, options)


def recall(programs: list[Program], options: argparse.Namespace) -> None:
    """Print how many labels were found, by kind of fault."""
    total: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    missed: dict[str, list[str]] = defaultdict(list)
    whole = 0
    for program in programs:
        before = sum(hit.values())
        for label in program.labels:
            kinds = [label.kind, "all", *(["decidable"] if program.decidable else [])]
            right = [found for found in program.findings if found.finding.code in label.codes]
            total.update(kinds)
            if any(found.near(label, options.tolerance) or label.kind in ANYWHERE for found in right):
                hit.update(kinds)
            else:
                elsewhere.update(kinds if right else [])
                missed[label.kind].append(f"{program.name}:{label.line} {label.fault}")
        found = (sum(hit.values()) - before) // (3 if program.decidable else 2)
        whole += found == len(program.labels)
    print(f"{len(programs)} programs, all labels found in {whole}\n")
    print(f"| {'fault':<28} | labels | found | elsewhere | recall |")
    print(f"|{'-' * 30}|-------:|------:|----------:|-------:|")
    order = sorted(total, key=lambda kind: (kind in {"all", "decidable"}, -total[kind], kind))
    for kind in order:
        rate = hit[kind] / total[kind]
        print(f"| {kind:<28} | {total[kind]:>6} | {hit[kind]:>5} | {elsewhere[kind]:>9} | {rate:>6.0%} |")
    if options.list:
        print("\nMissed:")
        for kind in order:
            for line in missed[kind]:
                print(f"  {line}")


def precision(programs: list[Program], options: argparse.Namespace) -> None:
    """Print how many errors met a label or were confirmed."""
    severities = [found.finding.severity for program in programs for found in program.findings]
    errors = severities.count(Severity.ERROR)
    doubtful = {program.name: unlabelled(program, options.tolerance) for program in programs}
    count = sum(map(len, doubtful.values()))
    confirmed: list[Pointed] = []
    if options.confirm:
        confirmed = confirm([program for program in programs if doubtful[program.name]], options.tolerance)
    left = count - len(confirmed)
    rate = 1 - left / errors if errors else 1.0
    print(f"\n{errors} errors, {count} without a label, {len(confirmed)} of them confirmed: {rate:.1%}")
    print(f"{severities.count(Severity.WARNING)} warnings, {severities.count(Severity.INFO)} hints")
    if options.list:
        for name, entries in doubtful.items():
            for found in entries:
                state = " (confirmed)" if found in confirmed else ""
                print(f"  {name}:{found.lines[0]} {found.finding.code}{state} {found.finding.message}")


def confirm(programs: list[Program], tolerance: int) -> list[Pointed]:
    """Which unlabelled errors stop their program when all else in it is mended."""
    from kerasfix.verify import Options, Verifier

    with Verifier(Options(device="cpu", timeout=60)) as verifier:
        return [
            found
            for program in programs
            for found in unlabelled(program, tolerance)
            if _is_true(program, found, verifier, tolerance)
        ]


def _is_true(program: Program, found: Pointed, verifier: "Verifier", tolerance: int) -> bool:
    code = found.finding.code
    others = tuple(rule for rule in all_rules() if rule.code != code)
    text = fix_source(program.source, others, _first_fix).text
    source = replace(program.source, text=text)
    same = [pointed(finding, source) for finding in lint(source, all_rules()) if finding.code == code]
    verdict = verifier.verify(text, f"{program.name}.py")
    if code == "KF104" and any(f"`{name}`" in found.finding.message for name in verdict.assumed):
        return True
    line = verdict.error.line if verdict.error is not None else None
    return line is not None and any(abs(line - place) <= tolerance for one in same for place in one.lines)


def _first_fix(finding: Finding) -> Fix | None:
    return next((fix for fix in finding.fixes if fix.applicability is not Applicability.DISPLAY), None)


if __name__ == "__main__":
    main()
