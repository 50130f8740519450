"""The reference's `affix_wrapper_lib`: sockets whose calls are made by a component."""

from affix.wrappers import AffixSocket, AffixTCPServerSocket, AffixUDPServerSocket

__all__ = ["AffixSocket", "AffixTCPServerSocket", "AffixUDPServerSocket"]
