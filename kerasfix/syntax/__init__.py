"""Syntax trees: parsed modules, the positions of their nodes, and text edits in the style of the file."""
