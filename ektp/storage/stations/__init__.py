"""The recording stations: their accounts, what was seen of them, and their days."""
