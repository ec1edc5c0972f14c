"""The station's own side: a durable spool, and the ways from it to the centre."""
