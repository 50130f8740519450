"""The reference's `coordinationaffix`: `CoordinationAffix`, which stacks know without it."""

from affix.coordination import CoordinationAffix

__all__ = ["CoordinationAffix"]
