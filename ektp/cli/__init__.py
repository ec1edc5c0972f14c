"""The `ektp` command: it asks, starts and stops the parts, and says what came of it."""
