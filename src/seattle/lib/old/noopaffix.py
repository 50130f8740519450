"""The reference's `noopaffix`: `NoopAffix`, which stacks know without it."""

from affix import Component as NoopAffix

__all__ = ["NoopAffix"]
