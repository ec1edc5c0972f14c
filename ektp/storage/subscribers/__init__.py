"""The subscribers, and what is sent to one once more."""
