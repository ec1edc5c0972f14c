"""How it runs: settings, broker, storage, command line and web around the rules of the lower floors."""
