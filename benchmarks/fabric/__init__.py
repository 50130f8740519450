"""The fabric: sealed calls, and what broker and directory bear of many nodes. A file for each, with its targets."""
