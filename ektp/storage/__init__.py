"""Where it is kept: PostgreSQL, given from outside or embedded, and everything that is stored in it."""
