"""What is parked, and what was planned and done about it."""
