"""The built-in rules: one rule, one file. The file's name is the rule's name."""
