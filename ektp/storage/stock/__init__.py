"""What offices have for printing, and who waits for it."""
