"""Measure kerasfix's budgets: CPU seconds of whole processes, as ratios, side by side in one run.

    python benchmarks/run.py [--repeats 9] [--others VENV] [--tree 100000] [--growth] [--corpus FOLDER]
                             [--json FILE] [--svg FILE]

Every round runs every command once, one after the other, so that whatever else the machine does meets all of
them; a ratio is the median of the rounds' ratios. What takes minutes is run in the first round only. `--others` names
an environment with other tools (`python -m venv V && V/bin/pip install torchfix fixit flake8 pylint ruff`); without it
their rows are left out. `--tree` makes that many files of which one in a thousand mentions Keras; `--growth` measures
scripts of 10 to 100,000 lines, and models of 10 to 1,000 layers.
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
    once: bool = False
    """Run in the first round only."""


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


PLACES = ("one script", "many", "Keras itself", "tree")
OTHERS = {
    "TorchFix": ("torchfix",),
    "Fixit": ("fixit", "lint"),
    "flake8": ("flake8", "--isolated"),
    "pylint": ("pylint", "--rcfile=/dev/null", "--disable=all", "--enable=E"),
    "Ruff": ("ruff", "check", "--isolated", "--no-cache"),
}
_LONG = {("pylint", "many"), ("TorchFix", "Keras itself"), ("Fixit", "Keras itself"), ("flake8", "Keras itself"),
         ("kerasfix", "Keras itself"), ("kerasfix", "tree"), ("Ruff", "tree")}  # fmt: skip
_NEVER = {("pylint", "Keras itself"), *((name, "tree") for name in ("TorchFix", "Fixit", "flake8", "pylint"))}


def commands(folder: Path, places: dict[str, Path], broken: Path, others: Path | None) -> Iterable[Command]:
    """All that is measured."""
    kerasfix = [sys.executable, "-m", "kerasfix", "check", "--quiet", "--isolated"]
    fresh, kept = [*kerasfix, "--no-cache"], [*kerasfix, "--cache-dir", str(folder / "cache")]
    parse, plain = folder / "parse.py", folder / "plain.py"
    parse.write_text(PARSE)
    plain.write_text(PLAIN)
    libcst = [sys.executable, str(parse)]
    yield Command("kerasfix, no Keras", [*fresh, str(plain)])
    yield Command("kerasfix, cached", [*kept, str(places["one script"])])
    yield Command("import click", [sys.executable, "-c", "import click"])
    yield Command("kerasfix, broken", [*fresh, str(broken)])
    yield Command("libcst, broken", [*libcst, str(broken)])
    for place, path in places.items():
        yield Command(f"kerasfix, {place}", [*fresh, str(path)], once=("kerasfix", place) in _LONG)
        yield Command(f"libcst, {place}", [*libcst, str(path)], once=("kerasfix", place) in _LONG)
        for name, arguments in OTHERS.items() if others else ():
            if (name, place) not in _NEVER:
                program = str(others / "bin" / arguments[0]) if others else ""
                yield Command(
                    f"{name}, {place}", [program, *arguments[1:], str(path)], once=(name, place) in _LONG
                )


BUDGETS = (
    Budget("kerasfix, one script", "libcst, one script", 1.5),
    *(Budget("kerasfix, one script", f"{name}, one script", 0.6) for name in ("TorchFix", "Fixit")),
    *(Budget("kerasfix, one script", f"{name}, one script", None) for name in ("flake8", "pylint", "Ruff")),
    Budget("kerasfix, no Keras", "import click", 2.0),
    Budget("kerasfix, cached", "import click", 2.0),
    Budget("kerasfix, many", "libcst, many", 1.6),
    Budget("kerasfix, broken", "libcst, broken", None),
    *(Budget("kerasfix, many", f"{name}, many", 0.2) for name in ("TorchFix", "Fixit")),
    *(Budget("kerasfix, many", f"{name}, many", None) for name in ("flake8", "pylint", "Ruff")),
    Budget("kerasfix, Keras itself", "libcst, Keras itself", 1.6),
    *(Budget("kerasfix, Keras itself", f"{name}, Keras itself", 0.2) for name in ("TorchFix", "Fixit")),
    Budget("kerasfix, tree", "libcst, tree", None),
    Budget("kerasfix, tree", "Ruff, tree", None),
)


def make_tree(folder: Path, count: int) -> Path:
    """A tree of files, a hundred to a folder; one in a thousand mentions Keras."""
    keras = "import keras\n\nmodel = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])\n"
    for number in range(count):
        place = folder / f"package_{number // 100:04}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"module_{number % 100:02}.py").write_text(PLAIN if number % 1000 else keras)
    return folder


def lines_of(count: int) -> str:
    """A script of so many lines: models, one after the other."""
    model = [
        "model = keras.Sequential([",
        "    keras.Input((28, 28)),",
        "    keras.layers.Flatten(),",
        "    keras.layers.Dense(10, activation='softmax'),",
        "])",
        "model.compile(optimizer='adam', loss='sparse_categorical_crossentropy')",
        "for step in range(3):",
        "    print(step * 2, model.count_params())",
    ]
    rows = ["import keras", *model * (count // len(model) + 1)][: max(count - (count - 1) % len(model), 9)]
    return "\n".join(rows) + "\n"


def layers_of(count: int) -> str:
    """A Functional model of so many layers."""
    rows = ["import keras", "x = inputs = keras.Input((32,))"]
    rows += [f"x = keras.layers.Dense({16 + number % 5})(x)" for number in range(count)]
    return "\n".join([*rows, "model = keras.Model(inputs, x)", "model.summary()"]) + "\n"


def growth(folder: Path) -> dict[str, dict[int, Command]]:
    """What scripts of growing length, and models of growing depth, cost."""
    found: dict[str, dict[int, Command]] = {}
    for kind, make, counts in (
        ("lines", lines_of, (10, 100, 1_000, 10_000, 100_000)),
        ("layers", layers_of, (10, 100, 1_000)),
    ):
        for count in counts:
            path = folder / f"{kind}_{count}.py"
            path.write_text(make(count))
            command = Command(
                f"{count:,} {kind}",
                [sys.executable, "-m", "kerasfix", "check", "-q", "--isolated", "--no-cache", str(path)],
            )
            for _ in range(1 if count > 10_000 else 3):
                run(command)
            found.setdefault(kind, {})[count] = command
    return found


def print_growth(found: dict[str, dict[int, Command]]) -> None:
    """Seconds beyond those of the smallest script, for each of its lines or layers."""
    for kind, sizes in found.items():
        print(f"\n{kind:>10}{'CPU s':>10}{'MB':>8}{'ms each':>10}")
        start = min(min(command.cpu) for command in sizes.values())
        for count, command in sizes.items():
            each = (min(command.cpu) - start) / count * 1000
            print(f"{count:>10,}{min(command.cpu):>10.2f}{command.memory:>8.0f}{each:>10.3f}")


def as_svg(by_name: dict[str, Command]) -> str:
    """Bars of CPU seconds, a group for each set of files."""
    groups = {place: [c for name, c in by_name.items() if name.endswith(f", {place}")] for place in PLACES}
    rows: list[str] = []
    y = 10
    for place, found in groups.items():
        if not found:
            continue
        longest = max(median(command.cpu) for command in found)
        rows.append(f'<text x="10" y="{y + 14}" class="head">{place}</text>')
        y += 22
        for command in sorted(found, key=lambda command: median(command.cpu)):
            seconds, tool = median(command.cpu), command.name.partition(",")[0]
            width = max(1, round(360 * seconds / longest))
            kind = "ours" if tool == "kerasfix" else "bare" if tool == "libcst" else "other"
            label = "libcst, parse only" if tool == "libcst" else tool
            rows.append(f'<text x="130" y="{y + 12}" text-anchor="end">{label}</text>')
            rows.append(f'<rect x="138" y="{y}" width="{width}" height="15" class="{kind}"/>')
            rows.append(
                f'<text x="{144 + width}" y="{y + 12}">{seconds:.2f} s, {command.memory:.0f} MB</text>'
            )
            y += 19
        y += 10
    style = (
        "text{font:12px sans-serif;fill:#555}.head{font-weight:bold}"
        ".ours{fill:#c2410c}.bare{fill:#9ca3af}.other{fill:#60a5fa}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="{y}" viewBox="0 0 640 {y}" role="img">\n'
        f"<title>CPU seconds and peak memory, by set of files</title>\n<style>{style}</style>\n"
        + "\n".join(rows)
        + "\n</svg>\n"
    )


def main() -> None:
    """Run, and print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=9, help="rounds (default: 9)")
    parser.add_argument("--others", type=Path, help="an environment with other tools")
    parser.add_argument("--tree", type=int, default=0, help="files of a large tree (default: no tree)")
    parser.add_argument("--growth", action="store_true", help="measure growing scripts and models")
    parser.add_argument("--svg", type=Path, help="draw the measurements")
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
        places = {"one script": script, "many": many}
        if options.corpus is None:
            places["Keras itself"] = keras_source()
        if options.tree:
            places["tree"] = make_tree(folder / "tree", options.tree)
        measured = list(commands(folder, places, broken, options.others))
        lines = script.read_text(encoding="utf-8").count("\n")
        for command in measured:  # once for the byte code and the disk
            if not command.once:
                run(command)
                command.cpu.clear()
        for number in range(options.repeats):
            for command in measured:
                if number == 0 or not command.once:
                    run(command)
        grown = growth(folder) if options.growth else {}

    print(f"One script of {lines} lines; {MANY} scripts of {size / 1e3:.0f} kB; {options.repeats} rounds.\n")
    print(f"{'':24}{'CPU s (median)':>16}{'min':>8}{'max':>8}{'MB':>7}{'exit':>6}")
    for command in measured:
        cpu = command.cpu
        row = f"{median(cpu):>16.3f}{min(cpu):>8.3f}{max(cpu):>8.3f}{command.memory:>7.0f}{command.status:>6}"
        print(f"{command.name:24}{row}")
    by_name = {command.name: command for command in measured}
    print()
    for budget in BUDGETS:
        if budget.command not in by_name or budget.other not in by_name:
            continue
        pairs = zip(by_name[budget.command].cpu, by_name[budget.other].cpu, strict=False)
        ratio = median(mine / other for mine, other in pairs)
        line = f"{budget.command:22}{ratio:>7.2f} x {budget.other:22}"
        if budget.limit is not None:
            verdict = "holds" if ratio <= budget.limit else "EXCEEDED"
            line += f" budget {budget.limit:>4} x: {verdict}"
        print(line.rstrip())
    print_growth(grown)
    if options.svg:
        options.svg.write_text(as_svg(by_name), encoding="utf-8")
    if failed := [
        command.name
        for command in measured
        if command.status not in {0, 1} and not command.name.startswith(tuple(OTHERS))
    ]:
        print(f"\nFailed, so its figures mean nothing: {', '.join(failed)}")
    if options.json:
        options.json.write_text(json.dumps([asdict(command) for command in measured], indent=1) + "\n")


if __name__ == "__main__":
    main()
