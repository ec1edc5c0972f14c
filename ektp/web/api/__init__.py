"""The API: the same JSON as the commands print."""
