"""Keys, tokens and PINs, and what is sealed with them."""
