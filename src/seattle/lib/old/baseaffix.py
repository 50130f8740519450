"""The reference's `baseaffix`: what components of its kind derive from."""

from affix.base import BaseAffix

__all__ = ["BaseAffix"]
