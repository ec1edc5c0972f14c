"""The web: the door for events over HTTP, the API, the probes and the board."""
