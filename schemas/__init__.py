"""What is said: the events, notices and requests of the card's life, and the words they are made of."""
