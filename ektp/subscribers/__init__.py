"""The subscribers at the broker and in the registry as one."""
