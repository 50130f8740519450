"""Abuse: from an address and a time to whoever it was, and cutting a key off everywhere."""
