"""The reference's `namingandresolveraffix`: `NamingAndResolverAffix`, which stacks know without it."""

from affix.naming import NamingAndResolverAffix

__all__ = ["NamingAndResolverAffix"]
