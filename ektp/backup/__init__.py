"""One file from which an installation can be brought back: its database, its keys, its configuration."""
