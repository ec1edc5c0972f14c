"""What is taken in and applied: the loops and the journal, over ports."""
