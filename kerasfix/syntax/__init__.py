"""Syntax trees: parsed modules, the positions of their nodes, and text edits in the style of the file."""

from kerasfix.syntax.precompiled import import_libcst

import_libcst()
