"""The reference's `loggingaffix`: `LoggingAffix`, which stacks know without it."""

from affix.logging import LoggingAffix

__all__ = ["LoggingAffix"]
