"""The language server: what editors show of a file while it is typed. One feature, one file."""
