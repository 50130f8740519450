"""One module a page: each view parses, calls a service, and renders."""
