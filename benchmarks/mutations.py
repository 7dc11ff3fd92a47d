"""Break programs that train, one fault each, and count what kerasfix finds and repairs.

    python benchmarks/mutations.py [FOLDER]... [--run [--sample N --seed S]] [--jobs 2] [--cache FILE] [--json FILE]

The programs are those of `fixtures/training`, `clean` and `styles`, or of the folders named. Each mutation below is
done at each place where it can be done. Statically: is there an error or warning that was not there before? After
`--fix` (safe fixes alone) and after `--fix --unsafe-fixes`: is it gone?

With `--run` the truth is asked: the program, the mutant and the fixed mutant are built and briefly trained, with the
same seed. A mutant is *broken* if it raises or its training is worse than the program's (a weight without gradient that
had one, a loss that is not finite, or that depends on the labels no more), a *twin* if it trains just as the program
does (an error in it is wrong), and *other* if it trains, but something else. Runs are kept by their text in `--cache`,
so that an interrupted benchmark goes on where it was.

A run takes seconds of CPU, and there are thousands of mutants. `--sample N` runs N of them, drawn with `--seed`: of
each kind as many as its share, one at least, and first of all those that are not found, which are the only ones whose
truth is in doubt. The table counts what was run; another one has all mutants, without a run.
"""

import argparse
import ast
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mutation_kinds import MUTATIONS, Program  # noqa: E402

from kerasfix.finding import Applicability, Finding, Fix, Severity  # noqa: E402
from kerasfix.fixing import fix_source  # noqa: E402
from kerasfix.linter import lint  # noqa: E402
from kerasfix.registry import default_rules  # noqa: E402
from kerasfix.source import Source, read_document  # noqa: E402


@dataclass
class Mutant:
    """One program with one fault, and what came of it."""

    program: str
    kind: str
    text: str
    found: list[str] = field(default_factory=list)
    """Codes of errors and warnings that the program itself does not have."""
    errors: list[str] = field(default_factory=list)
    safe: str | None = None
    """The text after safe fixes, where they change it."""
    unsafe: str | None = None
    left: list[str] = field(default_factory=list)
    """What is left after safe fixes."""
    left_unsafe: list[str] = field(default_factory=list)
    problem: str = ""


def mutants_of(name: str, text: str) -> Iterator[Mutant]:
    """All mutants of a program that parse, each text once."""
    program = Program(text)
    seen = {text}
    for kind, mutate in MUTATIONS.items():
        for start, end, new in mutate(program):
            mutated = text[:start] + new + text[end:]
            try:
                ast.parse(mutated)
            except SyntaxError:
                continue
            if mutated not in seen:
                seen.add(mutated)
                yield Mutant(name, kind, mutated)


def judge(text: str) -> list[Finding]:
    """Errors and warnings."""
    return [f for f in lint(Source("x.py", text), default_rules()) if f.severity is not Severity.INFO]


def check(name: str, text: str) -> tuple[list[str], list[Mutant]]:
    """The findings in a program, and its mutants, judged."""
    before = Counter(finding.code for finding in judge(text))
    result: list[Mutant] = []
    for mutant in mutants_of(name, text):
        try:
            _check(mutant, before)
        except Exception as error:
            mutant.problem = f"{type(error).__name__}: {error}"
        result.append(mutant)
    return sorted(before), result


def _check(mutant: Mutant, before: Counter[str]) -> None:
    findings = judge(mutant.text)
    mutant.found = sorted((Counter(finding.code for finding in findings) - before).elements())
    mutant.errors = sorted(
        f.code for f in findings if f.severity is Severity.ERROR and f.code in mutant.found
    )
    for unsafe in (False, True):
        levels = {Applicability.SAFE, Applicability.UNSAFE} if unsafe else {Applicability.SAFE}

        def best(finding: Finding, levels: set[Applicability] = levels) -> Fix | None:
            return next((fix for fix in finding.fixes if fix.applicability in levels), None)

        fixed = fix_source(Source("x.py", mutant.text), default_rules(), best)
        if fixed.error:
            mutant.problem = fixed.error
        text = fixed.text if fixed.text != mutant.text else None
        codes = Counter(finding.code for finding in judge(fixed.text)) - before
        if unsafe:
            mutant.unsafe, mutant.left_unsafe = text, sorted(codes.elements())
        else:
            mutant.safe, mutant.left = text, sorted(codes.elements())


class Truth:
    """What really happens when a text is run, remembered by its content."""

    def __init__(self, cache: Path | None) -> None:
        self.cache = cache
        self.known: dict[str, dict[str, Any]] = {}
        if cache and cache.exists():
            for line in cache.read_text().splitlines():
                entry = json.loads(line)
                self.known[entry.pop("key")] = entry

    def ask(self, texts: list[str], jobs: int) -> None:
        """Run all of these texts that have not been run."""
        missing = [text for text in dict.fromkeys(texts) if _key(text) not in self.known]
        print(f"{len(missing)} runs", file=sys.stderr)
        chunks = [missing[start : start + 10] for start in range(0, len(missing), 10)]
        with ProcessPoolExecutor(jobs) as pool:
            for number, answers in enumerate(pool.map(_run, chunks)):
                for text, answer in answers:
                    self.known[_key(text)] = answer
                    if self.cache:
                        with self.cache.open("a") as file:
                            file.write(json.dumps({"key": _key(text)} | answer) + "\n")
                print(f"\r{min((number + 1) * 10, len(missing))}/{len(missing)}", end="", file=sys.stderr)

    def of(self, text: str) -> dict[str, Any]:
        """The outcome of a text that was run."""
        return self.known[_key(text)]


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _run(texts: list[str]) -> list[tuple[str, dict[str, Any]]]:
    from kerasfix.proof import verify_source
    from kerasfix.verify import Options, Verifier

    answers: list[tuple[str, dict[str, Any]]] = []
    with Verifier(Options(device="cpu", timeout=90)) as verifier:
        for text in texts:
            document = read_document(text.encode(), "mutant.py")
            verdict = verify_source(verifier, document, document.sources[0], text).to_json()
            answers.append(
                (text, {name: verdict[name] for name in ("status", "assumed", "error", "models", "fits")})
            )
    return answers


def runs(verdict: dict[str, Any]) -> bool:
    """Whether a run came to its end, on no assumed data, with finite losses."""
    return (
        verdict["status"] == "passed"
        and not verdict["assumed"]
        and all(fit["finite"] is not False for fit in verdict["fits"])
    )


def sound(verdict: dict[str, Any], original: dict[str, Any]) -> bool:
    """Whether a run came to its end, and no training of it is worse than that of the program itself.

    The bias of a shared encoder cancels out in any siamese network, and a few steps on a frozen model may not tell
    whether the loss depends on the labels: such signs count only where the program does not show them.
    """
    if not runs(verdict) or len(verdict["fits"]) < len(original["fits"]):
        return False
    return all(
        all(len(fit["gradients"][kind]) <= len(usual["gradients"][kind]) for kind in usual["gradients"])
        and (fit["depends_on_labels"] is not False or usual["depends_on_labels"] is False)
        for fit, usual in zip(verdict["fits"], original["fits"], strict=False)
    )


def same(one: dict[str, Any], original: dict[str, Any]) -> bool:
    """Whether a run built the models of the program itself, and trained them as it does."""

    def models(verdict: dict[str, Any]) -> list[Any]:
        return [(model["output_shape"], model["params"]) for model in verdict["models"]]

    losses = [[fit["loss"] for fit in verdict["fits"]] for verdict in (one, original)]
    return (
        sound(one, original)
        and models(one) == models(original)
        and len(losses[0]) == len(losses[1])
        and all(
            a is None or b is None or abs(a - b) <= 0.35 * max(abs(a), abs(b)) + 1e-3
            for a, b in zip(*losses, strict=True)
        )
    )


def main() -> None:
    """Run, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument(
        "folders",
        nargs="*",
        type=Path,
        default=[ROOT / "fixtures" / name for name in ("training", "clean", "styles")],
    )
    parser.add_argument("--run", action="store_true", help="ask Keras for the truth")
    parser.add_argument("--sample", type=int, help="run only so many mutants, of all kinds")
    parser.add_argument("--seed", type=int, default=0, help="which of them")
    parser.add_argument("--limit", type=int, help="only so many mutants, taken evenly")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--show", help="print the mutants of this kind that are not found, or not repaired")
    options = parser.parse_args()
    programs = {
        f"{folder.name}/{path.stem}": path.read_text()
        for folder in options.folders
        for path in sorted(folder.glob("*.py"))
    }
    with ProcessPoolExecutor(options.jobs) as pool:
        checked = list(pool.map(check, programs, programs.values()))
    everything = [mutant for _, mutants in checked for mutant in mutants]
    if options.limit and options.limit < len(everything):
        everything = [everything[n * len(everything) // options.limit] for n in range(options.limit)]
    print(f"{len(programs)} programs, {len(everything)} mutants\n")
    truth = Truth(options.cache) if options.run else None
    if truth and options.sample and options.sample < len(everything):
        report(everything, programs, None)
        everything = sample(everything, options.sample, options.seed)
        print(f"\nRun: {len(everything)} of them\n")
    if truth:
        texts = [*programs.values()]
        texts += [text for m in everything for text in (m.text, m.safe, m.unsafe) if text is not None]
        truth.ask(texts, options.jobs)
        print(file=sys.stderr)
    rows = report(everything, programs, truth)
    if options.show:
        for mutant, status in rows:
            if re.search(options.show, mutant.kind) and status:
                print(
                    f"\n=== {mutant.program}: {mutant.kind}: {status} found={mutant.found} left={mutant.left}"
                )
                print(difference(programs[mutant.program], mutant.text), end="")
                if truth:
                    error = truth.of(mutant.text)["error"]
                    print("   ran:", truth.of(mutant.text)["status"], error and error["message"][:150])
    if options.json:
        options.json.write_text(
            json.dumps([vars(mutant) | {"status": status} for mutant, status in rows], indent=1)
        )


def sample(mutants: list[Mutant], size: int, seed: int) -> list[Mutant]:
    """So many mutants: those not found first, then of each kind as many as its share, one at least."""
    chance = Random(seed)
    kinds: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in chance.sample(mutants, len(mutants)):
        kinds[mutant.kind].append(mutant)
    missed = [mutant for mutant in mutants if not mutant.found][:size]
    share = max(0, size - len(missed)) / len(mutants)
    found = [
        mutant
        for group in kinds.values()
        for mutant in [mutant for mutant in group if mutant.found][: max(1, round(share * len(group)))]
    ]
    return [*missed, *found]


def difference(before: str, after: str) -> str:
    """The lines that changed."""
    from difflib import unified_diff

    lines = list(unified_diff(before.splitlines(True), after.splitlines(True), n=0))[2:]
    return "".join(line for line in lines if not line.startswith("@@"))


def report(mutants: list[Mutant], programs: dict[str, str], truth: Truth | None) -> list[tuple[Mutant, str]]:
    """Print one line for each mutation; what is amiss with each mutant, in a word."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    rows: list[tuple[Mutant, str]] = []
    for mutant in mutants:
        count = table[mutant.kind]
        count["mutants"] += 1
        status = mutant.problem
        verdict = truth.of(mutant.text) if truth else None
        original = truth.of(programs[mutant.program]) if truth else None
        if verdict is not None and original is not None:
            if not runs(original):
                count["mutants"] -= 1
                continue
            fate = (
                "broken" if not sound(verdict, original) else "twin" if same(verdict, original) else "other"
            )
        else:
            fate = "broken"  # as far as is known
        count[fate] += 1
        found = bool(mutant.found)
        if fate == "twin" and mutant.errors:
            count["wrong"] += 1
            status = status or f"wrong {mutant.errors}"
        if fate == "other" and found:
            count["other found"] += 1
        if fate == "broken":
            count["found"] += found
            status = status or ("" if found else "missed")
            if mutant.safe is not None:
                count["safe"] += 1
                repaired = _repaired(mutant.safe, mutant.left, original, truth)
                count["repaired"] += repaired
                status = status or ("" if repaired else "not repaired")
            best = mutant.unsafe if mutant.unsafe is not None else mutant.safe
            count["repaired at all"] += best is not None and _repaired(
                best, mutant.left_unsafe, original, truth
            )
        rows.append((mutant, status))
    columns = (
        "mutants",
        "broken",
        "twin",
        "other",
        "found",
        "safe",
        "repaired",
        "repaired at all",
        "other found",
        "wrong",
    )
    print("| mutation | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    total: Counter[str] = Counter()
    for kind, count in table.items():
        total += count
        print(f"| {kind} | " + " | ".join(str(count[column]) for column in columns) + " |")
    print("| **all** | " + " | ".join(f"**{total[column]}**" for column in columns) + " |\n")
    for name, part, whole in (
        ("found", "found", "broken"),
        ("repaired, of those with a safe fix", "repaired", "safe"),
    ):
        if total[whole]:
            print(f"{name}: {total[part]} of {total[whole]} = {total[part] / total[whole]:.1%}")
    print(f"wrong errors: {total['wrong']}")
    return rows


def _repaired(text: str, left: list[str], original: dict[str, Any] | None, truth: Truth | None) -> bool:
    if truth is None or original is None:
        return not left
    return same(truth.of(text), original)


if __name__ == "__main__":
    main()
