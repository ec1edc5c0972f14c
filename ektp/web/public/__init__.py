"""The pages for everybody: how far a card is, the published stock, letters, the contract."""
