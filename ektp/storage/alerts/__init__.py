"""The general watch, the alerts it keeps, and who is told."""
