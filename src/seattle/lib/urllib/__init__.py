"""Python's `urllib.parse`, and beside it `urllib.request` and `urllib.error`."""
