"""The door for events over HTTP: who sends, how much, and what becomes of it."""
