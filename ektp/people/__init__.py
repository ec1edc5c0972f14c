"""People: who may sign in, who says an event, and whose persons are shown."""
