"""What the workers did, and why."""
