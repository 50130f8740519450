"""Python's `html`: `escape` and `unescape`; and `html.parser`."""
