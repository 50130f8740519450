"""Calls over HTTP in XML: `xmlrpc.client` makes them, `xmlrpc.server` serves them."""
