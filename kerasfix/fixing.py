"""Apply fixes to a text until nothing is left to apply, and write the result back to its file."""

import contextlib
import errno
import os
import stat
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from kerasfix.finding import Edit, Finding, Fix
from kerasfix.light import dataclass
from kerasfix.linter import lint as lint_source
from kerasfix.linter import without_unused_imports
from kerasfix.rule import Rule
from kerasfix.source import Source

MAX_PASSES = 100


class FileChanged(Exception):
    """The file is no longer what was read: writing would lose somebody's change."""


@dataclass(frozen=True)
class FixResult:
    """A text after its fixes, or as it was if they went wrong."""

    text: str
    remaining: list[Finding]
    """The findings in `text`."""
    applied: Counter[str]
    """How many findings of each rule, by code, were fixed."""
    error: str | None = None
    """Why nothing was fixed: a sentence that names the rules at fault."""


def fix_source(
    source: Source,
    rules: tuple[Rule, ...],
    applicable: Callable[[Finding], Fix | None],
    lint: Callable[[Source, tuple[Rule, ...]], list[Finding]] = lint_source,
) -> FixResult:
    """Check a source, apply fixes, and again, until no fix is left.

    `applicable` chooses the fix of a finding, None for none; `lint` finds the findings.
    """
    first: list[Finding] | None = None
    passes: list[tuple[str, set[str]]] = []  # the text before each pass, and the rules that changed it
    applied: Counter[str] = Counter()

    def give_up(names: set[str], why: str) -> FixResult:
        rules = " and ".join(sorted(names)) if len(names) < 3 else ", ".join(sorted(names))
        return FixResult(
            source.text,
            first or [],
            Counter(),
            f"not fixed: the fixes of {rules} {why}; this is a bug of kerasfix",
        )

    text = source.text
    parsed: bool | None = None
    while True:
        findings = lint(replace(source, text=text), rules)
        first = findings if first is None else first
        chosen = [(finding, fix) for finding in findings if (fix := applicable(finding))]
        new, done = apply_fixes(text, [fix for _, fix in chosen])
        if not done:
            clean = without_unused_imports(source.text, text) if passes else text
            findings = findings if clean == text else lint(replace(source, text=clean), rules)
            return FixResult(clean, findings, applied)
        parsed = parses(text) if parsed is None else parsed
        fixed = [finding for finding, fix in chosen if fix in done]
        passes.append((text, {_title(finding) for finding in fixed}))
        if parsed and not parses(new):
            alone = {
                _title(f) for f, fix in chosen if fix in done and not parses(apply_fixes(text, [fix])[0])
            }
            return give_up(alone or passes[-1][1], "would leave code that does not parse")
        for start, (earlier, _) in enumerate(passes):
            if earlier == new:
                return give_up(set().union(*(names for _, names in passes[start:])), "undo each other")
        if len(passes) == MAX_PASSES:
            return give_up(passes[-1][1], f"still change the text after {MAX_PASSES} passes")
        applied.update(finding.code for finding in fixed)
        text = new


def apply_fixes(text: str, fixes: Sequence[Fix]) -> tuple[str, list[Fix]]:
    """One pass: the text with those fixes that do not get in each other's way, and which these are.

    Earlier fixes take precedence. Of a fix all edits are applied, or none. An edit that another fix has made
    already counts as made. Insertions at one place stand together only if all of them are `mergeable`.

    Raises:
        ValueError: an edit lies outside the text.
    """
    taken: dict[Edit, None] = {}
    done: list[Fix] = []
    for fix in fixes:
        new = [edit for edit in fix.edits if edit not in taken]
        for edit in new:
            if not 0 <= edit.start <= edit.end <= len(text):
                raise ValueError(f"{fix.title!r} edits {edit.start} to {edit.end} of a text of {len(text)}")
        if all(text[edit.start : edit.end] == edit.content for edit in fix.edits):
            continue  # it changes nothing
        others = [(edit, other) for edit in new for other in taken]
        own = [(edit, other) for place, edit in enumerate(new) for other in new[:place]]
        if any(_collide(*pair) for pair in others) or any(_overlap(*pair) for pair in own):
            continue
        taken.update(dict.fromkeys(new))
        done.append(fix)
    pieces: list[str] = []
    end = 0
    # At one place, what goes on the line comes before new lines.
    for edit in sorted(taken, key=lambda edit: (edit.start, edit.end, edit.content.startswith(("\r", "\n")))):
        pieces += text[end : edit.start], edit.content
        end = edit.end
    return "".join(pieces) + text[end:], done


def _collide(one: Edit, other: Edit) -> bool:
    """Whether edits of two fixes cannot both be made."""
    if one.start == one.end == other.start == other.end:
        return not (one.mergeable and other.mergeable)
    return _overlap(one, other)


def _overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits touch the same characters; an insertion at the edge of another edit does not."""
    if one.start == one.end and other.start == other.end:
        return False
    return (one.start < other.end and other.start < one.end) or one == other


def parses(text: str) -> bool:
    """Whether a text is Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "", "exec", flags=_ONLY_PARSE, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


_ONLY_PARSE = 0x400  # ast.PyCF_ONLY_AST


def _title(finding: Finding) -> str:
    return f"{finding.code} ({finding.name})"


def write_document(path: Path, original: bytes, new: bytes) -> None:
    """Replace a file's content in one step: others see the old file or the new one, and never a part.

    Its mode is kept, its owner where that is permitted. Of a symbolic link the target is replaced.

    Raises:
        FileChanged: the file no longer holds `original`.
        PermissionError: the file, or its folder, is read-only.
        OSError: it cannot be written for another reason. The file is then as it was.
    """
    try:
        target = path.resolve(strict=True)
        status = target.stat()
    except FileNotFoundError:
        raise FileChanged(f"{path} is gone") from None
    if target.read_bytes() != original:
        raise FileChanged(f"{path} was changed")
    for place, name in ((target, "the file"), (target.parent, "its folder")):
        if not os.access(place, os.W_OK) or not place.stat().st_mode & 0o222:
            raise PermissionError(errno.EACCES, f"{name} is read-only", str(path))
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(new)
            stream.flush()
            os.fsync(stream.fileno())
        if hasattr(os, "chown"):
            with contextlib.suppress(PermissionError):
                os.chown(temporary, status.st_uid, status.st_gid)
        temporary.chmod(stat.S_IMODE(status.st_mode))
        if target.read_bytes() != original:  # the last moment at which we can know
            raise FileChanged(f"{path} was changed")
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
