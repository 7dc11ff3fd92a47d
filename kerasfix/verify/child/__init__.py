"""The side of verification that runs in the user's Python: standard library, NumPy and Keras only.

This folder is started by path (`__main__.py`) in a Python that need not have kerasfix.
"""
