"""Repairs: the edits that rules share, made from records of the trace."""
