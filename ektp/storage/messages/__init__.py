"""The messages to residents: what is to be told, and what was."""
