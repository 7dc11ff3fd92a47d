"""Quick fixes, `fix all`, and `suppress here`."""

from collections.abc import Iterator
from typing import Any

from lsprotocol import types

from kerasfix.checker import applicable, settled
from kerasfix.finding import Applicability, Finding, Fix
from kerasfix.fixing import apply_fixes, fix_source
from kerasfix.linter import lint
from kerasfix.server.analysis import Analysis, Part
from kerasfix.server.diagnostics import as_diagnostic
from kerasfix.server.edits import workspace_edit
from kerasfix.server.language_server import KerasfixServer
from kerasfix.source import Source
from kerasfix.suppressing import suppress

FIX_ALL = "source.fixAll.kerasfix"
KINDS = (types.CodeActionKind.QuickFix, FIX_ALL)
_WORDS = {Applicability.UNSAFE: " (unsafe)", Applicability.DISPLAY: " (a suggestion)"}


def register(server: KerasfixServer) -> None:
    """Make the server answer requests for code actions."""
    options = types.CodeActionOptions(code_action_kinds=list(KINDS), resolve_provider=True)
    server.answers(types.TEXT_DOCUMENT_CODE_ACTION, options)(_actions)
    server.answers(types.CODE_ACTION_RESOLVE)(_resolve)


async def _actions(server: KerasfixServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    analysis = server.opened.analysis(params.text_document.uri)
    if analysis is None:
        return []
    versioned = server.can("workspace.workspace_edit.document_changes")
    lazy = "edit" in (_resolvable(server) or ())
    only = params.context.only

    def find() -> list[types.CodeAction]:
        found: list[types.CodeAction] = []
        if _wanted(types.CodeActionKind.QuickFix, only):
            found += quick_fixes(analysis, params, versioned)
        if _wanted(FIX_ALL, only):
            data = {"uri": analysis.uri}
            action = types.CodeAction("Fix all safe problems (kerasfix)", FIX_ALL, data=data)
            if not lazy:
                action.edit = _fix_all(server, analysis, versioned)
            if lazy or action.edit:
                found.append(action)
        return found

    return await server.work(find)


async def _resolve(server: KerasfixServer, action: types.CodeAction) -> types.CodeAction:
    data: Any = action.data
    analysis = server.opened.analysis(data["uri"]) if isinstance(data, dict) else None
    if analysis is not None:
        versioned = server.can("workspace.workspace_edit.document_changes")
        action.edit = await server.work(lambda: _fix_all(server, analysis, versioned))
    return action


def _resolvable(server: KerasfixServer) -> Any:
    text = server.client_capabilities.text_document
    action = text and text.code_action
    return action and action.resolve_support and action.resolve_support.properties


def _wanted(kind: str, only: Any) -> bool:
    """Whether the client asks for a kind: `source` stands for `source.fixAll.kerasfix` too.

    What is not asked for by name is offered as long as it is a quick fix or the cursor may well mean it.
    """
    return only is None or any(kind == wanted or kind.startswith(f"{wanted}.") for wanted in only)


def quick_fixes(
    analysis: Analysis, params: types.CodeActionParams, versioned: bool
) -> Iterator[types.CodeAction]:
    """Every repair of the findings in a range, best first, and a comment that silences each."""
    silencers: dict[str, types.CodeAction] = {}
    for part, finding in analysis.findings:
        uri, diagnostic = as_diagnostic(analysis, part, finding)
        if uri != params.text_document.uri or not _meet(diagnostic.range, params.range):
            continue
        shown = [
            given
            for given in params.context.diagnostics
            if given.code == diagnostic.code and given.range == diagnostic.range
        ]
        for fix in finding.fixes:
            if fix.edits:
                yield types.CodeAction(
                    fix.title + _WORDS.get(fix.applicability, ""),
                    types.CodeActionKind.QuickFix,
                    diagnostics=shown or [diagnostic],
                    is_preferred=fix is _preferred(finding),
                    edit=_edit(analysis, part, fix, versioned),
                )
        silencer = Fix(f"Ignore {finding.code} here", tuple(suppress(part.source, [finding])))
        silencers[finding.code] = types.CodeAction(
            f"{silencer.title} ({finding.name})",
            types.CodeActionKind.QuickFix,
            diagnostics=shown or [diagnostic],
            edit=_edit(analysis, part, silencer, versioned),
        )
    yield from silencers.values()


def _preferred(finding: Finding) -> Fix | None:
    return next((fix for fix in finding.fixes if fix.applicability is Applicability.SAFE), None)


def _meet(one: types.Range, other: types.Range) -> bool:
    """Whether ranges have a place in common; their ends belong to them."""
    return one.start <= other.end and other.start <= one.end


def _edit(analysis: Analysis, part: Part, fix: Fix, versioned: bool) -> types.WorkspaceEdit:
    text, _ = apply_fixes(part.source.text, [fix])
    return workspace_edit(analysis, {part.source: text}, versioned)


def _fix_all(server: KerasfixServer, analysis: Analysis, versioned: bool) -> types.WorkspaceEdit | None:
    """What `kerasfix check --fix` would do."""
    rules = analysis.settings.rules_for(analysis.path)
    texts: dict[Source, str] = {}
    for part in analysis.parts:
        result = fix_source(
            part.source,
            rules,
            lambda finding: applicable(finding, analysis.mode),
            lambda source, rules: settled(
                lint(source, rules), source, rules, analysis.settings, analysis.mode
            ),
        )
        if result.error:
            server.tell_problem(f"kerasfix: {analysis.path.name}: {result.error}")
        elif result.text != part.source.text:
            texts[part.source] = result.text
    return workspace_edit(analysis, texts, versioned) if texts else None
