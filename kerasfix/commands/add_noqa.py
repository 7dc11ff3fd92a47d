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
    from kerasfix.commands.request import Request
    from kerasfix.report import Placed


def add_noqa(request: "Request", reason: str) -> int:
    """Add comments to the files of a request; how many were added or extended.

    Findings of a baseline are silent already and get none; neither does code that does not parse.
    """
    checked = [_check(request, path) for path in request.files()]
    findings = [placed for one in checked for placed in one.findings if placed.finding.code != "KF001"]
    new, _ = request.baselines.new(findings)
    return sum(
        _add(request, one, [placed for placed in one.findings if placed in new], reason) for one in checked
    )


def _check(request: "Request", path: Path) -> Checked:
    checked = check_file(path, shown(path), request.resolver.settings(path.parent), request.mode)
    for message in checked.errors:
        request.console.error(message)
    return checked


def _add(request: "Request", checked: Checked, findings: "list[Placed]", reason: str) -> int:
    groups: dict[Source, list[Finding]] = defaultdict(list)
    for placed in findings:
        groups[placed.source].append(placed.finding)
    texts, added = {}, 0
    for source, group in groups.items():
        edits = suppress(source, group, noqa=True, reason=reason)
        text, _ = apply_fixes(source.text, [Fix("Silence", tuple(edits))])
        if parses(source.text) and not parses(text):
            request.console.error(f"{checked.shown}: no comment can be added here; use `per-file-ignores`")
        else:
            texts[source] = text
            added += len(edits)
    if not texts:
        return 0
    assert checked.document
    try:
        write_document(checked.path, checked.data, checked.document.encode(checked.document.replace(texts)))
    except FileChanged:
        request.console.error(f"{checked.shown}: no comments added: the file was changed meanwhile")
    except UnicodeEncodeError:
        request.console.error(
            f"{checked.shown}: no comments added: the reason has characters that its encoding lacks"
        )
    except OSError as error:
        request.console.error(f"{checked.shown}: no comments added: {error.strerror or error}")
    else:
        return added
    return 0
