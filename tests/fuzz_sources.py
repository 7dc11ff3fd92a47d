"""Throw programs of every kind at kerasfix: it may find what it likes, but never fail, hang, or spoil a text.

    python -m tests.fuzz_sources [--seed 1] [--count 200] [--folder FOLDER]...
    python -m tests.fuzz_sources --every 1 [--folder FOLDER]...

A third of the programs are made at random from the grammar, a third are files of the folders (the standard library,
its tests and site-packages), a third the same files hurt: cut off, with bytes flipped, lines doubled or moved, brackets
lost. All of them say `keras`, so that all are followed. Each is checked and fixed; whatever is fixed must still be
Python, and a second run must leave it alone. With `--every N` the programs are every N-th file of the folders, whatever
its size, as it is.
"""

import argparse
import random
import sys
import sysconfig
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from kerasfix.finding import Applicability, Failure, Finding, Fix
from kerasfix.fixing import fix_source, parses
from kerasfix.linter import heed_comments, lint
from kerasfix.registry import all_rules
from kerasfix.rule import Rule
from kerasfix.source import Source, UnreadableFile, read_document

FOLDERS = [Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))]
LARGEST = 60_000
"""Bytes of a file: larger ones take seconds each, and hold nothing else."""
SECONDS = 60.0
"""CPU seconds for one program, by which it counts as hung."""
PRELUDE = "import keras\nfrom keras.layers import *\n"


def files(folders: list[Path], chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Endless files, in random order."""
    paths = sorted(path for folder in folders for path in folder.rglob("*.py"))
    while True:
        path = chance.choice(paths)
        try:
            if path.stat().st_size <= LARGEST:
                yield str(path), path.read_bytes()
        except OSError:
            continue


def hurt(data: bytes, chance: random.Random) -> bytes:
    """The same file after an accident."""
    lines = data.splitlines(keepends=True) or [b"\n"]
    place = chance.randrange(len(lines))
    match chance.randrange(8):
        case 0:
            return data[: chance.randrange(len(data) + 1)]
        case 1:
            changed = bytearray(data or b"\n")
            for _ in range(chance.randint(1, 6)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            return bytes(changed)
        case 2:
            return b"".join([*lines[:place], lines[chance.randrange(len(lines))], *lines[place:]])
        case 3:
            return b"".join([*lines[:place], *lines[place + 1 :]])
        case 4:
            return data.replace(chance.choice([b"(", b")", b"[", b"]", b":", b'"', b"'"]), b"", 1)
        case 5:
            return b"".join(b"\t" + line if chance.random() < 0.1 else line for line in lines)
        case 6:
            return b"".join(line.rstrip(b"\r\n") + chance.choice([b"\n", b"\r\n", b"\r"]) for line in lines)
        case _:
            cookie = chance.choice(
                ["latin-1", "utf-16", "shift_jis", "cp1252", "rot13", "no-such", "utf-8-sig"]
            )
            return f"# -*- coding: {cookie} -*-\n".encode() + data


def generated(seed: int) -> bytes:
    """A program made from Python's grammar."""
    from pysource_codegen import generate

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return generate(seed, node_limit=300).encode("utf-8", "surrogatepass")
        except ValueError:  # a tree that Python cannot write out
            return generated(seed + 1_000_003)


def any_fix(finding: Finding) -> Fix | None:
    """The best fix, unsafe ones too."""
    levels = (Applicability.SAFE, Applicability.UNSAFE)
    return next((fix for fix in finding.fixes if fix.applicability in levels), None)


def check(data: bytes) -> str | None:
    """What goes wrong with a file; None where all is well."""
    failures: list[Failure] = []

    def find(source: Source, rules: tuple[Rule, ...]) -> list[Finding]:
        found = heed_comments(source, rules, lint(source, rules))
        failures.extend(finding for finding in found if isinstance(finding, Failure))
        for finding in found:
            if not 0 <= finding.start <= finding.end <= len(source.text):
                raise AssertionError(f"{finding.code} at {finding.start} of {len(source.text)}")
        return [finding for finding in found if not isinstance(finding, Failure)]

    started = time.process_time()
    try:
        document = read_document(data, "x.py")
    except UnreadableFile:
        return None
    for source in document.sources:
        result = fix_source(source, all_rules(), any_fix, find)
        if failures:
            return f"{failures[0].message}\n{failures[0].trace}"
        if result.error:
            return result.error
        if result.text != source.text:
            if parses(source.text) and not parses(result.text):
                return "a fix spoils the syntax"
            if fix_source(Source("x.py", result.text), all_rules(), any_fix, find).text != result.text:
                return "a second run changes the text again"
    seconds = time.process_time() - started
    return f"{seconds:.0f} CPU seconds" if seconds > SECONDS else None


def programs(seed: int, count: int, folders: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Programs of all three kinds in turn, with a name for each."""
    chance = random.Random(seed)
    found = files(folders, chance)
    for number in range(count):
        if number % 3 == 0:
            name, data = f"generated {seed + number}", generated(seed + number)
        else:
            name, data = next(found)
        if number % 3 == 2:
            yield f"{name}, hurt", _prelude(data) + hurt(data, chance)
        else:
            yield name, _with_keras(data)


def every(step: int, folders: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Every `step`-th file, with its name."""
    paths = sorted({path.resolve() for folder in folders for path in folder.rglob("*.py")})
    for path in paths[::step]:
        if path.is_file():
            yield str(path), _with_keras(path.read_bytes())


def _prelude(data: bytes) -> bytes:
    return PRELUDE.encode() if not data.startswith(b"\xef\xbb\xbf") else b""


def _with_keras(data: bytes) -> bytes:
    return data + b"\nimport keras\n" if b"from __future__" in data else _prelude(data) + data


def main() -> None:
    """Run, and print what goes wrong; the exit status is 1 where anything does."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--folder", type=Path, action="append")
    parser.add_argument("--every", type=int, metavar="N")
    options = parser.parse_args()
    folders = options.folder or FOLDERS
    number = wrong = 0
    chosen = (
        every(options.every, folders) if options.every else programs(options.seed, options.count, folders)
    )
    for name, data in chosen:
        number += 1
        try:
            problem = check(data)
        except Exception as error:
            import traceback

            problem = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
        if problem:
            wrong += 1
            print(f"--- {name}\n{problem}\n")
            Path(f"{options.seed}-{wrong}.txt").write_bytes(data)
    print(f"{number} programs, {wrong} gone wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
