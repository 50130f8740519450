"""The reference's API, under /xmlrpc/, on the same services."""
