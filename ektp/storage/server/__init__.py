"""The embedded PostgreSQL: its programs, its process, its folder and its log."""
