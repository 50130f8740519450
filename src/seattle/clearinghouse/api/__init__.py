"""REST, under /api/v1: every action of the site."""
