"""`--add-noqa`: a comment at every finding, so that old code passes and says where it is wrong."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from kerasfix.checker import Checked, check_file
from kerasfix.files import shown
from kerasfix.finding import Finding, Fix
from kerasfix.fixing import FileChanged, apply_fixes, parses, write_document
from kerasfix.source import Source
from kerasfix.suppressing import suppress

if TYPE_CHECKING:
    from kerasfix.commands.check import CheckRun
    from kerasfix.report import Placed


def add_noqa(run: "CheckRun", reason: str) -> int:
    """Add comments to the files of a run; how many were added or extended.

    Findings of a baseline are silent already and get none; neither does code that does not parse.
    """
    checked = [_check(run, path) for path in run.files()]
    findings = [placed for one in checked for placed in one.findings if placed.finding.code != "KF001"]
    new, _ = run.baselines.new(findings)
    return sum(
        _add(run, one, [placed for placed in one.findings if placed in new], reason) for one in checked
    )


def _check(run: "CheckRun", path: Path) -> Checked:
    checked = check_file(path, shown(path), run.resolver.settings(path.parent), run.mode)
    for message in checked.errors:
        run.console.error(message)
    return checked


def _add(run: "CheckRun", checked: Checked, findings: "list[Placed]", reason: str) -> int:
    groups: dict[Source, list[Finding]] = defaultdict(list)
    for placed in findings:
        groups[placed.source].append(placed.finding)
    texts, added = {}, 0
    for source, group in groups.items():
        edits = suppress(source, group, noqa=True, reason=reason)
        text, _ = apply_fixes(source.text, [Fix("Silence", tuple(edits))])
        if parses(source.text) and not parses(text):
            run.console.error(f"{checked.shown}: no comment can be added here; use `per-file-ignores`")
        else:
            texts[source] = text
            added += len(edits)
    if not texts:
        return 0
    assert checked.document
    try:
        write_document(checked.path, checked.data, checked.document.encode(checked.document.replace(texts)))
    except FileChanged:
        run.console.error(f"{checked.shown}: no comments added: the file was changed meanwhile")
    except UnicodeEncodeError:
        run.console.error(
            f"{checked.shown}: no comments added: the reason has characters that its encoding lacks"
        )
    except OSError as error:
        run.console.error(f"{checked.shown}: no comments added: {error.strerror or error}")
    else:
        return added
    return 0
