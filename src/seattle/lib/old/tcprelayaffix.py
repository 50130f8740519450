"""The reference's `tcprelayaffix`: `TCPRelayAffix`, which stacks know without it."""

from affix.relay import TCPRelayAffix

__all__ = ["TCPRelayAffix"]
