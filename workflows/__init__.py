"""What is decided: the life of a card, as pure rules without clock, chance or connection."""
