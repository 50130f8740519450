"""The node: from a user's call to a program's line, stopping many, and what a daemon costs. A file for each."""
