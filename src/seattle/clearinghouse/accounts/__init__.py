"""Who the users are, by which keys nodes know them, and by which secrets we do."""
