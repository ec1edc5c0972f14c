"""What is done later: the steps, the deadlines, and the housekeeping between them."""
