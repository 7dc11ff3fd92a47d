"""An exception as a verdict tells it: its type, its line in the script, the part of its text that helps."""

import errno
import re
import traceback
from typing import Any

MAX_MESSAGE = 500
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
NODES = re.compile(r"\s*(\{\{[^}]*\}\}|\[\[[^\]]*\]\]|\[Op:[^\]]*\])\s*")
KERAS_HEAD = re.compile(r"^Exception encountered when calling [^\n]*\n+")
KERAS_TAIL = re.compile(r"\n\s*Arguments received by .*", re.DOTALL)
AUTOGRAPH_HEAD = re.compile(r"^in user code:.*\n\s*\w+: ", re.DOTALL)
GRAPH_HEAD = re.compile(r"Graph execution error:\s*")
GRAPH_PLACE = re.compile(
    r'^\s*(File "[^"]*", line \d+.*|Detected at node .*|<stack traces unavailable>.*)$', re.MULTILINE
)
GRAPH_TAIL = re.compile(r"\n+(Stack trace for op definition|Original stack trace).*", re.DOTALL)


def describe(error: BaseException, filename: str) -> dict[str, Any]:
    """The error of a verdict: `type`, `line` (None where it is not in the script) and `message`."""
    line = None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == filename:
            line = frame.lineno
    user_code = AUTOGRAPH_HEAD.match(str(error))  # AutoGraph tells the inner lines only in its text
    if user_code:
        places = re.findall(rf'File "{re.escape(filename)}", line (\d+)', user_code[0])
        line = int(places[-1]) if places else line
    if line is None and isinstance(error, SyntaxError) and error.filename == filename:
        line = error.lineno
    return {"type": type(error).__name__, "line": line, "message": message(error)}


def message(error: BaseException) -> str:
    """The text of an exception without colours, argument dumps and node names, at most `MAX_MESSAGE` long."""
    if isinstance(error, SystemExit):
        return f"the script ended itself with exit status {error.code!r}"
    text = error.args[0] if isinstance(error, KeyError) and error.args else str(error)
    text = f"key {text!r} not found" if isinstance(error, KeyError) else str(text)
    text = AUTOGRAPH_HEAD.sub("", ANSI.sub("", text).strip())
    text = KERAS_HEAD.sub("", text.strip())
    text = KERAS_TAIL.sub("", text)
    if GRAPH_HEAD.match(text):
        text = GRAPH_TAIL.sub("", GRAPH_PLACE.sub("", GRAPH_HEAD.sub("", text)))
    text = NODES.sub(" ", text).strip()
    text = re.sub(r"[ \t]*\n\s*", "\n", text)
    if isinstance(error, PermissionError) and error.errno in (errno.EACCES, errno.EPERM):
        text += " (while it is verified, a script reads only its own folder and writes only a temporary one)"
    if isinstance(error, MemoryError):
        text = f"the script needs more memory than it is given while it is verified. {text}".strip()
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 3] + "..."
