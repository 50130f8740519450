# Whoever announces something tells all who look it up, wherever they are.
advertise_announce("a meeting point", "the secret", 60)
