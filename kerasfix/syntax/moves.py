"""Imports and names that move: rewritten in place, and merged with the imports that are there."""

from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.keras import api
from kerasfix.syntax.edits import end_of_line, indentation, insert, replace
from kerasfix.syntax.imports import canonical, dotted_name, extend, imports, spell
from kerasfix.syntax.module import Module
from kerasfix.syntax.references import reads, statement_of

Edits = tuple[Edit, ...]


def written_like(module_name: str, example: str) -> str:
    """`keras.layers` as `tensorflow.keras.layers`, where the example is one of `tensorflow.keras`."""
    tf = example.startswith("tensorflow.") and not module_name.startswith("tensorflow.")
    return f"tensorflow.{module_name}" if tf else module_name


def rename_alias(module: Module, node: cst.ImportFrom, alias: cst.ImportAlias, new: str) -> Edits | None:
    """`from a import old` becomes an import of `new` (a full name), its uses included; None where it cannot be."""
    old, word = alias.evaluated_name, new.rpartition(".")[2]
    if alias.asname is not None or word == old:
        return move_names(module, node, {alias: new})
    uses = reads(module, old)
    bound = is_bound(module, word, canonical(new))
    if uses is None or bound is None:
        return move_names(module, node, {alias: new}, keep={alias: old})
    renamed = tuple(replace(module, use, word) for use in uses)
    moved = move_names(module, node, {alias: new})
    return None if moved is None else (*moved, *renamed)


def is_bound(module: Module, word: str, dotted: str) -> bool | None:
    """Whether a name is imported here and means `dotted`; None where it means something else."""
    if word not in module.bound_names:
        return False
    same = {api.canonical(item.dotted) for item in imports(module) if item.bound == word}
    return True if same == {api.canonical(dotted)} else None


def move_names(
    module: Module,
    node: cst.ImportFrom,
    moves: Mapping[cst.ImportAlias, str],
    keep: Mapping[cst.ImportAlias, str] | None = None,
    hosts: Sequence[tuple[cst.ImportFrom, str, Edits]] = (),
) -> Edits | None:
    """Import some names of a statement from where they are now.

    `moves` gives their full new names, `keep` the names under which they stay known. `hosts` are import
    statements that become ones from another module too: which, and the edits that make them so.
    """
    assert not isinstance(node.names, cst.ImportStar)
    assert node.module is not None
    statement = statement_of(module, node)
    if statement is None or len(statement.body) != 1:
        return None
    written = dotted_name(node.module)
    wanted: dict[str, list[tuple[cst.ImportAlias, str]]] = {}
    for alias, new in moves.items():
        home, _, word = written_like(new, written).rpartition(".")
        asname = alias.evaluated_alias or (keep or {}).get(alias)
        wanted.setdefault(home, []).append(
            (alias, f"{word} as {asname}" if asname not in {None, word} else word)
        )
    kept = [alias for alias in node.names if alias not in moves]
    if list(wanted) == [written] or (len(wanted) == 1 and not kept):
        return _in_place(module, node, statement, *next(iter(wanted.items())), hosts)
    new_lines: list[str] = []
    edits: list[Edit] = []
    for home, names in wanted.items():
        texts = [text for _, text in names]
        host = _host(module, node, statement, home, hosts)
        if host is not None:
            edits += _add(module, *host, texts)
        else:
            new_lines.append(f"from {home} import {', '.join(texts)}")
    start, end = module.span(statement)
    indent = indentation(module, start)
    if indent is None:
        return None
    block = f"{module.newline}{indent}".join(new_lines)
    if not kept:
        return (*edits, Edit(start, end, block) if block else remove_line(module, statement))
    if block:
        edits.append(insert(end_of_line(module, end), f"{module.newline}{indent}{block}"))
    return (
        *edits,
        *_drop(module, node, [alias for alias, _ in (pair for pairs in wanted.values() for pair in pairs)]),
    )


def _in_place(
    module: Module,
    node: cst.ImportFrom,
    statement: cst.SimpleStatementLine,
    home: str,
    names: list[tuple[cst.ImportAlias, str]],
    hosts: Sequence[tuple[cst.ImportFrom, str, Edits]],
) -> Edits | None:
    assert not isinstance(node.names, cst.ImportStar)
    assert node.module is not None
    host = _host(module, node, statement, home, hosts)
    moving = {alias for alias, _ in names}
    if host is not None and moving == set(node.names) and not _has_comment(module, statement):
        return (*_add(module, *host, [text for _, text in names]), remove_line(module, statement))
    present = {module.code(alias).rstrip(", ") for alias in node.names if alias not in moving}
    edits: list[Edit] = []
    doubles: list[cst.ImportAlias] = []
    for alias, text in names:
        span = alias_span(module, alias)
        if text in present:
            doubles.append(alias)
        elif module.text[slice(*span)] != text:
            edits.append(Edit(*span, text))
        present.add(text)
    if doubles:
        edits += _drop(module, node, doubles)
    if dotted_name(node.module) != home:
        edits.append(replace(module, node.module, home))
    return tuple(edits)


def _host(
    module: Module,
    node: cst.ImportFrom,
    statement: cst.SimpleStatementLine,
    home: str,
    hosts: Sequence[tuple[cst.ImportFrom, str, Edits]],
) -> tuple[cst.ImportFrom, Edits] | None:
    """An import from the same module that the names can join, with the edits that make it one."""
    body = module.tree.body if module.tree is not None else ()
    if statement not in body:
        return None
    place = body.index(statement)
    becoming = {id(other): edits for other, target, edits in hosts if target == home}
    for number, other in enumerate(body):
        if other is statement or not isinstance(other, cst.SimpleStatementLine) or len(other.body) != 1:
            continue
        line = other.body[0]
        if not isinstance(line, cst.ImportFrom) or isinstance(line.names, cst.ImportStar) or line.relative:
            continue
        same = line.module is not None and dotted_name(line.module) == home
        between = body[place:number] if number > place else ()
        if (same or (id(line) in becoming and number < place)) and all(map(_is_import, between)):
            return line, becoming.get(id(line), ())
    return None


def _is_import(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(line, (cst.Import, cst.ImportFrom)) for line in statement.body
    )


def _add(module: Module, host: cst.ImportFrom, becoming: Edits, texts: Sequence[str]) -> Iterator[Edit]:
    """Names put into an import that does not have them yet."""
    assert not isinstance(host.names, cst.ImportStar)
    present = {module.text[slice(*alias_span(module, alias))] for alias in host.names}
    yield from becoming
    for text in dict.fromkeys(texts):
        if text not in present:
            yield from extend(module, host, text)


def alias_span(module: Module, alias: cst.ImportAlias) -> tuple[int, int]:
    """The characters of `a as b`, without the comma."""
    last = alias.asname.name if alias.asname is not None else alias.name
    return module.span(alias.name)[0], module.span(last)[1]


def _drop(module: Module, node: cst.ImportFrom, aliases: Sequence[cst.ImportAlias]) -> list[Edit]:
    """Names taken out of an import, with their commas; others stay."""
    assert not isinstance(node.names, cst.ImportStar)
    names = list(node.names)
    edits: list[Edit] = []
    last_kept = max(number for number, alias in enumerate(names) if alias not in aliases)
    for number, alias in enumerate(names):
        if alias in aliases and number < last_kept:
            edits.append(Edit(alias_span(module, alias)[0], alias_span(module, names[number + 1])[0], ""))
    if last_kept + 1 < len(names):
        edits.append(Edit(alias_span(module, names[last_kept])[1], alias_span(module, names[-1])[1], ""))
    return edits


def drop_alias(module: Module, node: cst.ImportFrom, alias: cst.ImportAlias) -> Edits | None:
    """One name taken out of an import, the whole statement where it was the only one."""
    assert not isinstance(node.names, cst.ImportStar)
    if len(node.names) > 1:
        return tuple(_drop(module, node, [alias]))
    statement = statement_of(module, node)
    body = module.tree.body if module.tree is not None else ()
    if statement is None or statement not in body or len(statement.body) != 1:
        return None
    return (remove_line(module, statement),)


def remove_line(module: Module, statement: cst.CSTNode) -> Edit:
    """A statement that goes, with its line."""
    start, end = module.span(statement)
    end = end_of_line(module, end)
    indent = indentation(module, start)
    text = module.text
    newline = 2 if text[end : end + 2] == "\r\n" else int(end < len(text))
    return Edit(start - len(indent or ""), end + newline, "")


def _has_comment(module: Module, statement: cst.CSTNode) -> bool:
    start, end = module.span(statement)
    return "#" in module.text[start : end_of_line(module, end)]


def write_name(module: Module, node: cst.Attribute, home: str, new: str) -> Edits | None:
    """Write a full new name in the place of the attribute `node`, whose owner is the module `home`.

    The spelling of the place is kept where it reaches the new name: `layers.CuDNNLSTM` becomes
    `layers.LSTM`, `tf.keras.optimizers.legacy.Adam` `tf.keras.optimizers.Adam`.
    """
    prefix, plain = module.code(node.value), canonical(new)
    while not new.startswith("tensorflow."):
        if plain.startswith(home + "."):
            return (replace(module, node, prefix + plain[len(home) :]),)
        home, _, last = home.rpartition(".")
        if not home or not prefix.endswith(f".{last}"):
            break
        prefix = prefix.removesuffix(f".{last}")
    spelled = spell_new(module, new)
    return None if spelled is None else (replace(module, node, spelled[0]), *spelled[1])


def spell_new(module: Module, new: str, *, bare: bool | None = None) -> tuple[str, Edits] | None:
    """How to write a full name in this file, with the import that it needs; None where its name is taken.

    `bare` says whether to import the name itself; by default, what is usual for such a name.
    """
    if new.startswith("tensorflow."):
        for item in imports(module):
            if item.dotted == "tensorflow":
                return f"{item.bound}.{new.removeprefix('tensorflow.')}", ()
        home, _, text = new.rpartition(".")
        edits = import_from(module, home, text)
    else:
        home, _, name = new.rpartition(".")
        reached = any(item.dotted in {home, "keras"} for item in imports(module))
        if bare is None:  # a class is imported by name, a function used through its module
            bare = name[0].isupper() and home != "keras" and not reached
        text, edits = spell(module, new, cst.Name(name) if bare else None)
    word = text.partition(".")[0]
    if edits and word in module.bound_names:
        means = new if "." not in text else new.removesuffix(text[len(word) :])
        if not is_bound(module, word, canonical(means)):
            return None
    return text, edits


def import_from(module: Module, home: str, name: str) -> Edits:
    """`from home import name`, in an import of that module or on a line of its own behind the last of Keras."""
    last: cst.SimpleStatementLine | None = None
    table = imports(module)
    if any(item.written == home and item.bound == name for item in table):
        return ()
    for item in table:
        if isinstance(item.node, cst.ImportFrom) and item.written == home and item.bound != "*":
            return extend(module, item.node, name)
        if item.dotted.partition(".")[0] == "keras":
            last = item.statement
    code = f"from {home} import {name}"
    if last is None:
        return (insert(0, f"{code}{module.newline}"),)
    return (insert(end_of_line(module, module.span(last)[1]), f"{module.newline}{code}", mergeable=True),)
