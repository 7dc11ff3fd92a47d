"""Verification by training: build and briefly fit a script's models in a process that is shut in."""

from kerasfix.verify.parent import CannotVerify, Options, Verifier
from kerasfix.verify.verdict import Error, Fit, Model, Verdict

__all__ = ["CannotVerify", "Error", "Fit", "Model", "Options", "Verdict", "Verifier"]
