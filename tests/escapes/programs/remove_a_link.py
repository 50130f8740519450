# As before, and now to destroy.
removefile("link")
