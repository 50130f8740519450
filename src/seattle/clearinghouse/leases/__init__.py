"""Who has which vessel, since when and until when; and how they came by it."""
