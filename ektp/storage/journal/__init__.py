"""What the journal reads and writes in one transaction."""
