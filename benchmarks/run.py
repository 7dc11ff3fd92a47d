"""Measure kerasfix's budgets: CPU seconds of whole processes, as ratios, side by side in one run.

    python benchmarks/run.py [--repeats 9] [--others VENV] [--corpus FOLDER] [--json FILE]

Every round runs every command once, one after the other, so that whatever else the machine does meets all of
them; a ratio is the median of the rounds' ratios. `--others` names an environment with TorchFix and Fixit
(`python -m venv V && V/bin/pip install torchfix fixit`); without it their rows are left out.
The hundred scripts are Keras's own source, as installed, or those of `--corpus`. Beside them stand a hundred broken
scripts (those of `fixtures/` again and again): with half a dozen findings in thirty lines they are the worst case.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
MANY = 100
PARSE = """
import sys
from pathlib import Path
import libcst
for path in sys.argv[1:]:
    for file in sorted(Path(path).rglob("*.py")) if Path(path).is_dir() else [Path(path)]:
        text = file.read_bytes().decode()
        if "keras" in text:
            libcst.parse_module(text)
"""
PLAIN = "import random\n\nfor number in range(10):\n    print(random.random() < 0.5, number)\n" * 10


@dataclass
class Command:
    """A command, and what each of its runs cost."""

    name: str
    arguments: list[str]
    cpu: list[float] = field(default_factory=list)
    """Seconds, user and system, of the process and those it waited for."""
    memory: float = 0.0
    """Peak resident set of the largest process, in MB."""
    status: int = 0


@dataclass(frozen=True)
class Budget:
    """At most `limit` times what another command costs."""

    command: str
    other: str
    limit: float | None
    """None where the ratio is shown for information."""


def run(command: Command) -> None:
    """Run a command once and note its cost; its output is thrown away."""
    # Byte code is kept, as it is where people run it: compiling on every start would drown all else.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    silent = subprocess.DEVNULL
    process = subprocess.Popen(command.arguments, env=kept, stdin=silent, stdout=silent, stderr=silent)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = command.status = os.waitstatus_to_exitcode(status)
    command.cpu.append(usage.ru_utime + usage.ru_stime)
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    command.memory = max(command.memory, usage.ru_maxrss / unit)


def keras_source() -> Path:
    """Where the source of Keras is installed.

    Raises:
        SystemExit: it is not.
    """
    spec = find_spec("keras")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("error: Keras is not installed; name a folder of Keras scripts with --corpus")
    return Path(spec.submodule_search_locations[0]) / "src"


def corpus(folder: Path, target: Path) -> int:
    """Put a hundred Keras scripts into `target`, taken evenly from a folder; how many bytes they have.

    Raises:
        SystemExit: there are none.
    """
    found = sorted(path for path in folder.rglob("*.py") if path.parent.name != "fixed")
    texts = [
        text for path in found if "keras" in (text := path.read_text(encoding="utf-8", errors="replace"))
    ]
    if not texts:
        raise SystemExit(f"error: no Keras scripts in {folder}")
    texts = [texts[number * len(texts) // MANY] for number in range(MANY)]
    target.mkdir()
    size = 0
    for number in range(MANY):
        # TorchFix skips files without its word.
        text = f"{texts[number]}\n# torch {number}\n"
        size += len(text)
        (target / f"script_{number:03}.py").write_text(text, encoding="utf-8")
    return size


def commands(
    folder: Path, script: Path, many: Path, broken: Path, plain: Path, others: Path | None
) -> Iterable[Command]:
    """All that is measured."""
    kerasfix = [sys.executable, "-m", "kerasfix", "check", "--quiet", "--isolated"]
    known = subprocess.run(
        [sys.executable, "-m", "kerasfix", "check", "--help"], capture_output=True, text=True, check=True
    )
    if "--no-cache" in known.stdout:
        kerasfix.append("--no-cache")
    parse = folder / "parse.py"
    parse.write_text(PARSE)
    yield Command("kerasfix, one script", [*kerasfix, str(script)])
    yield Command("libcst, one script", [sys.executable, str(parse), str(script)])
    yield Command("kerasfix, no Keras", [*kerasfix, str(plain)])
    yield Command("import click", [sys.executable, "-c", "import click"])
    yield Command("kerasfix, many", [*kerasfix, str(many)])
    yield Command("libcst, many", [sys.executable, str(parse), str(many)])
    yield Command("kerasfix, broken", [*kerasfix, str(broken)])
    yield Command("libcst, broken", [sys.executable, str(parse), str(broken)])
    if others:
        yield Command("TorchFix, one script", [str(others / "bin" / "torchfix"), str(script)])
        yield Command("Fixit, one script", [str(others / "bin" / "fixit"), "lint", str(script)])
        yield Command("TorchFix, many", [str(others / "bin" / "torchfix"), str(many)])
        yield Command("Fixit, many", [str(others / "bin" / "fixit"), "lint", str(many)])


BUDGETS = (
    Budget("kerasfix, one script", "libcst, one script", 1.5),
    Budget("kerasfix, one script", "TorchFix, one script", 0.6),
    Budget("kerasfix, one script", "Fixit, one script", 0.6),
    Budget("kerasfix, no Keras", "import click", 2.0),
    Budget("kerasfix, many", "libcst, many", 1.6),
    Budget("kerasfix, broken", "libcst, broken", None),
    Budget("kerasfix, many", "TorchFix, many", 0.2),
    Budget("kerasfix, many", "Fixit, many", 0.2),
)


def main() -> None:
    """Run, and print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=9, help="rounds (default: 9)")
    parser.add_argument("--others", type=Path, help="an environment with TorchFix and Fixit")
    parser.add_argument("--corpus", type=Path, help="a folder of Keras scripts")
    parser.add_argument(
        "--script", type=Path, help="the one script (default: the longest of the broken ones)"
    )
    parser.add_argument("--json", type=Path, help="write the measurements to a file")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = folder / "many"
        broken = folder / "broken"
        size = corpus(options.corpus or keras_source(), many)
        corpus(ROOT / "fixtures" / "article", broken)
        script = folder / "script.py"
        longest = options.script or max(broken.iterdir(), key=lambda path: path.stat().st_size)
        script.write_text(f"{longest.read_text(encoding='utf-8')}\n# torch\n", encoding="utf-8")
        plain = folder / "plain.py"
        plain.write_text(PLAIN)
        measured = list(commands(folder, script, many, broken, plain, options.others))
        lines = script.read_text(encoding="utf-8").count("\n")
        for command in measured:  # once for the byte code and the disk
            run(command)
            command.cpu.clear()
        for _ in range(options.repeats):
            for command in measured:
                run(command)

    print(f"One script of {lines} lines; {MANY} scripts of {size / 1e3:.0f} kB; {options.repeats} rounds.\n")
    print(f"{'':24}{'CPU s (median)':>16}{'min':>8}{'max':>8}{'MB':>7}{'exit':>6}")
    for command in measured:
        cpu = command.cpu
        row = f"{median(cpu):>16.3f}{min(cpu):>8.3f}{max(cpu):>8.3f}{command.memory:>7.0f}{command.status:>6}"
        print(f"{command.name:24}{row}")
    by_name = {command.name: command for command in measured}
    print()
    for budget in BUDGETS:
        if budget.other not in by_name:
            continue
        pairs = zip(by_name[budget.command].cpu, by_name[budget.other].cpu, strict=True)
        ratio = median(mine / other for mine, other in pairs)
        line = f"{budget.command:22}{ratio:>7.2f} x {budget.other:22}"
        if budget.limit is not None:
            verdict = "holds" if ratio <= budget.limit else "EXCEEDED"
            line += f" budget {budget.limit:>4} x: {verdict}"
        print(line.rstrip())
    if failed := [command.name for command in measured if command.status not in {0, 1}]:
        print(f"\nFailed, so its figures mean nothing: {', '.join(failed)}")
    if options.json:
        options.json.write_text(json.dumps([asdict(command) for command in measured], indent=1) + "\n")


if __name__ == "__main__":
    main()
