"""What the SDK and the command ask a clearinghouse's site for, over HTTPS, signed with the user's key.

May import: what `seattle.client` may.
"""
